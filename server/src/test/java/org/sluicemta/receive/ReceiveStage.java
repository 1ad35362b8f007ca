package org.sluicemta.receive;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.Intake;
import org.sluicemta.queue.RouteMemory;
import org.sluicemta.route.Pool;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.route.RouteTable;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.settings.Setting;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.smtp.SaslMechanism;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.ReportedEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;
import org.sluicemta.world.Slice;

/// Reception in a simulated world, with a spool and clients of the test's own.
final class ReceiveStage {
    static final InetAddress SERVER = InetAddress.ofLiteral("192.0.2.1");
    static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.9");

    final SimulatedUniverse universe;
    final SimulatedWorld server;
    final SimulatedWorld clients;
    final Memory memory;
    final FakeSpool spool = new FakeSpool();
    final List<StoredMessage> arrived = new ArrayList<>();
    /// Recorded when the last message arrived.
    int receiptsAtArrival;
    final Map<String, Object> wishes = new HashMap<>();
    boolean recordsReceipts;
    boolean acknowledgesUnsynced;
    final Set<String> relayDomains = new java.util.HashSet<>();
    /// Passwords by name; who logs in has the source `{auth}`, which may relay.
    final Map<String, String> users = new HashMap<>();
    long usersMaxBytes;
    String postmaster = "";
    Aliases aliases = Aliases.NONE;
    int totalMaxSmtpIn = 100;
    volatile MemoryUse outsideHeap = new MemoryUse(0, 1L << 30);
    ListenerPolicy listenerPolicy = ListenerPolicy.PLAIN;
    final Reception reception;

    Intake.@Nullable Full full;

    ReceiveStage(long seed) {
        this(seed, 64L << 20);
    }

    ReceiveStage(long seed, long memoryBytes) {
        universe = SimulatedUniverse.seeded(seed);
        server = universe.host("server", SERVER).loops(1).boot();
        clients = universe.host("clients", CLIENT).loops(1).boot();
        memory = server.memory("content", memoryBytes);
        wishes.put("always-allow-relaying", true);
        var facts = new RouteMemory(ZoneOffset.UTC, counted -> {});
        var intake = new Intake() {
            @Override
            public void arrived(StoredMessage stored) {
                receiptsAtArrival = spool.receipts.size();
                arrived.add(stored);
            }

            @Override
            public @Nullable Full full() {
                return full;
            }

            @Override
            public RouteFacts facts(Loop loop) {
                return facts.at(loop);
            }
        };
        reception = new Reception(
                spool,
                intake,
                memory,
                () -> outsideHeap,
                ZoneOffset.UTC,
                server.entropy(),
                server.workers(),
                snapshot());
        var listener = new SmtpListener(reception, "mx:25", "", server.loops());
        server.network()
                .listen(
                        server.loops().getFirst(),
                        new ListenPlan.Tcp(new InetSocketAddress(SERVER, 25), 100),
                        listener);
    }

    /// Takes the wishes as they now are.
    void adopt() {
        reception.adopt(snapshot());
    }

    private Reception.Snapshot snapshot() {
        SourcePolicy policy = policy(Map.copyOf(wishes));
        var trustedWishes = new HashMap<>(wishes);
        trustedWishes.put("always-allow-relaying", true);
        trustedWishes.put("max-message-size", usersMaxBytes);
        SourcePolicy trusted = policy(Map.copyOf(trustedWishes));
        Map<String, String> known = Map.copyOf(users);
        Set<String> domains = Set.copyOf(relayDomains);
        String owner = postmaster;
        int most = totalMaxSmtpIn;
        Aliases elsewhere = aliases;
        boolean withReceipts = recordsReceipts;
        boolean isUnsynced = acknowledgesUnsynced;
        var policies = new ReceivePolicies() {
            @Override
            public SourcePolicy source(InetAddress client, List<String> names) {
                return names.contains("{auth}") ? trusted : policy;
            }

            @Override
            public Optional<SmtpUser> user(String name) {
                return Optional.ofNullable(known.get(name)).map(password -> new SmtpUser(name, password, "{auth}"));
            }

            @Override
            public boolean recordsReceipts() {
                return withReceipts;
            }

            @Override
            public boolean acknowledgesUnsynced() {
                return isUnsynced;
            }

            @Override
            public boolean hasUsers() {
                return !known.isEmpty();
            }

            @Override
            public boolean isRelayDomain(String canonicalDomain) {
                return domains.contains(canonicalDomain);
            }

            @Override
            public String hostName() {
                return "mx.sluice.example";
            }

            @Override
            public Setting<String> postmaster() {
                return Setting.builtIn("postmaster", owner);
            }

            @Override
            public String virtualMtaAt(String address) {
                return address.equals("192.0.2.1") ? "m2" : "";
            }

            @Override
            public Aliases aliases() {
                return elsewhere;
            }

            @Override
            public Setting<Integer> totalMaxSmtpIn() {
                return Setting.builtIn("total-max-smtp-in", most);
            }
        };
        var routes = new RouteTable(
                List.of(virtualMta("m1"), virtualMta("m2")), List.of(new Pool("both", List.of("m1", "m2"), false)), "");
        ListenerPolicy listener = listenerPolicy;
        return new Reception.Snapshot(policies, routes, name -> listener);
    }

    private static VirtualMta virtualMta(String name) {
        return new VirtualMta(name, Setting.builtIn("smtp-source-host", List.of()));
    }

    @SuppressWarnings("unchecked")
    private static <T> Setting<T> setting(Map<String, Object> wishes, String name, T usual) {
        return Setting.builtIn(name, (T) wishes.getOrDefault(name, usual));
    }

    private static SourcePolicy policy(Map<String, Object> w) {
        return new SourcePolicy(
                setting(w, "smtp-service", true),
                setting(w, "always-allow-relaying", false),
                setting(w, "default-virtual-mta", ""),
                setting(w, "pattern-list", PatternList.NONE),
                setting(w, "process-x-virtual-mta", false),
                setting(w, "retain-x-virtual-mta", false),
                setting(w, "allow-empty-x-virtual-mta", false),
                setting(w, "reject-invalid-virtual-mta", true),
                setting(w, "process-x-job", false),
                setting(w, "retain-x-job", false),
                setting(w, "process-x-envid", false),
                setting(w, "add-received-header", true),
                setting(w, "add-date-header", true),
                setting(w, "add-message-id-header", true),
                setting(w, "hide-message-source", false),
                new HeaderPolicy(
                        setting(w, "remove-header", List.<String>of()),
                        setting(w, "remove-received-headers", false),
                        setting(w, "override-date", false),
                        setting(w, "jobid-header", ""),
                        setting(w, "jobid-prefix", ""),
                        setting(w, "add-x-virtual-mta-header", false)),
                setting(w, "bcc", ""),
                setting(w, "suppress-local-dsn", false),
                setting(w, "dsn-return-default", Optional.<Boolean>empty()),
                setting(w, "max-message-size", 0L),
                setting(w, "max-rcpt-per-message", 0),
                setting(w, "max-message-hops", 100),
                setting(w, "allow-starttls", false),
                setting(w, "allow-chunking", true),
                setting(w, "allow-smtputf8", true),
                setting(w, "smtp-command-timeout", Duration.ofMinutes(5)),
                setting(w, "smtp-data-timeout", Duration.ofMinutes(5)),
                new LoginPolicy(
                        setting(w, "allow-auth", true),
                        setting(w, "require-auth", false),
                        setting(w, "allow-unencrypted-plain-auth", false),
                        setting(w, "require-starttls-before-auth", false),
                        setting(w, "smtp-max-auth-failure-rate", Optional.<LoginPolicy.FailureRate>empty()),
                        setting(w, "auth-type", Set.of(SaslMechanism.values())),
                        setting(w, "password", "")));
    }

    void pass(Duration time) {
        universe.advance(time);
    }

    Client client() {
        var client = new Client();
        Loop loop = clients.loops().getFirst();
        loop.post(() -> clients.network()
                .connect(loop, new ConnectPlan(new InetSocketAddress(SERVER, 25), null, 10_000_000_000L), client));
        pass(Duration.ofMillis(500));
        return client;
    }

    /// Says EHLO, one message and QUIT; what the server said to the content.
    String submit(String from, List<String> to, String data) {
        Client client = client();
        client.says("EHLO client.example\r\nMAIL FROM:<" + from + ">\r\n");
        to.forEach(each -> client.says("RCPT TO:<" + each + ">\r\n"));
        client.says("DATA\r\n");
        String answer = client.says(data + ".\r\n");
        client.says("QUIT\r\n");
        return answer;
    }

    /// The only message that arrived, its content as text.
    String onlyText() {
        if (arrived.size() != 1) {
            throw new AssertionError(arrived.size() + " messages arrived");
        }
        return text(arrived.getFirst());
    }

    String text(StoredMessage stored) {
        return new String(spool.bytes(stored), StandardCharsets.ISO_8859_1);
    }

    List<AcceptedRecipient> recipients() {
        return arrived.getLast().message().recipients();
    }

    List<QueueKey> queues() {
        return recipients().stream().map(AcceptedRecipient::queue).toList();
    }

    /// Slices of content that nobody gave back, after the stored messages let go.
    long slicesOut() {
        arrived.forEach(stored -> stored.content().release());
        arrived.clear();
        return server.slicesOut();
    }

    /// A client that is driven by words.
    final class Client implements Engine {
        private final StringBuilder heard = new StringBuilder();
        private @Nullable Connection connection;
        boolean isClosed;

        /// Sends and lets half a second pass.
        ///
        /// @return what came since the last call
        String says(String text) {
            sends(text);
            pass(Duration.ofMillis(500));
            return hears();
        }

        void sends(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            clients.loops().getFirst().post(() -> {
                Connection to = connection;
                if (to == null) {
                    return;
                }
                for (int at = 0; at < bytes.length; at += 16_384) {
                    int n = Math.min(16_384, bytes.length - at);
                    to.out(n).put(bytes, at, n);
                    to.flush();
                }
            });
        }

        String hears() {
            String all = heard.toString();
            heard.setLength(0);
            return all;
        }

        void vanishes() {
            clients.loops().getFirst().post(() -> {
                Connection to = connection;
                if (to != null) {
                    to.abort();
                }
            });
            pass(Duration.ofMillis(100));
        }

        @Override
        public void opened(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void bytes(ByteBuffer lent) {
            heard.append(StandardCharsets.ISO_8859_1.decode(lent));
        }

        @Override
        public void ended() {
            isClosed = true;
        }

        @Override
        public void failed(IoFailure why) {
            isClosed = true;
            connection = null;
        }
    }

    /// A spool in memory that answers when the test says so.
    final class FakeSpool implements Spool {
        long largest = Long.MAX_VALUE;

        @Override
        public long largestMessageBytes() {
            return largest;
        }

        final List<ReceiptEvent> receipts = new ArrayList<>();
        final List<Runnable> unsettled = new ArrayList<>();
        int receiptRefusals;
        boolean takesEvents = true;

        @Nullable
        String refusal;

        @Nullable
        String refusesAtEnd;

        /// What becomes of a message that was on its way to the disk.
        @Nullable
        String failsLate;

        boolean isHolding;
        boolean failsChunks;
        boolean isBusyWithGivingBack;
        final List<Runnable> held = new ArrayList<>();
        final TreeMap<Long, byte[]> chunks = new TreeMap<>();
        final List<Long> givenBack = new ArrayList<>();
        final Map<MessageId, List<Long>> chunksOf = new HashMap<>();
        private long ids;
        private long positions;

        byte[] bytes(StoredMessage stored) {
            var all = new ByteArrayOutputStream();
            for (long chunk : chunksOf.getOrDefault(stored.message().id(), List.of())) {
                all.writeBytes(chunks.get(chunk));
            }
            for (Slice slice : stored.content().slices()) {
                all.writeBytes(bytes(slice));
            }
            return all.toByteArray();
        }

        private static byte[] bytes(Slice slice) {
            var bytes = new byte[slice.length()];
            slice.get(0, ByteBuffer.wrap(bytes));
            return bytes;
        }

        void answer() {
            List<Runnable> all = List.copyOf(held);
            held.clear();
            all.forEach(each -> server.loops().getFirst().post(each));
            pass(Duration.ofMillis(500));
        }

        private void later(Runnable answer) {
            if (isHolding) {
                held.add(answer);
            } else {
                server.loops().getFirst().post(answer);
            }
        }

        @Override
        public MessageId nextId() {
            return new MessageId(7, ++ids);
        }

        @Override
        public boolean hold(long position) {
            return true;
        }

        @Override
        public boolean isLate(long nowMillis) {
            return false;
        }

        @Override
        public @Nullable Refusal refusesNewMail() {
            return refusal == null ? null : new Refusal(refusal);
        }

        @Override
        public void accept(Loop home, AcceptedMessage message, Content content, Acceptance answer) {
            String no = refusesAtEnd;
            if (no != null) {
                content.release();
                later(() -> answer.refused(no));
                return;
            }
            long position = ++positions;
            String late = failsLate;
            if (late != null) {
                later(() -> {
                    content.release();
                    answer.refused(late);
                });
            } else {
                later(() -> answer.accepted(new StoredMessage(message, position, content)));
            }
            answer.taken();
        }

        @Override
        public void acceptChunk(Loop home, MessageId id, int chunk, Slice bytes, Answer<Long> answer) {
            byte[] copy = bytes(bytes);
            bytes.release();
            long position = ++positions;
            if (failsChunks) {
                later(() -> answer.failed(new IoFailure(IoFailure.Kind.ERROR, "the disk is gone")));
            } else {
                chunks.put(position, copy);
                later(() -> answer.ready(position));
            }
        }

        @Override
        public void acceptChunked(
                Loop home, AcceptedMessage message, List<Long> chunkPositions, Content rest, Acceptance answer) {
            chunksOf.put(message.id(), List.copyOf(chunkPositions));
            accept(home, message, rest, answer);
        }

        @Override
        public boolean record(RecipientEvent event, long releasePosition) {
            throw new AssertionError("reception records no events");
        }

        @Override
        public boolean record(ReportedEvent event, long releasePosition) {
            throw new AssertionError("reception records no events");
        }

        @Override
        public boolean record(org.sluicemta.spool.CommandEvent event) {
            throw new AssertionError("reception records no events");
        }

        @Override
        public boolean record(QueueEvent event) {
            throw new AssertionError("reception records no events");
        }

        @Override
        public boolean record(ReceiptEvent event, Runnable settled) {
            if (receiptRefusals > 0) {
                receiptRefusals--;
                return false;
            }
            receipts.add(event);
            unsettled.add(settled);
            return true;
        }

        @Override
        public boolean takesEvents() {
            return takesEvents;
        }

        /// The event stream's sync.
        void settleReceipts() {
            List<Runnable> waiting = List.copyOf(unsettled);
            unsettled.clear();
            waiting.forEach(Runnable::run);
        }

        @Override
        public void read(Loop home, long position, Answer<StoredMessage> answer) {
            throw new AssertionError("reception reads nothing back");
        }

        @Override
        public void move(Loop home, long position, Answer<Long> answer) {
            throw new AssertionError("reception moves nothing");
        }

        @Override
        public boolean giveBack(long position) {
            return !isBusyWithGivingBack && givenBack.add(position);
        }

        @Override
        public SpoolFacts facts() {
            return new SpoolFacts(1, 0, 0, 1L << 40, 0, 0, 0, 0, 0, Written.NOTHING, Written.NOTHING);
        }
    }
}
