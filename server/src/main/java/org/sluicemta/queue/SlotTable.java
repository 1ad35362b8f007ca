package org.sluicemta.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Fixed-size slots of 32 bytes in chunks of 1 MiB outside the heap, taken from one named budget.
///
/// A durable message cannot be turned away here, so when the budget is used up a chunk comes from the heap instead and
/// is counted ([#overdrawnBytes]); reception is told in time to refuse ([QueueRoom#refusesNewMail]). Freed slots are
/// chained and used again; chunks are kept.
///
/// Owner: its shard.
final class SlotTable {
    static final int SLOT_BYTES = 32;
    private static final int SHIFT = 15;
    private static final int SLOTS_PER_CHUNK = 1 << SHIFT;
    private static final int MASK = SLOTS_PER_CHUNK - 1;
    private static final int CHUNK_BYTES = SLOTS_PER_CHUNK * SLOT_BYTES;
    private static final int NONE = -1;

    private final Memory memory;
    private ByteBuffer[] chunks = {};

    /// What the chunks are views of. A slice that nobody holds counts as lost.
    private final List<Slice> held = new ArrayList<>();

    private int fresh;
    private int freeHead = NONE;
    private int used;
    /// Written by the owner, read by any thread.
    private volatile long overdrawnBytes;

    SlotTable(Memory memory) {
        this.memory = memory;
    }

    /// A slot filled with zeros.
    int take() {
        used++;
        int slot = freeHead;
        if (slot == NONE) {
            if (fresh == chunks.length << SHIFT) {
                grow();
            }
            return fresh++;
        }
        freeHead = getInt(slot, 0);
        ByteBuffer chunk = chunks[slot >>> SHIFT];
        int at = (slot & MASK) * SLOT_BYTES;
        for (int i = 0; i < SLOT_BYTES; i += 8) {
            chunk.putLong(at + i, 0);
        }
        return slot;
    }

    /// The caller clears what marks the slot as used.
    void free(int slot) {
        putInt(slot, 0, freeHead);
        freeHead = slot;
        used--;
    }

    private void grow() {
        if (chunks.length == Integer.MAX_VALUE >>> SHIFT) {
            throw new QueueException("more than " + Integer.MAX_VALUE + " waiting in one shard");
        }
        Slice slice = memory.take(CHUNK_BYTES);
        ByteBuffer chunk;
        if (slice == null) {
            chunk = ByteBuffer.allocate(CHUNK_BYTES);
            overdrawnBytes = overdrawnBytes + CHUNK_BYTES;
        } else {
            held.add(slice);
            chunk = slice.view(0, CHUNK_BYTES);
            for (int i = 0; i < CHUNK_BYTES; i += 8) {
                chunk.putLong(i, 0);
            }
        }
        chunks = Arrays.copyOf(chunks, chunks.length + 1);
        chunks[chunks.length - 1] = chunk.order(ByteOrder.LITTLE_ENDIAN);
    }

    int getInt(int slot, int field) {
        return chunks[slot >>> SHIFT].getInt((slot & MASK) * SLOT_BYTES + field);
    }

    void putInt(int slot, int field, int value) {
        chunks[slot >>> SHIFT].putInt((slot & MASK) * SLOT_BYTES + field, value);
    }

    long getLong(int slot, int field) {
        return chunks[slot >>> SHIFT].getLong((slot & MASK) * SLOT_BYTES + field);
    }

    void putLong(int slot, int field, long value) {
        chunks[slot >>> SHIFT].putLong((slot & MASK) * SLOT_BYTES + field, value);
    }

    int getShort(int slot, int field) {
        return chunks[slot >>> SHIFT].getShort((slot & MASK) * SLOT_BYTES + field) & 0xffff;
    }

    void putShort(int slot, int field, int value) {
        chunks[slot >>> SHIFT].putShort((slot & MASK) * SLOT_BYTES + field, (short) value);
    }

    int getByte(int slot, int field) {
        return chunks[slot >>> SHIFT].get((slot & MASK) * SLOT_BYTES + field) & 0xff;
    }

    void putByte(int slot, int field, int value) {
        chunks[slot >>> SHIFT].put((slot & MASK) * SLOT_BYTES + field, (byte) value);
    }

    int used() {
        return used;
    }

    /// One more than the highest slot ever taken: for scans.
    int end() {
        return fresh;
    }

    long bytes() {
        return (long) chunks.length * CHUNK_BYTES;
    }

    long overdrawnBytes() {
        return overdrawnBytes;
    }
}
