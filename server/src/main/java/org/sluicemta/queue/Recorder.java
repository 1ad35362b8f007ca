package org.sluicemta.queue;

import java.util.ArrayDeque;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// The way of events to the spool. What its mailbox does not take is kept, in order, and offered again a millisecond
/// later; while something is kept the shard hands out no new mail ([#isBehind]), so what is kept is bounded by the
/// consignments that are out and the endings of one turn.
///
/// Owner: its shard.
final class Recorder {
    private static final long AGAIN_NANOS = 1_000_000L;

    private final Spool spool;
    private final Loop loop;
    private final Runnable caughtUp;
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final Alarm again;

    /// @param caughtUp runs when nothing is kept any more
    Recorder(Spool spool, Loop loop, Runnable caughtUp) {
        this.spool = spool;
        this.loop = loop;
        this.caughtUp = caughtUp;
        this.again = loop.alarm(this::retry);
    }

    boolean isBehind() {
        return !kept.isEmpty();
    }

    /// @param releasePosition as in [Spool#record(RecipientEvent, long)]
    void record(RecipientEvent event, long releasePosition) {
        if (!kept.isEmpty() || !spool.record(event, releasePosition)) {
            keep(() -> spool.record(event, releasePosition));
        }
    }

    void record(QueueEvent event) {
        if (!kept.isEmpty() || !spool.record(event)) {
            keep(() -> spool.record(event));
        }
    }

    private void keep(Kept event) {
        kept.add(event);
        again.set(loop.nanos() + AGAIN_NANOS);
    }

    private void retry() {
        while (!kept.isEmpty() && kept.element().offer()) {
            kept.remove();
        }
        if (kept.isEmpty()) {
            caughtUp.run();
        } else {
            again.set(loop.nanos() + AGAIN_NANOS);
        }
    }

    @FunctionalInterface
    private interface Kept {
        boolean offer();
    }
}
