package org.sluicemta.account;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sluicemta.world.Slice;

/// A few bytes to read into, once per start.
final class HeapSlice implements Slice {
    private final byte[] bytes;

    HeapSlice(int length) {
        bytes = new byte[length];
    }

    byte[] bytes() {
        return bytes;
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
