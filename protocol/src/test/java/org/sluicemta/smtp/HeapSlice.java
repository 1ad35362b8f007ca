package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.sluicemta.world.Slice;

/// A slice for tests that counts its holders.
final class HeapSlice implements Slice {
    private final byte[] bytes;
    private int holders = 1;

    HeapSlice(byte[] bytes) {
        this.bytes = bytes;
    }

    static HeapSlice of(String latin1) {
        return new HeapSlice(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    int holders() {
        return holders;
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
        holders++;
        return this;
    }

    @Override
    public void release() {
        if (--holders < 0) {
            throw new IllegalStateException("released more often than held");
        }
    }
}
