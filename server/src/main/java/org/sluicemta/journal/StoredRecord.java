package org.sluicemta.journal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Slice;

/// A record that was read back: both checksums fit. To be given back by [#release]. Owner: the reader's loop; its
/// slices may be retained and passed on.
public final class StoredRecord {
    private final long position;
    private final StoredHead head;
    private final Slice headSlice;
    private final @Nullable Slice body;

    StoredRecord(long position, StoredHead head, Slice headSlice, @Nullable Slice body) {
        this.position = position;
        this.head = head;
        this.headSlice = headSlice;
        this.body = body;
    }

    public long position() {
        return position;
    }

    public int type() {
        return head.type();
    }

    public int version() {
        return head.version();
    }

    public int flags() {
        return head.flags();
    }

    /// What the sender wrote as head, from position to limit, little-endian.
    public ByteBuffer head() {
        return head.head();
    }

    /// The body, exactly; null for none.
    public @Nullable Slice body() {
        return body;
    }

    public void release() {
        headSlice.release();
        if (body != null) {
            body.release();
        }
    }
}
