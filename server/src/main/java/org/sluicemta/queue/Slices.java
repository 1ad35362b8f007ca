package org.sluicemta.queue;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// A walk through numbered things that an operator asks about, slice by slice, so that mail goes on between. What comes
/// or goes meanwhile may be met or missed.
///
/// Owner: its loop.
final class Slices {
    private final Loop loop;
    private final IntSupplier end;
    private final int atOnce;
    private final IntConsumer each;
    private final Runnable sliceEnds;
    private final Runnable done;
    private final Alarm more;
    private int at;

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
    static Slices ofQueues(
            QueueShard shard, java.util.function.Consumer<WaitingQueue> each, Runnable sliceEnds, Runnable done) {
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

    /// Begins, with the first slice at once.
    void step() {
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
