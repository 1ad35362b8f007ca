package org.sluicemta.benchmarks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// A loop under a clock that is turned by hand, so that a benchmark measures what runs on loops without a loop's own
/// cost. Owner: one thread.
public final class HandLoop implements Loop {
    private static final long START_MILLIS = 1_700_000_000_000L;

    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private final List<HandAlarm> alarms = new ArrayList<>();
    private long nanos = 1_000_000_000L;

    /// Runs what is due, alarms included, until nothing is; then moves the clock on.
    public void run(long nanosOn) {
        for (Runnable next = due.poll(); next != null; next = due.poll()) {
            next.run();
        }
        nanos += nanosOn;
        for (int i = 0; i < alarms.size(); i++) {
            HandAlarm alarm = alarms.get(i);
            if (alarm.at <= nanos) {
                alarm.at = Long.MAX_VALUE;
                alarm.ring.run();
            }
        }
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long serverMillis() {
        return START_MILLIS + nanos / 1_000_000;
    }

    @Override
    public boolean isCurrent() {
        return true;
    }

    @Override
    public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
        var waiting = new ArrayDeque<T>();
        Runnable one = () -> drain.accept(waiting.remove());
        return new Mailbox<>() {
            @Override
            public boolean offer(T item) {
                if (waiting.size() == capacity) {
                    return false;
                }
                waiting.add(item);
                due.add(one);
                return true;
            }

            @Override
            public void hold() {
                throw new UnsupportedOperationException("nobody holds mail here");
            }

            @Override
            public void look() {
                throw new UnsupportedOperationException("nobody holds mail here");
            }

            @Override
            public int size() {
                return waiting.size();
            }
        };
    }

    @Override
    public Alarm alarm(Runnable ring) {
        var alarm = new HandAlarm(ring);
        alarms.add(alarm);
        return alarm;
    }

    @Override
    public void afterTurn(Runnable task) {
        due.add(task);
    }

    @Override
    public void post(Runnable task) {
        due.add(task);
    }

    private static final class HandAlarm implements Alarm {
        private final Runnable ring;
        private long at = Long.MAX_VALUE;

        HandAlarm(Runnable ring) {
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
