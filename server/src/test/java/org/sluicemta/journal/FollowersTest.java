package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.InjectedFault;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.simulation.SimulatedDisk.Survivors;
import org.sluicemta.simulation.SimulatedWorld;

/// Followers, reuse, verification: what reads and what goes.
final class FollowersTest {
    private static final class Reader {
        final OpenSpool spool;
        final List<String> seen = new ArrayList<>();
        Follower follower;
        long place;

        Reader(OpenSpool spool, long after) {
            this.spool = spool;
            spool.onHome(() -> {
                follower = spool.journal.follower("reader", spool.home, after, damage -> {
                    throw new AssertionError(damage);
                });
                next();
            });
        }

        private void next() {
            follower.next(OpenSpool.answer(
                    batch -> {
                        batch.forEach((position, head) -> seen.add(OpenSpool.text(head)));
                        place = batch.last();
                        batch.release();
                        next();
                    },
                    why -> {
                        throw new AssertionError(why);
                    }));
        }
    }

    @Test
    void aFollowerSeesEachDurableEventOnceInOrder() {
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(1));
        Reader reader = new Reader(spool, Position.NONE);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add("event " + i);
            spool.await(spool.happen("event " + i));
        }
        spool.world.advance(Duration.ofSeconds(1));

        assertThat(reader.seen).isEqualTo(all);
    }

    @Test
    void whatAFollowerHasNotPassedIsCountedOverSegments() {
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(12));
        Reader reader = new Reader(spool, Position.NONE);
        for (int i = 0; i < 40; i++) {
            spool.await(spool.happen("event " + i));
        }
        spool.world.advance(Duration.ofSeconds(1));
        long before = spool.journal.followersBehind().getFirst().bytes();
        reader.follower.passed(reader.place);
        long after = spool.journal.followersBehind().getFirst().bytes();

        assertThat(Position.segment(reader.place)).isGreaterThan(1);
        assertThat(before).isGreaterThan(40 * 4096L);
        assertThat(after).isBetween(0L, 8192L);
    }

    @Test
    void aFollowerResumesBehindItsPlace() {
        SimulatedWorld world = SimulatedWorld.seeded(2);
        OpenSpool before = OpenSpool.in(world);
        for (int i = 0; i < 10; i++) {
            before.await(before.happen("early " + i));
        }
        Note last = before.happen("last that was passed");
        before.await(last);
        before.await(before.happen("next"));
        world.host().cutPower(Survivors.nothing());

        OpenSpool after = OpenSpool.in(world.reboot());
        Reader reader = new Reader(after, last.at);
        after.await(after.happen("new"));
        after.world.advance(Duration.ofSeconds(1));

        assertThat(reader.seen).containsExactly("next", "new");
    }

    @Test
    void anEventThatIsNotDurableIsNotShown() {
        SimulatedWorld world = SimulatedWorld.seeded(3);
        OpenSpool spool = OpenSpool.in(world);
        Reader reader = new Reader(spool, Position.NONE);
        InjectedFault hang = world.host()
                .disk()
                .inject(
                        Operation.WRITE,
                        path -> path.getFileName().toString().startsWith("events-"),
                        1,
                        new DiskFault.Hangs());
        Note event = spool.happen("on its way");
        world.advance(Duration.ofSeconds(5));

        assertThat(reader.seen).isEmpty();
        hang.release();
        spool.await(event);
        world.advance(Duration.ofSeconds(1));
        assertThat(reader.seen).containsExactly("on its way");
    }

    @Test
    void eventsAreKeptUntilCheckpointsCoverThemAndAllFollowersPassed() {
        SimulatedWorld world = SimulatedWorld.seeded(4);
        OpenSpool spool = OpenSpool.in(world);
        Reader reader = new Reader(spool, Position.NONE);
        spool.onHome(spool.journal::startReuse);
        for (int i = 0; i < 40; i++) {
            spool.await(spool.happen("event " + i));
        }
        Path first = OpenSpool.FOLDER.resolve("events-0000000000000001");
        FaultsTest.checkpoint(spool, "one");
        FaultsTest.checkpoint(spool, "two");
        world.advance(Duration.ofSeconds(3));
        boolean isThereBeforePassing = world.host().disk().files().contains(first);
        reader.follower.passed(reader.place);
        world.advance(Duration.ofSeconds(3));

        assertThat(isThereBeforePassing).isTrue();
        assertThat(world.host().disk().files()).doesNotContain(first);
    }

    @Test
    void aContentSegmentIsReusedWhenNothingInItIsLiveAndNobodyReadsIt() {
        SimulatedWorld world = SimulatedWorld.seeded(5);
        OpenSpool spool = OpenSpool.in(world);
        List<Note> notes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            notes.add(spool.accept("m" + i, OpenSpool.filled(15_000, i)));
            spool.await(notes.getLast());
        }
        Path first = OpenSpool.FOLDER.resolve("content-0000000000000001");
        List<Note> inFirst =
                notes.stream().filter(note -> Position.segment(note.at) == 1).toList();
        spool.onHome(spool.journal::startReuse);
        inFirst.stream().skip(1).forEach(note -> spool.journal.release(note.at));
        world.advance(Duration.ofSeconds(3));
        boolean isThereWhileOneIsLive = world.host().disk().files().contains(first);
        spool.journal.release(inFirst.getFirst().at);
        world.advance(Duration.ofSeconds(3));

        assertThat(inFirst).hasSizeGreaterThan(1);
        assertThat(isThereWhileOneIsLive).isTrue();
        assertThat(world.host().disk().files()).doesNotContain(first);
        assertThat(spool.read(notes.getLast().at, new ArrayList<>())).isEqualTo(OpenSpool.filled(15_000, 11));
    }

    @Test
    void verifyCountsWhatIsThereAndChangesNothing() {
        SimulatedWorld world = SimulatedWorld.seeded(6);
        OpenSpool spool = OpenSpool.in(world);
        for (int i = 0; i < 12; i++) {
            spool.await(spool.accept("m" + i, OpenSpool.filled(15_000, i)), spool.happen("e" + i));
        }
        FaultsTest.checkpoint(spool, "state");
        spool.close();
        List<String> exported = new ArrayList<>();

        JournalVerifier.Report report = verify(spool, exported);

        assertThat(report.isSound()).isTrue();
        assertThat(report.damages()).isEmpty();
        assertThat(report.records(StreamKind.CONTENT)).isEqualTo(12);
        assertThat(report.records(StreamKind.EVENTS)).isEqualTo(12);
        assertThat(report.checkpoints()).isEqualTo(1);
        assertThat(exported).contains("m0 15000", "m11 15000", "e3 0").hasSize(24);
    }

    @Test
    void verifyNamesTheDamagedPlace() {
        SimulatedWorld world = SimulatedWorld.seeded(7);
        OpenSpool spool = OpenSpool.in(world);
        Note note = spool.accept("m", OpenSpool.filled(15_000, 1));
        spool.await(note);
        spool.await(spool.accept("n", OpenSpool.filled(15_000, 1)));
        spool.close();
        Path file = OpenSpool.FOLDER.resolve("content-0000000000000001");
        world.host().disk().flipBit(file, Position.offset(note.at) + 2_000, 1);

        JournalVerifier.Report report = verify(spool, new ArrayList<>());

        assertThat(report.isSound()).isFalse();
        assertThat(report.damages()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.CORRUPT_RECORD);
            assertThat(damage.file()).isEqualTo(file);
            assertThat(damage.offset()).isEqualTo(Position.offset(note.at));
        });
    }

    static JournalVerifier.Report verify(OpenSpool spool, List<String> exported) {
        JournalVerifier.Report[] report = new JournalVerifier.Report[1];
        JournalVerifier.verify(
                spool.world.disk(),
                spool.home,
                spool.memory,
                OpenSpool.FOLDER,
                (stream, position, head, body) -> exported.add(OpenSpool.text(head) + " " + body.remaining()),
                OpenSpool.answer(made -> report[0] = made, why -> {
                    throw new AssertionError(why);
                }));
        spool.world.runUntil(() -> report[0] != null, OpenSpool.PATIENCE);
        return report[0];
    }
}
