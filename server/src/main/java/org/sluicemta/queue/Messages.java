package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Memory;

/// The messages that have recipients in a shard, 32 bytes each: where the message stands, its id, when it was
/// accepted, its size, and how many of its recipients live here.
///
/// The 128-bit id is kept as a number of its incarnation (16 bits; few are alive at one time) and its sequence.
/// Owner: its shard.
final class Messages {
    private static final int POSITION = 0;
    private static final int SEQUENCE = 8;
    /// Acceptance in milliseconds (48 bits) and the incarnation's number (16 bits).
    private static final int QUEUED_AND_INCARNATION = 16;

    private static final int SIZE = 24;
    private static final int LIVE = 28;

    private final SlotTable slots;
    private final List<Long> incarnations = new ArrayList<>();
    private final Map<Long, Integer> numbers = new HashMap<>();

    Messages(Memory memory) {
        slots = new SlotTable(memory);
    }

    int add(MessageId id, long position, long queuedMillis, long sizeBytes) {
        int slot = slots.take();
        slots.putLong(slot, POSITION, position);
        slots.putLong(slot, SEQUENCE, id.sequence());
        slots.putLong(slot, QUEUED_AND_INCARNATION, queuedMillis << 16 | number(id.incarnation()));
        slots.putInt(slot, SIZE, (int) Math.min(Integer.MAX_VALUE, sizeBytes));
        slots.putInt(slot, LIVE, 0);
        return slot;
    }

    private long number(long incarnation) {
        Integer known = numbers.get(incarnation);
        if (known == null) {
            known = incarnations.size();
            if (known > 0xffff) {
                throw new QueueException("more than 65,536 incarnations have waiting mail");
            }
            incarnations.add(incarnation);
            numbers.put(incarnation, known);
        }
        return known;
    }

    MessageId id(int slot) {
        int number = (int) (slots.getLong(slot, QUEUED_AND_INCARNATION) & 0xffff);
        return new MessageId(incarnations.get(number), slots.getLong(slot, SEQUENCE));
    }

    long position(int slot) {
        return slots.getLong(slot, POSITION);
    }

    void moved(int slot, long position) {
        slots.putLong(slot, POSITION, position);
    }

    long queuedMillis(int slot) {
        return slots.getLong(slot, QUEUED_AND_INCARNATION) >>> 16;
    }

    int sizeBytes(int slot) {
        return slots.getInt(slot, SIZE);
    }

    void recipientAdded(int slot) {
        slots.putInt(slot, LIVE, slots.getInt(slot, LIVE) + 1);
    }

    int live(int slot) {
        return slots.getInt(slot, LIVE);
    }

    /// One recipient fewer; the slot is freed with the last.
    ///
    /// @return the message's position if that was the last recipient here, else -1
    long recipientGone(int slot) {
        int left = slots.getInt(slot, LIVE) - 1;
        slots.putInt(slot, LIVE, left);
        if (left > 0) {
            return -1;
        }
        long position = position(slot);
        slots.free(slot);
        return position;
    }

    int count() {
        return slots.used();
    }

    /// One more than the highest slot ever used: for scans. A slot without live recipients is free.
    int end() {
        return slots.end();
    }

    long bytes() {
        return slots.bytes();
    }

    long overdrawnBytes() {
        return slots.overdrawnBytes();
    }
}
