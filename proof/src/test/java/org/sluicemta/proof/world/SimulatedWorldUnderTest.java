package org.sluicemta.proof.world;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedPage;
import org.sluicemta.simulation.SimulatedProgram;
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
    public List<String> command(Script script) {
        String name = script.name().toLowerCase(Locale.ROOT);
        if (script != Script.ABSENT) {
            world.host().install(name, hands -> act(script, hands));
        }
        return List.of(name);
    }

    private static void act(Script script, SimulatedProgram.Hands hands) {
        switch (script) {
            case ECHOES -> hands.onInput(hands::out, () -> hands.exit(0));
            case SPEAKS -> {
                hands.out(bytes("to output"));
                hands.err(bytes("to error"));
                hands.exit(3);
            }
            case TELLS -> {
                hands.out(bytes(hands.words().getFirst() + " " + hands.variable("SLUICE_WORD")));
                hands.exit(0);
            }
            case FLOODS -> hands.flood();
            case HANGS, ABSENT -> {}
            case DEAF -> {
                hands.closeInput();
                hands.out(bytes("deaf"));
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public URI publish(String path, Page page) {
        URI address = URI.create("http://web.example" + path);
        world.universe().publish(address, simulated(page));
        return address;
    }

    private static SimulatedPage simulated(Page page) {
        return switch (page) {
            case Page.Holds holds -> new SimulatedPage.Holds(holds.bytes(), holds.etag());
            case Page.Redirects redirects -> new SimulatedPage.Redirects(URI.create(redirects.to()));
            case Page.Says says -> new SimulatedPage.Says(says.status());
            case Page.Hangs hangs -> new SimulatedPage.Hangs();
            case Page.Breaks breaks -> new SimulatedPage.Breaks();
            case Page.Locked locked ->
                new SimulatedPage.Locked(locked.userInfo(), new SimulatedPage.Holds(locked.bytes(), ""));
        };
    }

    @Override
    public URI addressWithoutServer() {
        URI address = URI.create("http://away.example/config");
        world.universe().publish(address, new SimulatedPage.RefusesConnection());
        return address;
    }

    @Override
    public void close() {
        if (world.isAlive()) {
            world.kill();
        }
    }
}
