package org.sluicemta.dns;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which hosts could not be connected to lately, by (source address, host address): a dead MX is passed over for five
/// minutes while the domain's other hosts go on. Pure over the clock values given. Owner: one loop.
/// Source: RFC 5321 section 4.5.4.1.
public final class HostMemory {
    /// Long enough to spare a dead host, short enough that its return is noticed.
    public static final Duration REST = Duration.ofMinutes(5);

    private final int maxHosts;
    private final Map<Path, Long> restingUntil = new LinkedHashMap<>();

    /// @param maxHosts the most hosts remembered, 1 or more; the oldest failure is forgotten first
    public HostMemory(int maxHosts) {
        this.maxHosts = maxHosts;
    }

    /// A connection could not be made.
    ///
    /// @param source the local address, or null for the system's choice
    /// @param nanos of the owner's clock
    public void failed(@Nullable InetAddress source, InetAddress host, long nanos) {
        var path = new Path(source, host);
        restingUntil.remove(path); // so that it becomes the youngest
        if (restingUntil.size() >= maxHosts) {
            restingUntil.remove(restingUntil.keySet().iterator().next());
        }
        restingUntil.put(path, nanos + REST.toNanos());
    }

    /// A connection stands: forget what was.
    public void reached(@Nullable InetAddress source, InetAddress host) {
        restingUntil.remove(new Path(source, host));
    }

    public boolean isResting(@Nullable InetAddress source, InetAddress host, long nanos) {
        if (restingUntil.isEmpty()) {
            return false; // the usual case, without an allocation
        }
        var path = new Path(source, host);
        Long until = restingUntil.get(path);
        if (until == null) {
            return false;
        }
        if (until - nanos <= 0) {
            restingUntil.remove(path);
            return false;
        }
        return true;
    }

    public int size() {
        return restingUntil.size();
    }

    /// An operator's wish, or a change of the machine's addresses.
    public void clear() {
        restingUntil.clear();
    }

    private record Path(@Nullable InetAddress source, InetAddress host) {}
}
