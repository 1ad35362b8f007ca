package org.sluicemta.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All wires between the hosts of a universe, and who listens where. Any host may use the whole of 127.0.0.0/8, which
/// leads to itself; other addresses lead to the host that has them; an address that no host has answers nothing.
/// Owner: the thread that drives the universe.
public final class Wires {
    /// A socket that is bound, and to what.
    private record Binding(SimulatedHost host, InetSocketAddress address) {}

    /// The key of a link. Maps of this class are only ever looked into by key, never walked in an order that shows.
    private record Ends(SimulatedHost from, SimulatedHost to) {}

    /// What wires do to those who use them; declared when somebody first listens.
    private static final String[] FAULT_POINTS = {
        "network: backlog full",
        "network: closed with unread bytes",
        "network: connect lost",
        "network: connect refused",
        "network: datagram doubled",
        "network: datagram lost",
        "network: half-close at a byte",
        "network: link down",
        "network: local address not available",
        "network: ports exhausted",
        "network: reset at a byte",
        "network: silence at a byte",
        "network: unreachable",
        "tls: bytes injected before the handshake",
        "tls: clear bytes dropped",
        "tls: handshake fails",
        "tls: handshake stalls"
    };

    private final SimulatedUniverse universe;
    private final Link usual;
    private final Map<Ends, Link> links = new HashMap<>();
    private final Map<Binding, SimulatedListener> listeners = new HashMap<>();
    private final Map<Binding, SimulatedDatagrams> datagrams = new HashMap<>();
    private final Map<String, SimulatedListener> unixListeners = new HashMap<>();

    Wires(SimulatedUniverse universe) {
        this.universe = universe;
        this.usual = new Link(universe.faultPoints());
    }

    /// The link between hosts that have none of their own.
    public Link usual() {
        return usual;
    }

    /// The link from one host to another, made by the first call with nothing wrong on it; a host has one to itself
    /// too. Connects from `from` and the bytes that it sends use it; what comes back uses the other direction's.
    public Link link(SimulatedHost from, SimulatedHost to) {
        return links.computeIfAbsent(new Ends(from, to), key -> new Link(universe.faultPoints()));
    }

    Link between(SimulatedHost from, SimulatedHost to) {
        Link own = links.get(new Ends(from, to));
        return own == null ? usual : own;
    }

    /// The host that an address leads to from `from`.
    @Nullable
    SimulatedHost hostAt(SimulatedHost from, InetAddress address) {
        if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
            return from;
        }
        for (SimulatedHost host : universe.hosts()) {
            if (host.addresses().contains(address)) {
                return host;
            }
        }
        return null;
    }

    private static InetSocketAddress anyAddress(InetSocketAddress address) {
        boolean isSix = address.getAddress() instanceof java.net.Inet6Address;
        return new InetSocketAddress(InetAddress.ofLiteral(isSix ? "::" : "0.0.0.0"), address.getPort());
    }

    @Nullable
    SimulatedListener listener(SimulatedHost host, InetSocketAddress address) {
        return at(listeners, host, address);
    }

    @Nullable
    SimulatedDatagrams datagrams(SimulatedHost host, InetSocketAddress address) {
        return at(datagrams, host, address);
    }

    private static <T> @Nullable T at(Map<Binding, T> bound, SimulatedHost host, InetSocketAddress address) {
        T exact = bound.get(new Binding(host, address));
        return exact != null ? exact : bound.get(new Binding(host, anyAddress(address)));
    }

    /// @return false when the place is taken
    boolean bind(SimulatedHost host, InetSocketAddress address, SimulatedListener listener) {
        universe.faultPoints().declare(FAULT_POINTS);
        return bind(listeners, host, address, listener);
    }

    boolean bind(SimulatedHost host, InetSocketAddress address, SimulatedDatagrams socket) {
        return bind(datagrams, host, address, socket);
    }

    private static <T> boolean bind(Map<Binding, T> bound, SimulatedHost host, InetSocketAddress address, T socket) {
        return !isTaken(bound, host, address) && bound.putIfAbsent(new Binding(host, address), socket) == null;
    }

    private static <T> boolean isTaken(Map<Binding, T> bound, SimulatedHost host, InetSocketAddress address) {
        boolean isAny = address.getAddress().isAnyLocalAddress();
        return bound.keySet().stream()
                .filter(other -> other.host == host && other.address.getPort() == address.getPort())
                .anyMatch(other ->
                        isAny || other.address.getAddress().isAnyLocalAddress() || other.address.equals(address));
    }

    boolean bind(SimulatedHost host, Path path, SimulatedListener listener) {
        return unixListeners.putIfAbsent(host.name() + " " + path, listener) == null;
    }

    @Nullable
    SimulatedListener listener(SimulatedHost host, Path path) {
        return unixListeners.get(host.name() + " " + path);
    }

    void unbind(SimulatedListener listener) {
        listeners.values().removeIf(bound -> bound == listener);
        unixListeners.values().removeIf(bound -> bound == listener);
    }

    void unbind(SimulatedDatagrams socket) {
        datagrams.values().removeIf(bound -> bound == socket);
    }

    /// Every socket of a process that ended.
    void unbindAll(SimulatedWorld world) {
        List<SimulatedListener> gone = new ArrayList<>(listeners.values());
        gone.addAll(unixListeners.values());
        gone.stream().filter(listener -> listener.world() == world).forEach(this::unbind);
        List.copyOf(datagrams.values()).stream()
                .filter(socket -> socket.world() == world)
                .forEach(this::unbind);
    }
}
