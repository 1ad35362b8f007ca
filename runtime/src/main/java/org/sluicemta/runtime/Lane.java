package org.sluicemta.runtime;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/// A loop with a thread of its own, for state that must survive a crash.
///
/// A round of the thread: woken mailboxes and posted tasks for up to a millisecond, alarms that are due, then the disk
/// calls that the turns asked for, each followed by the turn of its answer. Mail that comes during a call gathers and
/// is the next batch. A round without work parks; the first sender to find it parked wakes it, so a burst costs one
/// wake-up and nobody spins.
final class Lane extends TurnLoop implements Runnable {
    private static final int CHUNK = 1024;
    private final MpscUnboundedAtomicArrayQueue<Runnable> tasks = new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final ArrayDeque<Runnable> diskCalls = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean isParked;
    private volatile boolean isEnding;
    private volatile boolean hasEnded;

    Lane(String name, Clocks clocks) {
        super(name, clocks);
        this.thread = new Thread(this, "sluice-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    boolean execute(Runnable raw) {
        if (hasEnded) {
            return false;
        }
        tasks.offer(raw);
        if (isParked) {
            unpark();
        }
        return true;
    }

    /// Performs `call` on this thread once the present turn has ended. From any thread.
    boolean betweenTurns(Runnable call) {
        if (isOnThread()) {
            diskCalls.add(call);
            return true;
        }
        return execute(() -> diskCalls.add(call));
    }

    @Override
    boolean isOnThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    void arm(long nanos) {
        // The round looks at the first alarm itself before it parks.
    }

    /// Finishes what waits and ends the thread. Blocks until it has ended or `patienceMillis` have gone; false then.
    boolean end(long patienceMillis) {
        isEnding = true;
        LockSupport.unpark(thread);
        try {
            return thread.join(java.time.Duration.ofMillis(patienceMillis));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void run() {
        while (true) {
            boolean worked = runTasks();
            if (alarms.earliest() <= clocks.nanos()) {
                ring();
                worked = true;
            }
            worked |= performDiskCalls();
            if (worked) {
                continue;
            }
            if (isEnding) {
                hasEnded = true;
                runTasks();
                performDiskCalls();
                return;
            }
            park();
        }
    }

    private boolean runTasks() {
        long begun = 0;
        int count = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            guarded(task);
            if (count++ == 0) {
                begun = clocks.nanos();
            } else if (clocks.nanos() - begun > SLICE_NANOS) {
                break;
            }
        }
        return count > 0;
    }

    /// Those that wait now; what the answers ask for comes in the next round, after mail and alarms.
    private boolean performDiskCalls() {
        int waiting = diskCalls.size();
        for (int i = 0; i < waiting; i++) {
            Runnable call = diskCalls.poll();
            if (call != null) {
                guarded(call);
            }
        }
        return waiting > 0;
    }

    private void park() {
        isParked = true;
        // Looked at again after the flag: a sender saw either the flag or was seen here.
        if (tasks.isEmpty() && !isEnding) {
            long earliest = alarms.earliest();
            if (earliest == AlarmHeap.NEVER) {
                LockSupport.park(this);
            } else {
                long wait = earliest - clocks.nanos();
                if (wait > 0) {
                    LockSupport.parkNanos(this, wait);
                }
            }
        }
        isParked = false;
    }

    /// Only the first of a burst pays for the system call: who finds the flag down leaves it.
    private void unpark() {
        isParked = false;
        LockSupport.unpark(thread);
    }
}
