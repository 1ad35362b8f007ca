package org.sluicemta.receive;

import java.nio.ByteBuffer;
import org.sluicemta.world.Slice;

/// A part of a slice as a slice of its own; it shares the holders of the whole. Immutable.
///
/// @param from into `whole`
record SliceWindow(Slice whole, int from, int length) implements Slice {
    @Override
    public int heldBytes() {
        return whole.heldBytes();
    }

    @Override
    public void get(int at, ByteBuffer to) {
        whole.get(from + at, to);
    }

    @Override
    public ByteBuffer view(int at, int bytes) {
        return whole.view(from + at, bytes);
    }

    @Override
    public Slice retain() {
        whole.retain();
        return this;
    }

    @Override
    public void release() {
        whole.release();
    }
}
