package org.sluicemta.runtime;

/// Server time: the wall clock at the start plus monotonic time since, drawn gently towards the wall clock.
///
/// Pure: it is told both clocks and reads none. A small difference (the crystal drifts, NTP corrects it) is made up by
/// running at most 500 ppm fast or slow, so time never stands still, falls back or leaps. A jump of the wall clock by
/// more than 2 s between two observations (an operator, a resumed machine) is reported and otherwise left out of
/// account for ever: due times are server time and must not move with it.
///
/// Immutable: an observation makes a new one, which the loops read through one volatile field.
///
/// @param atNanos monotonic moment from which this line counts
/// @param serverNanos server time at that moment, nanoseconds since 1970
/// @param ratePpm how fast it runs against the monotonic clock, -500 to 500 millionths
/// @param ignoredNanos the sum of the jumps left out of account
/// @param jumpNanos the jump that the latest observation found, or 0
record ServerClock(long atNanos, long serverNanos, long ratePpm, long ignoredNanos, long jumpNanos) {
    static final long MOST_PPM = 500;
    private static final long JUMP_NANOS = 2_000_000_000L;

    /// A difference is made up over this time where 500 ppm allow it: slow enough not to chase noise.
    private static final long HORIZON_SECONDS = 100;

    static ServerClock startingAt(long monotonicNanos, long wallMillis) {
        return new ServerClock(monotonicNanos, wallMillis * 1_000_000, 0, 0, 0);
    }

    /// Server time at a monotonic moment, in nanoseconds since 1970.
    long nanosAt(long monotonicNanos) {
        long since = monotonicNanos - atNanos;
        // since * ratePpm overflows only after 200 days without an observation.
        return serverNanos + since + since * ratePpm / 1_000_000;
    }

    long millisAt(long monotonicNanos) {
        return nanosAt(monotonicNanos) / 1_000_000;
    }

    /// Compares with the wall clock and sets the rate for the time to come. Time itself goes on without a step.
    ServerClock observe(long monotonicNanos, long wallMillis) {
        long now = nanosAt(monotonicNanos);
        long behind = wallMillis * 1_000_000 - ignoredNanos - now;
        if (Math.abs(behind) > JUMP_NANOS) {
            return new ServerClock(monotonicNanos, now, 0, ignoredNanos + behind, behind);
        }
        long ppm = behind / (HORIZON_SECONDS * 1_000);
        return new ServerClock(monotonicNanos, now, Math.clamp(ppm, -MOST_PPM, MOST_PPM), ignoredNanos, 0);
    }
}
