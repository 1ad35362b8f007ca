package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sluicemta.world.Slice;

/// A few bytes on the heap where a slice is wanted: nobody has to give them back.
public final class HeapSlice implements Slice {
    private final byte[] bytes;

    /// @param bytes not copied
    public HeapSlice(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public int length() {
        return bytes.length;
    }

    @Override
    public void get(int at, ByteBuffer to) {
        to.put(bytes, at, to.remaining());
    }

    @Override
    public ByteBuffer view(int from, int length) {
        return ByteBuffer.wrap(bytes, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public Slice retain() {
        return this;
    }

    @Override
    public void release() {}
}
