package org.sluicemta.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sluicemta.world.Slice;

/// A piece of memory that nobody counts.
public final class StillSlice implements Slice {
    private final ByteBuffer bytes;

    public StillSlice(byte[] bytes) {
        this.bytes = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Override
    public int length() {
        return bytes.limit();
    }

    @Override
    public void get(int at, ByteBuffer to) {
        int length = to.remaining();
        to.put(to.position(), bytes, at, length).position(to.position() + length);
    }

    @Override
    public ByteBuffer view(int from, int length) {
        return bytes.slice(from, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public Slice retain() {
        return this;
    }

    @Override
    public void release() {}
}
