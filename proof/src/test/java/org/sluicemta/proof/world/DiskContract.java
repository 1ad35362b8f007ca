package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Disk.Done;
import org.sluicemta.world.Disk.Entry;
import org.sluicemta.world.Disk.Lock;
import org.sluicemta.world.Disk.OpenPlan;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Files and folders, from mail loops and from lanes.
abstract class DiskContract extends WorldContract {
    private Loop made(LoopContract.Kind kind) {
        return switch (kind) {
            case MAIL_LOOP -> loop();
            case LANE -> world().lane("lane-under-test");
        };
    }

    private Disk disk() {
        return world().disk();
    }

    private Path path(String name) {
        return fixture().folder().resolve(name);
    }

    private DiskFile open(Loop home, String name, OpenPlan plan) {
        return ready(home, a -> disk().open(home, path(name), plan, a));
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void write(Loop home, String name, String text) {
        DiskFile file = open(home, name, OpenPlan.WRITE);
        this.<Done>ready(home, a -> file.write(0, text(text), a));
        run(home, file::close);
    }

    private String read(Loop home, String name) {
        DiskFile file = open(home, name, OpenPlan.READ);
        String text = readAt(home, file, 0, 1_000);
        run(home, file::close);
        return text;
    }

    private String readAt(Loop home, DiskFile file, long at, int bytes) {
        Memory memory = world().memory("read", bytes);
        Slice into = Objects.requireNonNull(memory.take(bytes));
        int count = this.<Integer>ready(home, a -> file.read(at, into, a));
        String text = StandardCharsets.ISO_8859_1.decode(into.view(0, count)).toString();
        into.release();
        assertThat(memory.usedBytes()).isZero();
        return text;
    }

    @ParameterizedTest
    @EnumSource
    void aDurableWriteIsReadBackAsItWas(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = open(home, "segment", OpenPlan.DURABLE);
        int block = file.alignment();
        assertThat(block).isBetween(512, 4096);
        assertThat(Integer.bitCount(block)).isOne();
        this.<Done>ready(home, a -> file.preallocate(8L * block, a));
        assertThat(this.<Long>ready(home, file::size)).isEqualTo(8L * block);
        ByteBuffer batch = file.alignedBuffer(3 * block);
        assertThat(batch.isDirect()).isTrue();
        assertThat(batch.capacity()).isEqualTo(3 * block);
        for (int i = 0; i < 3 * block; i++) {
            batch.put((byte) ('a' + i % 23));
        }
        batch.flip();
        this.<Done>ready(home, a -> file.writeDurably(2L * block, batch, a));
        String back = readAt(home, file, 0, 8 * block);
        assertThat(back).hasSize(8 * block);
        assertThat(back.substring(0, 2 * block)).isEqualTo("\0".repeat(2 * block));
        for (int i = 0; i < 3 * block; i++) {
            assertThat(back.charAt(2 * block + i)).isEqualTo((char) ('a' + i % 23));
        }
        assertThat(back.substring(5 * block)).isEqualTo("\0".repeat(3 * block));
        run(home, file::close);
    }

    @ParameterizedTest
    @EnumSource
    void aWriteThatIsNotAlignedIsRefusedWhereItIsAskedFor(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = open(home, "segment", OpenPlan.DURABLE);
        int block = file.alignment();
        Answer<Done> nobody = new Answer<>() {
            @Override
            public void ready(Done value) {}

            @Override
            public void failed(IoFailure why) {}
        };
        run(home, () -> {
            ByteBuffer batch = file.alignedBuffer(2 * block);
            assertThatThrownBy(() -> file.writeDurably(1, batch, nobody)).isInstanceOf(IllegalArgumentException.class);
            batch.limit(block + 1);
            assertThatThrownBy(() -> file.writeDurably(0, batch, nobody)).isInstanceOf(IllegalArgumentException.class);
            batch.position(8).limit(block + 8);
            assertThatThrownBy(() -> file.writeDurably(0, batch, nobody)).isInstanceOf(IllegalArgumentException.class);
            file.close();
        });
    }

    @ParameterizedTest
    @EnumSource
    void ordinaryWritesAreReadBackAndSynced(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = open(home, "rows", OpenPlan.WRITE);
        this.<Done>ready(home, a -> file.write(0, text("first row\n"), a));
        this.<Done>ready(home, a -> file.write(10, text("second row\n"), a));
        this.<Done>ready(home, file::sync);
        assertThat(readAt(home, file, 6, 100)).isEqualTo("row\nsecond row\n");
        this.<Done>ready(home, a -> file.truncate(9, a));
        assertThat(this.<Long>ready(home, file::size)).isEqualTo(9);
        assertThat(readAt(home, file, 0, 100)).isEqualTo("first row");
        assertThat(readAt(home, file, 9, 10)).isEmpty();
        run(home, file::close);
        assertThat(read(home, "rows")).isEqualTo("first row");
    }

    @ParameterizedTest
    @EnumSource
    void mailThatComesDuringDiskCallsIsNotLost(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = open(home, "segment", OpenPlan.DURABLE);
        ByteBuffer block = file.alignedBuffer(file.alignment());
        var mail = new AtomicInteger();
        var answers = new AtomicInteger();
        Mailbox<Integer> mailbox = home.mailbox(1024, item -> mail.incrementAndGet());
        Answer<Done> again = new Answer<>() {
            @Override
            public void ready(Done done) {
                if (answers.incrementAndGet() < 20) {
                    block.clear();
                    file.writeDurably(0, block, this);
                }
            }

            @Override
            public void failed(IoFailure why) {
                throw new IllegalStateException(why.text());
            }
        };
        home.post(() -> file.writeDurably(0, block, again));
        Loop sender = world().lane("sender");
        run(sender, () -> {
            for (int i = 0; i < 1000; i++) {
                assertThat(mailbox.offer(i)).isTrue();
            }
        });
        until(() -> mail.get() == 1000 && answers.get() == 20);
        run(home, file::close);
    }

    @ParameterizedTest
    @EnumSource
    void afterAFailedWriteTheFileRefusesEveryFurtherWriteAndSync(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = ready(home, a -> disk().open(home, fixture().pathWithoutRoom(), OpenPlan.WRITE, a));
        IoFailure first = this.<Done>refused(home, a -> file.write(0, text("too much"), a));
        assertThat(first.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(first.text()).isNotBlank();
        IoFailure second = this.<Done>refused(home, a -> file.write(0, text("again"), a));
        assertThat(second.kind()).isEqualTo(Kind.DISTRUSTED);
        assertThat(this.<Done>refused(home, file::sync).kind()).isEqualTo(Kind.DISTRUSTED);
        run(home, file::close);
    }

    @ParameterizedTest
    @EnumSource
    void aListIsSortedAndSaysWhatIsAFolder(LoopContract.Kind kind) {
        Loop home = made(kind);
        this.<Done>ready(home, a -> disk().createFolder(home, path("m-folder"), a));
        this.<Done>ready(home, a -> disk().createFolder(home, path("m-folder"), a));
        write(home, "zeta", "12345");
        write(home, "alpha", "");
        write(home, "m-folder/inner", "x");
        this.<Done>ready(home, a -> disk().syncFolder(home, fixture().folder(), a));
        List<Entry> entries = ready(home, a -> disk().list(home, fixture().folder(), a));
        assertThat(entries).extracting(Entry::name).containsExactly("alpha", "m-folder", "zeta");
        assertThat(entries).extracting(Entry::isFolder).containsExactly(false, true, false);
        assertThat(entries.getFirst().sizeBytes()).isZero();
        assertThat(entries.getLast().sizeBytes()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotThereIsNotFound(LoopContract.Kind kind) {
        Loop home = made(kind);
        var nothing = path("nothing");
        assertThat(this.<DiskFile>refused(home, a -> disk().open(home, nothing, OpenPlan.READ, a))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(this.<List<Entry>>refused(home, a -> disk().list(home, nothing, a))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(this.<Done>refused(home, a -> disk().delete(home, nothing, a))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        IoFailure why = this.<Done>refused(home, a -> disk().rename(home, nothing, path("other"), a));
        assertThat(why.kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(why.text()).contains("nothing");
    }

    @ParameterizedTest
    @EnumSource
    void aRenameReplacesItsTargetAndADeleteRemoves(LoopContract.Kind kind) {
        Loop home = made(kind);
        write(home, "new", "new text");
        write(home, "current", "old text, longer");
        this.<Done>ready(home, a -> disk().rename(home, path("new"), path("current"), a));
        assertThat(read(home, "current")).isEqualTo("new text");
        this.<Done>ready(home, a -> disk().delete(home, path("current"), a));
        assertThat(this.<List<Entry>>ready(
                        home, a -> disk().list(home, fixture().folder(), a)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aLockIsHeldByOneAtATime(LoopContract.Kind kind) {
        Loop home = made(kind);
        Lock held = ready(home, a -> disk().lock(home, path("lock"), a));
        IoFailure why = this.<Lock>refused(home, a -> disk().lock(home, path("lock"), a));
        assertThat(why.kind()).isEqualTo(Kind.LOCKED);
        assertThat(why.text()).contains("lock");
        run(home, held::release);
        Lock again = ready(home, a -> disk().lock(home, path("lock"), a));
        run(home, again::release);
    }

    @ParameterizedTest
    @EnumSource
    void freeSpaceIsKnown(LoopContract.Kind kind) {
        Loop home = made(kind);
        assertThat(this.<Long>ready(home, a -> disk().freeBytes(home, fixture().folder(), a)))
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void callsOnAClosedFileFail(LoopContract.Kind kind) {
        Loop home = made(kind);
        DiskFile file = open(home, "rows", OpenPlan.WRITE);
        run(home, file::close);
        run(home, file::close);
        assertThat(this.<Done>refused(home, a -> file.write(0, text("late"), a)).kind())
                .isEqualTo(Kind.ERROR);
    }
}
