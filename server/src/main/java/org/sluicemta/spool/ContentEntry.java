package org.sluicemta.spool;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.journal.Entry;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// A record on its way into a content stream. Its end comes on the lane and is taken to the loop that gave it, where
/// [#told] says so to whoever waits.
abstract class ContentEntry extends Entry implements LoopSide.Item {
    private final LoopSide side;
    private final SpoolFolder folder;
    private final byte[] head;
    private final int bodyLength;
    private final @Nullable Slice body;

    long place;

    @Nullable
    IoFailure failure;

    /// @param body held until the end, or null; not released by this class
    ContentEntry(LoopSide side, SpoolFolder folder, byte[] head, @Nullable Slice body) {
        this.side = side;
        this.folder = folder;
        this.head = head;
        this.body = body;
        this.bodyLength = body == null ? 0 : body.length();
    }

    @Override
    public int version() {
        return AcceptanceEncoding.VERSION;
    }

    @Override
    public int headLength() {
        return head.length;
    }

    @Override
    public void writeHead(ByteBuffer to) {
        to.put(head);
    }

    @Override
    public @Nullable Slice body() {
        return bodyLength == 0 ? null : body;
    }

    @Override
    public int bodyLength() {
        return bodyLength;
    }

    SpoolFolder folder() {
        return folder;
    }

    /// On the lane, before the loop is told.
    void becameDurable(long position) {}

    @Override
    public final void durable(long position) {
        place = Place.of(folder.number(), position);
        becameDurable(position);
        folder.noteDurable(position);
        side.tell(this);
    }

    @Override
    public final void refused(IoFailure why) {
        failure = why;
        side.tell(this);
    }

    /// On the loop.
    abstract void told();

    @Override
    public final void arrived() {
        side.oneBack();
        told();
    }
}
