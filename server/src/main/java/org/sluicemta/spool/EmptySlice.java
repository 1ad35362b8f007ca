package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sluicemta.world.Slice;

/// No bytes: the content of a message that has none.
enum EmptySlice implements Slice {
    EMPTY;

    @Override
    public int length() {
        return 0;
    }

    @Override
    public void get(int at, ByteBuffer to) {
        if (at != 0 || to.hasRemaining()) {
            throw new IndexOutOfBoundsException("an empty slice has no byte " + at);
        }
    }

    @Override
    public ByteBuffer view(int from, int length) {
        return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN).slice(from, length);
    }

    @Override
    public Slice retain() {
        return this;
    }

    @Override
    public void release() {}
}
