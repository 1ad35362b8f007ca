package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedWorld;

final class JournalTest {
    @Test
    void aRecordIsReadBackAsItWasWritten() {
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(1));
        byte[] body = OpenSpool.filled(9_000, 3);

        Note note = spool.accept("first", body);
        spool.await(note);

        assertThat(note.isDurable).isTrue();
        assertThat(spool.read(note.at, new ArrayList<>())).isEqualTo(body);
        assertThat(spool.memory.usedBytes()).isZero();
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAPowerCut() {
        SimulatedWorld world = SimulatedWorld.seeded(2);
        OpenSpool before = OpenSpool.in(world);
        Note one = before.accept("one", OpenSpool.filled(100, 1));
        Note two = before.accept("two", OpenSpool.filled(30_000, 2));
        Note event = before.happen("sent one");
        before.await(one, two, event);

        world.host().cutPower(SimulatedDisk.Survivors.nothing());
        OpenSpool after = OpenSpool.in(world.reboot());

        assertThat(after.found.content).containsEntry(one.at, "one").containsEntry(two.at, "two");
        assertThat(after.found.events).containsEntry(event.at, "sent one");
        assertThat(after.found.damages).isEmpty();
        assertThat(after.read(two.at, new ArrayList<>())).isEqualTo(OpenSpool.filled(30_000, 2));
    }

    @Test
    void segmentsFollowOneAnotherAndAllAreReplayed() {
        SimulatedWorld world = SimulatedWorld.seeded(3);
        OpenSpool before = OpenSpool.in(world);
        List<Note> notes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Note note = before.accept("m" + i, OpenSpool.filled(10_000, i));
            before.await(note);
            notes.add(note);
        }
        before.close();
        world.kill();

        OpenSpool after = OpenSpool.in(world.reboot());

        assertThat(notes).allMatch(note -> note.isDurable);
        assertThat(Position.segment(notes.getLast().at)).isGreaterThan(6);
        assertThat(after.found.content).hasSize(40);
        assertThat(after.found.damages).isEmpty();
        for (int i = 0; i < 40; i++) {
            assertThat(after.journal.retain(notes.get(i).at)).isTrue();
            assertThat(after.read(notes.get(i).at, new ArrayList<>())).isEqualTo(OpenSpool.filled(10_000, i));
        }
    }

    @Test
    void eachOpeningHasANumberOfItsOwn() {
        SimulatedWorld world = SimulatedWorld.seeded(4);
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            OpenSpool spool = OpenSpool.in(world);
            numbers.add(spool.journal.incarnation());
            world.host().cutPower(SimulatedDisk.Survivors.nothing());
            world = world.reboot();
        }
        assertThat(numbers).containsExactly(1L, 2L, 3L, 4L, 5L);
    }
}
