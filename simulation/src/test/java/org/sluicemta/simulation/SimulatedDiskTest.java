package org.sluicemta.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.simulation.SimulatedDisk.Survivors;
import org.sluicemta.simulation.SimulatedDisk.Unsynced;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Disk.Done;
import org.sluicemta.world.Disk.OpenPlan;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;

class SimulatedDiskTest {
    private static final Path FOLDER = Path.of("/spool");
    private static final Path FILE = Path.of("/spool/a");

    private SimulatedWorld world = fresh(7);
    private Loop lane = world.lane("content-0");

    private static SimulatedWorld fresh(long seed) {
        SimulatedWorld world = SimulatedWorld.seeded(seed);
        world.host().disk().makeFolders(FOLDER);
        return world;
    }

    private void useWorld(SimulatedWorld other) {
        world = other;
        lane = other.lane("content-0");
    }

    private DiskFile open(Path path, OpenPlan plan) {
        return Told.<DiskFile>ask(world, lane, a -> world.disk().open(lane, path, plan, a))
                .wanted();
    }

    private Told<Done> write(DiskFile file, long at, byte[] bytes) {
        return Told.ask(world, lane, a -> file.write(at, ByteBuffer.wrap(bytes), a));
    }

    private Told<Done> writeDurably(DiskFile file, long at, int length, int filler) {
        return Told.ask(world, lane, a -> file.writeDurably(at, filled(file, length, filler), a));
    }

    private static ByteBuffer filled(DiskFile file, int length, int filler) {
        ByteBuffer buffer = file.alignedBuffer(length);
        while (buffer.hasRemaining()) {
            buffer.put((byte) filler);
        }
        return buffer.flip();
    }

    private Told<Done> sync(DiskFile file) {
        return Told.ask(world, lane, file::sync);
    }

    private void syncFolder() {
        Told.<Done>ask(world, lane, a -> world.disk().syncFolder(lane, FOLDER, a))
                .wanted();
    }

    private String read(DiskFile file, long at, int length) {
        Slice slice = world.memory("test", 1 << 20).take(length);
        assertThat(slice).isNotNull();
        int count = Told.<Integer>ask(world, lane, a -> file.read(at, slice, a)).wanted();
        byte[] bytes = new byte[count];
        slice.get(0, ByteBuffer.wrap(bytes));
        slice.release();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatWasWrittenIsRead() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        write(file, 4_090, bytes("over the edge of a block")).wanted();

        assertThat(read(file, 4_090, 100)).isEqualTo("over the edge of a block");
        assertThat(read(file, 0, 3)).isEqualTo("\0\0\0");
        assertThat(Told.<Long>ask(world, lane, file::size).wanted()).isEqualTo(4_114);
        assertThat(world.slicesOut()).isZero();
    }

    @Test
    void aSyncedWriteSurvivesEveryCrash() {
        for (long seed = 0; seed < 200; seed++) {
            useWorld(fresh(seed));
            DiskFile file = open(FILE, OpenPlan.WRITE);
            write(file, 0, bytes("kept")).wanted();
            sync(file).wanted();
            syncFolder();

            world.cutPower();

            assertThat(world.host().disk().bytes(FILE)).as("seed %d", seed).hasValue(bytes("kept"));
        }
    }

    @Test
    void aDurableWriteSurvivesEveryCrashAfterItsAnswer() {
        for (long seed = 0; seed < 200; seed++) {
            useWorld(fresh(seed));
            DiskFile file = open(FILE, OpenPlan.DURABLE);
            syncFolder();
            writeDurably(file, 4_096, 8_192, 'x').wanted();

            world.cutPower();

            byte[] left = world.host().disk().bytes(FILE).orElseThrow();
            assertThat(left).hasSize(12_288);
            assertThat(Arrays.copyOfRange(left, 4_096, 12_288)).containsOnly((byte) 'x');
        }
    }

    @Test
    void anUnsyncedWriteSurvivesSomeCrashesAndNotOthers() {
        Set<String> outcomes = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            useWorld(fresh(seed));
            world.host().disk().put(FILE, new byte[4_096]);
            DiskFile file = open(FILE, OpenPlan.WRITE);
            byte[] page = new byte[4_096];
            Arrays.fill(page, (byte) 'x');
            write(file, 0, page).wanted();

            world.cutPower();

            byte[] left = world.host().disk().bytes(FILE).orElseThrow();
            assertThat(left).hasSize(4_096);
            int written = 0;
            for (int sector = 0; sector < 8; sector++) {
                byte first = left[sector * 512];
                assertThat(Arrays.copyOfRange(left, sector * 512, sector * 512 + 512))
                        .containsOnly(first);
                written += first == 'x' ? 1 : 0;
            }
            outcomes.add(written == 0 ? "lost" : written == 8 ? "kept" : "torn");
        }
        assertThat(outcomes).containsExactlyInAnyOrder("lost", "kept", "torn");
    }

    @Test
    void aDurableWriteInFlightMayBeLostKeptOrTorn() {
        Set<Integer> kept = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            useWorld(fresh(seed));
            DiskFile file = open(FILE, OpenPlan.DURABLE);
            Told.<Done>ask(world, lane, a -> file.preallocate(8_192, a)).wanted();
            syncFolder();
            SimulatedWorld here = world;
            lane.post(() -> file.writeDurably(0, filled(file, 8_192, 'x'), new Told<>()));
            here.runUntil(() -> !here.host().disk().unsyncedBlocks().isEmpty(), Duration.ofSeconds(1));

            here.cutPower();

            int count = 0;
            for (byte b : here.host().disk().bytes(FILE).orElseThrow()) {
                count += b == 'x' ? 1 : 0;
            }
            kept.add(count);
        }
        assertThat(kept).contains(0, 4_096, 8_192);
        assertThat(kept.size()).isGreaterThan(5);
    }

    @Test
    void allSubsetsOfUnsyncedBlocksCanBeChosen() {
        world.host().disk().put(FILE, new byte[4 * 4_096]);
        DiskFile file = open(FILE, OpenPlan.WRITE);
        for (int block = 0; block < 4; block++) {
            write(file, block * 4_096L, bytes("x")).wanted();
        }
        SimulatedDisk disk = world.host().disk();
        List<Unsynced.Block> blocks = disk.unsyncedBlocks();
        assertThat(blocks).hasSize(4);

        Set<String> images = new HashSet<>();
        for (int subset = 0; subset < 16; subset++) {
            Set<Long> ids = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                if ((subset & (1 << i)) != 0) {
                    ids.add(blocks.get(i).id());
                }
            }
            byte[] left = disk.afterPowerCut(Survivors.only(ids)).bytes(FILE).orElseThrow();
            StringBuilder image = new StringBuilder();
            for (int i = 0; i < 4; i++) {
                assertThat(left[i * 4_096] == 'x').isEqualTo((subset & (1 << i)) != 0);
                image.append(left[i * 4_096]);
            }
            images.add(image.toString());
        }
        assertThat(images).hasSize(16);
        assertThat(disk.unsyncedBlocks()).hasSize(4);
    }

    @Test
    void aBlockIsTornAtSectors() {
        world.host().disk().put(FILE, new byte[4_096]);
        DiskFile file = open(FILE, OpenPlan.WRITE);
        byte[] page = new byte[4_096];
        Arrays.fill(page, (byte) 'x');
        write(file, 0, page).wanted();
        SimulatedDisk disk = world.host().disk();
        long id = disk.unsyncedBlocks().getFirst().id();

        byte[] left = disk.afterPowerCut(Survivors.everything().tearing(id, 0b101))
                .bytes(FILE)
                .orElseThrow();

        assertThat(left[0]).isEqualTo((byte) 'x');
        assertThat(left[512]).isZero();
        assertThat(left[1_024]).isEqualTo((byte) 'x');
        assertThat(left[1_536]).isZero();
    }

    @Test
    void aSizeWithoutItsDataReadsAsZerosAndDataWithoutItsSizeIsLost() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        syncFolder();
        write(file, 0, bytes("data")).wanted();
        SimulatedDisk disk = world.host().disk();

        assertThat(disk.afterPowerCut(Survivors.where(Unsynced.Size.class::isInstance))
                        .bytes(FILE))
                .hasValue(new byte[4]);
        assertThat(disk.afterPowerCut(Survivors.where(Unsynced.Block.class::isInstance))
                        .bytes(FILE))
                .hasValue(new byte[0]);
    }

    @Test
    void aProcessKilledLosesNothingThatTheKernelHad() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        write(file, 0, bytes("cached")).wanted();

        world.kill();

        assertThat(world.host().disk().bytes(FILE)).hasValue(bytes("cached"));
        assertThat(world.host().disk().copyDurable().files()).isEmpty();
    }

    @Test
    void aNameIsDurableOnlyAfterItsFolderWasSynced() {
        world.host().disk().put(FILE, bytes("old"));
        Path next = FOLDER.resolve("b");
        Told.<Done>ask(world, lane, a -> world.disk().rename(lane, FILE, next, a))
                .wanted();
        assertThat(world.host().disk().copyDurable().files()).containsExactly(FILE);

        syncFolder();

        assertThat(world.host().disk().copyDurable().files()).containsExactly(next);
        assertThat(world.host().disk().durableBytes(next)).hasValue(bytes("old"));
    }

    @Test
    void aDeletedFileComesBackWhenItsFolderWasNotSynced() {
        world.host().disk().put(FILE, bytes("old"));
        Told.<Done>ask(world, lane, a -> world.disk().delete(lane, FILE, a)).wanted();

        assertThat(world.host().disk().files()).isEmpty();
        assertThat(world.host().disk().copyDurable().bytes(FILE)).hasValue(bytes("old"));
    }

    @Test
    void aRenamedFileDoesNotComeBackUnderItsOldNameAfterTheOtherFolderWasSynced() {
        world.host().disk().makeFolders(Path.of("/done"));
        DiskFile file = open(FILE, OpenPlan.WRITE);
        sync(file).wanted();
        Path moved = Path.of("/done/a");
        Told.<Done>ask(world, lane, a -> world.disk().rename(lane, FILE, moved, a))
                .wanted();
        Told.<Done>ask(world, lane, a -> world.disk().syncFolder(lane, Path.of("/done"), a))
                .wanted();

        assertThat(world.host().disk().afterPowerCut(Survivors.everything()).files())
                .containsExactly(moved);
        assertThat(world.host().disk().copyDurable().files()).containsExactly(moved);
    }

    @Test
    void aTruncatedFileGrowsAgainWithZeros() {
        world.host().disk().put(FILE, bytes("0123456789"));
        DiskFile file = open(FILE, OpenPlan.WRITE);
        Told.<Done>ask(world, lane, a -> file.truncate(4, a)).wanted();
        write(file, 8, bytes("8")).wanted();
        assertThat(read(file, 0, 100)).isEqualTo("0123\0\0\0\0008");
        sync(file).wanted();

        assertThat(world.host().disk().copyDurable().bytes(FILE)).hasValue(bytes("0123\0\0\0\0008"));
    }

    @Test
    void afterAFailedWriteTheFileRefusesFurtherWritesForGood() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        world.host().disk().inject(Operation.WRITE, FILE::equals, 2, new DiskFault.Fails(IoFailure.Kind.ERROR));

        write(file, 0, bytes("one")).wanted();
        assertThat(write(file, 3, bytes("two")).refusal()).isEqualTo(IoFailure.Kind.ERROR);
        assertThat(write(file, 3, bytes("two")).refusal()).isEqualTo(IoFailure.Kind.DISTRUSTED);
        assertThat(sync(file).refusal()).isEqualTo(IoFailure.Kind.DISTRUSTED);
        assertThat(read(file, 0, 10)).isEqualTo("one");
    }

    @Test
    void aFailedSyncLosesSomeOfWhatWasUnsyncedAndThenReportsClean() {
        Set<Boolean> wasLost = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            useWorld(fresh(seed));
            world.host().disk().put(FILE, new byte[1]);
            DiskFile file = open(FILE, OpenPlan.WRITE);
            write(file, 0, bytes("x")).wanted();
            world.host().disk().inject(Operation.SYNC, FILE::equals, 1, new DiskFault.Fails(IoFailure.Kind.ERROR));
            assertThat(sync(file).refusal()).isEqualTo(IoFailure.Kind.ERROR);

            assertThat(sync(open(FILE, OpenPlan.WRITE)).failure).isNull();

            assertThat(world.host().disk().unsynced()).isEmpty();
            world.host().cutPower(Survivors.everything());
            wasLost.add(world.host().disk().bytes(FILE).orElseThrow()[0] == 0);
        }
        assertThat(wasLost).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aShortWriteLeavesItsPart() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        world.host()
                .disk()
                .inject(Operation.WRITE, FILE::equals, 1, new DiskFault.WritesShort(2, IoFailure.Kind.NO_SPACE));

        assertThat(write(file, 0, bytes("four")).refusal()).isEqualTo(IoFailure.Kind.NO_SPACE);

        assertThat(world.host().disk().bytes(FILE)).hasValue(bytes("fo"));
    }

    @Test
    void aFullDiskRefusesGrowthAndOnlyThat() {
        world.host().disk().put(FILE, new byte[8_192]);
        world.host().disk().capacity(8_192);
        DiskFile file = open(FILE, OpenPlan.WRITE);

        write(file, 0, bytes("inside")).wanted();
        assertThat(write(file, 8_192, bytes("more")).refusal()).isEqualTo(IoFailure.Kind.NO_SPACE);
        assertThat(Told.<Long>ask(world, lane, a -> world.disk().freeBytes(lane, FOLDER, a))
                        .wanted())
                .isZero();
    }

    @Test
    void aReadOnlyDiskRefusesEveryChange() {
        world.host().disk().put(FILE, bytes("old"));
        world.host().disk().readOnly(true);

        assertThat(Told.<DiskFile>ask(world, lane, a -> world.disk().open(lane, FILE, OpenPlan.WRITE, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.READ_ONLY);
        assertThat(Told.<Done>ask(world, lane, a -> world.disk().delete(lane, FILE, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.READ_ONLY);
        assertThat(read(open(FILE, OpenPlan.READ), 0, 3)).isEqualTo("old");
    }

    @Test
    void aHungWriteHoldsItsLaneUntilReleased() {
        DiskFile file = open(FILE, OpenPlan.WRITE);
        InjectedFault hang = world.host().disk().inject(Operation.WRITE, FILE::equals, 1, new DiskFault.Hangs());
        Told<Done> answer = new Told<>();
        int[] turns = {0};
        lane.post(() -> file.write(0, ByteBuffer.wrap(bytes("x")), answer));
        world.advance(Duration.ofSeconds(1));
        lane.post(() -> turns[0]++);
        world.advance(Duration.ofSeconds(20));

        assertThat(answer.isTold).isFalse();
        assertThat(turns[0]).isZero();
        assertThat(hang.held()).isEqualTo(1);

        hang.release();
        world.advance(Duration.ofSeconds(1));

        assertThat(answer.wanted()).isEqualTo(Done.DONE);
        assertThat(turns[0]).isEqualTo(1);
    }

    @Test
    void aHungCallOfALoopHoldsNobodyElse() {
        Loop loop = world.loops().getFirst();
        world.host().disk().inject(Operation.OPEN, FILE::equals, 1, new DiskFault.Hangs());
        Told<DiskFile> hung = new Told<>();
        world.disk().open(loop, FILE, OpenPlan.WRITE, hung);
        world.advance(Duration.ofSeconds(1));

        Told.<List<Disk.Entry>>ask(world, loop, a -> world.disk().list(loop, FOLDER, a))
                .wanted();

        assertThat(hung.isTold).isFalse();
    }

    @Test
    void aReadCanDeliverAWrongBitAndAPlatterCanHoldOne() {
        world.host().disk().put(FILE, bytes("old"));
        DiskFile file = open(FILE, OpenPlan.READ);
        world.host().disk().inject(Operation.READ, FILE::equals, 1, new DiskFault.FlipsBit());
        assertThat(read(file, 0, 3)).isNotEqualTo("old");
        assertThat(read(file, 0, 3)).isEqualTo("old");

        world.host().disk().flipBit(FILE, 0, 0);
        assertThat(read(file, 0, 3)).isEqualTo("nld");
    }

    @Test
    void aLockIsHeldByOneAndDiesWithItsProcess() {
        Path lock = FOLDER.resolve("lock");
        Disk.Lock held = Told.<Disk.Lock>ask(world, lane, a -> world.disk().lock(lane, lock, a))
                .wanted();
        assertThat(Told.<Disk.Lock>ask(world, lane, a -> world.disk().lock(lane, lock, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.LOCKED);
        SimulatedWorld second = world.reboot();
        Loop other = second.lane("x");
        assertThat(Told.<Disk.Lock>ask(second, other, a -> second.disk().lock(other, lock, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.LOCKED);
        assertThat(held).isNotNull();

        world.kill();

        Told.<Disk.Lock>ask(second, other, a -> second.disk().lock(other, lock, a))
                .wanted();
    }

    @Test
    void aWriterThatBreaksTheRulesIsToldSo() {
        DiskFile file = open(FILE, OpenPlan.DURABLE);
        assertThatThrownBy(() -> file.sync(new Told<>())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writeDurably(file, 100, 4_096, 'x')).hasMessageContaining("not aligned");
        assertThatThrownBy(() -> Told.<Done>ask(world, lane, a -> file.writeDurably(0, ByteBuffer.allocate(4_096), a)))
                .hasMessageContaining("not aligned in memory");
        ByteBuffer mine = filled(file, 4_096, 'x');
        assertThatThrownBy(() -> {
                    lane.post(() -> {
                        file.writeDurably(0, mine, new Told<>());
                        file.sync(new Told<>());
                    });
                    world.advance(Duration.ofSeconds(1));
                })
                .hasMessageContaining("outstanding");
    }

    @Test
    void aBufferChangedWhileTheDiskHoldsItIsFoundOut() {
        DiskFile file = open(FILE, OpenPlan.DURABLE);
        ByteBuffer mine = filled(file, 4_096, 'x');
        lane.post(() -> file.writeDurably(0, mine, new Told<>()));
        world.runUntil(() -> !world.host().disk().unsyncedBlocks().isEmpty(), Duration.ofSeconds(1));

        mine.put(5, (byte) 'y');

        assertThatThrownBy(() -> world.advance(Duration.ofSeconds(1))).hasMessageContaining("was changed before");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(Told.<DiskFile>ask(world, lane, a -> world.disk().open(lane, FILE, OpenPlan.READ, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.NOT_FOUND);
        assertThat(Told.<Done>ask(world, lane, a -> world.disk().delete(lane, FILE, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.NOT_FOUND);
        assertThat(Told.<DiskFile>ask(world, lane, a -> world.disk().open(lane, Path.of("/no/a"), OpenPlan.WRITE, a))
                        .refusal())
                .isEqualTo(IoFailure.Kind.NOT_FOUND);
    }

    @Test
    void foldersAreListedSorted() {
        world.host().disk().put(FOLDER.resolve("b"), bytes("12"));
        world.host().disk().put(FILE, bytes("1"));
        Told.<Done>ask(world, lane, a -> world.disk().createFolder(lane, FOLDER.resolve("c"), a))
                .wanted();

        assertThat(Told.<List<Disk.Entry>>ask(world, lane, a -> world.disk().list(lane, FOLDER, a))
                        .wanted())
                .containsExactly(
                        new Disk.Entry("a", false, 1), new Disk.Entry("b", false, 2), new Disk.Entry("c", true, 0));
    }
}
