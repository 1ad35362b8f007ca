package org.sluicemta.proof.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.World;

/// The real world on this machine: two loops, a temporary folder, loopback.
final class RealWorldUnderTest implements WorldUnderTest {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private final RealWorld world;
    private final Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable InetSocketAddress silent;

    RealWorldUnderTest(boolean prefersNative) throws IOException {
        folder = Files.createTempDirectory("sluice-world");
        world = RealWorld.start(new RealWorldPlan(2, 2, 1_000, 2, prefersNative));
    }

    @Override
    public World world() {
        return world;
    }

    @Override
    public void until(BooleanSupplier claim) {
        long begun = System.nanoTime();
        while (!claim.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError("what the test waits for did not come within 10 s");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public Path folder() {
        return folder;
    }

    @Override
    public Path pathWithoutRoom() {
        return Path.of("/dev/full");
    }

    /// A listener that never accepts and whose backlog is full: Linux then drops further openings.
    @Override
    public InetSocketAddress silentAddress() {
        if (silent != null) {
            return silent;
        }
        try {
            var listener = java.nio.channels.ServerSocketChannel.open();
            open.add(listener);
            listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 1);
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            for (int i = 0; i < 4; i++) {
                SocketChannel filler = SocketChannel.open();
                open.add(filler);
                filler.configureBlocking(false);
                filler.connect(address);
            }
            silent = address;
            return address;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        world.close();
        try {
            for (AutoCloseable one : open) {
                one.close();
            }
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        } catch (Exception failed) {
            throw new IllegalStateException("the test's folder cannot be cleared", failed);
        }
    }
}
