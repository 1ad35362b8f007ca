package org.sluicemta.queue;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// A walk through numbered things that an operator asks about, slice by slice, so that mail goes on between. What comes
/// or goes meanwhile may be met or missed.
///
/// Owner: its loop.
class Slices {
    private final Loop loop;
    private final IntSupplier end;
    private final int atOnce;
    private final IntConsumer each;
    private final Runnable sliceEnds;
    private final Runnable done;
    private final Alarm more;
    private int at;
    private int holds;

    /// @param end one more than the last number, as it is when a slice begins
    /// @param atOnce numbers in one turn: so many that they take a fraction of a millisecond
    /// @param sliceEnds no more is met in this turn
    Slices(Loop loop, IntSupplier end, int atOnce, IntConsumer each, Runnable sliceEnds, Runnable done) {
        this.loop = loop;
        this.end = end;
        this.atOnce = atOnce;
        this.each = each;
        this.sliceEnds = sliceEnds;
        this.done = done;
        this.more = loop.alarm(this::step);
    }

    /// Queues looked at in one turn.
    private static final int QUEUES_A_TURN = 1_000;

    /// A walk through a shard's queues.
    static Slices ofQueues(QueueShard shard, Consumer<WaitingQueue> each, Runnable sliceEnds, Runnable done) {
        return new Slices(
                shard.loop(),
                shard::queueNumbers,
                QUEUES_A_TURN,
                number -> {
                    WaitingQueue queue = shard.numbered(number);
                    if (queue != null) {
                        each.accept(queue);
                    }
                },
                sliceEnds,
                done);
    }

    /// Queues that an operator's command changes in one turn: each may be recorded.
    static final int CHANGES_A_TURN = 200;

    private static final long AGAIN_NANOS = 1_000_000L;

    /// A second together; then a command is done all the same, for its answer must come.
    private static final int MOST_HOLDS = 1_000;

    /// Walks through the queues of a shard that a command concerns, and begins at once. It waits while events are kept
    /// that the spool has not taken, so that what is kept stays small.
    static void ofMatching(QueueShard shard, QueuePattern pattern, Consumer<WaitingQueue> each, Runnable done) {
        if (pattern.isExact()) {
            WaitingQueue only = shard.find(pattern.exact());
            if (only != null) {
                each.accept(only);
            }
            done.run();
            return;
        }
        new Slices(
                shard.loop(),
                shard::queueNumbers,
                CHANGES_A_TURN,
                number -> {
                    WaitingQueue queue = shard.numbered(number);
                    if (queue != null && pattern.matches(queue.key)) {
                        each.accept(queue);
                    }
                },
                () -> {},
                done) {
            @Override
            boolean isHeld() {
                return shard.isRecorderBehind();
            }
        }.step();
    }

    /// Whether the next slice has to wait.
    boolean isHeld() {
        return false;
    }

    /// Begins, with the first slice at once.
    void step() {
        if (isHeld() && holds < MOST_HOLDS) {
            holds++;
            more.set(loop.nanos() + AGAIN_NANOS);
            return;
        }
        int until = Math.min(end.getAsInt(), at + atOnce);
        while (at < until) {
            each.accept(at++);
        }
        sliceEnds.run();
        if (at < end.getAsInt()) {
            more.set(loop.nanos());
        } else {
            more.clear();
            done.run();
        }
    }
}
