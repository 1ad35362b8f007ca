package org.sluicemta.web;

import java.time.Duration;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// The time for threads that are no loop: that of a lane, a second old at most. For sessions and waiting times.
///
/// Owner: the lane; read from any thread.
final class LoopClock {
    private static final long EVERY_NANOS = Duration.ofMillis(250).toNanos();

    private final Loop lane;
    private final Alarm tick;
    private volatile long millis;
    private volatile Runnable also = () -> {};

    LoopClock(Loop lane) {
        this.lane = lane;
        this.millis = lane.serverMillis();
        this.tick = lane.alarm(this::tick);
        lane.post(this::tick);
    }

    private void tick() {
        millis = lane.serverMillis();
        tick.set(lane.nanos() + EVERY_NANOS);
        also.run();
    }

    /// @param task done on the lane each time; never blocks
    void also(Runnable task) {
        also = task;
    }

    long millis() {
        return millis;
    }
}
