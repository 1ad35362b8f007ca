package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A budget of memory that watches its users: a slice used or released after its last holder gave it back throws, and
/// its bytes are overwritten, so that a view kept too long reads nonsense.
final class SimulatedMemory implements Memory {
    /// Small slices are cut from slabs: one piece of memory from the system each would be slow.
    private static final int SLAB_BYTES = 256 * 1024;

    private static final byte FREED = (byte) 0xDB;
    private static final byte FRESH = (byte) 0xA5;

    private final String name;
    private final long limitBytes;
    private final Map<Integer, ArrayDeque<ByteBuffer>> freed = new HashMap<>();
    private ByteBuffer slab = ByteBuffer.allocateDirect(0);
    private long usedBytes;
    private long slicesOut;

    SimulatedMemory(String name, long limitBytes) {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("budget " + name + " has " + limitBytes + " bytes; write 1 or more");
        }
        this.name = name;
        this.limitBytes = limitBytes;
    }

    @Override
    public @Nullable Slice take(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(bytes + " bytes; take 1 or more");
        }
        if (usedBytes + bytes > limitBytes) {
            return null;
        }
        usedBytes += bytes;
        slicesOut++;
        return new Piece(bytes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long usedBytes() {
        return usedBytes;
    }

    @Override
    public long limitBytes() {
        return limitBytes;
    }

    long slicesOut() {
        return slicesOut;
    }

    private ByteBuffer fresh(int length) {
        int size = Integer.highestOneBit(Math.max(length - 1, 32)) << 1;
        ArrayDeque<ByteBuffer> free = freed.get(size);
        ByteBuffer again = free == null ? null : free.poll();
        if (again != null) {
            return again;
        }
        if (size > SLAB_BYTES / 4) {
            return ByteBuffer.allocateDirect(size);
        }
        if (slab.remaining() < size) {
            slab = ByteBuffer.allocateDirect(SLAB_BYTES);
        }
        ByteBuffer cut = slab.slice(slab.position(), size);
        slab.position(slab.position() + size);
        return cut;
    }

    private final class Piece implements Slice {
        private final ByteBuffer memory;
        private final int length;
        private int holders = 1;

        Piece(int length) {
            this.memory = fresh(length);
            this.length = length;
            fill(FRESH);
        }

        private void fill(byte value) {
            long eight = (value & 0xFFL) * 0x0101010101010101L;
            int at = 0;
            for (; at + 8 <= length; at += 8) {
                memory.putLong(at, eight);
            }
            for (; at < length; at++) {
                memory.put(at, value);
            }
        }

        private void requireHeld() {
            if (holders == 0) {
                throw new IllegalStateException("a slice of budget " + name + " was used after its last release");
            }
        }

        @Override
        public int length() {
            requireHeld();
            return length;
        }

        @Override
        public void get(int at, ByteBuffer to) {
            requireHeld();
            Objects.checkFromIndexSize(at, to.remaining(), length);
            to.put(memory.slice(at, to.remaining()));
        }

        @Override
        public ByteBuffer view(int from, int count) {
            requireHeld();
            Objects.checkFromIndexSize(from, count, length);
            return memory.slice(from, count).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public Slice retain() {
            requireHeld();
            holders++;
            return this;
        }

        @Override
        public void release() {
            requireHeld();
            holders--;
            if (holders == 0) {
                usedBytes -= length;
                slicesOut--;
                fill(FREED);
                freed.computeIfAbsent(memory.capacity(), size -> new ArrayDeque<>())
                        .add(memory);
            }
        }
    }
}
