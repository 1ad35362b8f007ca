package org.sluicemta.runtime;

import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// What mail loops and lanes share: turns.
///
/// The idea: a thread runs *raw* work (a wake-up of a mailbox, an event of Netty), and raw work opens turns with
/// [#begin] and [#end], in which alone code of the rooms runs. What Netty reports while a turn is open (a close is
/// reported from within the call that closes) waits in `deferred` and becomes turns of its own right after. That is
/// the whole mechanism by which no engine is ever re-entered.
///
/// Owner of all fields: the loop's thread.
abstract sealed class TurnLoop implements Loop permits MailLoop, Lane {
    /// How long one drain of a mailbox or one round of alarms may hold the loop.
    static final long SLICE_NANOS = 1_000_000;

    /// A turn this long is worth a line: everybody else on the loop waited.
    private static final long SLOW_NANOS = 50_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(TurnLoop.class);

    final String name;
    final Clocks clocks;
    final AlarmHeap alarms = new AlarmHeap();
    private final ArrayDeque<Runnable> afterTurn = new ArrayDeque<>();
    private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();
    private long nanos;
    private long millis;
    private boolean inTurn;
    private boolean isCatchingUp;
    private boolean isRinging;
    private volatile long longestTurnNanos;

    TurnLoop(String name, Clocks clocks) {
        this.name = name;
        this.clocks = clocks;
        this.nanos = clocks.nanos();
        this.millis = clocks.serverMillis(nanos);
    }

    /// Runs `raw` on the loop's thread outside any turn. From any thread; false when the loop has ended.
    abstract boolean execute(Runnable raw);

    abstract boolean isOnThread();

    /// Sees to it that [#ring] is called at `nanos` or earlier. On the thread only.
    abstract void arm(long nanos);

    final boolean isInTurn() {
        return inTurn;
    }

    final void begin() {
        if (inTurn) {
            throw new IllegalStateException(name + ": a turn within a turn");
        }
        inTurn = true;
        nanos = clocks.nanos();
        millis = Math.max(millis, clocks.serverMillis(nanos));
    }

    final void end() {
        for (Runnable task = afterTurn.poll(); task != null; task = afterTurn.poll()) {
            guarded(task);
        }
        inTurn = false;
        long took = clocks.nanos() - nanos;
        if (took > longestTurnNanos) {
            noteSlow(took);
        }
        if (!isCatchingUp && !deferred.isEmpty()) {
            isCatchingUp = true;
            for (Runnable task = deferred.poll(); task != null; task = deferred.poll()) {
                turn(task);
            }
            isCatchingUp = false;
        }
        long earliest = alarms.earliest();
        if (earliest != AlarmHeap.NEVER && !isRinging) {
            arm(earliest);
        }
    }

    final void turn(Runnable body) {
        begin();
        guarded(body);
        end();
    }

    /// Runs `body` as a turn now or, where one is open, right after it.
    final void soon(Runnable body) {
        if (inTurn) {
            deferred.add(body);
        } else {
            turn(body);
        }
    }

    /// Runs `body` as a turn of this loop, from any thread, never within a turn.
    final void later(Runnable body) {
        execute(() -> turn(body));
    }

    final <T> void answer(Answer<T> answer, T value) {
        later(() -> answer.ready(value));
    }

    final void fail(Answer<?> answer, IoFailure why) {
        later(() -> answer.failed(why));
    }

    /// An owner's top: whatever escapes is a defect of the room that threw it, told once here; the loop serves on.
    final void guarded(Runnable body) {
        try {
            body.run();
        } catch (Throwable defect) {
            broken(defect);
        }
    }

    final void broken(Throwable defect) {
        LOG.error("{}: a turn threw; its work is lost", name, defect);
    }

    final void requireTurn(String what) {
        if (!isCurrent()) {
            throw new IllegalStateException("only a turn of " + name + " may " + what);
        }
    }

    /// Rings the alarms that are due, each in a turn of its own.
    final void ring() {
        long now = clocks.nanos();
        isRinging = true;
        for (LoopAlarm alarm = alarms.takeDue(now); alarm != null; alarm = alarms.takeDue(now)) {
            turn(alarm.ring);
            if (clocks.nanos() - now > SLICE_NANOS) {
                break;
            }
        }
        isRinging = false;
        long earliest = alarms.earliest();
        if (earliest != AlarmHeap.NEVER) {
            arm(earliest);
        }
    }

    /// The longest turn since the last call, in nanoseconds. From any thread.
    final long takeLongestTurnNanos() {
        long longest = longestTurnNanos;
        longestTurnNanos = 0;
        return longest;
    }

    private void noteSlow(long took) {
        longestTurnNanos = took;
        if (took > SLOW_NANOS) {
            LOG.warn("{}: a turn took {} ms; everything else on it waited", name, took / 1_000_000);
        }
    }

    @Override
    public final long nanos() {
        return nanos;
    }

    @Override
    public final long serverMillis() {
        return millis;
    }

    @Override
    public final boolean isCurrent() {
        return isOnThread() && inTurn;
    }

    @Override
    public final <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
        return new LoopMailbox<>(this, capacity, drain);
    }

    @Override
    public final Alarm alarm(Runnable ring) {
        return new LoopAlarm(this, ring);
    }

    @Override
    public final void afterTurn(Runnable task) {
        requireTurn("ask for something after the turn");
        afterTurn.add(task);
    }

    @Override
    public final void post(Runnable task) {
        later(task);
    }

    @Override
    public final String toString() {
        return name;
    }
}
