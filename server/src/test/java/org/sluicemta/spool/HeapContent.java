package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.world.Slice;

/// Contents for tests, as slices of arrays whose holders are counted.
final class HeapContent implements Slice {
    private final byte[] bytes;
    private int holders = 1;

    HeapContent(byte[] bytes) {
        this.bytes = bytes;
    }

    static Content of(byte[] bytes, int pieces) {
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
            int from = bytes.length * i / pieces;
            slices.add(new HeapContent(java.util.Arrays.copyOfRange(bytes, from, bytes.length * (i + 1) / pieces)));
        }
        return new Content(slices, bytes.length);
    }

    static byte[] bytes(Content content) {
        byte[] all = new byte[(int) content.lengthBytes()];
        int at = 0;
        for (Slice slice : content.slices()) {
            slice.get(0, ByteBuffer.wrap(all, at, slice.length()));
            at += slice.length();
        }
        return all;
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
        if (holders < 1) {
            throw new IllegalStateException("read after the last holder let go");
        }
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
            throw new IllegalStateException("released too often");
        }
    }
}
