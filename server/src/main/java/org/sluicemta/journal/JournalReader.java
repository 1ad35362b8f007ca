package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Reads records back by position: one read for the head, one for the body. Owner: the loop it was made for.
///
/// A segment is pinned while a read of it is out, so its file is not reused under it. Files stay open, the last
/// [#MAX_OPEN] of them: descriptors of the page cache, never mapped memory. What does not fit its checksum is read once
/// more before it is called damage, because a transfer can err too.
public final class JournalReader {
    /// Takes what was read. Exactly one of the three, once, as a turn of the reader's loop.
    public interface Reading {
        /// To be released by the taker.
        void record(StoredRecord record);

        /// The record is not what was written, or its segment is gone: it will not come back.
        void damaged(Damage damage);

        /// Not now: no memory, no descriptor, an error of the disk. The record may well be good.
        void failed(IoFailure why);
    }

    private static final int MAX_OPEN = 64;
    private static final int HEAD_GUESS = 4096;

    private final Disk disk;
    private final Loop home;
    private final Memory memory;
    private final SegmentTable table;
    private final StreamKind stream;
    private final java.nio.file.Path folder;
    private final Checksum checksum = new Checksum();
    private final Map<Long, OpenSegment> open = new LinkedHashMap<>(16, 0.75f, true);
    private boolean isClosed;

    JournalReader(
            Disk disk, Loop home, Memory memory, SegmentTable table, StreamKind stream, java.nio.file.Path folder) {
        this.disk = disk;
        this.home = home;
        this.memory = memory;
        this.table = table;
        this.stream = stream;
        this.folder = folder;
    }

    /// Reads one record. Never blocks.
    public void read(long position, Reading reading) {
        Segment segment = table.find(Position.segment(position));
        if (segment == null || Position.offset(position) >= segment.end || !segment.pin()) {
            Damage damage = new Damage(
                    Damage.Kind.MISSING_SEGMENT,
                    folder.resolve(SpoolNames.segment(stream, Position.segment(position))),
                    Position.offset(position),
                    0,
                    "nothing is stored there");
            home.post(() -> reading.damaged(damage));
            return;
        }
        new Fetch(segment, position, reading).start();
    }

    /// Closes its files; reads that are out still end.
    public void close() {
        isClosed = true;
        closeIdle(0);
    }

    private static final class OpenSegment {
        final List<Fetch> waiting = new ArrayList<>();

        @Nullable
        DiskFile file;

        int uses;
    }

    private void closeIdle(int keep) {
        Iterator<OpenSegment> oldest = open.values().iterator();
        while (open.size() > keep && oldest.hasNext()) {
            OpenSegment each = oldest.next();
            if (each.uses == 0 && each.file != null) {
                each.file.close();
                oldest.remove();
            }
        }
    }

    private final class Fetch {
        private final Segment segment;
        private final long position;
        private final Reading reading;
        private @Nullable OpenSegment from;
        private @Nullable Slice headSlice;
        private @Nullable Slice bodySlice;
        private @Nullable StoredHead head;
        private boolean isSecondTry;

        Fetch(Segment segment, long position, Reading reading) {
            this.segment = segment;
            this.position = position;
            this.reading = reading;
        }

        void start() {
            OpenSegment there = open.get(segment.id);
            if (there == null) {
                there = new OpenSegment();
                open.put(segment.id, there);
                openFile(there);
            }
            there.uses++;
            from = there;
            if (there.file == null) {
                there.waiting.add(this);
            } else {
                readHead(HEAD_GUESS);
            }
        }

        private void openFile(OpenSegment there) {
            disk.open(
                    home,
                    segment.path,
                    Disk.OpenPlan.READ,
                    new Then<>(
                            file -> {
                                there.file = file;
                                there.waiting.forEach(each -> each.readHead(HEAD_GUESS));
                                there.waiting.clear();
                            },
                            why -> {
                                open.remove(segment.id, there);
                                there.waiting.forEach(each -> each.fail(why));
                                there.waiting.clear();
                            }));
        }

        private void readHead(int bytes) {
            int size = (int) Math.min(bytes, segment.capacity - Position.offset(position));
            headSlice = read(Position.offset(position), size, got -> headCame(size, got));
        }

        private void headCame(int asked, int got) {
            Slice slice = java.util.Objects.requireNonNull(headSlice);
            ByteBuffer buffer = slice.view(0, slice.length());
            int length = got < RecordLayout.FIXED ? -1 : buffer.getInt(RecordLayout.HEAD_LENGTH);
            if (length < 0 || length > JournalSettings.MAX_BATCH_BYTES) {
                mismatch("no record begins here");
                return;
            }
            if (RecordLayout.FIXED + length > got) {
                if (got < asked || asked > HEAD_GUESS) {
                    mismatch("the record goes beyond the file");
                    return;
                }
                slice.release();
                headSlice = null;
                readHead(RecordLayout.FIXED + length);
                return;
            }
            checksum.salt(segment.server, segment.id, segment.generation);
            int crc = checksum.of(buffer, RecordLayout.TYPE, RecordLayout.FIXED + length - RecordLayout.TYPE);
            if (crc != buffer.getInt(RecordLayout.CRC)) {
                mismatch("the head has a wrong checksum");
                return;
            }
            head = new StoredHead(buffer, 0);
            int body = buffer.getInt(RecordLayout.BODY_LENGTH);
            if (body == 0) {
                done();
                return;
            }
            long at = Position.offset(position) + buffer.getInt(RecordLayout.BODY_DISTANCE);
            bodySlice = read(at, body, got2 -> bodyCame(buffer, body, got2));
        }

        private void bodyCame(ByteBuffer headBuffer, int asked, int got) {
            Slice slice = java.util.Objects.requireNonNull(bodySlice);
            checksum.salt(segment.server, segment.id, segment.generation);
            if (got < asked
                    || checksum.of(slice.view(0, asked), 0, asked) != headBuffer.getInt(RecordLayout.BODY_CRC)) {
                mismatch("the body has a wrong checksum");
                return;
            }
            done();
        }

        /// Takes memory and reads; fails the fetch when there is none.
        private @Nullable Slice read(long at, int bytes, java.util.function.IntConsumer came) {
            DiskFile file = java.util.Objects.requireNonNull(java.util.Objects.requireNonNull(from).file);
            Slice slice = memory.take(bytes);
            if (slice == null) {
                IoFailure why = new IoFailure(
                        IoFailure.Kind.EXHAUSTED,
                        "no room for " + bytes + " bytes in the memory budget " + memory.name());
                home.post(() -> fail(why));
                return null;
            }
            file.read(at, slice, new Then<>(came::accept, this::fail));
            return slice;
        }

        private void mismatch(String why) {
            giveBack();
            if (!isSecondTry) {
                isSecondTry = true;
                readHead(HEAD_GUESS);
                return;
            }
            segment.isQuarantined = true;
            end();
            reading.damaged(new Damage(
                    Damage.Kind.CORRUPT_RECORD,
                    segment.path,
                    Position.offset(position),
                    Position.bytes(position),
                    why));
        }

        private void fail(IoFailure why) {
            giveBack();
            end();
            reading.failed(new IoFailure(why.kind(), segment.path + ": " + why.text()));
        }

        private void done() {
            Slice kept = java.util.Objects.requireNonNull(headSlice);
            StoredRecord record = new StoredRecord(position, java.util.Objects.requireNonNull(head), kept, bodySlice);
            end();
            reading.record(record);
        }

        private void giveBack() {
            if (headSlice != null) {
                headSlice.release();
                headSlice = null;
            }
            if (bodySlice != null) {
                bodySlice.release();
                bodySlice = null;
            }
        }

        private void end() {
            segment.unpin();
            if (from != null) {
                from.uses--;
                from = null;
            }
            closeIdle(isClosed ? 0 : MAX_OPEN);
        }
    }

    /// Walks all records of a sealed segment in order, heads only.
    void walk(Segment segment, EventBatch.Visitor visitor, Answer<Disk.Done> answer) {
        if (!segment.pin()) {
            home.post(() -> answer.failed(new IoFailure(IoFailure.Kind.NOT_FOUND, segment.path + " is retired")));
            return;
        }
        disk.open(
                home,
                segment.path,
                Disk.OpenPlan.READ,
                new Then<>(file -> new Walk(segment, file, visitor, answer).begin(), why -> {
                    segment.unpin();
                    answer.failed(why);
                }));
    }

    private final class Walk {
        private final Segment segment;
        private final DiskFile file;
        private final EventBatch.Visitor visitor;
        private final Answer<Disk.Done> answer;
        private final SegmentScan scan;

        Walk(Segment segment, DiskFile file, EventBatch.Visitor visitor, Answer<Disk.Done> answer) {
            this.segment = segment;
            this.file = file;
            this.visitor = visitor;
            this.answer = answer;
            this.scan = new SegmentScan(
                    file,
                    segment,
                    memory,
                    BatchLayout.BLOCK,
                    segment.end,
                    true,
                    false,
                    segment.tornBatch,
                    JournalFlaws.NONE,
                    this::begin,
                    this::fail);
        }

        void begin() {
            while (true) {
                switch (scan.step()) {
                    case BATCH -> {
                        for (int i = 0; i < scan.count(); i++) {
                            StoredHead each = scan.head(i);
                            boolean isWhole = scan.offset() != segment.tornBatch || scan.bodyIsGood(i);
                            if (each != null && isWhole) {
                                visitor.record(scan.position(i), each);
                            }
                        }
                    }
                    case GAP -> segment.isQuarantined = true;
                    case WAITING -> {
                        return;
                    }
                    case END -> {
                        file.close();
                        segment.unpin();
                        answer.ready(Disk.Done.DONE);
                        return;
                    }
                }
            }
        }

        private void fail(IoFailure why) {
            file.close();
            segment.unpin();
            answer.failed(why);
        }
    }
}
