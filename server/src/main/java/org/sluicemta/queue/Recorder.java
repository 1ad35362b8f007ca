package org.sluicemta.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.ReportedEvent;
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

    private @Nullable Spool spool;
    private final Loop loop;
    private final Runnable caughtUp;
    private final Runnable punctual;
    private final Alarm whileLate;
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final Alarm again;
    private boolean isLooking;
    /// Of everything that was recorded since the start.
    final OutcomeTally tally = new OutcomeTally();

    /// @param caughtUp runs when nothing is kept any more
    /// @param punctual runs when what [#isLate] said is no longer so
    Recorder(Loop loop, Runnable caughtUp, Runnable punctual) {
        this.loop = loop;
        this.caughtUp = caughtUp;
        this.punctual = punctual;
        this.again = loop.alarm(this::retry);
        this.whileLate = loop.alarm(this::lookAgain);
    }

    /// The spool is open; what was kept goes to it.
    void connect(Spool opened) {
        spool = opened;
        if (!kept.isEmpty()) {
            again.set(loop.nanos());
        }
    }

    boolean isBehind() {
        return !kept.isEmpty();
    }

    /// Whether what was recorded is late to be synced. A shard that begins nothing new meanwhile bounds what a crash
    /// can repeat: its open consignments and the deliveries of the last 10 ms.
    boolean isLate() {
        if (spool == null || !spool.isLate(loop.serverMillis())) {
            return false;
        }
        if (!isLooking) {
            isLooking = true;
            whileLate.set(loop.nanos() + AGAIN_NANOS);
        }
        return true;
    }

    private void lookAgain() {
        isLooking = false;
        if (!isLate()) {
            punctual.run();
        }
    }

    /// @param releasePosition as in [Spool#record(RecipientEvent, long)]
    void record(RecipientEvent event, long releasePosition) {
        tally.add(event);
        if (!kept.isEmpty() || spool == null || !spool.record(event, releasePosition)) {
            keep(to -> to.record(event, releasePosition));
        }
    }

    void record(QueueEvent event) {
        if (!kept.isEmpty() || spool == null || !spool.record(event)) {
            keep(to -> to.record(event));
        }
    }

    void record(CommandEvent event) {
        if (!kept.isEmpty() || spool == null || !spool.record(event)) {
            keep(to -> to.record(event));
        }
    }

    void record(ReportedEvent event, long releasePosition) {
        if (!kept.isEmpty() || spool == null || !spool.record(event, releasePosition)) {
            keep(to -> to.record(event, releasePosition));
        }
    }

    /// As [Spool#giveBack].
    void giveBack(long position) {
        if (!kept.isEmpty() || spool == null || !spool.giveBack(position)) {
            keep(to -> to.giveBack(position));
        }
    }

    private void keep(Kept event) {
        kept.add(event);
        if (spool != null) {
            again.set(loop.nanos() + AGAIN_NANOS);
        }
    }

    private void retry() {
        Spool to = spool;
        if (to == null) {
            return;
        }
        while (!kept.isEmpty() && kept.element().offer(to)) {
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
        boolean offer(Spool spool);
    }
}
