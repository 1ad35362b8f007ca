package org.sluicemta.simulation;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsIdentity;

/// The network as one process sees it.
final class SimulatedNetwork implements Network {
    private static final int FIRST_PORT = 32_768;
    private static final int LAST_PORT = 60_999;
    static final int MOST_LENT_BYTES = 64 * 1024;

    /// How long a system waits before it asks again a remote that has not answered; doubled each time.
    private static final long RETRY_NANOS = 1_000_000_000L;

    /// What a lent buffer holds after the call.
    private static final byte[] FREED = freed();

    private final SimulatedWorld world;
    private final SimulatedUniverse universe;
    private final Seed seed;
    private final List<SimulatedConnection> connections = new ArrayList<>();
    private final Map<String, TlsIdentity> tickets = new HashMap<>();
    private @Nullable ByteBuffer lendable;

    SimulatedNetwork(SimulatedWorld world, Seed seed) {
        this.world = world;
        this.universe = world.universe();
        this.seed = seed;
    }

    private static byte[] freed() {
        byte[] bytes = new byte[MOST_LENT_BYTES];
        Arrays.fill(bytes, (byte) 0xDB);
        return bytes;
    }

    // Listening.

    @Override
    public Listener listen(Loop home, ListenPlan plan, Dealer dealer) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        requireMailLoop(loop);
        return switch (plan) {
            case ListenPlan.Tcp tcp -> {
                InetSocketAddress address = bindable(tcp.address());
                InetSocketAddress chosen = address.getPort() == 0 ? withFreePort(address) : address;
                var listener = new SimulatedListener(world, loop, chosen, tcp.backlog(), dealer);
                if (!universe.wires().bind(world.host(), chosen, listener)) {
                    throw taken("listen on " + spell(chosen));
                }
                yield listener;
            }
            case ListenPlan.Unix unix -> {
                Path path = unix.path().toAbsolutePath().normalize();
                var listener =
                        new SimulatedListener(world, loop, UnixDomainSocketAddress.of(path), Integer.MAX_VALUE, dealer);
                if (!universe.wires().bind(world.host(), path, listener)) {
                    throw taken("listen on " + path);
                }
                yield listener;
            }
        };
    }

    private static void requireMailLoop(SimulatedLoop loop) {
        if (loop.isLane()) {
            throw new IllegalArgumentException(loop + " is a lane, which has no network");
        }
    }

    private static NetworkException taken(String what) {
        return new NetworkException(
                IoFailure.Kind.ADDRESS_IN_USE, "cannot " + what + ": the address is in use; stop who uses it");
    }

    private static String spell(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private InetSocketAddress bindable(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip == null || !isOwn(ip)) {
            throw new NetworkException(
                    IoFailure.Kind.ADDRESS_NOT_AVAILABLE,
                    "cannot bind " + (ip == null ? address.getHostString() : ip.getHostAddress()) + ":"
                            + address.getPort() + ": not an address of this machine");
        }
        return address;
    }

    private boolean isOwn(InetAddress ip) {
        return ip.isAnyLocalAddress()
                || ip.isLoopbackAddress()
                || world.host().addresses().contains(ip);
    }

    private InetSocketAddress withFreePort(InetSocketAddress address) {
        int count = LAST_PORT - FIRST_PORT + 1;
        int start = seed.nextInt(count);
        for (int i = 0; i < count; i++) {
            InetSocketAddress candidate = new InetSocketAddress(address.getAddress(), FIRST_PORT + (start + i) % count);
            if (universe.wires().listener(world.host(), candidate) == null
                    && universe.wires().datagrams(world.host(), candidate) == null) {
                return candidate;
            }
        }
        throw new NetworkException(IoFailure.Kind.EXHAUSTED, "no port is free on " + address.getAddress());
    }

    // Connecting.

    @Override
    public void connect(Loop home, ConnectPlan plan, Engine engine) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        requireMailLoop(loop);
        if (plan.timeoutNanos() <= 0) {
            throw new IllegalArgumentException("time-out " + plan.timeoutNanos() + " ns; write over 0");
        }
        new Attempt(loop, plan, engine).begin();
    }

    /// One attempt to connect, from the call to `opened` or `failed`.
    private final class Attempt {
        private final SimulatedLoop loop;
        private final ConnectPlan plan;
        private final Engine engine;
        private boolean isOver;
        private long retryNanos = RETRY_NANOS;
        private SimulatedUniverse.@Nullable Event timeout;
        private @Nullable SocketAddress local;

        Attempt(SimulatedLoop loop, ConnectPlan plan, Engine engine) {
            this.loop = loop;
            this.plan = plan;
            this.engine = engine;
        }

        void begin() {
            IoFailure refusal = chooseLocal();
            if (refusal != null) {
                fail(refusal.kind(), refusal.text());
                return;
            }
            timeout = universe.schedule(
                    plan.timeoutNanos(),
                    world,
                    null,
                    TraceKind.WIRE,
                    () -> fail(IoFailure.Kind.TIMED_OUT, "no answer from " + plan.remote()));
            ask();
        }

        private @Nullable IoFailure chooseLocal() {
            if (!(plan.remote() instanceof InetSocketAddress remote)) {
                local = UnixDomainSocketAddress.of("");
                return null;
            }
            if (remote.getAddress() == null) {
                return new IoFailure(IoFailure.Kind.UNREACHABLE, remote + " has no address");
            }
            InetAddress wanted = plan.local();
            if (wanted != null && !isOwn(wanted)) {
                universe.faultPoints().mark("network: local address not available");
                return new IoFailure(
                        IoFailure.Kind.ADDRESS_NOT_AVAILABLE,
                        wanted.getHostAddress() + " is not an address of this machine");
            }
            InetAddress source = wanted == null || wanted.isAnyLocalAddress() ? sourceFor(remote.getAddress()) : wanted;
            if (source instanceof Inet6Address != remote.getAddress() instanceof Inet6Address) {
                return new IoFailure(
                        IoFailure.Kind.UNREACHABLE, "no way from " + source.getHostAddress() + " to " + remote);
            }
            int port = world.host().takePort(source, remote, seed);
            if (port == 0) {
                universe.faultPoints().mark("network: ports exhausted");
                return new IoFailure(
                        IoFailure.Kind.EXHAUSTED, "no port is left from " + source.getHostAddress() + " to " + remote);
            }
            local = new InetSocketAddress(source, port);
            return null;
        }

        /// Sends what asks for the connection; a real system repeats it when nothing comes back.
        private void ask() {
            if (!(plan.remote() instanceof InetSocketAddress remote)) {
                Path path = ((UnixDomainSocketAddress) plan.remote())
                        .getPath()
                        .toAbsolutePath()
                        .normalize();
                arrive(world.host(), universe.wires().listener(world.host(), path));
                return;
            }
            SimulatedHost target = universe.wires().hostAt(world.host(), remote.getAddress());
            if (target == null) {
                universe.faultPoints().mark("network: connect to nobody");
                return;
            }
            Link link = universe.wires().between(world.host(), target);
            if (link.losesConnectNow(seed)) {
                return;
            }
            universe.schedule(link.delayNanos(seed), world, null, TraceKind.WIRE, () -> {
                if (link.isUnreachableNow(seed)) {
                    fail(IoFailure.Kind.UNREACHABLE, "no route to " + remote);
                } else if (link.refusesNow(seed)) {
                    fail(IoFailure.Kind.REFUSED, remote + " refused the connection");
                } else if (!target.isOff()) {
                    arrive(target, universe.wires().listener(target, remote));
                }
            });
        }

        private void arrive(SimulatedHost target, @Nullable SimulatedListener listener) {
            if (isOver) {
                return;
            }
            if (listener == null) {
                universe.schedule(
                        universe.wires().between(target, world.host()).delayNanos(seed),
                        world,
                        null,
                        TraceKind.WIRE,
                        () -> fail(IoFailure.Kind.REFUSED, "nobody listens on " + plan.remote()));
                return;
            }
            if (!listener.hasRoom()) {
                universe.faultPoints().mark("network: backlog full");
                retryNanos *= 2;
                universe.schedule(retryNanos, world, null, TraceKind.WIRE, () -> {
                    if (!isOver) {
                        ask();
                    }
                });
                return;
            }
            open(target, listener);
        }

        private void open(SimulatedHost target, SimulatedListener listener) {
            SocketAddress from = java.util.Objects.requireNonNull(local, "bound");
            SocketAddress to = plan.remote();
            Link back = universe.wires().between(target, world.host());
            SimulatedNetwork there = listener.world().ownNetwork();
            var ours = new SimulatedConnection(world, target, from, to, seed.fork());
            var theirs = new SimulatedConnection(listener.world(), world.host(), to, from, seed.fork());
            ours.join(theirs);
            connections.add(ours);
            there.connections.add(theirs);
            listener.accept(theirs);
            universe.schedule(back.delayNanos(seed), world, null, TraceKind.WIRE, () -> {
                if (isOver) {
                    ours.dropHere();
                } else {
                    isOver = true;
                    forgetTimeout();
                    ours.sit(loop, engine);
                }
            });
        }

        private void forgetTimeout() {
            if (timeout != null) {
                timeout.isCancelled = true;
                timeout = null;
            }
        }

        private void fail(IoFailure.Kind kind, String text) {
            if (isOver) {
                return;
            }
            isOver = true;
            forgetTimeout();
            if (local instanceof InetSocketAddress bound && plan.remote() instanceof InetSocketAddress remote) {
                world.host().freePort(bound, remote);
            }
            loop.soon(TraceKind.ANSWER, () -> engine.failed(new IoFailure(kind, text)));
        }
    }

    /// The address that a system takes to reach `remote`.
    InetAddress sourceFor(InetAddress remote) {
        if (remote.isLoopbackAddress()) {
            return remote instanceof Inet6Address ? remote : InetAddress.ofLiteral("127.0.0.1");
        }
        for (InetAddress own : world.host().addresses()) {
            if (!own.isLoopbackAddress() && own instanceof Inet6Address == remote instanceof Inet6Address) {
                return own;
            }
        }
        return world.host().addresses().getFirst();
    }

    // Datagrams, certificates.

    @Override
    public Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        requireMailLoop(loop);
        InetSocketAddress address = bindable(local);
        InetSocketAddress chosen = address.getPort() == 0 ? withFreePort(address) : address;
        var socket = new SimulatedDatagrams(world, loop, chosen, sink, seed.fork());
        if (!universe.wires().bind(world.host(), chosen, socket)) {
            throw taken("take datagrams on " + spell(chosen));
        }
        return socket;
    }

    @Override
    public TlsIdentity selfSigned(String host) {
        return SimulatedTls.selfSigned(host, seed.nextLong());
    }

    /// Whether a session of this key with this server can be taken up; from now on it can.
    boolean takesUp(String ticketKey, TlsIdentity server) {
        return server.equals(tickets.put(ticketKey, server));
    }

    // For connections.

    /// Lends bytes for a call, in a buffer that is overwritten afterwards.
    void lend(byte[] bytes, int from, int length, Consumer<ByteBuffer> call) {
        ByteBuffer scratch = lendable;
        if (scratch == null) {
            scratch = ByteBuffer.allocateDirect(MOST_LENT_BYTES);
            lendable = scratch;
        }
        ByteBuffer lent = scratch.clear().slice(0, length);
        lent.put(bytes, from, length).flip();
        try {
            call.accept(lent);
        } finally {
            scratch.put(0, FREED, 0, length);
        }
    }

    void ended(SimulatedConnection connection) {
        connections.remove(connection);
        if (connection.local() instanceof InetSocketAddress bound
                && connection.remote() instanceof InetSocketAddress remote) {
            world.host().freePort(bound, remote);
        }
    }

    /// The process is gone: its remotes see a reset, and nothing of it listens.
    void processEnded() {
        universe.wires().unbindAll(world);
        for (SimulatedConnection connection : List.copyOf(connections)) {
            connection.processEnded();
        }
    }

    /// How many connections this process has.
    int connectionCount() {
        return connections.size();
    }
}
