package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Walks the batches of one segment, one step at a time, reading through a window. Owner: the loop of its file.
///
/// Where no batch can be read the walk looks at each following block until one can: what lies between is a *gap*. In a
/// segment whose end is known a gap is damage. In the newest one, whose end is not known, a gap with no good batch
/// behind it is the end: whatever stands there was never acknowledged, because a batch is written only after the one
/// before it was durable.
final class SegmentScan {
    enum Step {
        /// A batch is at hand until the next step.
        BATCH,
        /// Bytes that should be a batch are not: [#gapFrom] to [#gapUntil]. Known ends only, or before a later batch.
        GAP,
        END,
        /// A read is out; `resume` will be run, then step again.
        WAITING
    }

    private static final int WINDOW = 64 * 1024;

    private final DiskFile file;
    private final Segment segment;
    private final Memory memory;
    private final long limit;
    private final boolean endIsKnown;
    private final boolean wantsBodies;
    private final long bodiesAt;
    private final JournalFlaws flaws;
    private final Runnable resume;
    private final Consumer<IoFailure> failed;
    private final Checksum checksum = new Checksum();

    private @Nullable Slice slice;
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowAt;
    private int windowLength;
    private int windowAsked;

    private long offset;
    private long nextOffset;
    private long gapFrom = -1;
    private long gapUntil;
    private long goodEnd;
    private long lastBatch;
    private long lastSequence;

    private final StoredHead head = new StoredHead(window, 0);

    /// @param from a block's offset, the first batch's or a later one's
    /// @param limit the segment's end if `endIsKnown`, else the file's size
    /// @param wantsBodies whether each batch is to be at hand with its bodies, for [#bodyIsGood]
    /// @param bodiesAt one batch that is to be at hand with its bodies; 0 for none
    SegmentScan(
            DiskFile file,
            Segment segment,
            Memory memory,
            long from,
            long limit,
            boolean endIsKnown,
            boolean wantsBodies,
            long bodiesAt,
            JournalFlaws flaws,
            Runnable resume,
            Consumer<IoFailure> failed) {
        this.file = file;
        this.segment = segment;
        this.memory = memory;
        this.limit = limit;
        this.endIsKnown = endIsKnown;
        this.wantsBodies = wantsBodies;
        this.bodiesAt = bodiesAt;
        this.flaws = flaws;
        this.resume = resume;
        this.failed = failed;
        this.nextOffset = from;
        this.goodEnd = from;
        checksum.salt(segment.server, segment.id, segment.generation);
    }

    Step step() {
        while (true) {
            if (nextOffset + BatchLayout.BLOCK > limit) {
                return atLimit();
            }
            if (!has(nextOffset, BatchLayout.BLOCK)) {
                return load(nextOffset, BatchLayout.BLOCK);
            }
            int at = (int) (nextOffset - windowAt);
            if (!looksLikeBatch(at)) {
                skipBlock();
                continue;
            }
            int needed = window.getInt(at + BatchLayout.HEADS_END);
            if (wantsBodies || nextOffset == bodiesAt) {
                needed = window.getInt(at + BatchLayout.TOTAL);
            }
            if (!has(nextOffset, needed)) {
                return load(nextOffset, needed);
            }
            at = (int) (nextOffset - windowAt);
            if (!headerIsGood(at)) {
                skipBlock();
                continue;
            }
            if (gapFrom >= 0) {
                gapUntil = nextOffset;
                long from = gapFrom;
                gapFrom = -1;
                reportedGapFrom = from;
                return Step.GAP;
            }
            return takeBatch(at);
        }
    }

    private long reportedGapFrom;

    private Step takeBatch(int at) {
        offset = nextOffset;
        lastBatch = offset;
        lastSequence = window.getLong(at + BatchLayout.SEQUENCE);
        nextOffset = offset + BatchLayout.padded(window.getInt(at + BatchLayout.TOTAL));
        goodEnd = nextOffset;
        return Step.BATCH;
    }

    private Step atLimit() {
        if (gapFrom >= 0 && endIsKnown) {
            reportedGapFrom = gapFrom;
            gapUntil = limit;
            gapFrom = -1;
            return Step.GAP;
        }
        release();
        return Step.END;
    }

    private void skipBlock() {
        if (gapFrom < 0) {
            gapFrom = nextOffset;
        }
        nextOffset += BatchLayout.BLOCK;
    }

    /// Gives the window back; done by itself at the end.
    void release() {
        if (slice != null) {
            slice.release();
            slice = null;
            windowLength = 0;
        }
    }

    long gapFrom() {
        return reportedGapFrom;
    }

    long gapUntil() {
        return gapUntil;
    }

    /// The end of the last good batch.
    long goodEnd() {
        return goodEnd;
    }

    /// Offset of the last good batch, 0 for none.
    long lastBatch() {
        return lastBatch;
    }

    long lastSequence() {
        return lastSequence;
    }

    // ---- the batch at hand

    long offset() {
        return offset;
    }

    int count() {
        return window.getInt(at() + BatchLayout.COUNT);
    }

    int headsEnd() {
        return window.getInt(at() + BatchLayout.HEADS_END);
    }

    int total() {
        return window.getInt(at() + BatchLayout.TOTAL);
    }

    /// The bytes of the batch up to the end of its heads, by copy.
    void copyHeads(ByteBuffer to) {
        to.put(window.duplicate().limit(at() + headsEnd()).position(at()));
    }

    /// @return the record's head, or null when its checksum does not fit
    @Nullable
    StoredHead head(int index) {
        return BatchView.head(window, at(), index, checksum, head, flaws);
    }

    /// Offset of a record's head in the segment, good or bad.
    long headOffset(int index) {
        return offset + window.getInt(at() + BatchLayout.TABLE + 4 * index);
    }

    long position(int index) {
        return BatchView.position(window, at(), index, segment.id, offset);
    }

    /// Whether a record's body fits its checksum. Only where bodies are at hand; its head must be good.
    boolean bodyIsGood(int index) {
        int headAt = at() + window.getInt(at() + BatchLayout.TABLE + 4 * index);
        int length = window.getInt(headAt + RecordLayout.BODY_LENGTH);
        if (length == 0) {
            return true;
        }
        int from = headAt + window.getInt(headAt + RecordLayout.BODY_DISTANCE);
        return from + length <= at() + total()
                && checksum.of(window, from, length) == window.getInt(headAt + RecordLayout.BODY_CRC);
    }

    /// A record's body, from position to limit. Only where bodies are at hand; the record must be good.
    ByteBuffer body(int index) {
        int headAt = at() + window.getInt(at() + BatchLayout.TABLE + 4 * index);
        int length = window.getInt(headAt + RecordLayout.BODY_LENGTH);
        int from = headAt + window.getInt(headAt + RecordLayout.BODY_DISTANCE);
        return window.duplicate().limit(from + length).position(length == 0 ? from + length : from);
    }

    private int at() {
        return (int) (offset - windowAt);
    }

    // ---- reading

    private boolean looksLikeBatch(int at) {
        if (window.getInt(at) != BatchLayout.MAGIC || window.get(at + BatchLayout.STREAM) != segment.stream.code()) {
            return false;
        }
        boolean isOfThisLife = window.getLong(at + BatchLayout.SEGMENT) == segment.id
                && window.getInt(at + BatchLayout.GENERATION) == segment.generation;
        int count = window.getInt(at + BatchLayout.COUNT);
        int headsEnd = window.getInt(at + BatchLayout.HEADS_END);
        int total = window.getInt(at + BatchLayout.TOTAL);
        return (isOfThisLife || flaws.ignoresLife())
                && count > 0
                && count < JournalSettings.MAX_BATCH_BYTES / RecordLayout.FIXED
                && headsEnd >= BatchLayout.headsBegin(count)
                && total >= headsEnd
                && total <= JournalSettings.MAX_BATCH_BYTES
                && nextOffset + BatchLayout.padded(total) <= limit
                && window.getLong(at + BatchLayout.SEQUENCE) > lastSequence;
    }

    private boolean headerIsGood(int at) {
        int count = window.getInt(at + BatchLayout.COUNT);
        int length = BatchLayout.TABLE + 4 * count - BatchLayout.SEGMENT;
        if (flaws.ignoresLife()) {
            checksum.salt(
                    segment.server,
                    window.getLong(at + BatchLayout.SEGMENT),
                    window.getInt(at + BatchLayout.GENERATION));
        }
        return checksum.of(window, at + BatchLayout.SEGMENT, length) == window.getInt(at + BatchLayout.CRC);
    }

    private boolean has(long from, int length) {
        return slice != null && from >= windowAt && from + length <= windowAt + windowLength;
    }

    private Step load(long from, int length) {
        int size = (int) Math.min(Math.max(length, WINDOW), Math.max(length, limit - from));
        Slice into = slice;
        if (into == null || into.length() < size) {
            release();
            into = memory.take(Math.max(size, Math.min(WINDOW, (int) Math.min(limit, WINDOW))));
            if (into == null) {
                failed.accept(new IoFailure(
                        IoFailure.Kind.EXHAUSTED,
                        segment.path + ": no room for " + size + " bytes in the memory budget " + memory.name()));
                return Step.WAITING;
            }
            slice = into;
            window = into.view(0, into.length());
            head.move(window, 0);
        }
        windowAt = from;
        windowLength = 0;
        windowAsked = length;
        file.read(from, into, arrived);
        return Step.WAITING;
    }

    private final Answer<Integer> arrived = new Answer<>() {
        @Override
        public void ready(Integer length) {
            if (length < windowAsked) {
                windowLength = 0;
                failedShort(length);
                return;
            }
            windowLength = length;
            resume.run();
        }

        @Override
        public void failed(IoFailure why) {
            release();
            failed.accept(new IoFailure(why.kind(), segment.path + ":" + windowAt + ": " + why.text()));
        }
    };

    private void failedShort(int length) {
        release();
        failed.accept(new IoFailure(
                IoFailure.Kind.ERROR,
                segment.path + ":" + windowAt + ": the file ends " + length + " bytes later; " + windowAsked
                        + " are wanted"));
    }
}
