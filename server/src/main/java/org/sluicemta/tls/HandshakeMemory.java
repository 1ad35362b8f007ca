package org.sluicemta.tls;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// With which hosts a handshake failed within the hour: opportunistic sessions speak to them in clear at once instead
/// of failing first each time. Pure over the clock values given. Owner: one loop.
public final class HandshakeMemory {
    public static final Duration KEPT = Duration.ofHours(1);

    private final int maxHosts;
    private final Map<InetAddress, Long> until = new LinkedHashMap<>();

    /// @param maxHosts the most hosts remembered, 1 or more; the oldest failure is forgotten first
    public HandshakeMemory(int maxHosts) {
        this.maxHosts = maxHosts;
    }

    /// @param nanos of the owner's clock
    public void failed(InetAddress host, long nanos) {
        until.remove(host); // so that it becomes the youngest
        if (until.size() >= maxHosts) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(host, nanos + KEPT.toNanos());
    }

    public void succeeded(InetAddress host) {
        until.remove(host);
    }

    public boolean hasFailedLately(InetAddress host, long nanos) {
        Long end = until.get(host);
        if (end == null) {
            return false;
        }
        if (end - nanos <= 0) {
            until.remove(host);
            return false;
        }
        return true;
    }

    public int size() {
        return until.size();
    }
}
