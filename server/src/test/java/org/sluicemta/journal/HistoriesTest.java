package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.FaultPoints;
import org.sluicemta.simulation.Seed;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.simulation.SimulationException;
import org.sluicemta.world.IoFailure;

/// Long histories from a seed: segments roll, are reused, are copied from; checkpoints are written; a follower follows;
/// writes fail; the power goes, again in recovery; and after each start the ledger is held against what was found.
/// `-Dpower.histories=10000` tries more, `-Dpower.seed=N` one.
final class HistoriesTest {
    private static final int HISTORIES = Integer.getInteger("power.histories", 300);
    private static final JournalSettings SETTINGS = OpenSpool.tiny(40 << 10, 16 << 10, 32 << 10);

    private final MiniSpool.Ledger total = new MiniSpool.Ledger();
    private final FaultPoints faultPoints = new FaultPoints();

    /// Mistakes to plant, with one of the owner's own.
    private record Mistakes(JournalFlaws journal, boolean releasesEarly) {
        static final Mistakes NONE = new Mistakes(JournalFlaws.NONE, false);
    }

    @Test
    void nothingAcknowledgedIsLostInLongHistories() {
        Integer only = Integer.getInteger("power.seed");
        if (only != null) {
            play(only, Mistakes.NONE);
            return;
        }
        for (int seed = 0; seed < HISTORIES; seed++) {
            play(seed, Mistakes.NONE);
        }
        System.out.printf(
                "histories: %d; %d messages, %d checkpoints, %d copies, %d batches followed, %d refused%n%s",
                HISTORIES,
                total.nextMessage,
                total.checkpoints,
                total.copies,
                total.followed,
                total.refused,
                faultPoints.report());
        assertThat(total.checkpoints).isPositive();
        assertThat(total.copies).isPositive();
        assertThat(total.followed).isPositive();
    }

    @Test
    void acknowledgingBeforeTheSyncIsFound() {
        assertFound(new Mistakes(new JournalFlaws(true, false, false, false), false));
    }

    @Test
    void takingThePastLifeOfAFileForItsOwnIsFound() {
        assertFound(new Mistakes(new JournalFlaws(false, true, false, false), false));
    }

    @Test
    void trustingASegmentAfterAFailedWriteIsFound() {
        assertFound(new Mistakes(new JournalFlaws(false, false, false, true), false));
    }

    @Test
    void reusingASegmentBeforeItsSettlementsAreSyncedIsFound() {
        assertFound(new Mistakes(JournalFlaws.NONE, true));
    }

    private void assertFound(Mistakes mistakes) {
        Optional<String> finding = Optional.empty();
        for (int seed = 0; seed < 2_000 && finding.isEmpty(); seed++) {
            try {
                play(seed, mistakes);
            } catch (AssertionError found) {
                // Only what the judge says counts, not what a mistake breaks on the way.
                if (!(found.getCause() instanceof SimulationException)) {
                    finding = Optional.of(String.valueOf(found.getMessage()));
                }
            }
        }
        System.out.println("planted " + mistakes + " found: " + finding.orElse("-"));
        assertThat(finding).isPresent();
    }

    private void play(int number, Mistakes mistakes) {
        Seed seed = new Seed(number * 7919L + 17);
        SimulatedHost host =
                SimulatedUniverse.seeded(number, faultPoints).host("server").loops(1);
        MiniSpool.Ledger ledger = new MiniSpool.Ledger();
        int boots = 2 + seed.nextInt(5);
        for (int boot = 0; boot < boots; boot++) {
            String where = "seed " + number + ", boot " + boot;
            try {
                boot(host, seed, ledger, mistakes, where);
            } catch (SimulationException broken) {
                throw new AssertionError(where + ": " + broken.getMessage(), broken);
            }
        }
        total.nextMessage += ledger.nextMessage;
        total.checkpoints += ledger.checkpoints;
        total.copies += ledger.copies;
        total.followed += ledger.followed;
        total.refused += ledger.refused;
    }

    private void boot(SimulatedHost host, Seed seed, MiniSpool.Ledger ledger, Mistakes mistakes, String where) {
        while (seed.nextInt(4) == 0) {
            dieInRecovery(host, seed, mistakes);
        }
        SimulatedWorld world = host.boot();
        MiniSpool.State state = new MiniSpool.State();
        OpenSpool spool = OpenSpool.begin(world, SETTINGS, mistakes.journal(), state);
        world.runUntil(() -> spool.journal != null || spool.refusal != null, OpenSpool.PATIENCE);
        if (spool.journal == null) {
            throw new AssertionError(where + ": the journal did not open: " + spool.refusal);
        }
        if (Boolean.getBoolean("power.tell")) {
            System.out.println(where + " opened; content "
                    + state.content.keySet().stream().map(Position::text).toList() + " damages " + state.damages
                    + " files " + host.disk().files());
        }
        MiniSpool.check(state, spool, ledger, where);
        MiniSpool mini = new MiniSpool(world, spool, state, ledger, seed.fork(), mistakes.releasesEarly());
        if (seed.nextInt(2) == 0) {
            injectFailures(host, seed);
        }
        live(world, mini, seed);
        host.disk().clearFaults();
        mini.checkFollower(where);
        end(host, world, spool, seed);
    }

    private static void injectFailures(SimulatedHost host, Seed seed) {
        String stream = seed.nextInt(2) == 0 ? "content-" : "events-";
        host.disk()
                .inject(
                        Operation.WRITE,
                        path -> isOf(path, stream),
                        1 + seed.nextInt(30),
                        seed.nextInt(2) == 0
                                ? new DiskFault.Fails(IoFailure.Kind.ERROR)
                                : new DiskFault.WritesShort(512 * seed.nextInt(20), IoFailure.Kind.NO_SPACE));
        if (seed.nextInt(4) == 0) {
            host.disk()
                    .injectSometimes(
                            Operation.WRITE,
                            path -> isOf(path, "content-") || isOf(path, "events-"),
                            0.05,
                            new DiskFault.Fails(IoFailure.Kind.ERROR));
        }
    }

    private static boolean isOf(Path path, String stream) {
        return path.getFileName().toString().startsWith(stream);
    }

    private void dieInRecovery(SimulatedHost host, Seed seed, Mistakes mistakes) {
        SimulatedWorld world = host.boot();
        OpenSpool dying = OpenSpool.begin(world, SETTINGS, mistakes.journal(), new MiniSpool.State());
        int steps = seed.nextInt(250);
        for (int i = 0; i < steps && dying.journal == null; i++) {
            world.step();
        }
        crash(host, world, seed);
    }

    private static void crash(SimulatedHost host, SimulatedWorld world, Seed seed) {
        if (seed.nextInt(4) == 0) {
            world.kill();
        } else {
            host.cutPower();
        }
    }

    private static void live(SimulatedWorld world, MiniSpool mini, Seed seed) {
        int acts = 20 + seed.nextInt(120);
        int lean = seed.nextInt(3);
        for (int i = 0; i < acts; i++) {
            int what = seed.nextInt(100);
            Runnable act = what < 35
                    ? mini::accept
                    : what < 50
                            ? mini::defer
                            : what < 55
                                    ? mini::remark
                                    : what < (lean == 0 ? 65 : 90)
                                            ? mini::settle
                                            : what < 96 ? mini::checkpoint : mini::copyStragglers;
            world.loops().getFirst().post(act);
            switch (seed.nextInt(4)) {
                case 0 -> world.advance(Duration.ofMillis(seed.nextInt(30)));
                case 1 -> world.advance(Duration.ofMillis(seed.nextInt(2000)));
                default -> {}
            }
        }
    }

    private static void end(SimulatedHost host, SimulatedWorld world, OpenSpool spool, Seed seed) {
        for (int i = seed.nextInt(60); i > 0; i--) {
            world.step();
        }
        if (seed.nextInt(6) == 0) {
            spool.close();
        }
        crash(host, world, seed);
    }
}
