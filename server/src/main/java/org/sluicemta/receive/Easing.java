package org.sluicemta.receive;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// Deliveries go first: where a loop has more to do than it can and mail that could go waits for it, clients hear their
/// 250 a little later, so that mail comes in as fast as it goes out. Else a backlog would grow whose contents must be
/// read back from the disk, which makes the loop still slower.
///
/// Whether the loop has too much to do is seen by how late its alarms ring. A loop with time to spare delays nobody:
/// mail that waits for a slow remote or a limit costs its senders nothing.
///
/// Owner: its loop.
final class Easing {
    /// An alarm that rings later than this says that the loop is busy without a pause.
    private static final long LATE_NANOS = 500_000;

    private static final long LOOK_NANOS = 1_000_000;
    /// What was seen longer ago says nothing.
    private static final long FRESH_NANOS = 20_000_000;

    /// The delay grows with the square of how far behind sending is, and with the crowd: 0.25 ms to half a second.
    private static final long STEP_NANOS = 250_000;

    private static final int ANSWERS_A_TURN = 32;
    private static final int CROWD = 32;
    private static final long MOST_NANOS = 500_000_000;

    private record Waiting(long dueNanos, Runnable answer) {}

    private final Loop loop;
    private final Alarm look;
    private final Alarm wake;
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>(Comparator.comparingLong(Waiting::dueNanos));
    private long armedNanos = Long.MAX_VALUE;

    private long lookNanos;
    private boolean isLooking;
    private long lateNanos;
    private long seenNanos;

    Easing(Loop loop) {
        this.loop = loop;
        look = loop.alarm(this::looked);
        wake = loop.alarm(this::wake);
        seenNanos = loop.nanos() - FRESH_NANOS;
    }

    /// Runs `answer` now or a little later.
    ///
    /// @param behind how far sending is behind, 0 for not at all
    void ease(int behind, Runnable answer) {
        if (behind > 0) {
            long now = loop.nanos();
            if (!isLooking) {
                isLooking = true;
                lookNanos = now + LOOK_NANOS;
                look.set(lookNanos);
            }
            if (lateNanos > LATE_NANOS && now - seenNanos < FRESH_NANOS) {
                long delay = STEP_NANOS * behind * behind * (CROWD + waiting.size()) / CROWD;
                waiting.add(new Waiting(now + Math.min(MOST_NANOS, delay), answer));
                arm();
                return;
            }
        }
        answer.run();
    }

    private void looked() {
        isLooking = false;
        seenNanos = loop.nanos();
        lateNanos = seenNanos - lookNanos;
    }

    private void arm() {
        Waiting next = waiting.peek();
        if (next != null && next.dueNanos < armedNanos) {
            armedNanos = next.dueNanos;
            wake.set(armedNanos);
        }
    }

    /// An answer lets a session go on with what it holds, so only so many are given in a turn; and one that fails must
    /// not silence the others.
    private void wake() {
        armedNanos = Long.MAX_VALUE;
        try {
            for (int i = 0; i < ANSWERS_A_TURN; i++) {
                Waiting next = waiting.peek();
                if (next == null || next.dueNanos > loop.nanos()) {
                    return;
                }
                waiting.remove();
                next.answer.run();
            }
        } finally {
            arm();
        }
    }
}
