package org.sluicemta.journal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Reads records in a buffer that holds a batch whose header is known to be good.
final class BatchView {
    private BatchView() {}

    /// @return the head of record `index`, or null when its checksum does not fit
    static @Nullable StoredHead head(
            ByteBuffer buffer, int batchAt, int index, Checksum salted, StoredHead head, JournalFlaws flaws) {
        int relative = buffer.getInt(batchAt + BatchLayout.TABLE + 4 * index);
        int headsEnd = buffer.getInt(batchAt + BatchLayout.HEADS_END);
        if (relative < 0 || relative + RecordLayout.FIXED > headsEnd) {
            return null;
        }
        int at = batchAt + relative;
        int length = buffer.getInt(at + RecordLayout.HEAD_LENGTH);
        if (length < 0 || length > headsEnd - relative - RecordLayout.FIXED) {
            return null;
        }
        int crc = salted.of(buffer, at + RecordLayout.TYPE, RecordLayout.FIXED + length - RecordLayout.TYPE);
        return crc == buffer.getInt(at + RecordLayout.CRC) ? head.move(buffer, at) : null;
    }

    static long position(ByteBuffer buffer, int batchAt, int index, long segment, long batchOffset) {
        int relative = buffer.getInt(batchAt + BatchLayout.TABLE + 4 * index);
        int at = batchAt + relative;
        long bytes = (long) RecordLayout.padded(buffer.getInt(at + RecordLayout.HEAD_LENGTH))
                + buffer.getInt(at + RecordLayout.BODY_LENGTH);
        return Position.of(segment, batchOffset + relative, bytes);
    }
}
