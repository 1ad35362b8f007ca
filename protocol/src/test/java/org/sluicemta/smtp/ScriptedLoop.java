package org.sluicemta.smtp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// A loop for tests: its clock moves when the test says so.
final class ScriptedLoop implements Loop {
    private final List<ScriptedAlarm> alarms = new ArrayList<>();
    private long nanos = 1_000;

    /// Moves the clock on, ringing each alarm at its moment.
    void advance(Duration time) {
        long until = nanos + time.toNanos();
        while (true) {
            ScriptedAlarm next = null;
            for (ScriptedAlarm alarm : alarms) {
                if (alarm.at <= until && (next == null || alarm.at < next.at)) {
                    next = alarm;
                }
            }
            if (next == null) {
                nanos = until;
                return;
            }
            nanos = Math.max(nanos, next.at);
            next.at = Long.MAX_VALUE;
            next.ring.run();
        }
    }

    boolean hasAlarmSet() {
        return alarms.stream().anyMatch(a -> a.at != Long.MAX_VALUE);
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long serverMillis() {
        return nanos / 1_000_000;
    }

    @Override
    public boolean isCurrent() {
        return true;
    }

    @Override
    public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
        throw new UnsupportedOperationException("engines need no mailbox");
    }

    @Override
    public Alarm alarm(Runnable ring) {
        var alarm = new ScriptedAlarm(ring);
        alarms.add(alarm);
        return alarm;
    }

    @Override
    public void afterTurn(Runnable task) {
        throw new UnsupportedOperationException("engines flush by themselves");
    }

    @Override
    public void post(Runnable task) {
        throw new UnsupportedOperationException("engines post nothing");
    }

    private static final class ScriptedAlarm implements Alarm {
        private final Runnable ring;
        private long at = Long.MAX_VALUE;

        ScriptedAlarm(Runnable ring) {
            this.ring = ring;
        }

        @Override
        public void set(long nanos) {
            at = nanos;
        }

        @Override
        public void clear() {
            at = Long.MAX_VALUE;
        }
    }
}
