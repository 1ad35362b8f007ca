package org.sluicemta.deliver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.MxPlans;
import org.sluicemta.dns.PlanSettings;
import org.sluicemta.dns.Resolver;
import org.sluicemta.dns.ResolverSettings;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.Carrier;
import org.sluicemta.queue.Consignment;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.QueueAction;
import org.sluicemta.queue.QueueFailure;
import org.sluicemta.queue.Shard;
import org.sluicemta.queue.Trace;
import org.sluicemta.route.RouteTable;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.settings.Setting;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.smtp.ClientLogin;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.tls.OutgoingTls;
import org.sluicemta.tls.StarttlsPolicy;
import org.sluicemta.tls.TlsVersions;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsTrust;
import org.sluicemta.world.Workers;

/// Delivery in a simulated world: a shard that hands out what the test gives it, and remotes that follow a script.
final class DeliverStage {
    static final QueueKey QUEUE = new QueueKey("example.net", "m");
    static final byte[] TEXT = "From: a@example.com\r\nSubject: s\r\n\r\nText.\r\n".getBytes(StandardCharsets.US_ASCII);

    final SimulatedUniverse universe = SimulatedUniverse.seeded(11);
    final SimulatedHost host;
    final SimulatedWorld server;
    final Loop loop;
    final Memory memory;
    final FakeShard shard = new FakeShard();
    final Map<String, Object> wishes = new HashMap<>();
    final Remote first;
    final Remote second;
    List<String> sources = List.of();

    @Nullable
    Delivery made;

    private long ids;

    DeliverStage() {
        host = universe.host("server", address("198.51.100.1"), address("198.51.100.2"))
                .loops(1);
        server = host.boot();
        loop = server.loops().getFirst();
        memory = server.memory("content", 1 << 20);
        first = new Remote("mx1", "192.0.2.10");
        second = new Remote("mx2", "192.0.2.11");
        wishes.put("hosts", "[192.0.2.10]:25;[192.0.2.11]:25");
    }

    static InetAddress address(String text) {
        return InetAddress.ofLiteral(text);
    }

    private <T> Setting<T> setting(String name, T usual) {
        @SuppressWarnings("unchecked")
        T value = (T) wishes.getOrDefault(name, usual);
        return Setting.builtIn(name, value);
    }

    Delivery.Snapshot snapshot() {
        var policy = new DeliveryPolicy(
                setting("hosts", ""),
                setting("port", 25),
                setting("use-starttls", false),
                setting("require-starttls", false),
                setting("mx-connection-attempts", 10),
                setting("connect-timeout", Duration.ofSeconds(30)),
                setting("greeting-timeout", Duration.ofSeconds(30)),
                setting("data-send-timeout", Duration.ofSeconds(30)),
                setting("data-termination-timeout", Duration.ofSeconds(30)),
                setting("idle", Duration.ofSeconds(5)),
                setting("max-msg-per-connection", 0),
                setting("ignore-chunking", false),
                setting("ignore-pipelining", false),
                setting("ignore-8bitmime", false),
                setting("421-unavailable", false),
                setting("bounce-5xx-greeting", true),
                setting("smtp-pattern-list", ReplyRules.NONE),
                setting("max-errors-per-connection", 0),
                setting("553-invalid-mailbox", true),
                setting("assume-delivery", false),
                setting("bounce-no-mx", Duration.ZERO),
                setting("dkim-sign", Signing.NONE),
                setting("remove-header", List.<String>of()),
                (FilePlan) wishes.get("files"),
                new OutgoingTls(
                        StarttlsPolicy.of(
                                setting("use-starttls", false).value(),
                                setting("require-starttls", false).value()),
                        new TlsVersions(false, true, true, true),
                        "",
                        (TlsTrust) wishes.get("smtp-tls-ca-file"),
                        null),
                (ClientLogin) wishes.get("login"));
        var hosts = sources.stream()
                .map(text -> new VirtualMta.SourceHost(address(text), "m.example"))
                .toList();
        var routes =
                new RouteTable(List.of(new VirtualMta("m", Setting.builtIn("smtp-source-host", hosts))), List.of(), "");
        return new Delivery.Snapshot(queue -> policy, routes);
    }

    Delivery delivery() {
        Delivery present = made;
        if (present == null) {
            var resolver = new Resolver(
                    loop,
                    server.network(),
                    server.entropy(),
                    ResolverSettings.of(List.of(new InetSocketAddress(address("192.0.2.53"), 53))));
            var plans = new MxPlans(loop, resolver, PlanSettings.of(Set.of("mx.sluice.example"), Set.of()));
            present = new Delivery(
                    loop,
                    server.network(),
                    server.entropy(),
                    new FullWorkers(),
                    plans.asker(loop, 100),
                    new FileStore(server.disk(), server.lane("files")),
                    "mx.sluice.example",
                    snapshot());
            present.serve(shard);
            made = present;
        }
        return present;
    }

    /// How many works are refused before one is taken.
    int refusedWorks;

    /// How many works were taken.
    int works;

    private final class FullWorkers implements Workers {
        @Override
        public <T> void run(Loop home, Supplier<T> pureWork, Answer<T> answer) {
            if (refusedWorks == 0) {
                works++;
                server.workers().run(home, pureWork, answer);
                return;
            }
            refusedWorks--;
            home.post(() -> answer.failed(new IoFailure(IoFailure.Kind.EXHAUSTED, "the workers are full")));
        }

        @Override
        public boolean isFull() {
            return refusedWorks > 0;
        }
    }

    /// Opens one connection and lets time pass.
    FakeOpening open() {
        return open(QUEUE);
    }

    FakeOpening open(QueueKey queue) {
        return open(queue, null);
    }

    /// @param trace who follows, or null
    FakeOpening open(QueueKey queue, @Nullable Trace trace) {
        var opening = new FakeOpening();
        opening.trace = trace;
        loop.post(() -> delivery().open(queue, opening));
        universe.advance(Duration.ofSeconds(2));
        return opening;
    }

    /// Drops all sessions.
    void abort() {
        loop.post(() -> delivery().abort());
        pass(Duration.ofMillis(100));
    }

    void pass(Duration time) {
        universe.advance(time);
    }

    FakeConsignment mail(String... recipients) {
        var consignment = new FakeConsignment(List.of(recipients), "");
        shard.mail.add(consignment);
        return consignment;
    }

    /// The same message for another recipient.
    FakeConsignment again(FakeConsignment first, String recipient) {
        var consignment = new FakeConsignment(List.of(recipient), "", first.stored.position());
        shard.mail.add(consignment);
        return consignment;
    }

    static final class FakeOpening implements Dispatcher.Opening {
        int ends;

        @Nullable
        QueueFailure failure;

        @Nullable
        Trace trace;

        @Override
        public QueueKey queue() {
            return QUEUE;
        }

        @Override
        public @Nullable Trace trace() {
            return trace;
        }
    }

    final class FakeConsignment implements Consignment {
        private final StoredMessage stored;
        private final List<AcceptedRecipient> recipients;
        final List<Outcome> outcomes = new ArrayList<>();
        long contentBytes;

        FakeConsignment(List<String> addresses, String envelopeId) {
            this(addresses, envelopeId, ++ids);
        }

        FakeConsignment(List<String> addresses, String envelopeId, long position) {
            recipients = addresses.stream()
                    .map(to -> new AcceptedRecipient(to, QUEUE, "", "", envelopeId, "", 0, 50, 0))
                    .toList();
            Slice slice = memory.take(TEXT.length);
            if (slice == null) {
                throw new AssertionError("no memory");
            }
            slice.view(0, TEXT.length).put(TEXT);
            var shape = new ContentShape(TEXT.length, TEXT.length - 7, false, 10, new long[0], false, new byte[0]);
            var message = new AcceptedMessage(
                    new MessageId(1, (int) position),
                    0,
                    "a@example.com",
                    "smtp",
                    "c (1)",
                    false,
                    "",
                    shape,
                    List.of(),
                    recipients);
            stored = new StoredMessage(message, position, new Content(List.of(slice), TEXT.length));
        }

        @Override
        public QueueKey queue() {
            return QUEUE;
        }

        @Override
        public StoredMessage stored() {
            return stored;
        }

        @Override
        public List<AcceptedRecipient> recipients() {
            return recipients;
        }

        @Override
        public int attempt(int i) {
            return 1;
        }

        Outcome only() {
            if (outcomes.size() != 1) {
                throw new AssertionError("outcomes: " + outcomes);
            }
            return outcomes.getFirst();
        }
    }

    /// Hands out in order, one for each asking, in turns of its own; refuses to be used against its contract.
    final class FakeShard implements Shard {
        final ArrayDeque<FakeConsignment> mail = new ArrayDeque<>();
        final List<String> notes = new ArrayList<>();
        final List<FakeConsignment> handedOut = new ArrayList<>();
        final Set<Dispatcher.Opening> leaving = new java.util.HashSet<>();
        final List<QueueAction> actions = new ArrayList<>();
        final List<String> joined = new ArrayList<>();
        final Set<InetAddress> closedSources = new java.util.HashSet<>();
        final List<@Nullable InetAddress> usedSources = new ArrayList<>();
        /// Until a further connection may be made.
        long pausedNanos;

        @Nullable
        Carrier lastCarrier;

        boolean mayIdle = true;
        private boolean isCalling;

        @Override
        public long connectsAgain(Dispatcher.Opening opening) {
            return loop.nanos() + pausedNanos;
        }

        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        public void wants(Dispatcher.Opening opening, Carrier carrier) {
            lastCarrier = carrier;
            loop.post(() -> call(() -> {
                FakeConsignment next = mail.poll();
                if (next == null) {
                    carrier.nothing(mayIdle);
                } else {
                    handedOut.add(next);
                    carrier.carry(next);
                }
            }));
        }

        /// Hands mail to a carrier whose asking stands.
        void carryNow(FakeConsignment consignment) {
            Carrier carrier = lastCarrier;
            if (carrier != null) {
                loop.post(() -> call(() -> carrier.carry(consignment)));
            }
        }

        private void call(Runnable task) {
            isCalling = true;
            task.run();
            isCalling = false;
        }

        @Override
        public void settled(Consignment consignment, List<Outcome> outcomes, long contentBytes) {
            if (isCalling) {
                throw new AssertionError("settled from within a call of the shard");
            }
            var fake = (FakeConsignment) consignment;
            if (!fake.outcomes.isEmpty() || outcomes.size() != fake.recipients.size()) {
                throw new AssertionError("settled twice or in part");
            }
            fake.outcomes.addAll(outcomes);
            fake.contentBytes = contentBytes;
            fake.stored.content().release();
        }

        @Override
        public boolean mayLeaveFrom(Dispatcher.Opening opening, @Nullable InetAddress address) {
            return !closedSources.contains(address);
        }

        @Override
        public void leavesFrom(Dispatcher.Opening opening, @Nullable InetAddress address) {
            usedSources.add(address);
        }

        @Override
        public void joins(Dispatcher.Opening opening, String rollup) {
            joined.add(rollup);
        }

        @Override
        public void act(Dispatcher.Opening opening, QueueAction action) {
            if (isCalling) {
                throw new AssertionError("acted from within a call of the shard");
            }
            actions.add(action);
        }

        @Override
        public void leaving(Dispatcher.Opening opening) {
            leaving.add(opening);
        }

        @Override
        public void ended(Dispatcher.Opening opening, @Nullable QueueFailure failure) {
            var fake = (FakeOpening) opening;
            fake.ends++;
            fake.failure = failure;
            if (fake.ends > 1) {
                throw new AssertionError("ended twice");
            }
            for (FakeConsignment each : handedOut) {
                if (each.outcomes.isEmpty()) {
                    throw new AssertionError("ended before everything was settled");
                }
            }
        }

        @Override
        public void note(QueueKey queue, String text) {
            notes.add(text);
        }
    }

    /// A mail host. Its script answers each line, `.` for the content and `` for the greeting; null hangs up.
    final class Remote implements Network.Dealer {
        final SimulatedWorld world;
        private final InetAddress address;
        final List<String> clients = new ArrayList<>();
        final List<String> heard = new ArrayList<>();
        final List<String> contents = new ArrayList<>();
        UnaryOperator<@Nullable String> script = line -> null;

        Remote(String name, String text) {
            address = address(text);
            world = universe.host(name, address).loops(1).boot();
        }

        /// Takes everything but what `different` answers otherwise (an empty text there means: as usual; one that ends
        /// in "closing": the connection ends with it).
        void listens(UnaryOperator<@Nullable String> different) {
            script = line -> {
                String other = different.apply(line);
                return other == null || !other.isEmpty() ? other : usual(line);
            };
            if (clients.isEmpty()) {
                world.network()
                        .listen(
                                world.loops().getFirst(),
                                new ListenPlan.Tcp(new InetSocketAddress(address, 25), 10),
                                this);
            }
        }

        void listens() {
            listens(line -> "");
        }

        private static String usual(String line) {
            String verb = line.length() < 4 ? line : line.substring(0, 4);
            return switch (verb) {
                case "" -> "220 mx";
                case "EHLO" -> "250-mx\r\n250 STARTTLS";
                case "DATA" -> "354 go";
                case "." -> "250 2.0.0 taken";
                case "QUIT" -> "221 bye";
                default -> "250 ok";
            };
        }

        @Override
        public Network.Seat deal(SocketAddress remote, SocketAddress local) {
            clients.add(((InetSocketAddress) remote).getAddress().getHostAddress());
            return new Network.Seat(world.loops().getFirst(), new Talk());
        }

        private final class Talk implements Engine {
            private final StringBuilder line = new StringBuilder();
            private final StringBuilder content = new StringBuilder();
            private boolean isContent;
            private @Nullable Connection connection;

            @Override
            public void opened(Connection connection) {
                this.connection = connection;
                answer("");
            }

            @Override
            public void bytes(ByteBuffer lent) {
                while (lent.hasRemaining() && connection != null) {
                    char c = (char) lent.get();
                    line.append(c);
                    if (c == '\n') {
                        String whole = line.toString().strip();
                        line.setLength(0);
                        if (isContent && !whole.equals(".")) {
                            content.append(whole).append('\n');
                        } else {
                            if (isContent) {
                                contents.add(content.toString());
                                content.setLength(0);
                            }
                            isContent = false;
                            heard.add(whole);
                            answer(whole);
                        }
                    }
                }
            }

            private void answer(String to) {
                String reply = script.apply(to);
                Connection mine = connection;
                if (mine == null) {
                    return;
                }
                if (reply == null) {
                    connection = null;
                    mine.abort();
                    return;
                }
                isContent = reply.startsWith("354");
                byte[] bytes = (reply + "\r\n").getBytes(StandardCharsets.US_ASCII);
                mine.out(bytes.length).put(bytes);
                mine.flush();
                if (reply.startsWith("221") || reply.endsWith("closing")) {
                    connection = null;
                    mine.close();
                }
            }

            @Override
            public void ended() {
                Connection mine = connection;
                if (mine != null) {
                    mine.close();
                }
            }

            @Override
            public void failed(IoFailure why) {
                connection = null;
            }
        }
    }
}
