package org.sluicemta.runtime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The machine's clocks: the monotonic one, and server time held against the wall clock once a second. Read from any
/// thread; observed by the first mail loop only.
final class Clocks {
    private static final Logger LOG = LoggerFactory.getLogger(Clocks.class);
    private final long origin = System.nanoTime();
    private volatile ServerClock server = ServerClock.startingAt(0, System.currentTimeMillis());

    /// Nanoseconds since this object was made: small, so sums with time-outs do not overflow.
    long nanos() {
        return System.nanoTime() - origin;
    }

    long serverMillis(long nanos) {
        return server.millisAt(nanos);
    }

    void observe() {
        ServerClock next = server.observe(nanos(), System.currentTimeMillis());
        server = next;
        if (next.jumpNanos() != 0) {
            LOG.warn(
                    "the wall clock jumped by {} s; retries and expiry keep to the time before the jump until a restart",
                    next.jumpNanos() / 1_000_000 / 1e3);
        }
    }
}
