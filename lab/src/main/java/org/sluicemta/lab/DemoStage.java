package org.sluicemta.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// What every scene stands on: a folder, a server as a process of its own, a loop for receivers and name server, and
/// another for the feeder.
///
/// Blocks. [#close] may be called by any thread, once or more.
final class DemoStage implements AutoCloseable {
    /// A server stops within seconds; its JVM may then write a cache of what it learned.
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long LOOK_MS = 200;
    private static final long LOOK_AGAIN_MS = 10;
    /// The path of a Unix socket may have no more than 107 bytes.
    private static final int MAX_SOCKET_PATH = 100;
    private static final int BACKLOG = 1024;

    private final Path folder;
    private final boolean isTemporary;
    private final DemoScreen screen;
    private final Path socket;
    private final ServerProcess server;
    private final AccountTail accounting;
    private final RealWorld world;
    private final int smtpPort;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private volatile boolean isFolderKept;

    /// @param isTemporary whether the folder goes at the end
    /// @param run names the socket where the folder's path is too long for one
    DemoStage(Path folder, boolean isTemporary, String run, DemoScreen screen) throws IOException {
        this(folder, isTemporary, run, screen, List.of());
    }

    /// @param flags for the server's JVM besides those of this one
    DemoStage(Path folder, boolean isTemporary, String run, DemoScreen screen, List<String> flags) throws IOException {
        this.folder = folder;
        this.isTemporary = isTemporary;
        this.screen = screen;
        Files.createDirectories(folder.resolve("log"));
        this.accounting = new AccountTail(folder.resolve("log"), "acct-");
        Path usual = folder.resolve("control.sock");
        boolean fits = usual.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH;
        this.socket = fits ? usual : Path.of(System.getProperty("java.io.tmpdir"), run + ".sock");
        this.server = new ServerProcess(config(), folder, socket, log(), flags, List.of());
        this.smtpPort = FreePorts.find();
        this.world = RealWorld.start(new RealWorldPlan(2, 1, 100, 1, true));
    }

    /// A name that no other run of this machine's last years has had.
    static String runNamed(String scene) {
        return scene + "-" + Long.toString(System.currentTimeMillis() / 1000, 36);
    }

    /// Serves on a free port of `address`, which it gives back. The receiver must live on [#receivingLoop].
    int listen(Receiver receiver, String address) {
        Network.Listener open = world.network()
                .listen(receivingLoop(), new ListenPlan.Tcp(new InetSocketAddress(address, 0), BACKLOG), receiver);
        SocketAddress local = open.local();
        return local instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    /// Starts a name server for these zones.
    InetSocketAddress resolve(ZoneTable zones) {
        return ResolverEngine.open(receivingLoop(), world.network(), new InetSocketAddress("127.0.0.1", 0), zones)
                .address();
    }

    RealWorld world() {
        return world;
    }

    Loop receivingLoop() {
        return world.loops().getFirst();
    }

    Loop feedingLoop() {
        return world.loops().getLast();
    }

    ServerProcess server() {
        return server;
    }

    AccountTail accounting() {
        return accounting;
    }

    int smtpPort() {
        return smtpPort;
    }

    Path config() {
        return folder.resolve("config");
    }

    Path log() {
        return folder.resolve("log/server.log");
    }

    Path accountingFile() {
        return folder.resolve("log/acct.csv");
    }

    Path socket() {
        return socket;
    }

    /// @throws LabException with its last words when the server has ended
    void requireServer() {
        if (!server.isAlive()) {
            throw new LabException("the server has ended; it said:\n" + server.lastLines());
        }
    }

    /// Lets time pass. Blocks.
    ///
    /// @throws LabException when the server ends meanwhile
    void pass(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            Thread.sleep(Math.clamp(left / 1_000_000, 1, LOOK_MS));
            requireServer();
        }
    }

    /// Waits until something has come about. Blocks.
    ///
    /// @param what for the error
    /// @throws LabException when the server ends meanwhile, or it does not come about in some minutes
    void await(String what, BooleanSupplier isSo) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new LabException("waited " + PATIENCE.toMinutes() + " minutes for " + what
                        + "; the server said last:\n" + server.lastLines());
            }
            Thread.sleep(LOOK_AGAIN_MS);
            requireServer();
        }
    }

    /// Leaves the folder where it is, temporary or not.
    void keepFolder() {
        isFolderKept = true;
    }

    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        server.stop(STOP);
        world.close();
        try {
            Files.deleteIfExists(socket);
            if (isTemporary && !isFolderKept) {
                removeFolder();
            }
        } catch (IOException | UncheckedIOException e) {
            screen.line("the folder " + folder + " could not be removed: " + e.getMessage());
        }
    }

    private void removeFolder() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
