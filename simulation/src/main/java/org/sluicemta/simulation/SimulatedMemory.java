package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A budget of memory that watches its users: a slice used or released after its last holder gave it back throws, and
/// its bytes are overwritten, so that a view kept too long reads nonsense.
final class SimulatedMemory implements Memory {
    private static final byte FREED = (byte) 0xDB;
    private static final byte FRESH = (byte) 0xA5;

    private final String name;
    private final long limitBytes;
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
        if (bytes < 0) {
            throw new IllegalArgumentException(bytes + " bytes; write 0 or more");
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

    private final class Piece implements Slice {
        private final byte[] bytes;
        private int holders = 1;

        Piece(int length) {
            this.bytes = new byte[length];
            Arrays.fill(bytes, FRESH);
        }

        private void requireHeld() {
            if (holders == 0) {
                throw new IllegalStateException("a slice of budget " + name + " was used after its last release");
            }
        }

        @Override
        public int length() {
            requireHeld();
            return bytes.length;
        }

        @Override
        public void get(int at, ByteBuffer to) {
            requireHeld();
            to.put(bytes, at, to.remaining());
        }

        @Override
        public ByteBuffer view(int from, int length) {
            requireHeld();
            return ByteBuffer.wrap(bytes, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
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
                usedBytes -= bytes.length;
                slicesOut--;
                Arrays.fill(bytes, FREED);
            }
        }
    }
}
