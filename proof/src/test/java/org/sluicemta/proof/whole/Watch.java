package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.Receiver;
import org.sluicemta.simulation.FaultPoints;
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
        /// Domain of the receiver's address and virtual MTA of the caller's.
        final String queue;
        final String source;
        final long openedNanos;
        boolean hasQuit;
        String lastMessage = "";
        String lastButOne = "";
        long attemptNanos;
        /// When the last attempt at each reverse-path began.
        final Map<String, Long> beganNanos = new TreeMap<>();
        /// Of each attempt on it.
        final List<Long> mails = new ArrayList<>();

        Incoming(String queue, String source, long openedNanos) {
            this.queue = queue;
            this.source = source;
            this.openedNanos = openedNanos;
        }
    }

    /// A connection as the server asked for it.
    ///
    /// @param ofQueue how many the queue had with it, `ofSource` how many of them by its address
    /// @param isFurther whether one to another host has just failed
    record Opening(
            long nanos, String domain, String virtualMta, String source, int ofQueue, int ofSource, boolean isFurther) {
        String queue() {
            return domain + "/" + virtualMta;
        }
    }

    /// A transaction that a receiver heard begin.
    record Begun(long atNanos, String reversePath, String queue) {}

    /// A copy that a receiver took.
    record Copy(Receipt receipt, Incoming by, long atNanos) {
        Pair pair() {
            return new Pair(receipt.reversePath(), receipt.recipient());
        }

        /// The domain of the queue that it came from.
        String place() {
            return by.queue.substring(0, by.queue.indexOf('/'));
        }

        /// Whether the server may never have heard of it: the connection broke, and this was one of the last two on
        /// it; one message may ride behind another.
        boolean mayBeUnheard() {
            return !by.hasQuit
                    && (by.lastMessage.equals(receipt.messageName()) || by.lastButOne.equals(receipt.messageName()));
        }
    }

    /// A time in which one configuration was in force in one process.
    record Epoch(long fromNanos, Plan plan, boolean isReload) {}

    private final Scenario scenario;
    private final SimulatedUniverse universe;
    private final List<String> wrong;
    private final Map<String, Integer> open = new TreeMap<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private long reloadedNanos = Long.MIN_VALUE / 2;
    private @Nullable Plan beforeReload;
    private @Nullable Incoming speaking;

    final List<Copy> copies = new ArrayList<>();
    final Map<String, List<Long>> recipientTimes = new TreeMap<>();
    final Map<String, List<Long>> connectTimes = new TreeMap<>();
    /// The same by queue and source address.
    final Map<String, List<Long>> sourceRecipientTimes = new TreeMap<>();
    final Map<String, List<Long>> sourceConnectTimes = new TreeMap<>();
    final List<Opening> openings = new ArrayList<>();
    final List<Incoming> incomings = new ArrayList<>();
    /// When transactions began whose message was taken, by queue; and its size.
    final Map<String, Map<Long, Long>> volumes = new TreeMap<>();
    /// Each attempt as its MAIL was heard.
    final List<Begun> begun = new ArrayList<>();
    int connects;

    Watch(Scenario scenario, SimulatedUniverse universe, FaultPoints points, List<String> wrong) {
        this.scenario = scenario;
        this.universe = universe;
        this.points = points;
        this.wrong = wrong;
        points.declare(PASSED_ON);
    }

    private static final String PASSED_ON = "whole: connection passed on at a limit";
    private static final long PASSED_ON_NANOS = 100_000_000L;

    private final FaultPoints points;
    /// The queue whose connection made room at a limit, and when.
    private String gaveUp = "";
    private long gaveUpNanos;
    /// Queues that had to let another in.
    private final Set<String> givers = new TreeSet<>();

    /// A process begins.
    void booted(Plan plan) {
        open.clear();
        beforeReload = null;
        epochs.add(new Epoch(universe.nanos(), plan, false));
    }

    void reloaded(Plan plan) {
        reloadedNanos = universe.nanos();
        beforeReload = plan();
        epochs.add(new Epoch(universe.nanos(), plan, true));
    }

    List<Epoch> epochs() {
        return epochs;
    }

    long nanos() {
        return universe.nanos();
    }

    Plan planAt(long nanos) {
        Plan plan = epochs.getFirst().plan();
        for (Epoch each : epochs) {
            plan = each.fromNanos() <= nanos ? each.plan() : plan;
        }
        return plan;
    }

    /// Whether the last reload of the process that ran then was so long before.
    boolean isSettled(long nanos, long forNanos) {
        return epochs.stream()
                .noneMatch(each -> each.isReload() && each.fromNanos() <= nanos && nanos - each.fromNanos() < forNanos);
    }

    /// How far the server's clock of that moment is ahead of the universe's.
    long serverAheadNanos(long nanos) {
        long ahead = 0;
        for (Map.Entry<Long, Long> each : aheads.entrySet()) {
            ahead = each.getKey() <= nanos ? each.getValue() : ahead;
        }
        return ahead;
    }

    private final Map<Long, Long> aheads = new TreeMap<>();

    /// A process begins, and its clock shows this.
    void clock(long serverMillis) {
        aheads.put(universe.nanos(), serverMillis * 1_000_000L - universe.nanos());
    }

    private Plan plan() {
        return epochs.getLast().plan();
    }

    // ---- connections, where the server opens them

    /// @return what runs when the connection is over for the server
    Runnable opening(ConnectPlan plan, boolean isFurther) {
        if (!(plan.remote() instanceof InetSocketAddress remote)) {
            return () -> {};
        }
        if (remote.getPort() == 53 || remote.getAddress().equals(Scenario.LETTERBOX)) {
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
        String source = queue + " by " + local.getHostAddress();
        connectTimes.computeIfAbsent(queue, q -> new ArrayList<>()).add(universe.nanos());
        sourceConnectTimes.computeIfAbsent(source, q -> new ArrayList<>()).add(universe.nanos());
        int ofQueue = open.merge(queue, 1, Integer::sum);
        int ofSource = open.merge(source, 1, Integer::sum);
        openings.add(new Opening(universe.nanos(), domain, from, local.getHostAddress(), ofQueue, ofSource, isFurther));
        int mostOfVirtualMta = most(p -> p.virtualMtaMaxOut().getOrDefault(from, Integer.MAX_VALUE));
        int mostOfServer = most(Plan::totalMaxOut);
        count(from, mostOfVirtualMta);
        count("server", mostOfServer);
        passedOn(queue);
        int process = processes;
        return () -> {
            if (process == processes) {
                if (open.getOrDefault(from, 0) >= mostOfVirtualMta || open.getOrDefault("server", 0) >= mostOfServer) {
                    gaveUp = queue;
                    gaveUpNanos = universe.nanos();
                }
                open.merge(queue, -1, Integer::sum);
                open.merge(source, -1, Integer::sum);
                open.merge(from, -1, Integer::sum);
                open.merge("server", -1, Integer::sum);
            }
        };
    }

    /// A queue that lets another in and comes again had mail left: it was made to.
    private void passedOn(String queue) {
        if (!gaveUp.isEmpty() && !gaveUp.equals(queue) && universe.nanos() - gaveUpNanos < PASSED_ON_NANOS) {
            givers.add(gaveUp);
        }
        gaveUp = "";
        if (givers.remove(queue)) {
            points.mark(PASSED_ON);
        }
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

    private int most(java.util.function.ToIntFunction<Plan> of) {
        Plan before = beforeReload;
        int now = of.applyAsInt(plan());
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
        Long began = by.beganNanos.get(receipt.reversePath());
        if (began != null) {
            volumes.computeIfAbsent(by.queue, q -> new TreeMap<>()).put(began, receipt.sizeBytes());
        }
    }

    private final class Ear implements Engine {
        private final Engine engine;
        private final Incoming incoming;
        /// As much of a line as a command with the load's reverse-path takes.
        private final byte[] line = new byte[48];
        private int length;

        Ear(Engine engine, SocketAddress remote, SocketAddress local) {
            this.engine = engine;
            String domain = local instanceof InetSocketAddress at
                    ? scenario.domainAt.get(at.getAddress().getHostAddress())
                    : null;
            String from = remote instanceof InetSocketAddress at
                    ? scenario.virtualMtaAt(at.getAddress().getHostAddress())
                    : null;
            String source =
                    remote instanceof InetSocketAddress at ? at.getAddress().getHostAddress() : "";
            incoming = new Incoming(domain + "/" + from, source, universe.nanos());
            incomings.add(incoming);
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
                    if (length > 11 && line[0] == 'M' && line[4] == ' ' && line[10] == '<') {
                        path();
                    }
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
                recipientTimes
                        .computeIfAbsent(incoming.queue, q -> new ArrayList<>())
                        .add(incoming.attemptNanos);
                sourceRecipientTimes
                        .computeIfAbsent(incoming.queue + " by " + incoming.source, q -> new ArrayList<>())
                        .add(incoming.attemptNanos);
            } else if (length == 8
                    && line[0] == 'M'
                    && line[1] == 'A'
                    && line[2] == 'I'
                    && line[3] == 'L'
                    && line[4] == ' ') {
                incoming.attemptNanos = universe.nanos();
                incoming.mails.add(universe.nanos());
            }
        }

        /// `MAIL FROM:<path>`, to tell when the transaction of a message began.
        private void path() {
            String text = new String(line, 0, length, StandardCharsets.US_ASCII);
            int end = text.indexOf('>');
            if (end > 0) {
                incoming.beganNanos.put(text.substring(10, end + 1), incoming.attemptNanos);
                begun.add(new Begun(incoming.attemptNanos, text.substring(10, end + 1), incoming.queue));
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
