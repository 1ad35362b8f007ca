package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.Receiver;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// Sees what goes out: connections where the server asks for them, recipients and copies where receivers hear of them.
/// Owner: the thread of the seed.
final class Watch {
    /// How long a changed limit may take to bind, on the way from loop to loop and through name look-ups.
    private static final long SETTLING_NANOS = 60_000_000_000L;

    /// A connection as a receiver had it.
    static final class Incoming {
        boolean hasQuit;
        String lastMessage = "";
        String lastButOne = "";
        long attemptNanos;
    }

    /// A copy that a receiver took.
    record Copy(Receipt receipt, Incoming by, long atNanos) {
        Pair pair() {
            return new Pair(receipt.reversePath(), receipt.recipient());
        }

        /// Whether the server may never have heard of it: the connection broke, and this was one of the last two on
        /// it; one message may ride behind another.
        boolean mayBeUnheard() {
            return !by.hasQuit
                    && (by.lastMessage.equals(receipt.messageName()) || by.lastButOne.equals(receipt.messageName()));
        }
    }

    /// A time in which one configuration was in force in one process.
    record Epoch(long fromNanos, Scenario.Limits limits) {}

    private final Scenario scenario;
    private final SimulatedUniverse universe;
    private final List<String> wrong;
    private final Map<String, Integer> open = new TreeMap<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private long reloadedNanos = Long.MIN_VALUE / 2;
    private Scenario.@Nullable Limits beforeReload;
    private @Nullable Incoming speaking;

    final List<Copy> copies = new ArrayList<>();
    final Map<String, List<Long>> recipientTimes = new TreeMap<>();
    final Map<String, List<Long>> connectTimes = new TreeMap<>();
    int connects;

    Watch(Scenario scenario, SimulatedUniverse universe, List<String> wrong) {
        this.scenario = scenario;
        this.universe = universe;
        this.wrong = wrong;
    }

    /// A process begins.
    void booted(Scenario.Limits limits) {
        open.clear();
        beforeReload = null;
        epochs.add(new Epoch(universe.nanos(), limits));
    }

    void reloaded(Scenario.Limits limits) {
        reloadedNanos = universe.nanos();
        beforeReload = limits();
        epochs.add(new Epoch(universe.nanos(), limits));
    }

    List<Epoch> epochs() {
        return epochs;
    }

    private Scenario.Limits limits() {
        return epochs.getLast().limits();
    }

    // ---- connections, where the server opens them

    /// @return what runs when the connection is over for the server
    Runnable opening(ConnectPlan plan) {
        if (!(plan.remote() instanceof InetSocketAddress remote)) {
            return () -> {};
        }
        if (remote.getPort() == 53) {
            return () -> {};
        }
        connects++;
        String domain = scenario.domainAt.get(remote.getAddress().getHostAddress());
        InetAddress local = plan.local();
        String from = local == null ? null : scenario.virtualMtaAt(local.getHostAddress());
        if (domain == null || from == null) {
            wrong.add("a connection from " + local + " to " + remote + ": no virtual MTA or no receiver there");
            return () -> {};
        }
        String queue = domain + "/" + from;
        connectTimes.computeIfAbsent(queue, q -> new ArrayList<>()).add(universe.nanos());
        count(queue, most(l -> l.maxOutOf(domain)));
        count(from, most(l -> l.virtualMtaMaxOut().getOrDefault(from, Integer.MAX_VALUE)));
        count("server", most(Scenario.Limits::totalMaxOut));
        int process = processes;
        return () -> {
            if (process == processes) {
                open.merge(queue, -1, Integer::sum);
                open.merge(from, -1, Integer::sum);
                open.merge("server", -1, Integer::sum);
            }
        };
    }

    private int processes;

    /// A process ended, and its connections with it.
    void crashed() {
        processes++;
        open.clear();
    }

    int openConnections() {
        return open.getOrDefault("server", 0);
    }

    private int most(java.util.function.ToIntFunction<Scenario.Limits> of) {
        Scenario.Limits before = beforeReload;
        int now = of.applyAsInt(limits());
        return before != null && universe.nanos() - reloadedNanos < SETTLING_NANOS
                ? Math.max(now, of.applyAsInt(before))
                : now;
    }

    private void count(String what, int limit) {
        int now = open.merge(what, 1, Integer::sum);
        if (now > limit) {
            wrong.add("connection limit exceeded: " + now + " of " + limit + " for " + what + " at " + universe.nanos()
                    + ", reloaded at " + reloadedNanos);
        }
    }

    // ---- what receivers hear

    /// The receiver, with an ear on its connections.
    Network.Dealer hearing(Receiver receiver, Loop loop) {
        return (remote, local) -> new Network.Seat(loop, new Ear(receiver.engine(), remote, local));
    }

    void took(Receipt receipt) {
        Incoming by = speaking;
        if (by == null) {
            wrong.add("a receipt without a connection: " + receipt);
            return;
        }
        if (!by.lastMessage.equals(receipt.messageName())) {
            by.lastButOne = by.lastMessage;
            by.lastMessage = receipt.messageName();
        }
        copies.add(new Copy(receipt, by, universe.nanos()));
    }

    private final class Ear implements Engine {
        private final Engine engine;
        private final Incoming incoming = new Incoming();
        private final String queue;
        private final byte[] line = new byte[8];
        private int length;

        Ear(Engine engine, SocketAddress remote, SocketAddress local) {
            this.engine = engine;
            String domain = local instanceof InetSocketAddress at
                    ? scenario.domainAt.get(at.getAddress().getHostAddress())
                    : null;
            String from = remote instanceof InetSocketAddress at
                    ? scenario.virtualMtaAt(at.getAddress().getHostAddress())
                    : null;
            queue = domain + "/" + from;
            if (domain == null || from == null) {
                wrong.add("a receiver was called from " + remote + " at " + local);
            }
        }

        @Override
        public void opened(Connection connection) {
            engine.opened(new Voice(connection, incoming));
        }

        /// Notes beginnings of lines; the messages of the load never begin a line with a command.
        @Override
        public void bytes(ByteBuffer lent) {
            for (int i = lent.position(); i < lent.limit(); i++) {
                byte b = lent.get(i);
                if (b == '\n') {
                    length = 0;
                } else if (length < line.length) {
                    line[length++] = b;
                    check();
                }
            }
            engine.bytes(lent);
        }

        private void check() {
            if (length == 4 && line[0] == 'Q' && line[1] == 'U' && line[2] == 'I' && line[3] == 'T') {
                incoming.hasQuit = true;
            } else if (length == 8
                    && line[0] == 'R'
                    && line[1] == 'C'
                    && line[2] == 'P'
                    && line[3] == 'T'
                    && line[4] == ' '
                    && line[5] == 'T'
                    && line[6] == 'O'
                    && line[7] == ':') {
                // An attempt begins with its MAIL; RCPT may have to wait for the answer to the message before.
                recipientTimes.computeIfAbsent(queue, q -> new ArrayList<>()).add(incoming.attemptNanos);
            } else if (length == 8
                    && line[0] == 'M'
                    && line[1] == 'A'
                    && line[2] == 'I'
                    && line[3] == 'L'
                    && line[4] == ' ') {
                incoming.attemptNanos = universe.nanos();
            }
        }

        @Override
        public void writable() {
            engine.writable();
        }

        @Override
        public void secured(TlsFacts facts) {
            length = 0;
            engine.secured(facts);
        }

        @Override
        public void ended() {
            engine.ended();
        }

        @Override
        public void failed(IoFailure why) {
            engine.failed(why);
        }
    }

    /// Remembers which connection spoke last: a receipt is made right after its reply.
    private final class Voice implements Connection {
        private final Connection connection;
        private final Incoming incoming;

        Voice(Connection connection, Incoming incoming) {
            this.connection = connection;
            this.incoming = incoming;
        }

        @Override
        public ByteBuffer out(int atLeast) {
            speaking = incoming;
            return connection.out(atLeast);
        }

        @Override
        public void send(Slice content, int from, int length) {
            connection.send(content, from, length);
        }

        @Override
        public void flush() {
            connection.flush();
        }

        @Override
        public long unsentBytes() {
            return connection.unsentBytes();
        }

        @Override
        public void reading(boolean on) {
            connection.reading(on);
        }

        @Override
        public void startTls(TlsPlan plan) {
            connection.startTls(plan);
        }

        @Override
        public void close() {
            connection.close();
        }

        @Override
        public void abort() {
            connection.abort();
        }

        @Override
        public SocketAddress remote() {
            return connection.remote();
        }

        @Override
        public SocketAddress local() {
            return connection.local();
        }

        @Override
        public Loop loop() {
            return connection.loop();
        }
    }
}
