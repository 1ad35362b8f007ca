package org.sluicemta.tls;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// With which hosts a handshake failed on which terms within the hour: opportunistic sessions speak to them in clear at
/// once instead of failing first each time. Pure over the clock values given. Owner: one loop.
public final class HandshakeMemory {
    public static final Duration KEPT = Duration.ofHours(1);

    /// A host, and what a session offers it: that one queue's narrow terms fail says nothing of another's.
    public record Peer(InetAddress host, OutgoingTls terms) {}

    private final int maxHosts;
    private final Map<Peer, Long> until = new LinkedHashMap<>();

    /// @param maxHosts the most hosts remembered, 1 or more; the oldest failure is forgotten first
    public HandshakeMemory(int maxHosts) {
        this.maxHosts = maxHosts;
    }

    /// @param nanos of the owner's clock
    public void failed(Peer peer, long nanos) {
        until.remove(peer); // so that it becomes the youngest
        if (until.size() >= maxHosts) {
            until.remove(until.keySet().iterator().next());
        }
        until.put(peer, nanos + KEPT.toNanos());
    }

    public void succeeded(Peer peer) {
        until.remove(peer);
    }

    public boolean hasFailedLately(Peer peer, long nanos) {
        Long end = until.get(peer);
        if (end == null) {
            return false;
        }
        if (end - nanos <= 0) {
            until.remove(peer);
            return false;
        }
        return true;
    }

    public int size() {
        return until.size();
    }
}
