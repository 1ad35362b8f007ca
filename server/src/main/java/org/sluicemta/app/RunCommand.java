package org.sluicemta.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.config.Endpoint;
import org.sluicemta.config.Snapshot;
import org.sluicemta.dns.NameServers;
import org.sluicemta.queue.RecordedModes;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.Loop;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sluice run`: the server, in the foreground, until SIGTERM.
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Runs the server in the foreground. SIGTERM stops it in order, SIGHUP reloads.")
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);
    static final Path DEFAULT_SPOOL = Path.of("/var/spool/sluice");
    static final Path DEFAULT_VERSIONS = Path.of("/var/lib/sluice/pulled");
    static final Path DEFAULT_COPIES = Path.of("/var/lib/sluice/included");
    static final Path DEFAULT_SOCKET = Path.of("/run/sluice/control.sock");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; without it /etc/sluice/config, then /etc/pmta/config.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Keeps the spool in DIR/spool, pulled configurations in DIR/pulled, copies of included documents in "
                            + "DIR/included, and the control socket at DIR/control.sock.")
    private @Nullable Path data;

    @Option(names = "--socket", paramLabel = "PATH", description = "The control socket.")
    private @Nullable Path socket;

    @Option(
            names = "--accept-unprotected",
            split = ",",
            paramLabel = "NAME",
            description = "Runs although this protective directive is not built yet; repeatable.")
    private List<String> accepted = new ArrayList<>();

    @Option(names = "--strict", description = "Unknown names are errors.")
    private boolean isStrict;

    @Option(names = "--lenient", description = "Unknown names are warnings.")
    private boolean isLenient;

    @Option(
            names = "--fresh-modes",
            description = "Forgets backoff modes, pauses and disabled source addresses of before the start; without it "
                    + "they go on with the time that is left to them.")
    private boolean isFreshModes;

    @Option(
            names = "--drain",
            defaultValue = "20",
            paramLabel = "SECONDS",
            description = "How long SIGTERM waits for messages in transfer (${DEFAULT-VALUE}).")
    private int drainSeconds = 20;

    @Override
    public Integer call() throws InterruptedException, IOException {
        PrintWriter err = spec.commandLine().getErr();
        Optional<Path> file = config != null ? Optional.of(config) : ConfigurationLoading.usual();
        if (file.isEmpty()) {
            err.println(
                    "sluice: not started: no configuration; give --config FILE, or write " + ConfigurationLoading.OURS);
            err.flush();
            return 1;
        }
        try (RealWorld world = RealWorld.start(RealWorldPlan.forThisMachine())) {
            var loading = new ConfigurationLoading(
                    file.get(),
                    versions(),
                    WebIncludes.fetching(() -> world, new WebCopies(copies(data))),
                    CheckCommand.strictness(isStrict, isLenient),
                    new HashSet<>(accepted),
                    world::localAddresses);
            ServerPlan.Reloading first = loading.loadAtStart();
            first.notes().forEach(note -> err.println("sluice: " + note));
            Snapshot snapshot = first.snapshot();
            if (snapshot == null) {
                err.println("sluice: not started: " + first.failure());
                return 1;
            }
            ServerPlan plan;
            try {
                plan = plan(world, snapshot, loading);
            } catch (IOException e) {
                err.println("sluice: not started: " + words(e));
                err.flush();
                return 1;
            }
            LogFile log;
            try {
                log = log(snapshot.configuration());
            } catch (IOException e) {
                err.println("sluice: not started: " + e.getMessage());
                err.flush();
                return 1;
            }
            try {
                return serve(world, plan, loading, err, log);
            } finally {
                if (log != null) {
                    log.close();
                }
            }
        }
    }

    /// Null where the log goes to standard error.
    private static @Nullable LogFile log(Configuration configuration) throws IOException {
        String path = configuration.global(Directives.LOG_FILE).value();
        return path.isEmpty()
                ? null
                : LogFile.open(new LogFile.Plan(
                        Path.of(path),
                        configuration.global(Directives.LOG_ROTATE).value().intValue(),
                        configuration.global(Directives.LOG_AUTO_ROTATION).value(),
                        configuration.global(Directives.LOG_FILE_WORLD_READABLE).value(),
                        ZoneId.systemDefault()));
    }

    private Path versions() {
        return data == null
                ? DEFAULT_VERSIONS
                : data.resolve("pulled").toAbsolutePath().normalize();
    }

    /// Where copies of included documents are.
    ///
    /// @param data the folder of `--data`, null without
    static Path copies(@Nullable Path data) {
        return data == null
                ? DEFAULT_COPIES
                : data.resolve("included").toAbsolutePath().normalize();
    }

    /// The bare message of some of these is a path.
    private static String words(IOException e) {
        return switch (e) {
            case AccessDeniedException denied ->
                denied.getFile() + ": permission denied; run as the service's user, or name another place with --data"
                        + " or --socket";
            case NoSuchFileException missing -> missing.getFile() + " is not there";
            case FileAlreadyExistsException file -> file.getFile() + " is a file, and a folder is needed";
            default -> e.toString();
        };
    }

    /// @param log that standard error does not show, or null
    private int serve(
            RealWorld world, ServerPlan plan, ConfigurationLoading loading, PrintWriter err, @Nullable LogFile log)
            throws InterruptedException {
        boolean isLogged = log != null;
        var over = new CountDownLatch(1);
        var status = new AtomicInteger();
        Loop home = world.loops().getFirst();
        home.post(() -> Server.start(world, plan, new Server.Started() {
            @Override
            public void ready(Server server) {
                Pulling pulling = Pulling.start(world, server, loading);
                ManagementPort management = ManagementPort.start(
                        world,
                        server,
                        pulling,
                        Sluice.VERSION,
                        opened -> sayReady(world, server, plan, opened, err, isLogged));
                Runnable stop = () -> {
                    management.stop();
                    pulling.stop();
                    server.stop(drainSeconds * 1000L, over::countDown);
                };
                server.onShutdown(stop);
                server.useHost(new ProcessHost(loading, log));
                world.signals().on("TERM", home, stop);
                world.signals().on("INT", home, stop);
                world.signals()
                        .on(
                                "HUP",
                                home,
                                () -> server.reload(0, done -> {
                                    if (!done.failure().isEmpty()) {
                                        err.println("sluice: reload refused, the old configuration stays: "
                                                + done.failure());
                                        err.flush();
                                    }
                                }));
            }

            @Override
            public void failed(String why) {
                err.println("sluice: not started: " + why);
                err.flush();
                if (isLogged) {
                    LOG.error("not started: {}", why);
                }
                status.set(1);
                over.countDown();
            }
        }));
        over.await();
        return status.get();
    }

    /// @param management what there is to say of the management port; empty for nothing
    private static void sayReady(
            RealWorld world, Server server, ServerPlan plan, String management, PrintWriter err, boolean isLogged) {
        long outside = world.outsideHeap().limitBytes();
        String ready = "ready, SMTP on " + server.smtpAddresses()
                + (plan.controlSocket() == null ? "" : ", commands on " + plan.controlSocket())
                + (management.isEmpty() ? "" : ", " + management) + "; "
                + plan.memory().told(outside)
                + (plan.snapshot().reception().acknowledgesUnsynced() ? "; " + Server.UNSYNCED : "");
        err.println("sluice: " + ready);
        err.flush();
        if (isLogged) {
            LOG.info("{}", ready);
        }
        String tooMuch = plan.memory().excess(outside);
        if (!tooMuch.isEmpty()) {
            LOG.warn("{}", tooMuch);
        }
    }

    private ServerPlan plan(RealWorld world, Snapshot snapshot, ConfigurationLoading loading) throws IOException {
        Configuration configuration = snapshot.configuration();
        var folders = new ArrayList<Path>();
        Path folder = data;
        if (folder != null) {
            Files.createDirectories(folder);
            folders.add(folder.resolve("spool").toAbsolutePath());
        } else {
            configuration.spools().forEach(each -> folders.add(Path.of(each)));
        }
        if (folders.isEmpty()) {
            folders.add(DEFAULT_SPOOL);
        }
        Path control = socket != null
                ? socket
                : folder != null ? folder.resolve("control.sock").toAbsolutePath() : DEFAULT_SOCKET;
        if (socket == null && folder == null && !Files.isWritable(DEFAULT_SOCKET.getParent())) {
            Files.createDirectories(DEFAULT_SOCKET.getParent());
        }
        MemoryBudgets memory = ThisMachine.budgets(configuration);
        return new ServerPlan(
                snapshot,
                SpoolSettings.in(folders.toArray(Path[]::new)).withReading(memory.readingBytes()),
                control,
                nameServers(configuration),
                // Here and not on a loop, which it would hold for some 100 ms.
                world.network().selfSigned(snapshot.hostName()),
                ZoneId.systemDefault(),
                memory,
                isFreshModes ? RecordedModes.FORGOTTEN : RecordedModes.KEPT,
                answer -> Thread.ofVirtual().name("reload").start(() -> answer.accept(loading.load())),
                ThisMachine.about());
    }

    private static List<InetSocketAddress> nameServers(Configuration configuration) throws IOException {
        var servers = new ArrayList<InetSocketAddress>();
        for (Endpoint each : configuration.global(Directives.NAME_SERVER).value()) {
            servers.add(new InetSocketAddress(each.address(), each.port() == 0 ? 53 : each.port()));
        }
        if (!servers.isEmpty()) {
            return servers;
        }
        Path resolvConf = Path.of("/etc/resolv.conf");
        if (Files.isReadable(resolvConf)) {
            servers.addAll(NameServers.ofResolvConf(Files.readString(resolvConf)));
        }
        return servers.isEmpty() ? List.of(new InetSocketAddress("127.0.0.1", 53)) : servers;
    }
}
