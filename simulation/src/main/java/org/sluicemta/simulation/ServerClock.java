package org.sluicemta.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Server time: the wall clock at start plus monotonic time since, drawn towards the wall clock by at most 500 ppm. A
/// step of the wall clock by more than 2 s between two readings is noted and not followed, so no due time moves with
/// it. Owner: its world.
final class ServerClock {
    private static final long JUMP_NANOS = 2_000_000_000L;
    private static final long SLEW_PPM = 500;

    private final List<Duration> jumps = new ArrayList<>();
    private long lastMonotonic;
    private long serverNanos;
    private long lastGapNanos;
    private long ignoredNanos;

    ServerClock(long wallMillis, long monotonicNanos) {
        this.serverNanos = wallMillis * 1_000_000;
        this.lastMonotonic = monotonicNanos;
    }

    void read(long monotonicNanos, long wallMillis) {
        long passed = monotonicNanos - lastMonotonic;
        lastMonotonic = monotonicNanos;
        serverNanos += passed;
        long gap = wallMillis * 1_000_000 - ignoredNanos - serverNanos;
        if (Math.abs(gap - lastGapNanos) > JUMP_NANOS) {
            jumps.add(Duration.ofNanos(gap - lastGapNanos));
            ignoredNanos += gap - lastGapNanos;
            gap = lastGapNanos;
        }
        // The wall clock is known to a millisecond only: a smaller gap is none.
        long most = passed / 1_000 * SLEW_PPM / 1_000;
        long slew = Math.abs(gap) < 2_000_000 ? 0 : Math.clamp(gap, -most, most);
        serverNanos += slew;
        lastGapNanos = gap - slew;
    }

    long millis() {
        return serverNanos / 1_000_000;
    }

    List<Duration> jumps() {
        return List.copyOf(jumps);
    }
}
