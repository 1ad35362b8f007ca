package org.sluicemta.runtime;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// A bounded queue with many senders and the loop as its one reader. The first offer to an idle mailbox wakes the
/// loop; further ones until the drain find it woken and cost one queue operation. While its owner holds
/// it, all find it woken.
final class LoopMailbox<T> implements Mailbox<T>, Runnable {
    /// The clock is read once for so many items.
    private static final int CLOCK_STRIDE = 16;

    private final TurnLoop loop;
    private final Loop.Drain<T> drain;
    private final int capacity;
    private final MpscAtomicArrayQueue<T> items;
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private volatile boolean hasEnded;

    /// Its owner looks by itself. Owner: the loop.
    private boolean isHeld;

    LoopMailbox(TurnLoop loop, int capacity, Loop.Drain<T> drain) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a mailbox of " + capacity + " items; give it room for 1 or more");
        }
        this.loop = loop;
        this.drain = drain;
        this.capacity = capacity;
        this.items = new MpscAtomicArrayQueue<>(Math.max(2, capacity));
    }

    @Override
    public boolean offer(T item) {
        // The queue's own capacity is a power of two; the threshold makes it exact.
        if (hasEnded || !items.offerIfBelowThreshold(item, capacity)) {
            return false;
        }
        return wake();
    }

    @Override
    public int size() {
        return items.size();
    }

    private boolean wake() {
        if (!isWoken.get() && isWoken.compareAndSet(false, true) && !loop.execute(this)) {
            hasEnded = true;
        }
        return !hasEnded;
    }

    @Override
    public void hold() {
        loop.requireTurn("hold its mail");
        isHeld = true;
        // Senders find it woken, and leave it.
        isWoken.set(true);
    }

    @Override
    public void look() {
        loop.requireTurn("look at its mail");
        if (isHeld) {
            isHeld = false;
            drainSome();
            goOn();
        }
    }

    /// Raw work of the loop: one turn of at most a millisecond.
    @Override
    public void run() {
        loop.begin();
        drainSome();
        loop.end();
        goOn();
    }

    /// As much as a millisecond of the turn allows; at its beginning, as a rule.
    private void drainSome() {
        long begun = loop.nanos();
        int count = 0;
        for (T item = items.relaxedPoll(); item != null; item = items.relaxedPoll()) {
            try {
                drain.accept(item);
            } catch (Throwable defect) {
                loop.broken(defect);
            }
            if (++count % CLOCK_STRIDE == 0 && loop.clocks.nanos() - begun > TurnLoop.SLICE_NANOS) {
                break;
            }
        }
    }

    private void goOn() {
        if (isHeld) {
            return;
        }
        if (!items.isEmpty()) {
            // Still woken: behind whatever else waits for the loop.
            loop.executeNextRound(this);
        } else {
            isWoken.set(false);
            if (!items.isEmpty()) {
                wake();
            }
        }
    }
}
