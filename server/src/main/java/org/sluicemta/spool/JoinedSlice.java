package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.sluicemta.world.Slice;

/// Several slices as one, for the journal, which writes one body: it is copied into the batch anyway, so joining costs
/// no copy of its own. A holder of it is a holder of each part.
final class JoinedSlice implements Slice {
    private final List<Slice> parts;
    private final int length;

    JoinedSlice(List<Slice> parts) {
        this.parts = parts;
        int sum = 0;
        for (Slice part : parts) {
            sum = Math.addExact(sum, part.length());
        }
        length = sum;
    }

    /// One slice as it is, several joined.
    static Slice of(List<Slice> parts) {
        return parts.size() == 1 ? parts.getFirst() : new JoinedSlice(parts);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void get(int at, ByteBuffer to) {
        int limit = to.limit();
        if (at < 0 || at + to.remaining() > length) {
            throw new IndexOutOfBoundsException("from " + at + ", " + to.remaining() + " bytes of " + length);
        }
        int start = 0;
        int from = at;
        for (Slice part : parts) {
            int end = start + part.length();
            if (from < end && to.hasRemaining()) {
                int count = Math.min(end - from, to.remaining());
                to.limit(to.position() + count);
                part.get(from - start, to);
                to.limit(limit);
                from += count;
            }
            start = end;
        }
    }

    /// A copy where the range lies in more than one part.
    @Override
    public ByteBuffer view(int from, int count) {
        int start = 0;
        for (Slice part : parts) {
            if (from >= start && from + count <= start + part.length()) {
                return part.view(from - start, count);
            }
            start += part.length();
        }
        ByteBuffer copy = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        get(from, copy);
        return copy.flip();
    }

    @Override
    public Slice retain() {
        parts.forEach(Slice::retain);
        return this;
    }

    @Override
    public void release() {
        parts.forEach(Slice::release);
    }
}
