package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.app.MemoryBudgets;
import org.sluicemta.app.Server;
import org.sluicemta.app.ServerPlan;
import org.sluicemta.journal.JournalSettings;
import org.sluicemta.lab.Load;
import org.sluicemta.lab.LoadMessage;
import org.sluicemta.lab.LoadPlan;
import org.sluicemta.lab.MessageMaker;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.Receiver;
import org.sluicemta.lab.ReceiverModel;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.queue.RecordedModes;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;

/// One server, one receiver for `a.example` and `b.example`, a sender and a resolver, for tests of one behaviour each.
/// Owner: the test's thread.
final class House {
    static final Path SPOOL = Path.of("/spool");
    private static final Path SOCKET = Path.of("/run/control.sock");
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress RECEIVER = InetAddress.ofLiteral("10.1.0.1");
    private static final InetAddress LETTERBOX = InetAddress.ofLiteral("10.1.0.2");
    private static final InetAddress SENDER = InetAddress.ofLiteral("10.2.0.1");
    private static final InetAddress RESOLVER = InetAddress.ofLiteral("10.3.0.1");

    private static final String CONFIGURATION = """
            host-name mta.sluice.example
            smtp-listener 10.0.0.1:25
            log-file /log/log
            <source 10.2.0.1/32>
             always-allow-relaying yes
             default-virtual-mta v1
            </source>
            <virtual-mta v1>
             smtp-source-host 10.0.1.1 out.v1.example
            </virtual-mta>
            <acct-file /acct/acct.csv>
             records d,b,t,tq
            </acct-file>
            """;

    final SimulatedUniverse universe;
    final SimulatedHost host;
    final SimulatedHost receiverHost;
    final List<Receipt> receipts = new ArrayList<>();
    final List<Long> takenNanos = new ArrayList<>();
    final List<String> accepted = new ArrayList<>();
    /// What comes back to the senders.
    final Letterbox letterbox;

    int refused;
    int connects;
    int openConnections;
    SpoolSettings spool = spool(JournalSettings.defaults(), 16_384);
    long contentBytes = 8 << 20;
    RecordedModes modes = RecordedModes.KEPT;
    String base = CONFIGURATION;
    String more = "";
    Function<Long, Integer> sizes = number -> 2_000;

    @Nullable
    Server server;

    @Nullable
    String failure;

    private final Loop sending;
    private final SimulatedWorld sender;
    private final MessageMaker maker = new MessageMaker("house");
    private @Nullable SimulatedWorld world;

    House(long seed, ReceiverModel model) {
        universe = SimulatedUniverse.seeded(seed);
        host = universe.host("server", SERVER, InetAddress.ofLiteral("10.0.1.1"))
                .loops(2);
        host.disk().makeFolders(AcctRows.FOLDER);
        host.disk().makeFolders(SPOOL);
        host.disk().makeFolders(Path.of("/run"));
        receiverHost = universe.host("receiver", RECEIVER).loops(1);
        SimulatedWorld receiving = receiverHost.boot();
        Loop loop = receiving.loops().getFirst();
        var receiver = new Receiver(model, loop, receipt -> {
            receipts.add(receipt);
            takenNanos.add(universe.nanos());
        });
        receiving.network().listen(loop, new ListenPlan.Tcp(new InetSocketAddress(RECEIVER, 25), 64), receiver);
        SimulatedWorld reading = universe.host("letterbox", LETTERBOX).loops(1).boot();
        letterbox = new Letterbox(reading.network(), reading.loops().getFirst(), new InetSocketAddress(LETTERBOX, 25));
        SimulatedWorld resolving = universe.host("resolver", RESOLVER).loops(1).boot();
        var unused = ResolverEngine.open(
                resolving.loops().getFirst(),
                resolving.network(),
                new InetSocketAddress(RESOLVER, 53),
                ZoneTable.builder()
                        .mx("a.example", 10, "mx.example")
                        .mx("b.example", 10, "mx.example")
                        .mx("sender.example", 10, "letterbox.example")
                        .address("mx.example", "10.1.0.1")
                        .address("letterbox.example", "10.1.0.2")
                        .build());
        sender = universe.host("sender", SENDER).loops(1).boot();
        sending = sender.loops().getFirst();
    }

    static SpoolSettings spool(JournalSettings journal, int waitingPerLoop) {
        return new SpoolSettings(
                List.of(SPOOL.resolve("a")), journal, 64 << 20, 50_000, waitingPerLoop, 256 << 10, 10_000);
    }

    String configuration() {
        return base + more;
    }

    SimulatedWorld world() {
        SimulatedWorld present = world;
        if (present == null) {
            throw new AssertionError("nothing was booted");
        }
        return present;
    }

    Server server() {
        Server present = server;
        if (present == null) {
            throw new AssertionError("the server does not run: " + failure);
        }
        return present;
    }

    /// Boots and lets the start come to its end.
    House start() {
        boot();
        universe.runUntil(() -> server != null || failure != null, Duration.ofMinutes(5));
        return this;
    }

    void boot() {
        server = null;
        failure = null;
        SimulatedWorld booted = host.boot();
        world = booted;
        openConnections = 0;
        var plan = new ServerPlan(
                MemoryFiles.snapshot(configuration(), booted.localAddresses()),
                spool,
                SOCKET,
                List.of(new InetSocketAddress(RESOLVER, 53)),
                null,
                ZoneOffset.UTC,
                new MemoryBudgets(1L << 30, contentBytes, 1536L << 20, 128L << 20),
                modes,
                answer -> answer.accept(MemoryFiles.load(configuration(), booted.localAddresses())),
                org.sluicemta.control.About.version("simulated"));
        var watched = WatchedWorld.of(booted, this::opening);
        Loop home = booted.loops().getFirst();
        home.post(() -> Server.start(watched, plan, new Server.Started() {
            @Override
            public void ready(Server started) {
                server = started;
                // As `run` does.
                booted.signals().on("TERM", home, () -> started.stop(20_000, () -> isStopped = true));
                started.onShutdown(() -> started.stop(20_000, () -> isStopped = true));
            }

            @Override
            public void failed(String why) {
                failure = why;
            }
        }));
    }

    boolean isStopped;

    private Runnable opening(ConnectPlan plan) {
        if (plan.remote() instanceof InetSocketAddress remote && remote.getPort() == 25) {
            connects++;
            openConnections++;
            return () -> openConnections--;
        }
        return () -> {};
    }

    /// Hands messages over, each to one recipient of `domain`, and waits until all are answered.
    void send(String domain, int count) {
        boolean[] isDone = {false};
        begin(domain, count, 1, () -> isDone[0] = true);
        universe.runUntil(() -> isDone[0], Duration.ofMinutes(30));
    }

    void begin(String domain, int count, int sessions, Runnable done) {
        sending.post(() -> new Load(
                        sending,
                        sender.network(),
                        sender.memory("load", 64 << 20),
                        new LoadPlan(new InetSocketAddress(SERVER, 25), sessions, count, 0, n -> message(domain, n)),
                        handed -> {
                            accepted.addAll(handed.recipients());
                            refused += handed.refused();
                        },
                        done)
                .start());
    }

    /// Says commands word for word after EHLO, and gives back all answers.
    ///
    /// @param rest with line ends, content by BDAT, QUIT at the end
    String dictate(String rest) {
        var answers = new StringBuilder();
        boolean[] isOver = {false};
        sending.post(() -> sender.network()
                .connect(
                        sending,
                        new ConnectPlan(new InetSocketAddress(SERVER, 25), null, 5_000_000_000L),
                        new Dictation(rest, answers, () -> isOver[0] = true)));
        universe.runUntil(() -> isOver[0], Duration.ofMinutes(1));
        return answers.toString();
    }

    private LoadMessage message(String domain, long number) {
        String from = "m" + number + "@sender.example";
        String to = "u" + number + "@" + domain;
        return new LoadMessage(
                number,
                maker.name(number),
                from,
                List.of(to),
                maker.message(number, from, to, "", sizes.apply(number)));
    }

    /// Asks over the control socket as another process of the same machine, and waits for the whole answer.
    String command(String... words) {
        var asked = host.boot();
        var answer = new StringBuilder();
        boolean[] isOver = {false};
        Loop loop = asked.loops().getFirst();
        loop.post(() -> asked.network()
                .connect(
                        loop,
                        new ConnectPlan(UnixDomainSocketAddress.of(SOCKET), null, 5_000_000_000L),
                        new Asking(List.of(words), answer, () -> isOver[0] = true)));
        universe.runUntil(() -> isOver[0], Duration.ofMinutes(1));
        asked.kill();
        return answer.toString();
    }

    void advance(Duration time) {
        universe.advance(time);
    }

    /// Only reports have the null reverse-path here; rows about a queue have no sender either, and no time of queueing.
    static boolean isReport(AcctRows.Row row) {
        return row.get("orig").isEmpty() && !row.get("rcpt").isEmpty();
    }

    /// Rows about mail from outside.
    List<AcctRows.Row> rows(String type) {
        return AcctRows.on(host.disk()).stream()
                .filter(row -> row.get("type").equals(type) && !isReport(row))
                .toList();
    }
}
