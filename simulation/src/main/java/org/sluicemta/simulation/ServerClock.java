package org.sluicemta.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Server time by the real world's rule: the wall clock at start plus monotonic time since. Once a second the
/// difference to the wall clock is looked at: up to 2 s is made up at 500 ppm at most, over 100 s where that allows it;
/// more is a jump, which is noted and left out of account for good, so no due time moves with it. Owner: its world.
final class ServerClock {
    private static final long JUMP_NANOS = 2_000_000_000L;
    private static final long MOST_PPM = 500;
    private static final long HORIZON_SECONDS = 100;
    private static final long OBSERVED_EVERY_NANOS = 1_000_000_000L;

    private final List<Duration> jumps = new ArrayList<>();
    private long atNanos;
    private long serverNanos;
    private long ratePpm;
    private long ignoredNanos;
    private long latestMillis;

    ServerClock(long wallMillis, long monotonicNanos) {
        this.serverNanos = wallMillis * 1_000_000;
        this.atNanos = monotonicNanos;
        this.latestMillis = wallMillis;
    }

    void read(long monotonicNanos, long wallMillis) {
        long since = monotonicNanos - atNanos;
        long now = serverNanos + since + since / 1_000_000 * ratePpm;
        latestMillis = Math.max(latestMillis, now / 1_000_000);
        if (since < OBSERVED_EVERY_NANOS) {
            return;
        }
        atNanos = monotonicNanos;
        serverNanos = now;
        long behind = wallMillis * 1_000_000 - ignoredNanos - now;
        if (Math.abs(behind) > JUMP_NANOS) {
            jumps.add(Duration.ofNanos(behind));
            ignoredNanos += behind;
            ratePpm = 0;
        } else {
            ratePpm = Math.clamp(behind / (HORIZON_SECONDS * 1_000), -MOST_PPM, MOST_PPM);
        }
    }

    long millis() {
        return latestMillis;
    }

    List<Duration> jumps() {
        return List.copyOf(jumps);
    }
}
