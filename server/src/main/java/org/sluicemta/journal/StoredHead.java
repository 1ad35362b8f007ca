package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The head of a record that was read: a window on the reader's buffer, valid for the call that lends it.
public final class StoredHead {
    private ByteBuffer buffer;
    private ByteBuffer lent;
    private int at;

    StoredHead(ByteBuffer buffer, int at) {
        this.buffer = buffer;
        this.lent = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.at = at;
    }

    StoredHead move(ByteBuffer buffer, int at) {
        if (this.buffer != buffer) {
            this.buffer = buffer;
            this.lent = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        }
        this.at = at;
        return this;
    }

    public int type() {
        return Short.toUnsignedInt(buffer.getShort(at + RecordLayout.TYPE));
    }

    public int version() {
        return Byte.toUnsignedInt(buffer.get(at + RecordLayout.VERSION));
    }

    public int flags() {
        return Byte.toUnsignedInt(buffer.get(at + RecordLayout.FLAGS));
    }

    public boolean isCopy() {
        return (flags() & Entry.COPY) != 0;
    }

    /// Bytes of the sender's head.
    public int headLength() {
        return buffer.getInt(at + RecordLayout.HEAD_LENGTH);
    }

    /// Bytes of the body, 0 for none; to be read by [JournalReader].
    public int bodyLength() {
        return buffer.getInt(at + RecordLayout.BODY_LENGTH);
    }

    /// What the sender wrote: from position to limit, little-endian. The same buffer object each time.
    public ByteBuffer head() {
        int from = at + RecordLayout.FIXED;
        return lent.limit(from + headLength()).position(from);
    }
}
