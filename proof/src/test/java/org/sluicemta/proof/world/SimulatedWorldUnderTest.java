package org.sluicemta.proof.world;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.World;

/// A simulated machine with one process. A turn that throws is kept, not thrown: the contracts have some.
final class SimulatedWorldUnderTest implements WorldUnderTest {
    private static final Path FOLDER = Path.of("/world");
    private static final Path FULL = Path.of("/full/file");
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final SimulatedWorld world;

    SimulatedWorldUnderTest(long seed) {
        world = SimulatedWorld.seeded(seed);
        world.universe().keepDefects();
        SimulatedDisk disk = world.host().disk();
        disk.makeFolders(FOLDER);
        disk.makeFolders(FULL.getParent());
        disk.injectSometimes(
                SimulatedDisk.Operation.WRITE, FULL::equals, 1, new DiskFault.Fails(IoFailure.Kind.NO_SPACE));
    }

    @Override
    public World world() {
        return world;
    }

    @Override
    public void until(BooleanSupplier claim) {
        world.runUntil(claim, PATIENCE);
    }

    @Override
    public Path folder() {
        return FOLDER;
    }

    @Override
    public Path pathWithoutRoom() {
        return FULL;
    }

    @Override
    public InetSocketAddress silentAddress() {
        return new InetSocketAddress(InetAddress.ofLiteral("10.255.255.1"), 25);
    }

    @Override
    public void close() {
        if (world.isAlive()) {
            world.kill();
        }
    }
}
