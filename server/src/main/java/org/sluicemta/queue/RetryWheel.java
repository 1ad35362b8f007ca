package org.sluicemta.queue;

import java.util.Arrays;
import java.util.function.IntConsumer;

/// Recipients put aside, by the tick of 100 ms at which they are due (rounded up, so nobody is early).
///
/// Four wheels of 256 buckets, each turning 256 times slower than the one inside it: adding, removing and expiring are
/// of constant cost, and the next tick with something to do is found from bitmaps, so nothing rings in between.
/// The chain of a bucket runs through the recipients' own slots; the first one's `prev` names the bucket.
///
/// Owner: its shard.
final class RetryWheel {
    static final long TICK_MILLIS = 100;
    private static final int LEVELS = 4;
    private static final int BUCKETS = 256;

    private final Recipients recipients;
    private final long baseMillis;
    private final int[] heads = new int[LEVELS * BUCKETS];
    private final long[] marks = new long[LEVELS * BUCKETS / 64];
    private int current;
    private int size;

    /// @param nowMillis tick 0
    RetryWheel(Recipients recipients, long nowMillis) {
        this.recipients = recipients;
        this.baseMillis = nowMillis;
        Arrays.fill(heads, Recipients.NONE);
    }

    int size() {
        return size;
    }

    long dueMillis(int slot) {
        return baseMillis + recipients.due(slot) * TICK_MILLIS;
    }

    /// Puts a slot aside until `dueMillis`, at least until the next tick; at most 6 years ahead.
    void add(int slot, long dueMillis) {
        long tick = Math.ceilDiv(dueMillis - baseMillis, TICK_MILLIS);
        recipients.due(slot, (int) Math.clamp(tick, current + 1L, Integer.MAX_VALUE - 1L));
        recipients.state(slot, Recipients.State.ASIDE);
        size++;
        place(slot);
    }

    private void place(int slot) {
        int tick = recipients.due(slot);
        int ahead = tick - current;
        int level = ahead < 1 << 8 ? 0 : ahead < 1 << 16 ? 1 : ahead < 1 << 24 ? 2 : 3;
        int bucket = level * BUCKETS + (tick >>> 8 * level & 0xff);
        int head = heads[bucket];
        recipients.next(slot, head);
        recipients.prev(slot, -2 - bucket);
        if (head != Recipients.NONE) {
            recipients.prev(head, slot);
        }
        heads[bucket] = slot;
        marks[bucket >>> 6] |= 1L << (bucket & 63);
    }

    void remove(int slot) {
        size--;
        int next = recipients.next(slot);
        int prev = recipients.prev(slot);
        if (next != Recipients.NONE) {
            recipients.prev(next, prev);
        }
        if (prev >= 0) {
            recipients.next(prev, next);
        } else {
            int bucket = -2 - prev;
            heads[bucket] = next;
            if (next == Recipients.NONE) {
                marks[bucket >>> 6] &= ~(1L << (bucket & 63));
            }
        }
    }

    /// Takes out what is due, and tells it. At most `most` of them; the rest stays due.
    ///
    /// @return whether more is due now
    boolean advance(long nowMillis, int most, IntConsumer due) {
        int to = (int) Math.clamp(Math.floorDiv(nowMillis - baseMillis, TICK_MILLIS), current, Integer.MAX_VALUE - 1L);
        int told = 0;
        while (true) {
            // The present tick's bucket may have been left half told.
            for (int slot = heads[current & 0xff]; slot != Recipients.NONE; slot = heads[current & 0xff]) {
                if (told++ == most) {
                    return true;
                }
                remove(slot);
                due.accept(slot);
            }
            long next = nextTick();
            if (next > to) {
                current = to;
                return false;
            }
            current = (int) next;
            for (int level = LEVELS - 1; level > 0; level--) {
                if ((current & (1 << 8 * level) - 1) == 0) {
                    cascade(level * BUCKETS + (current >>> 8 * level & 0xff));
                }
            }
        }
    }

    private void cascade(int bucket) {
        int slot = heads[bucket];
        heads[bucket] = Recipients.NONE;
        marks[bucket >>> 6] &= ~(1L << (bucket & 63));
        while (slot != Recipients.NONE) {
            int next = recipients.next(slot);
            place(slot);
            slot = next;
        }
    }

    /// Server time of the next moment with something to do; `Long.MAX_VALUE` when empty.
    long nextMillis() {
        if (size == 0) {
            return Long.MAX_VALUE;
        }
        if (heads[current & 0xff] != Recipients.NONE) {
            return baseMillis + current * TICK_MILLIS;
        }
        return baseMillis + nextTick() * TICK_MILLIS;
    }

    private long nextTick() {
        long best = Long.MAX_VALUE;
        for (int level = 0; level < LEVELS; level++) {
            int turn = current >>> 8 * level;
            int steps = nextMark(level, turn + 1 & 0xff);
            if (steps < BUCKETS) {
                best = Math.min(best, (turn + 1L + steps) << 8 * level);
            }
        }
        return best;
    }

    /// How many buckets on from `from` the next one with something in it is; 256 when there is none.
    private int nextMark(int level, int from) {
        for (int steps = 0; steps < BUCKETS; ) {
            int bucket = from + steps & 0xff;
            long word = marks[level * (BUCKETS / 64) + (bucket >>> 6)] >>> (bucket & 63);
            if (word != 0) {
                return Math.min(BUCKETS, steps + Long.numberOfTrailingZeros(word));
            }
            steps += 64 - (bucket & 63);
        }
        return BUCKETS;
    }
}
