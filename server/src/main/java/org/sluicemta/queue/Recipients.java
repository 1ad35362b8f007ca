package org.sluicemta.queue;

import org.sluicemta.world.Memory;

/// The recipients that wait in a shard, 32 bytes each.
///
/// `next` and `prev` chain a slot into the one list that its state says: the ready list of its line, a bucket of the
/// retry wheel, or the line of those about to be ended. Who stands alone in its queue's order is in none. In a
/// line's heap, `prev` is the place in the heap.
///
/// | state | where it is | leaves when |
/// |---|---|---|
/// | READY | list of its line, or alone in its order | carried, ended |
/// | SORTED | heap of its line (it came back, or came out of order) | carried, ended |
/// | ASIDE | retry wheel | due, scheduled, ended |
/// | CARRIED | in a consignment | settled |
/// | ENDING | waiting for its message to be read, to be settled without an attempt | read |
/// | OWED | [OwedSlots]: failed or delivered, its report not accepted yet | the report is accepted |
///
/// Owner: its shard.
final class Recipients {
    static final int NONE = -1;

    /// What [#state] returns. 0 is a free slot.
    interface State {
        int FREE = 0;
        int READY = 1;
        int SORTED = 2;
        int ASIDE = 3;
        int CARRIED = 4;
        int ENDING = 5;
        int OWED = 6;
    }

    private static final int NEXT = 0;
    private static final int MESSAGE = 4;
    private static final int INDEX = 8;
    private static final int QUEUE = 12;
    private static final int DUE = 16;
    private static final int PREV = 20;
    private static final int ATTEMPTS = 24;
    private static final int STATE = 26;
    private static final int PRIORITY = 27;
    private static final int JOB = 28;

    private final SlotTable slots;

    Recipients(Memory memory) {
        slots = new SlotTable(memory);
    }

    int add(int message, int index, int queue, int attempts, int priority, int job) {
        int slot = slots.take();
        slots.putInt(slot, MESSAGE, message);
        slots.putInt(slot, INDEX, index);
        slots.putInt(slot, QUEUE, queue);
        slots.putInt(slot, JOB, job);
        slots.putInt(slot, NEXT, NONE);
        slots.putInt(slot, PREV, NONE);
        slots.putShort(slot, ATTEMPTS, Math.min(attempts, 0xffff));
        slots.putByte(slot, PRIORITY, Math.clamp(priority, 0, 255));
        return slot;
    }

    void remove(int slot) {
        slots.putByte(slot, STATE, State.FREE);
        slots.free(slot);
    }

    int message(int slot) {
        return slots.getInt(slot, MESSAGE);
    }

    int index(int slot) {
        return slots.getInt(slot, INDEX);
    }

    int queue(int slot) {
        return slots.getInt(slot, QUEUE);
    }

    void queue(int slot, int queue) {
        slots.putInt(slot, QUEUE, queue);
    }

    int job(int slot) {
        return slots.getInt(slot, JOB);
    }

    int priority(int slot) {
        return slots.getByte(slot, PRIORITY);
    }

    void priority(int slot, int priority) {
        slots.putByte(slot, PRIORITY, priority);
    }

    /// Made so far; stays at 65,535.
    int attempts(int slot) {
        return slots.getShort(slot, ATTEMPTS);
    }

    void attempted(int slot) {
        slots.putShort(slot, ATTEMPTS, Math.min(attempts(slot) + 1, 0xffff));
    }

    int state(int slot) {
        return slots.getByte(slot, STATE);
    }

    void state(int slot, int state) {
        slots.putByte(slot, STATE, state);
    }

    /// The wheel's tick while ASIDE, the number of the ending while ENDING; while OWED, 1 if the start found it so and
    /// nobody has asked for it since.
    int due(int slot) {
        return slots.getInt(slot, DUE);
    }

    void due(int slot, int due) {
        slots.putInt(slot, DUE, due);
    }

    int next(int slot) {
        return slots.getInt(slot, NEXT);
    }

    void next(int slot, int next) {
        slots.putInt(slot, NEXT, next);
    }

    int prev(int slot) {
        return slots.getInt(slot, PREV);
    }

    void prev(int slot, int prev) {
        slots.putInt(slot, PREV, prev);
    }

    int count() {
        return slots.used();
    }

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
