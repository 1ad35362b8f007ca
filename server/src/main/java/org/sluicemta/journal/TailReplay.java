package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;

/// Hands what was written since the checkpoint to the replay, content first, and finds where both streams end: the
/// fourth step of a start. Owner: the home loop.
final class TailReplay {
    private final Disk disk;
    private final Loop home;
    private final Memory memory;
    private final SpoolFolder folder;
    private final Caretaker caretaker;
    private final Map<StreamKind, Tail> tails;
    private final CheckpointFile.@Nullable Summary checkpoint;
    private final Replay replay;
    private final JournalFlaws flaws;
    private final Consumer<IoFailure> failed;
    private final Set<Long> retired = new HashSet<>();
    private Runnable next = () -> {};
    private boolean hasFailed;

    TailReplay(
            JournalPorts ports,
            SpoolFolder folder,
            Caretaker caretaker,
            Map<StreamKind, Tail> tails,
            CheckpointFile.@Nullable Summary checkpoint,
            Replay replay,
            JournalFlaws flaws,
            Consumer<IoFailure> failed) {
        this.disk = ports.disk();
        this.home = ports.home();
        this.memory = ports.memory();
        this.folder = folder;
        this.caretaker = caretaker;
        this.tails = tails;
        this.checkpoint = checkpoint;
        this.replay = replay;
        this.flaws = flaws;
        this.failed = failed;
    }

    /// Replays both tails; then `next`.
    void take(Runnable next) {
        this.next = next;
        scanStream(StreamKind.CONTENT);
    }

    private void scanStream(StreamKind stream) {
        CheckpointFile.Summary from = checkpoint;
        long firstSegment =
                from == null ? 0 : stream == StreamKind.CONTENT ? from.contentSegment() : from.eventSegment();
        long firstOffset = from == null ? 0 : stream == StreamKind.CONTENT ? from.contentOffset() : from.eventOffset();
        List<Segment> segments = tail(stream).segments;
        // Those before the checkpoint are not read, unless nobody tells where they end.
        ArrayDeque<Segment> left = segments.stream()
                .filter(each -> each.id >= firstSegment || !each.isSealed)
                .collect(Collectors.toCollection(ArrayDeque::new));
        scanNext(stream, left, firstSegment, firstOffset);
    }

    private void scanNext(StreamKind stream, ArrayDeque<Segment> left, long firstSegment, long firstOffset) {
        Segment segment = left.pollFirst();
        if (segment == null) {
            if (stream == StreamKind.CONTENT) {
                scanStream(StreamKind.EVENTS);
            } else {
                findGaps();
            }
            return;
        }
        long from = segment.id == firstSegment ? Math.max(firstOffset, BatchLayout.BLOCK) : BatchLayout.BLOCK;
        boolean isNewest = segment == tail(stream).segments.getLast();
        boolean isTold = segment.id >= firstSegment;
        new Scanning(segment, stream, from, isNewest, isTold, () -> scanNext(stream, left, firstSegment, firstOffset))
                .open();
    }

    /// One segment's records, handed to the replay.
    private final class Scanning {
        private final Segment segment;
        private final StreamKind stream;
        private final long from;
        private final boolean isNewest;
        private final boolean isTold;
        private final Runnable after;
        private @Nullable DiskFile file;
        private @Nullable SegmentScan scan;
        private boolean endIsTold;
        private long lastBatch;

        Scanning(Segment segment, StreamKind stream, long from, boolean isNewest, boolean isTold, Runnable after) {
            this.segment = segment;
            this.stream = stream;
            this.from = from;
            this.isNewest = isNewest;
            this.isTold = isTold;
            this.after = after;
        }

        void open() {
            disk.open(home, segment.path, Disk.OpenPlan.READ, then(opened -> {
                file = opened;
                endIsTold = segment.isSealed;
                if (endIsTold && segment.end <= segment.capacity) {
                    lastBatch = segment.tornBatch;
                    read();
                } else if (endIsTold) {
                    damaged(
                            Damage.Kind.CORRUPT_BATCH,
                            segment.capacity,
                            segment.end - segment.capacity,
                            "the file is shorter than what was written there");
                    segment.end = segment.capacity / BatchLayout.BLOCK * BatchLayout.BLOCK;
                    read();
                } else {
                    findEnd();
                }
            }));
        }

        /// The newest segment, or one whose follower's header is gone: where does it end?
        private void findEnd() {
            scan = new SegmentScan(
                    Objects.requireNonNull(file),
                    segment,
                    memory,
                    BatchLayout.BLOCK,
                    segment.capacity,
                    false,
                    false,
                    0,
                    flaws,
                    this::walk,
                    TailReplay.this::fail);
            walk();
        }

        private void walk() {
            SegmentScan walking = Objects.requireNonNull(scan);
            while (true) {
                switch (walking.step()) {
                    case BATCH, GAP -> {}
                    case WAITING -> {
                        return;
                    }
                    case END -> {
                        segment.end = walking.goodEnd();
                        lastBatch = walking.lastBatch();
                        if (isNewest) {
                            tail(stream).lastSequence = walking.lastSequence();
                        }
                        read();
                        return;
                    }
                }
            }
        }

        private void read() {
            scan = new SegmentScan(
                    Objects.requireNonNull(file),
                    segment,
                    memory,
                    Math.min(from, segment.end),
                    segment.end,
                    true,
                    false,
                    lastBatch,
                    flaws,
                    this::tell,
                    TailReplay.this::fail);
            tell();
        }

        private void tell() {
            SegmentScan reading = Objects.requireNonNull(scan);
            while (!hasFailed) {
                switch (reading.step()) {
                    case WAITING -> {
                        return;
                    }
                    case BATCH -> tellBatch(reading);
                    case GAP ->
                        damaged(
                                Damage.Kind.CORRUPT_BATCH,
                                reading.gapFrom(),
                                reading.gapUntil() - reading.gapFrom(),
                                "no batch can be read here, though one was acknowledged");
                    case END -> {
                        Objects.requireNonNull(file).close();
                        after.run();
                        return;
                    }
                }
            }
            reading.release();
            Objects.requireNonNull(file).close();
        }

        private void tellBatch(SegmentScan batch) {
            boolean mayBeTorn = batch.offset() == lastBatch;
            boolean isKnownTorn = mayBeTorn && endIsTold;
            for (int i = 0; i < batch.count() && !hasFailed; i++) {
                StoredHead head = batch.head(i);
                if (head != null && (!mayBeTorn || batch.bodyIsGood(i))) {
                    if (isTold) {
                        tellRecord(batch.position(i), head);
                    }
                } else if (mayBeTorn) {
                    if (!isKnownTorn) {
                        segment.tornBatch = lastBatch;
                        damaged(
                                Damage.Kind.TORN_TAIL,
                                batch.headOffset(i),
                                0,
                                "record " + i + " was being written when the power went");
                    }
                } else {
                    damaged(
                            Damage.Kind.CORRUPT_RECORD,
                            batch.headOffset(i),
                            0,
                            "record " + i + " of its batch has a wrong checksum");
                }
            }
        }

        private void tellRecord(long position, StoredHead head) {
            if (head.type() == Caretaker.RETIRED) {
                ByteBuffer note = head.head();
                if (note.getInt() == StreamKind.CONTENT.code()) {
                    long gone = note.getLong();
                    retired.add(gone);
                    caretaker.usedUpTo(StreamKind.CONTENT, gone);
                }
                return;
            }
            if (head.type() >= Entry.FIRST_OWN_TYPE || !replay.knows(stream, head.type(), head.version())) {
                if ((head.flags() & Entry.IGNORABLE) == 0) {
                    fail(new IoFailure(
                            IoFailure.Kind.ERROR,
                            segment.path + ":" + Position.offset(position) + ": a record of type " + head.type()
                                    + ", version " + head.version()
                                    + ", which this server does not know and must not skip. Run the newer version"
                                    + " again"));
                }
                return;
            }
            switch (stream) {
                case CONTENT -> replay.content(position, head);
                case EVENTS -> replay.event(position, head);
            }
        }

        private void damaged(Damage.Kind kind, long offset, long length, String why) {
            Damage damage = new Damage(kind, segment.path, offset, length, why);
            if (damage.isLoss()) {
                segment.isQuarantined = true;
            }
            replay.damaged(damage);
        }
    }

    /// A header names the segment before it. If that is not there, somebody must have noted that it was retired.
    private void findGaps() {
        CheckpointFile.Summary from = checkpoint;
        for (StreamKind stream : StreamKind.values()) {
            Tail tail = tail(stream);
            long first = from == null ? 0 : stream == StreamKind.CONTENT ? from.contentSegment() : from.eventSegment();
            for (SegmentHeader header : tail.headers.values()) {
                long before = header.previous().segment();
                boolean isThere = tail.segments.stream().anyMatch(each -> each.id == before);
                boolean isExpected = before > 0 && before >= first;
                boolean wasRetired = stream == StreamKind.CONTENT && retired.contains(before);
                if (isExpected && !isThere && !wasRetired) {
                    replay.damaged(new Damage(
                            Damage.Kind.MISSING_SEGMENT,
                            folder.path().resolve(SpoolNames.segment(stream, before)),
                            0,
                            0,
                            "the file is gone, and nothing says that it might go"));
                }
            }
        }
        next.run();
    }

    private Tail tail(StreamKind stream) {
        return Objects.requireNonNull(tails.get(stream));
    }

    private <T> Answer<T> then(Consumer<T> following) {
        return new Then<>(following, this::fail);
    }

    private void fail(IoFailure why) {
        hasFailed = true;
        failed.accept(why);
    }
}
