package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Takes waiting records into a batch and writes it as bytes. Owner: the stream's lane.
///
/// A body is copied once, in pieces that are summed while they are in the cache.
final class BatchEncoder {
    /// What the waiting records came to.
    enum Gathered {
        NOTHING,
        /// The next record does not fit what is left of the segment.
        SEGMENT_FULL,
        BATCH
    }

    /// Copied and summed at a time: fits the second-level cache beside the source.
    private static final int PIECE = 64 * 1024;

    private final Checksum checksum = new Checksum();
    private final int batchBytes;
    private final long largest;
    private final Consumer<Entry> tooLarge;

    /// The records of the batch, in order.
    private ArrayList<Entry> batch = new ArrayList<>();

    private ArrayList<Entry> taken = new ArrayList<>();

    /// Zeroed where no record writes; to be set before [#encode], at least [#paddedBytes] long.
    ByteBuffer buffer = ByteBuffer.allocate(0);

    private int headsEnd;
    private int totalBytes;
    private long liveBytes;

    /// @param batchBytes the most that goes together
    /// @param largest the most that goes alone
    /// @param tooLarge takes records that are larger still
    BatchEncoder(int batchBytes, long largest, Consumer<Entry> tooLarge) {
        this.batchBytes = batchBytes;
        this.largest = largest;
        this.tooLarge = tooLarge;
    }

    int headsEnd() {
        return headsEnd;
    }

    int paddedBytes() {
        return (int) BatchLayout.padded(totalBytes);
    }

    /// The bytes of the batch's records as the account of live bytes has them.
    long liveBytes() {
        return liveBytes;
    }

    /// The records, while their batch is under way.
    List<Entry> records() {
        return batch;
    }

    /// How many records the batch has.
    int count() {
        return batch.size();
    }

    /// The records, whose batch has ended: whatever befalls who is told, none of them is in the next. The caller
    /// clears the list before that one ends.
    List<Entry> take() {
        ArrayList<Entry> ended = batch;
        taken.clear();
        batch = taken;
        taken = ended;
        return ended;
    }

    /// Moves as many records as make one batch out of `waiting`. The one before has ended.
    ///
    /// @param room bytes left in the segment
    Gathered gather(ArrayDeque<Entry> waiting, long room) {
        if (!batch.isEmpty()) {
            throw new JournalException("a batch of " + batch.size() + " records is under way");
        }
        long heads = 0;
        long bodies = 0;
        while (!waiting.isEmpty()) {
            Entry entry = waiting.getFirst();
            int head = entry.headLength();
            int body = entry.bodyLength();
            long total = BatchLayout.padded(
                    BatchLayout.headsBegin(batch.size() + 1) + heads + RecordLayout.padded(head) + bodies + body);
            if (batch.isEmpty() && total > largest) {
                tooLarge.accept(waiting.removeFirst());
                continue;
            }
            if (batch.isEmpty() && total > room) {
                return Gathered.SEGMENT_FULL;
            }
            if (!batch.isEmpty() && (total > batchBytes || total > room)) {
                break;
            }
            waiting.removeFirst();
            entry.headBytes = head;
            entry.bodyBytes = body;
            heads += RecordLayout.padded(head);
            bodies += body;
            batch.add(entry);
        }
        if (batch.isEmpty()) {
            return Gathered.NOTHING;
        }
        headsEnd = (int) (BatchLayout.headsBegin(batch.size()) + heads);
        totalBytes = (int) (headsEnd + bodies);
        return Gathered.BATCH;
    }

    ByteBuffer encode(Segment into, long offset, long sequence) {
        int padded = (int) BatchLayout.padded(totalBytes);
        ByteBuffer to = buffer.clear();
        checksum.salt(into.server, into.id, into.generation);
        int count = batch.size();
        int headAt = BatchLayout.headsBegin(count);
        zero(to, BatchLayout.TABLE + 4 * count, headAt);
        int bodyAt = headsEnd;
        liveBytes = 0;
        for (int i = 0; i < count; i++) {
            Entry entry = batch.get(i);
            to.putInt(BatchLayout.TABLE + 4 * i, headAt);
            int bodyCrc = entry.bodyBytes == 0 ? 0 : copyBody(entry, to, bodyAt);
            encodeHead(entry, to, headAt, bodyAt, bodyCrc);
            long bytes = (long) RecordLayout.padded(entry.headBytes) + entry.bodyBytes;
            entry.position = Position.of(into.id, offset + headAt, bytes);
            liveBytes += Position.bytes(entry.position);
            headAt += RecordLayout.padded(entry.headBytes);
            bodyAt += entry.bodyBytes;
        }
        zero(to, bodyAt, padded);
        to.putInt(0, BatchLayout.MAGIC);
        to.putLong(BatchLayout.SEGMENT, into.id);
        to.putLong(BatchLayout.SEQUENCE, sequence);
        to.putInt(BatchLayout.GENERATION, into.generation);
        to.putInt(BatchLayout.COUNT, count);
        to.putInt(BatchLayout.HEADS_END, headsEnd);
        to.putInt(BatchLayout.TOTAL, totalBytes);
        to.put(BatchLayout.STREAM, (byte) into.stream.code());
        to.put(BatchLayout.VERSION, (byte) BatchLayout.THIS_VERSION);
        to.putShort(BatchLayout.VERSION + 1, (short) 0);
        to.putInt(BatchLayout.TABLE - 4, 0);
        to.putInt(
                BatchLayout.CRC,
                checksum.of(to, BatchLayout.SEGMENT, BatchLayout.TABLE + 4 * count - BatchLayout.SEGMENT));
        return to.limit(padded).position(0);
    }

    private void encodeHead(Entry entry, ByteBuffer to, int at, int bodyAt, int bodyCrc) {
        to.putShort(at + RecordLayout.TYPE, (short) entry.type());
        to.put(at + RecordLayout.VERSION, (byte) entry.version());
        to.put(at + RecordLayout.FLAGS, (byte) entry.flags());
        to.putInt(at + RecordLayout.HEAD_LENGTH, entry.headBytes);
        to.putInt(at + RecordLayout.BODY_DISTANCE, entry.bodyBytes == 0 ? 0 : bodyAt - at);
        to.putInt(at + RecordLayout.BODY_LENGTH, entry.bodyBytes);
        to.putInt(at + RecordLayout.BODY_CRC, bodyCrc);
        int from = at + RecordLayout.FIXED;
        int until = from + entry.headBytes;
        entry.writeHead(to.limit(until).position(from));
        if (to.position() != until) {
            throw new JournalException("record type " + entry.type() + ": said its head has " + entry.headBytes
                    + " bytes and wrote " + (to.position() - from));
        }
        to.clear();
        zero(to, until, at + RecordLayout.padded(entry.headBytes));
        to.putInt(at + RecordLayout.CRC, checksum.of(to, at + RecordLayout.TYPE, until - at - RecordLayout.TYPE));
    }

    private int copyBody(Entry entry, ByteBuffer to, int at) {
        var body = entry.body();
        if (body == null) {
            throw new JournalException("record type " + entry.type() + ": has a body's length and no body");
        }
        checksum.begin();
        for (int done = 0; done < entry.bodyBytes; done += PIECE) {
            int piece = Math.min(PIECE, entry.bodyBytes - done);
            body.get(done, to.limit(at + done + piece).position(at + done));
            checksum.add(to, at + done, piece);
        }
        return checksum.end();
    }

    private static void zero(ByteBuffer buffer, int from, int until) {
        for (int i = from; i < until; i++) {
            buffer.put(i, (byte) 0);
        }
    }
}
