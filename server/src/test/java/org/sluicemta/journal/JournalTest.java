package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;

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

    /// Neither a stream that stands still nor one that writes a batch over another.
    @Test
    void whatCannotBeWrittenIsRefusedAndTheStreamGoesOn() {
        SimulatedWorld world = SimulatedWorld.seeded(5);
        OpenSpool before = OpenSpool.in(world);
        Note first = before.accept("first", OpenSpool.filled(20_000, 1));
        before.await(first);
        Note broken = new Note(1, 0, new byte[] {1, 2, 3}, null) {
            @Override
            public void writeHead(ByteBuffer to) {
                throw new OutOfMemoryError("none is left");
            }
        };
        assertThat(before.journal.content().append(broken)).isTrue();
        before.await(broken);
        Note next = before.accept("next", OpenSpool.filled(20_000, 2));
        before.await(next);

        assertThat(broken.refusal).extracting(IoFailure::kind).isEqualTo(IoFailure.Kind.EXHAUSTED);
        assertThat(next.isDurable).isTrue();
        world.host().cutPower(SimulatedDisk.Survivors.nothing());
        OpenSpool after = OpenSpool.in(world.reboot());
        assertThat(after.found.content).containsOnlyKeys(first.at, next.at);
        assertThat(after.found.damages).isEmpty();
        assertThat(after.read(next.at, new ArrayList<>())).isEqualTo(OpenSpool.filled(20_000, 2));
    }

    @Test
    void oneWhoThrowsWhenItIsToldKeepsNobodyElseFromBeingTold() {
        SimulatedWorld world = SimulatedWorld.seeded(6);
        OpenSpool before = OpenSpool.in(world);
        Note throwing = before.accept("throwing", OpenSpool.filled(9_000, 1)).whenDurable(() -> {
            throw new IllegalStateException("a defect of the one who is told");
        });
        Note behind = before.accept("behind", OpenSpool.filled(9_000, 2));
        assertThatThrownBy(() -> before.await(throwing, behind, before.happen("some event")))
                .hasRootCauseMessage("a defect of the one who is told");
        before.await(throwing, behind);
        Note next = before.accept("next", OpenSpool.filled(9_000, 3));
        before.await(next);

        world.host().cutPower(SimulatedDisk.Survivors.nothing());
        OpenSpool after = OpenSpool.in(world.reboot());
        assertThat(after.found.content).containsOnlyKeys(throwing.at, behind.at, next.at);
        assertThat(after.read(next.at, new ArrayList<>())).isEqualTo(OpenSpool.filled(9_000, 3));
    }
}
