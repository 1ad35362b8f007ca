package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Slice;

/// Durable events in their order, as they were written in one go. Owner: the follower's loop.
public final class EventBatch {
    /// Takes one record; the head is lent for the call.
    @FunctionalInterface
    public interface Visitor {
        void record(long position, StoredHead head);
    }

    private final Slice heads;
    private final Segment segment;
    private final long offset;
    private final long after;
    private final @Nullable BitSet torn;
    private final long last;

    /// @param heads the batch up to the end of its heads; its header is known to be good
    /// @param after records up to this position are left out
    /// @param torn records that are not whole, or null when all are
    EventBatch(Slice heads, Segment segment, long offset, long after, @Nullable BitSet torn) {
        this.heads = heads;
        this.segment = segment;
        this.offset = offset;
        this.after = after;
        this.torn = torn;
        ByteBuffer view = heads.view(0, heads.length());
        this.last = BatchView.position(view, 0, view.getInt(BatchLayout.COUNT) - 1, segment.id, offset);
    }

    /// Hands out the events. The journal's own, damaged ones, and those of before the follower's place are left out.
    public void forEach(Visitor visitor) {
        ByteBuffer view = heads.view(0, heads.length());
        Checksum checksum = new Checksum().salt(segment.server, segment.id, segment.generation);
        StoredHead head = new StoredHead(view, 0);
        int count = view.getInt(BatchLayout.COUNT);
        for (int i = 0; i < count; i++) {
            long position = BatchView.position(view, 0, i, segment.id, offset);
            boolean isLeftOut = position <= after || torn != null && torn.get(i);
            if (!isLeftOut && BatchView.head(view, 0, i, checksum, head, JournalFlaws.NONE) != null) {
                if (head.type() < Entry.FIRST_OWN_TYPE) {
                    visitor.record(position, head);
                }
            }
        }
    }

    /// The position of the last event: what to remember as one's place when all were handled.
    public long last() {
        return last;
    }

    public void release() {
        heads.release();
    }
}
