package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.app.MemoryBudgets;
import org.sluicemta.app.Server;
import org.sluicemta.app.ServerPlan;
import org.sluicemta.config.Snapshot;
import org.sluicemta.journal.JournalSettings;
import org.sluicemta.lab.Load;
import org.sluicemta.lab.LoadPlan;
import org.sluicemta.lab.Mood;
import org.sluicemta.lab.Receiver;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.FaultPoints;
import org.sluicemta.simulation.InjectedFault;
import org.sluicemta.simulation.Link;
import org.sluicemta.simulation.Seed;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;

/// One history of the whole server, from its seed: load, faults, a reload, two crashes, a healing, a stop.
/// Owner: the thread that calls [#run].
final class WholeServer {
    static final int CRASHES = 2;
    /// How often somebody looks after queues while they drain.
    /// The busiest of the ordinary seeds has a tenth of it.
    private static final long MOST_EVENTS = 20_000_000;
    private static final int ROUNDS_OF_AN_OPERATOR = 9;
    /// Longest that everything may need to get out once nothing is broken any more.
    private static final Duration DRAIN = Duration.ofHours(4);
    private static final Duration PHASE = Duration.ofMinutes(5);
    private static final byte[] STARTTLS = "STARTTLS\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Path SPOOL = Path.of("/spool");
    private static final Path SOCKET = Path.of("/run/control.sock");

    private final Flaw flaw;
    private final Scenario scenario;
    private final SimulatedUniverse universe;
    private final FaultPoints points;
    private final Seed chance;
    private final SimulatedHost host;
    private final List<SimulatedHost> receiverHosts = new ArrayList<>();
    private final SimulatedHost loadHost;
    private final SimulatedHost resolverHost;
    private final ResolverEngine resolver;
    private final List<Receiver> receivers = new ArrayList<>();
    private final QueueBook book = new QueueBook();
    private final WatchedDisk.Checkpoints checkpoints = new WatchedDisk.Checkpoints();
    private final Watch watch;
    private final Letterbox letterbox;
    private final Verdict verdict;
    private final Operator operator;
    private final List<String> wrong = new ArrayList<>();
    private final SpoolSettings spool;
    private final List<InjectedFault> hanging = new ArrayList<>();
    private final Load load;
    private boolean isLoadDone;
    private boolean isReloaded;
    /// In the present process; far in the future when it has not been.
    private long reloadedNanos = Long.MAX_VALUE;
    private boolean isHealed;
    private @Nullable SimulatedWorld world;
    private @Nullable Server server;
    private @Nullable String startFailure;
    private long diskBrokenNanos = Long.MAX_VALUE;
    private int crashes;

    /// What a seed came to.
    record Result(
            long seed,
            List<String> wrong,
            long traceHash,
            long events,
            Duration lasted,
            Verdict.Sums sums,
            FaultPoints points) {}

    WholeServer(long seed) {
        this(seed, Flaw.NONE);
    }

    WholeServer(long seed, Flaw flaw) {
        this.flaw = flaw;
        this.scenario = new Scenario(seed);
        this.points = new FaultPoints();
        this.points.declare(POINTS);
        this.universe = SimulatedUniverse.seeded(seed, points);
        this.chance = new Seed(seed * 31 + 0x2545F4914F6CDD1DL);
        this.watch = new Watch(scenario, universe, points, wrong);
        this.operator = new Operator(seed, points, this::ask);
        this.verdict = new Verdict(scenario, watch, book, operator, points, wrong);
        var own = new ArrayList<InetAddress>();
        own.add(Scenario.SERVER);
        scenario.addresses
                .values()
                .forEach(all -> all.stream()
                        .filter(each -> !each.equals(Scenario.LACKING))
                        .map(InetAddress::ofLiteral)
                        .forEach(own::add));
        host = universe.host("server", own.toArray(InetAddress[]::new)).loops(scenario.loops);
        host.disk().makeFolders(AcctRows.FOLDER);
        host.disk().makeFolders(SPOOL);
        host.disk().makeFolders(Path.of("/run"));
        loadHost = universe.host("load", Scenario.LOAD).loops(1);
        resolverHost = universe.host("resolver", Scenario.RESOLVER).loops(1);
        for (int r = 0; r < Scenario.RECEIVERS; r++) {
            receiverHosts.add(receiverHost(r));
        }
        SimulatedWorld reading =
                universe.host("letterbox", Scenario.LETTERBOX).loops(1).boot();
        letterbox = new Letterbox(
                reading.network(), reading.loops().getFirst(), new InetSocketAddress(Scenario.LETTERBOX, 25));
        SimulatedWorld resolving = resolverHost.boot();
        resolver = ResolverEngine.open(
                resolving.loops().getFirst(),
                resolving.network(),
                new InetSocketAddress(Scenario.RESOLVER, 53),
                scenario.zones(false));
        spool = spoolSettings();
        SimulatedWorld loading = loadHost.boot();
        Loop loop = loading.loops().getFirst();
        load = new Load(
                loop,
                loading.network(),
                loading.memory("load", 64 << 20),
                new LoadPlan(
                        new InetSocketAddress(Scenario.SERVER, 25),
                        scenario.sessions,
                        scenario.messages,
                        chance.chance(0.2) ? 0 : 10 + chance.nextInt(100),
                        scenario::message),
                verdict::handed,
                () -> isLoadDone = true);
    }

    private static final String CROSSING = "whole: mail rerouted while a checkpoint is written";
    private static final String UNTOLD_MOVE = "whole: crash after a reroute and before a checkpoint";
    private static final String DISSOLVED = "whole: rollup queue dissolved with mail in it";
    private static final String LATE_VERDICT = "whole: verdict on a reply after its session's end";
    private static final String MODE_OUTLIVED = "whole: backoff mode outlived a crash";
    private static final String SOURCE_OUTLIVED = "whole: disabled source address outlived a crash";

    private static final String[] POINTS = {
        "whole: crash while starting",
        "whole: crash while taking mail",
        "whole: crash while delivering",
        "whole: reload",
        "whole: message in doubt handed over again",
        "whole: copy delivered again after a crash",
        "whole: mail refused at submission",
        "whole: start refused by the disk",
        CROSSING,
        UNTOLD_MOVE,
        DISSOLVED,
        LATE_VERDICT,
        MODE_OUTLIVED,
        SOURCE_OUTLIVED
    };

    private SimulatedHost receiverHost(int number) {
        List<String> addresses = new ArrayList<>(scenario.addressesOf(number));
        SimulatedHost made = universe.host(
                        "receiver" + number,
                        addresses.stream().map(InetAddress::ofLiteral).toArray(InetAddress[]::new))
                .loops(1);
        SimulatedWorld receiving = made.boot();
        Loop loop = receiving.loops().getFirst();
        var receiver = new Receiver(scenario.receivers.get(number), loop, watch::took);
        receivers.add(receiver);
        int backlog = chance.chance(0.2) ? 1 : 64;
        for (String address : addresses) {
            receiving
                    .network()
                    .listen(
                            loop,
                            new ListenPlan.Tcp(new InetSocketAddress(InetAddress.ofLiteral(address), 25), backlog),
                            watch.hearing(receiver, loop));
        }
        return made;
    }

    private SpoolSettings spoolSettings() {
        int batch = chance.chance(0.5) ? 64 << 10 : 512 << 10;
        var journal = new JournalSettings(
                chance.chance(0.5) ? 1 << 20 : 2 << 20,
                chance.chance(0.5) ? 64 << 10 : 256 << 10,
                batch,
                Math.max(batch, 768 << 10),
                Duration.ofMillis(5),
                65_536,
                Duration.ofSeconds(10),
                1 << 20,
                1 + chance.nextInt(2),
                Duration.ZERO,
                0.25,
                20 << 20,
                chance.chance(0.5) ? 16 << 10 : 4 << 20);
        List<Path> folders =
                scenario.isTwoSpools() ? List.of(SPOOL.resolve("a"), SPOOL.resolve("b")) : List.of(SPOOL.resolve("a"));
        return new SpoolSettings(folders, journal, 64 << 20, 50_000, 16_384, 32 << 10, 100 + chance.nextInt(400));
    }

    /// Lets everything happen, and judges it.
    Result run() {
        universe.mostEvents(MOST_EVENTS);
        try {
            loadHost.worlds().getFirst().loops().getFirst().post(load::start);
            live();
            drain();
            stop();
            verdict.judge(AcctRows.on(host.disk()), letterbox.letters, look());
        } catch (RuntimeException | AssertionError broken) {
            wrong.add(trace(broken));
        }
        if (verdict.sums().inDoubt() > 0) {
            points.mark("whole: message in doubt handed over again");
        }
        if (verdict.sums().repeatedAfterCrash() > 0) {
            points.mark("whole: copy delivered again after a crash");
        }
        if (verdict.sums().refused() > 0) {
            points.mark("whole: mail refused at submission");
        }
        return new Result(
                scenario.seed,
                wrong,
                universe.traceHash(),
                universe.eventCount(),
                Duration.ofNanos(universe.nanos()),
                verdict.sums(),
                points);
    }

    private static String trace(Throwable broken) {
        var text = new java.io.StringWriter();
        broken.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    QueueBook book() {
        return book;
    }

    Watch watch() {
        return watch;
    }

    Scenario scenario() {
        return scenario;
    }

    SimulatedUniverse universe() {
        return universe;
    }

    // ---- the history

    private void live() {
        boot();
        for (int crash = 0; crash < CRASHES; crash++) {
            breakNetwork();
            upsetReceivers();
            operator.comes(this::universeLater, universe::nanos, scenario.domains());
            if (chance.chance(0.5)) {
                int phase = crash;
                universeLater(chance.chance(0.3) ? 0 : chance.nextInt(3_000), () -> {
                    if (phase == crashes) {
                        breakDisk();
                    }
                });
            }
            if (chance.chance(0.1)) {
                host.jumpWallClock(Duration.ofMinutes(chance.between(-60, 60)));
            }
            boolean isReloadHere = !isReloaded && (crash == CRASHES - 1 || chance.chance(0.5));
            long handedAtFirst = verdict.handedOver();
            int copiesAtFirst = watch.copies.size();
            int kind = chance.nextInt(4);
            switch (kind) {
                case 0 -> {
                    steps(chance.nextInt(2_000));
                    points.mark("whole: crash while starting");
                }
                case 1 -> {
                    long more = 1 + chance.nextInt(scenario.messages * 2 / 3);
                    until(() -> verdict.handedOver() >= handedAtFirst + more || isLoadDone, isReloadHere);
                    points.mark("whole: crash while taking mail");
                }
                default -> {
                    int more = 1 + chance.nextInt(scenario.messages);
                    until(() -> watch.copies.size() >= copiesAtFirst + more, isReloadHere);
                    points.mark("whole: crash while delivering");
                }
            }
            steps(chance.nextInt(500));
            if (chance.chance(0.2)) {
                boolean unused = universe.reaches(checkpoints::isOpen, Duration.ofSeconds(2));
            }
            crash();
            if (chance.chance(0.3)) {
                universe.advance(Duration.ofMillis(chance.nextInt(5_000)));
            }
            boot();
        }
    }

    /// Runs to the condition, through a reload on the way.
    private void until(BooleanSupplier condition, boolean isReloadHere) {
        if (isReloadHere) {
            boolean unused = universe.reaches(
                    () -> condition.getAsBoolean() || startFailure != null, Duration.ofMillis(chance.nextInt(3_000)));
            if (chance.chance(0.4)) {
                unused = universe.reaches(() -> checkpoints.isOpen() || startFailure != null, Duration.ofSeconds(2));
            }
            reload();
        }
        boolean unused = universe.reaches(() -> condition.getAsBoolean() || startFailure != null, PHASE);
    }

    private void steps(int count) {
        for (int i = 0; i < count; i++) {
            boolean unused = universe.step();
        }
    }

    private void reload() {
        Server running = server;
        SimulatedWorld in = world;
        if (running == null || in == null) {
            return;
        }
        isReloaded = true;
        points.mark("whole: reload");
        reloadedNanos = universe.nanos();
        boolean isMoving = scenario.reroutedByReload().stream().anyMatch(verdict::isWaitingFor);
        if (isMoving && scenario.loops > 1 && checkpoints.isOpen()) {
            points.mark(CROSSING);
        }
        if (scenario.dissolvedByReload().stream().anyMatch(verdict::isWaitingFor)) {
            points.mark(DISSOLVED);
        }
        in.loops().getFirst().post(() -> {
            watch.reloaded(scenario.second);
            running.reload(0, done -> {
                if (!done.failure().isEmpty()) {
                    wrong.add("reload refused: " + done.failure());
                }
            });
        });
    }

    private void boot() {
        server = null;
        startFailure = null;
        String text = scenario.configuration(isReloaded ? scenario.second : scenario.first);
        SimulatedWorld booted = host.boot();
        world = booted;
        watch.booted(isReloaded ? scenario.second : scenario.first);
        reloadedNanos = Long.MAX_VALUE;
        long bootedNanos = universe.nanos();
        watch.clock(host.wallMillis());
        Snapshot snapshot = MemoryFiles.snapshot(text, booted.localAddresses());
        var plan = new ServerPlan(
                snapshot,
                spool,
                SOCKET,
                List.of(new InetSocketAddress(Scenario.RESOLVER, 53)),
                null,
                ZoneOffset.UTC,
                new MemoryBudgets(1L << 30, 8 << 20, 1536L << 20, 128L << 20),
                org.sluicemta.queue.RecordedModes.KEPT,
                answer -> answer.accept(
                        MemoryFiles.load(scenario.configuration(scenario.second), booted.localAddresses())),
                org.sluicemta.control.About.version("simulated"));
        var disk = new WatchedDisk(
                flaw == Flaw.NONE ? booted.disk() : new FlawedDisk(booted.disk(), flaw),
                universe::nanos,
                book,
                checkpoints);
        var watched = new WatchedWorld(
                booted, watch::opening, disk, () -> points.mark(LATE_VERDICT), flaw, new WatchedWorld.Speaking());
        booted.loops()
                .getFirst()
                .post(() -> Server.start(watched, plan, new Server.Started() {
                    @Override
                    public void ready(Server started) {
                        server = started;
                        modesAreAsRecorded(bootedNanos);
                    }

                    @Override
                    public void failed(String why) {
                        startFailure = why;
                    }
                }));
    }

    private void crash() {
        SimulatedWorld dying = world;
        if (dying == null) {
            return;
        }
        verdict.crashed(
                universe.nanos(),
                diskBrokenNanos,
                startFailure != null,
                host.disk().files());
        if (startFailure != null) {
            points.mark("whole: start refused by the disk");
            if (diskBrokenNanos == Long.MAX_VALUE) {
                wrong.add("the server did not start though nothing was broken: " + startFailure);
            }
        }
        crashes++;
        if (universe.nanos() > reloadedNanos
                && checkpoints.finishedNanos < reloadedNanos
                && scenario.reroutedByReload().stream().anyMatch(verdict::isWaitingFor)) {
            points.mark(UNTOLD_MOVE);
        }
        book.crashed(universe.nanos(), diskBrokenNanos);
        operator.crashed(universe.nanos(), diskBrokenNanos);
        checkpoints.crashed();
        watch.crashed();
        if (chance.chance(0.5)) {
            dying.kill();
        } else {
            dying.cutPower();
        }
        healDisk();
    }

    // ---- modes after a start

    /// Asks the server how queues stand, and compares what it was told to remember.
    private void modesAreAsRecorded(long bootedNanos) {
        List<QueueBook.Change> modes = book.standing(QueueBook.Kind.MODE);
        List<QueueBook.Change> sources = book.standing(QueueBook.Kind.SOURCE);
        for (QueueBook.Change mode : modes) {
            ask(List.of("explain", "queue", mode.queue), answer -> {
                boolean isInBackoff = answer.contains("backoff since");
                if (isAsBefore(mode, bootedNanos) && isInBackoff != mode.isOn) {
                    wrong.add("after a start at " + bootedNanos + " the mode is not as recorded: " + mode + "; "
                            + answer);
                } else if (isInBackoff) {
                    points.mark(MODE_OUTLIVED);
                }
            });
        }
        if (sources.isEmpty()) {
            return;
        }
        ask(List.of("show", "disabled", "sources"), answer -> {
            for (QueueBook.Change source : sources) {
                boolean isDisabled = answer.lines().anyMatch(line -> {
                    String[] words = line.split(" +");
                    return words.length > 1 && words[0].equals(source.queue) && words[1].equals(source.address);
                });
                if (isAsBefore(source, bootedNanos) && isDisabled != source.isOn) {
                    wrong.add("after a start at " + bootedNanos + " the address is not as recorded: " + source + "; "
                            + answer);
                } else if (isDisabled) {
                    points.mark(SOURCE_OUTLIVED);
                }
            }
        });
    }

    /// Whether nothing can have changed since the start: no event says so, and its time is not over.
    private boolean isAsBefore(QueueBook.Change change, long bootedNanos) {
        long nowMillis = (universe.nanos() + watch.serverAheadNanos(universe.nanos())) / 1_000_000;
        boolean isOver = change.until > 0 && change.until <= nowMillis + 1_000;
        return !isOver
                && server != null
                && diskBrokenNanos == Long.MAX_VALUE
                && !book.hasChangedSince(change.kind, change.queue, change.address, bootedNanos);
    }

    /// Asks over the control socket as another process of the same machine. No answer comes if the server dies first.
    private void ask(List<String> words, Consumer<String> whenAnswered) {
        SimulatedWorld asked = host.boot();
        var answer = new StringBuilder();
        int process = crashes;
        boolean[] isOver = {false};
        Runnable over = () -> {
            if (!isOver[0]) {
                isOver[0] = true;
                universeLater(0, asked::kill);
                if (process == crashes) {
                    whenAnswered.accept(answer.toString());
                }
            }
        };
        Loop loop = asked.loops().getFirst();
        loop.post(() -> asked.network()
                .connect(
                        loop,
                        new ConnectPlan(UnixDomainSocketAddress.of(SOCKET), null, 5_000_000_000L),
                        new Asking(words, answer, over)));
    }

    // ---- what is broken, and mended

    /// Receivers fall into moods now and then.
    private void upsetReceivers() {
        for (Receiver receiver : receivers) {
            for (int i = chance.nextInt(4); i > 0; i--) {
                ReplyPlan.Saying saying = ReplyPlan.Saying.values()[chance.nextInt(ReplyPlan.Saying.values().length)];
                Mood mood = saying.mood(chance);
                universeLater(chance.nextInt(6_000), () -> receiver.mood(isHealed ? Mood.GOOD : mood));
                universeLater(chance.nextInt(9_000), () -> receiver.mood(Mood.GOOD));
            }
        }
    }

    private void breakNetwork() {
        for (SimulatedHost receiver : receiverHosts) {
            upset(universe.wires().link(host, receiver));
            upset(universe.wires().link(receiver, host));
            if (chance.chance(0.1)) {
                universe.wires().link(host, receiver).injects(STARTTLS, "NOOP\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
        upset(universe.wires().link(loadHost, host));
        upset(universe.wires().link(host, loadHost));
        Link asking = universe.wires().link(host, resolverHost);
        Link answering = universe.wires().link(resolverHost, host);
        if (chance.chance(0.4)) {
            asking.losesDatagrams(chance.nextInt(30) / 100.0);
            answering.losesDatagrams(chance.nextInt(30) / 100.0).doublesDatagrams(chance.nextInt(30) / 100.0);
        }
        if (chance.chance(0.1)) {
            host.ports(1 + chance.nextInt(3));
        }
    }

    private double sometimes(double share, int mostPercent) {
        return chance.chance(share) ? chance.nextInt(mostPercent) / 100.0 : 0;
    }

    private void upset(Link link) {
        link.delay(Duration.ofNanos(20_000), Duration.ofNanos(chance.chance(0.3) ? 20_000_000 : 500_000));
        if (chance.chance(0.5)) {
            return;
        }
        link.refuses(sometimes(0.3, 20))
                .losesConnects(sometimes(0.2, 10))
                .unreachable(sometimes(0.2, 10))
                .resets(sometimes(0.4, 25))
                .fallsSilent(sometimes(0.2, 8))
                .halfCloses(sometimes(0.2, 8))
                .breaksWithin(chance.chance(0.5) ? 2_000 : 40_000)
                .failsTls(sometimes(0.3, 50))
                .stallsTls(sometimes(0.2, 20));
        if (chance.chance(0.1)) {
            link.down(true);
            universeLater(chance.nextInt(20_000), () -> link.down(false));
        }
    }

    /// Something that happens by itself after a while.
    private void universeLater(int millis, Runnable task) {
        // The load's machine never dies, so that its loop can serve as a clock for the world's own troubles.
        Loop clock = loadHost.worlds().getFirst().loops().getFirst();
        clock.post(() -> clock.alarm(task).set(clock.nanos() + millis * 1_000_000L));
    }

    private void healNetwork() {
        for (SimulatedHost receiver : receiverHosts) {
            calm(universe.wires().link(host, receiver));
            calm(universe.wires().link(receiver, host));
        }
        calm(universe.wires().link(loadHost, host));
        calm(universe.wires().link(host, loadHost));
        calm(universe.wires().link(host, resolverHost));
        calm(universe.wires().link(resolverHost, host));
        host.ports(28_232);
    }

    private static void calm(Link link) {
        link.refuses(0)
                .losesConnects(0)
                .unreachable(0)
                .resets(0)
                .fallsSilent(0)
                .halfCloses(0)
                .failsTls(0)
                .stallsTls(0)
                .losesDatagrams(0)
                .doublesDatagrams(0)
                .injects(STARTTLS, new byte[0])
                .down(false);
    }

    private void breakDisk() {
        SimulatedDisk disk = host.disk();
        Predicate<Path> spooled = path -> path.startsWith(SPOOL);
        Predicate<Path> any = path -> true;
        int within = 1 + chance.nextInt(200);
        diskBrokenNanos = universe.nanos();
        switch (chance.nextInt(12)) {
            case 0 ->
                disk.inject(SimulatedDisk.Operation.WRITE, any, within, new DiskFault.Fails(IoFailure.Kind.ERROR));
            case 1 ->
                disk.inject(
                        SimulatedDisk.Operation.WRITE,
                        spooled,
                        within,
                        new DiskFault.WritesShort(512 * chance.nextInt(40), IoFailure.Kind.NO_SPACE));
            case 2 ->
                disk.inject(
                        SimulatedDisk.Operation.SYNC, any, 1 + within / 10, new DiskFault.Fails(IoFailure.Kind.ERROR));
            case 3 -> hanging.add(disk.inject(SimulatedDisk.Operation.WRITE, spooled, within, new DiskFault.Hangs()));
            case 4 ->
                disk.injectSometimes(
                        SimulatedDisk.Operation.WRITE,
                        any,
                        0.1,
                        new DiskFault.Slow(Duration.ofMillis(chance.nextInt(800))));
            case 5 -> disk.injectSometimes(SimulatedDisk.Operation.READ, spooled, 0.05, new DiskFault.FlipsBit());
            case 6 ->
                disk.inject(
                        SimulatedDisk.Operation.READ,
                        spooled,
                        1 + within / 10,
                        new DiskFault.Fails(IoFailure.Kind.ERROR));
            case 7 -> disk.capacity(disk.usedBytes() + (chance.chance(0.5) ? chance.nextInt(1 << 20) : 3 << 20));
            case 8 -> disk.readOnly(true);
            case 9 ->
                disk.inject(
                        SimulatedDisk.Operation.PREALLOCATE,
                        any,
                        1 + chance.nextInt(4),
                        new DiskFault.Fails(IoFailure.Kind.NO_SPACE));
            case 10 ->
                disk.inject(
                        SimulatedDisk.Operation.OPEN,
                        any,
                        1 + chance.nextInt(30),
                        new DiskFault.Fails(IoFailure.Kind.EXHAUSTED));
            default ->
                disk.inject(
                        List.of(
                                        SimulatedDisk.Operation.RENAME,
                                        SimulatedDisk.Operation.DELETE,
                                        SimulatedDisk.Operation.SYNC_FOLDER,
                                        SimulatedDisk.Operation.LIST,
                                        SimulatedDisk.Operation.TRUNCATE,
                                        SimulatedDisk.Operation.SIZE)
                                .get(chance.nextInt(6)),
                        any,
                        1 + chance.nextInt(5),
                        new DiskFault.Fails(IoFailure.Kind.ERROR));
        }
    }

    private void healDisk() {
        host.disk().clearFaults();
        host.disk().capacity(1L << 40);
        host.disk().readOnly(false);
        hanging.clear();
        diskBrokenNanos = Long.MAX_VALUE;
    }

    // ---- the end

    private void drain() {
        isHealed = true;
        receivers.forEach(receiver -> receiver.mood(Mood.GOOD));
        healNetwork();
        healDisk();
        // A link that went down for a while may be mended a little later.
        universeLater(25_000, this::healNetwork);
        resolver.serve(scenario.zones(true));
        universe.runUntil(() -> isLoadDone || startFailure != null, DRAIN);
        if (startFailure != null) {
            wrong.add("the server did not start though nothing was broken: " + startFailure);
            return;
        }
        long until = universe.nanos() + DRAIN.toNanos();
        int rounds = 0;
        while ((verdict.isOwed(AcctRows.on(host.disk()))
                        || !verdict.isReported(AcctRows.on(host.disk()), letterbox.letters))
                && universe.nanos() < until) {
            universe.advance(Duration.ofSeconds(20));
            if (++rounds % ROUNDS_OF_AN_OPERATOR == 0) {
                helpOut();
            }
        }
        if (verdict.isOwed(AcctRows.on(host.disk()))) {
            boolean[] isDone = {false};
            ask(List.of("show", "queues", "--errors", "--maxitems=1000"), answer -> {
                isDone[0] = true;
                wrong.add("mail waits, and the server says of it:\n" + answer);
            });
            universe.runUntil(() -> isDone[0], Duration.ofMinutes(1));
        }
        // What was delivered and not heard of is delivered again.
        universe.advance(Duration.ofMinutes(3));
    }

    /// What an operator does about queues that rules have put aside for good.
    private void helpOut() {
        var commands = new ArrayList<List<String>>();
        commands.add(List.of("resume", "queue", "*/*"));
        commands.add(List.of("set", "queue", "--mode=normal", "*/*"));
        scenario.addresses
                .values()
                .forEach(all -> all.forEach(address -> commands.add(List.of("enable", "source", address, "*/*"))));
        for (int job = 0; job < Operator.JOBS; job++) {
            boolean[] isDone = {false};
            operator.resume("job" + job, universe.nanos(), answer -> isDone[0] = true);
            universe.runUntil(() -> isDone[0], Duration.ofMinutes(1));
        }
        for (List<String> command : commands) {
            boolean[] isDone = {false};
            ask(command, answer -> isDone[0] = true);
            universe.runUntil(() -> isDone[0], Duration.ofMinutes(1));
        }
    }

    private void stop() {
        Server running = server;
        SimulatedWorld stopping = world;
        if (running == null || stopping == null) {
            wrong.add("there is no server to stop");
            return;
        }
        boolean[] isStopped = {false};
        stopping.loops().getFirst().post(() -> running.stop(20_000, () -> isStopped[0] = true));
        if (!universe.reaches(() -> isStopped[0], Duration.ofMinutes(2))) {
            wrong.add("the server did not stop within two minutes");
        }
        universe.advance(Duration.ofSeconds(5));
        // The tables of the queues stay as long as their process: operators may still ask.
        for (String budget : List.of("content", "spool", "reading")) {
            if (stopping.slicesOut(budget) != 0) {
                wrong.add(stopping.slicesOut(budget) + " slices of memory were not given back to " + budget);
            }
        }
        stopping.kill();
    }

    /// What waits in the spool, read by a fresh process.
    private SpoolLook look() {
        SimulatedWorld looking = host.boot();
        var look = new SpoolLook(looking, spool);
        looking.loops().getFirst().post(look::begin);
        universe.runUntil(look::isDone, Duration.ofMinutes(5));
        return look;
    }
}
