package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.InjectedFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.simulation.SimulatedDisk.Survivors;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;

/// What each fault means to the caller, and what is there after the next start.
final class FaultsTest {
    private static final Path SEGMENT_ONE = OpenSpool.FOLDER.resolve("content-0000000000000001");

    private static boolean isContent(Path path) {
        return path.getFileName().toString().startsWith("content-");
    }

    private static boolean isEvents(Path path) {
        return path.getFileName().toString().startsWith("events-");
    }

    /// Cuts the power, losing all that is unsynced, and starts again.
    private static OpenSpool restarted(SimulatedWorld world) {
        world.host().disk().clearFaults();
        world.host().cutPower(Survivors.nothing());
        return OpenSpool.in(world.reboot());
    }

    @Test
    void aFailedWriteRefusesItsBatchAndTheNextGoesToAFreshSegment() {
        SimulatedWorld world = SimulatedWorld.seeded(1);
        OpenSpool spool = OpenSpool.in(world);
        Note good = spool.accept("good", OpenSpool.filled(5_000, 1));
        spool.await(good);
        world.host()
                .disk()
                .inject(Operation.WRITE, FaultsTest::isContent, 1, new DiskFault.Fails(IoFailure.Kind.ERROR));

        Note bad = spool.accept("bad", OpenSpool.filled(5_000, 2));
        spool.await(bad);
        Note next = spool.accept("next", OpenSpool.filled(5_000, 3));
        spool.await(next);

        assertThat(bad.refusal.kind()).isEqualTo(IoFailure.Kind.ERROR);
        assertThat(next.isDurable).isTrue();
        assertThat(Position.segment(next.at)).isGreaterThan(Position.segment(good.at));
        assertThat(spool.journal.hasFailed()).isFalse();
        OpenSpool after = restarted(world);
        assertThat(after.found.content.values()).containsExactly("good", "next");
        assertThat(after.found.damages).isEmpty();
    }

    @Test
    void aShortWriteIsAFailedWrite() {
        SimulatedWorld world = SimulatedWorld.seeded(2);
        OpenSpool spool = OpenSpool.in(world);
        world.host()
                .disk()
                .inject(
                        Operation.WRITE,
                        FaultsTest::isContent,
                        1,
                        new DiskFault.WritesShort(4096 + 512, IoFailure.Kind.NO_SPACE));

        Note bad = spool.accept("bad", OpenSpool.filled(9_000, 2));
        spool.await(bad);
        Note next = spool.accept("next", OpenSpool.filled(10, 3));
        spool.await(next);

        assertThat(bad.refusal.kind()).isEqualTo(IoFailure.Kind.NO_SPACE);
        assertThat(next.isDurable).isTrue();
        OpenSpool after = restarted(world);
        assertThat(after.found.content.values()).containsExactly("next");
        assertThat(after.found.damages).isEmpty();
    }

    @Test
    void twoFailedWritesInARowEndTheStream() {
        SimulatedWorld world = SimulatedWorld.seeded(3);
        OpenSpool spool = OpenSpool.in(world);
        Note good = spool.accept("good", OpenSpool.filled(10, 1));
        spool.await(good);
        world.host()
                .disk()
                .injectSometimes(Operation.WRITE, FaultsTest::isContent, 1, new DiskFault.Fails(IoFailure.Kind.ERROR));

        Note one = spool.accept("one", OpenSpool.filled(10, 2));
        spool.await(one);
        Note two = spool.accept("two", OpenSpool.filled(10, 3));
        spool.await(two);
        world.advance(Duration.ofSeconds(1));

        assertThat(one.refusal).isNotNull();
        assertThat(two.refusal).isNotNull();
        assertThat(spool.journal.hasFailed()).isTrue();
        assertThat(spool.accept("three", new byte[1]).refusal.text()).isEqualTo("not taken");
        assertThat(restarted(world).found.content.values()).containsExactly("good");
    }

    @Test
    void aFailedSyncOfTheTailKeepsTheJournalFromOpening() {
        SimulatedWorld world = SimulatedWorld.seeded(4);
        OpenSpool spool = OpenSpool.in(world);
        spool.await(spool.accept("good", OpenSpool.filled(10, 1)));
        world.host().cutPower(Survivors.nothing());
        world.host().disk().inject(Operation.SYNC, path -> true, 1, new DiskFault.Fails(IoFailure.Kind.ERROR));

        OpenSpool refused = OpenSpool.attempt(world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(refused.refusal.text()).contains("sync");
        world.host().cutPower(Survivors.nothing());
        assertThat(OpenSpool.in(world.reboot()).found.content).containsValue("good");
    }

    @Test
    void onAFullDiskContentIsRefusedAndEventsGoOn() {
        SimulatedWorld world = SimulatedWorld.seeded(5);
        OpenSpool spool = OpenSpool.in(world);
        world.advance(Duration.ofSeconds(2));
        world.host().disk().capacity(world.host().disk().usedBytes());

        List<Note> notes = new ArrayList<>();
        Note last;
        do {
            last = spool.accept("m" + notes.size(), OpenSpool.filled(20_000, notes.size()));
            spool.await(last);
            notes.add(last);
        } while (last.isDurable && notes.size() < 100);
        Note event = spool.happen("still written");
        spool.await(event);

        assertThat(last.refusal.kind()).isEqualTo(IoFailure.Kind.NO_SPACE);
        assertThat(spool.journal.isShortOfSpace()).isTrue();
        assertThat(spool.journal.hasFailed()).isFalse();
        assertThat(event.isDurable).isTrue();
    }

    @Test
    void aFullDiskDoesNotKeepTheServerFromStarting() {
        SimulatedWorld world = SimulatedWorld.seeded(26);
        OpenSpool spool = OpenSpool.in(world);
        world.advance(Duration.ofSeconds(2));
        world.host().disk().capacity(world.host().disk().usedBytes());
        Note last;
        int count = 0;
        do {
            last = spool.accept("m" + count++, OpenSpool.filled(20_000, count));
            spool.await(last);
        } while (last.isDurable);

        OpenSpool after = restarted(world);

        assertThat(after.found.content).hasSize(count - 1);
        assertThat(after.journal.isShortOfSpace()).isTrue();
        Note event = after.happen("settled m0");
        after.await(event);
        assertThat(event.isDurable).isTrue();
        after.onHome(after.journal::startReuse);
        after.world.advance(Duration.ofSeconds(3));
        Note again = after.accept("room was made", OpenSpool.filled(20_000, 1));
        after.await(again);
        assertThat(again.isDurable).isTrue();
        assertThat(restarted(after.world).found.content).containsValue("room was made");
    }

    @Test
    void whenSpaceComesBackContentIsTakenAgain() {
        SimulatedWorld world = SimulatedWorld.seeded(6);
        OpenSpool spool = OpenSpool.in(world);
        world.host().disk().capacity(world.host().disk().usedBytes());
        Note last;
        do {
            last = spool.accept("m", OpenSpool.filled(20_000, 1));
            spool.await(last);
        } while (last.isDurable);

        world.host().disk().capacity(1L << 40);
        Note again = spool.accept("again", OpenSpool.filled(20_000, 1));
        spool.await(again);

        assertThat(again.isDurable).isTrue();
        assertThat(spool.journal.isShortOfSpace()).isFalse();
    }

    @Test
    void belowTheFloorContentIsRefusedBeforeTheDiskIsFull() {
        SimulatedWorld world = SimulatedWorld.seeded(7);
        world.host().disk().capacity(1 << 20);
        JournalSettings tiny = OpenSpool.TINY;
        JournalSettings withFloor = new JournalSettings(
                tiny.contentSegmentBytes(),
                tiny.eventSegmentBytes(),
                tiny.batchBytes(),
                tiny.recordBytes(),
                tiny.eventDelay(),
                tiny.waitingRecords(),
                tiny.suspectAfter(),
                2 << 20,
                tiny.spares(),
                tiny.eventRetention(),
                tiny.stragglerShare(),
                tiny.copyBytesPerSecond(),
                tiny.recentEventBytes());
        OpenSpool spool = OpenSpool.in(world, withFloor, JournalFlaws.NONE);
        world.advance(Duration.ofSeconds(2));

        assertThat(spool.journal.isShortOfSpace()).isTrue();
        assertThat(spool.accept("m", new byte[1]).refusal).isNotNull();
        Note event = spool.happen("goes on");
        spool.await(event);
        assertThat(event.isDurable).isTrue();
    }

    @Test
    void aCommitThatHangsMakesTheDirectorySuspectUntilItIsBack() {
        SimulatedWorld world = SimulatedWorld.seeded(8);
        OpenSpool spool = OpenSpool.in(world);
        InjectedFault hang =
                world.host().disk().inject(Operation.WRITE, FaultsTest::isContent, 1, new DiskFault.Hangs());
        Note stuck = spool.accept("stuck", OpenSpool.filled(10, 1));

        world.advance(Duration.ofSeconds(9));
        boolean early = spool.journal.isSuspect();
        world.advance(Duration.ofSeconds(3));

        assertThat(early).isFalse();
        assertThat(spool.journal.isSuspect()).isTrue();
        assertThat(spool.accept("new", new byte[1]).refusal).isNotNull();
        hang.release();
        spool.await(stuck);
        world.advance(Duration.ofSeconds(2));
        assertThat(stuck.isDurable).isTrue();
        assertThat(spool.journal.isSuspect()).isFalse();
        assertThat(spool.accept("again", new byte[1]).refusal).isNull();
    }

    @Test
    void anEventThatTheDiskKeepsIsTheLongerUnsyncedAndNoneIsWhenItIsBack() {
        SimulatedWorld world = SimulatedWorld.seeded(8);
        OpenSpool spool = OpenSpool.in(world);
        Stream events = spool.journal.events();
        InjectedFault hang =
                world.host().disk().inject(Operation.WRITE, FaultsTest::isEvents, 1, new DiskFault.Hangs());
        assertThat(events.unsyncedMillis(spool.now())).isZero();

        Note stuck = Note.of("stuck");
        assertThat(events.append(stuck, spool.now())).isTrue();
        world.advance(Duration.ofMillis(300));
        assertThat(events.append(Note.of("behind it"), spool.now())).isTrue();
        world.advance(Duration.ofMillis(200));

        assertThat(events.unsyncedMillis(spool.now())).isBetween(498L, 510L);
        hang.release();
        spool.await(stuck);
        world.advance(Duration.ofMillis(100));
        assertThat(events.unsyncedMillis(spool.now())).isZero();
    }

    @Test
    void aFlippedBitInABodyIsToldWithItsPlace() {
        SimulatedWorld world = SimulatedWorld.seeded(9);
        OpenSpool spool = OpenSpool.in(world);
        Note note = spool.accept("m", OpenSpool.filled(9_000, 1));
        spool.await(note);
        world.host().disk().flipBit(SEGMENT_ONE, Position.offset(note.at) + 5_000, 3);

        List<Object> told = new ArrayList<>();
        byte[] got = spool.read(note.at, told);

        assertThat(got).isNull();
        assertThat(told.getFirst().toString())
                .startsWith(SEGMENT_ONE + ":" + Position.offset(note.at) + ": CORRUPT_RECORD");
        assertThat(spool.memory.usedBytes()).isZero();
    }

    @Test
    void aBitFlippedOnTheWayIsReadOnceMore() {
        SimulatedWorld world = SimulatedWorld.seeded(10);
        OpenSpool spool = OpenSpool.in(world);
        Note note = spool.accept("m", OpenSpool.filled(9_000, 1));
        spool.await(note);
        world.host().disk().inject(Operation.READ, FaultsTest::isContent, 2, new DiskFault.FlipsBit());

        assertThat(spool.read(note.at, new ArrayList<>())).isEqualTo(OpenSpool.filled(9_000, 1));
    }

    @Test
    void aDamagedHeadBeforeALaterBatchIsReportedAndTheRestIsReplayed() {
        SimulatedWorld world = SimulatedWorld.seeded(11);
        OpenSpool spool = OpenSpool.in(world);
        Note a = spool.accept("a", OpenSpool.filled(100, 1));
        Note b = spool.accept("b", OpenSpool.filled(100, 2));
        spool.await(a, b);
        Note c = spool.accept("c", OpenSpool.filled(100, 3));
        spool.await(c);
        world.host().disk().flipBit(SEGMENT_ONE, Position.offset(a.at) + RecordLayout.FIXED, 0);

        OpenSpool after = restarted(world);

        assertThat(after.found.content.values()).contains("b", "c").doesNotContain("a");
        assertThat(after.found.losses()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.CORRUPT_RECORD);
            assertThat(damage.file()).isEqualTo(SEGMENT_ONE);
            assertThat(damage.offset()).isEqualTo(Position.offset(a.at));
        });
    }

    @Test
    void aDamagedBatchHeaderBeforeALaterBatchIsReported() {
        SimulatedWorld world = SimulatedWorld.seeded(12);
        OpenSpool spool = OpenSpool.in(world);
        spool.await(spool.accept("a", OpenSpool.filled(6_000, 1)));
        spool.await(spool.accept("b", OpenSpool.filled(100, 2)));
        world.host().disk().flipBit(SEGMENT_ONE, BatchLayout.BLOCK + BatchLayout.COUNT, 0);

        OpenSpool after = restarted(world);

        assertThat(after.found.content.values()).containsExactly("b");
        assertThat(after.found.losses()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.CORRUPT_BATCH);
            assertThat(damage.offset()).isEqualTo(BatchLayout.BLOCK);
            assertThat(damage.length()).isEqualTo(2 * BatchLayout.BLOCK);
        });
    }

    @Test
    void aDamagedSegmentHeaderIsReportedAndItsBatchesAreUsed() {
        SimulatedWorld world = SimulatedWorld.seeded(13);
        OpenSpool spool = OpenSpool.in(world);
        spool.await(spool.accept("a", OpenSpool.filled(100, 1)));
        world.host().disk().flipBit(SEGMENT_ONE, 30, 0);

        OpenSpool after = restarted(world);

        assertThat(after.found.content.values()).containsExactly("a");
        assertThat(after.found.losses())
                .singleElement()
                .satisfies(damage -> assertThat(damage.kind()).isEqualTo(Damage.Kind.CORRUPT_HEADER));
    }

    @Test
    void aBadCheckpointIsToldAndTheOlderOneUsed() {
        SimulatedWorld world = SimulatedWorld.seeded(14);
        OpenSpool spool = OpenSpool.in(world);
        checkpoint(spool, "old state");
        checkpoint(spool, "new state");
        world.host().disk().flipBit(OpenSpool.FOLDER.resolve("checkpoint-0000000000000002"), 110, 0);

        OpenSpool after = restarted(world);

        assertThat(after.found.frames).hasSize(1);
        assertThat(new String(after.found.frames.getFirst(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("old state");
        assertThat(after.found.damages)
                .singleElement()
                .satisfies(damage -> assertThat(damage.kind()).isEqualTo(Damage.Kind.CORRUPT_CHECKPOINT));
        assertThat(after.found.losses()).isEmpty();
    }

    static void checkpoint(OpenSpool spool, String state) {
        boolean[] done = new boolean[1];
        spool.home.post(() -> spool.journal.beginCheckpoint(
                stream -> {},
                OpenSpool.answer(
                        writer -> writer.append(
                                ByteBuffer.wrap(state.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                                OpenSpool.answer(
                                        ready -> writer.finish(OpenSpool.answer(finished -> done[0] = true, why -> {})),
                                        why -> {})),
                        why -> {})));
        spool.world.runUntil(() -> done[0], OpenSpool.PATIENCE);
    }

    @Test
    void aSegmentThatVanishedIsMissed() {
        SimulatedWorld world = SimulatedWorld.seeded(15);
        OpenSpool spool = OpenSpool.in(world);
        for (int i = 0; i < 12; i++) {
            spool.await(spool.accept("m" + i, OpenSpool.filled(15_000, i)));
        }
        delete(spool, OpenSpool.FOLDER.resolve("content-0000000000000002"));

        OpenSpool after = restarted(world);

        assertThat(after.found.losses()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING_SEGMENT);
            assertThat(damage.file()).isEqualTo(OpenSpool.FOLDER.resolve("content-0000000000000002"));
        });
    }

    private static void delete(OpenSpool spool, Path path) {
        boolean[] done = new boolean[1];
        spool.home.post(() -> spool.world
                .disk()
                .delete(
                        spool.home,
                        path,
                        OpenSpool.answer(
                                deleted -> spool.world
                                        .disk()
                                        .syncFolder(
                                                spool.home,
                                                OpenSpool.FOLDER,
                                                OpenSpool.answer(synced -> done[0] = true, why -> {})),
                                why -> {})));
        spool.world.runUntil(() -> done[0], OpenSpool.PATIENCE);
    }

    @Test
    void aSecondServerIsRefused() {
        SimulatedWorld world = SimulatedWorld.seeded(16);
        OpenSpool first = OpenSpool.in(world);

        OpenSpool second = OpenSpool.attempt(world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(second.refusal.kind()).isEqualTo(IoFailure.Kind.LOCKED);
        assertThat(second.refusal.text()).contains("/spool is in use by another server");
        Note note = first.accept("undisturbed", new byte[10]);
        first.await(note);
        assertThat(note.isDurable).isTrue();
    }

    @Test
    void afterTheFirstServerClosedTheSecondMayHaveTheFolder() {
        SimulatedWorld world = SimulatedWorld.seeded(17);
        OpenSpool first = OpenSpool.in(world);
        first.await(first.accept("m", new byte[10]));
        first.close();

        OpenSpool second = OpenSpool.in(world.reboot());

        assertThat(second.found.content).containsValue("m");
    }

    @Test
    void aFolderWithFilesOfOthersIsLeftAlone() {
        SimulatedDisk disk = SimulatedDisk.empty(18);
        disk.put(OpenSpool.FOLDER.resolve("holiday.jpg"), new byte[100]);

        OpenSpool spool = OpenSpool.attempt(SimulatedWorld.seeded(18, disk), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(spool.refusal.kind()).isEqualTo(IoFailure.Kind.DENIED);
        assertThat(spool.refusal.text()).contains("holiday.jpg").contains("nothing was touched");
        assertThat(disk.files()).containsExactly(OpenSpool.FOLDER.resolve("holiday.jpg"));
    }

    @Test
    void aSegmentOfAnotherServerIsNotTakenForASpare() {
        SimulatedWorld other = SimulatedWorld.seeded(190);
        OpenSpool stranger = OpenSpool.in(other);
        stranger.await(stranger.accept("theirs", new byte[10]));
        SimulatedWorld world = SimulatedWorld.seeded(19);
        OpenSpool.in(world).close();
        world.kill();
        Path copied = OpenSpool.FOLDER.resolve("content-0000000000000009");
        world.host().disk().put(copied, other.host().disk().bytes(SEGMENT_ONE).orElseThrow());

        OpenSpool refused = OpenSpool.attempt(world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(refused.refusal.text()).contains(copied.toString()).contains("another server");
    }

    @Test
    void aReadOnlyFileSystemIsNamed() {
        SimulatedDisk disk = SimulatedDisk.empty(19);
        disk.makeFolders(OpenSpool.FOLDER);
        disk.readOnly(true);

        OpenSpool spool = OpenSpool.attempt(SimulatedWorld.seeded(19, disk), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(spool.refusal.kind()).isEqualTo(IoFailure.Kind.READ_ONLY);
        assertThat(spool.refusal.text()).contains("Read-only");
    }

    @Test
    void aJumpOfTheClockChangesNothing() {
        SimulatedWorld world = SimulatedWorld.seeded(20);
        OpenSpool spool = OpenSpool.in(world);
        spool.await(spool.accept("before", new byte[10]));
        world.host().jumpWallClock(Duration.ofDays(-400));
        world.advance(Duration.ofSeconds(2));
        Note note = spool.accept("after", new byte[10]);
        Note event = spool.happen("after");
        spool.await(note, event);
        world.host().jumpWallClock(Duration.ofDays(4_000));
        world.advance(Duration.ofSeconds(2));

        assertThat(spool.journal.isSuspect()).isFalse();
        OpenSpool after = restarted(world);
        assertThat(after.found.content.values()).containsExactly("before", "after");
        assertThat(after.found.damages).isEmpty();
    }

    @Test
    void aLaterFormatIsRefusedWithItsVersions() {
        SimulatedWorld world = SimulatedWorld.seeded(21);
        OpenSpool spool = OpenSpool.in(world);
        spool.await(spool.accept("m", new byte[10]));
        spool.close();
        world.kill();
        SimulatedDisk disk = world.host().disk();
        byte[] bytes = disk.bytes(SEGMENT_ONE).orElseThrow();
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(12, (short) 9).putShort(14, (short) 8);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 12, 244);
        header.putInt(8, (int) crc.getValue());
        disk.put(SEGMENT_ONE, bytes);

        OpenSpool refused = OpenSpool.attempt(world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(refused.refusal.text())
                .contains(SEGMENT_ONE.toString())
                .contains("written in format 9, which needs a server that reads format 8; this one reads up to 1");
    }

    @Test
    void anUnknownRecordStopsTheStartUnlessItMayBeSkipped() {
        SimulatedWorld world = SimulatedWorld.seeded(22);
        OpenSpool spool = OpenSpool.in(world);
        Note skippable = new Note(200, Entry.IGNORABLE, new byte[5], null);
        spool.journal.events().append(skippable);
        spool.await(skippable);
        OpenSpool fine = restarted(world);
        assertThat(fine.found.events).isEmpty();

        Note needed = new Note(201, 0, new byte[5], null);
        fine.journal.events().append(needed);
        fine.await(needed);
        fine.world.host().cutPower(Survivors.nothing());
        OpenSpool refused = OpenSpool.attempt(fine.world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(refused.refusal.text()).contains("a record of type 201, version 1");
    }

    @Test
    void aRecordTooLargeIsRefusedAndOthersGoOn() {
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(23));
        Note large = spool.accept("large", new byte[40_000]);
        Note small = spool.accept("small", new byte[40]);
        spool.await(large, small);

        assertThat(large.refusal.text()).contains("larger than the journal takes");
        assertThat(small.isDurable).isTrue();
    }

    @Test
    void whenTooManyRecordsWaitMoreAreRefused() {
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(24));
        List<Note> notes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            notes.add(spool.accept("m" + i, new byte[10]));
        }
        spool.await(notes.toArray(Note[]::new));

        assertThat(notes.stream().filter(note -> note.isDurable)).hasSize(64);
        assertThat(spool.journal.content().waitingRecords()).isZero();
    }

    @Test
    void aFailedEventWriteRefusesItsBatchAndLaterEventsFollow() {
        SimulatedWorld world = SimulatedWorld.seeded(25);
        OpenSpool spool = OpenSpool.in(world);
        world.host().disk().inject(Operation.WRITE, FaultsTest::isEvents, 1, new DiskFault.Fails(IoFailure.Kind.ERROR));

        Note bad = spool.happen("bad");
        spool.await(bad);
        Note good = spool.happen("good");
        spool.await(good);

        assertThat(bad.refusal).isNotNull();
        assertThat(restarted(world).found.events.values()).containsExactly("good");
    }

    /// An older server that took a frame which it does not know for damage would lose what waits.
    @Test
    void aCheckpointSaysWhichServersCanReadItAndALaterOneIsRefused() {
        SimulatedWorld world = SimulatedWorld.seeded(24);
        OpenSpool spool = OpenSpool.in(world);
        checkpoint(spool, "state");
        spool.close();
        world.kill();
        SimulatedDisk disk = world.host().disk();
        var path = OpenSpool.FOLDER.resolve("checkpoint-0000000000000001");
        byte[] bytes = disk.bytes(path).orElseThrow();
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(header.getShort(12)).isEqualTo((short) 2);
        assertThat(header.getShort(14)).isEqualTo((short) 2);
        disk.put(path, checkpointOfFormat(bytes, 1));

        OpenSpool earlier = OpenSpool.attempt(world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(earlier.found.frames).hasSize(1);
        earlier.close();
        earlier.world.kill();
        disk = earlier.world.host().disk();
        disk.put(path, checkpointOfFormat(bytes, 3));

        OpenSpool refused = OpenSpool.attempt(earlier.world.reboot(), OpenSpool.TINY, JournalFlaws.NONE);

        assertThat(refused.refusal.text())
                .contains(path.toString())
                .contains("needs a reader of format 3; this one reads up to 2");
    }

    private static byte[] checkpointOfFormat(byte[] checkpoint, int format) {
        byte[] bytes = checkpoint.clone();
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(12, (short) format).putShort(14, (short) format);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 12, 84);
        header.putInt(8, (int) crc.getValue());
        return bytes;
    }
}
