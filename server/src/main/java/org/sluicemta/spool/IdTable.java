package org.sluicemta.spool;

import java.util.Arrays;

/// Numbers for keys of two longs and an int (a message, or a recipient of one), dense from 0 in order of coming. Flat
/// arrays: a start may meet ten million of them. Owner: one recovery.
final class IdTable {
    static final int NONE = -1;

    private int[] buckets = new int[1 << 10];
    private long[] incarnations = new long[1 << 9];
    private long[] sequences = new long[1 << 9];
    private int[] indexes = new int[1 << 9];
    private int size;

    IdTable() {
        Arrays.fill(buckets, NONE);
    }

    int size() {
        return size;
    }

    long incarnation(int number) {
        return incarnations[number];
    }

    long sequence(int number) {
        return sequences[number];
    }

    int index(int number) {
        return indexes[number];
    }

    private static int hash(long incarnation, long sequence, int index) {
        // Sequences are dense, so they are spread by a multiplication; the top bits decide.
        long mixed = (incarnation ^ sequence * 0x9E3779B97F4A7C15L) + index * 0xC2B2AE3D27D4EB4FL;
        mixed ^= mixed >>> 32;
        return (int) (mixed * 0x9E3779B97F4A7C15L >>> 33);
    }

    /// The key's number, or [#NONE].
    int find(long incarnation, long sequence, int index) {
        int mask = buckets.length - 1;
        for (int at = hash(incarnation, sequence, index) & mask; buckets[at] != NONE; at = at + 1 & mask) {
            int number = buckets[at];
            if (sequences[number] == sequence && incarnations[number] == incarnation && indexes[number] == index) {
                return number;
            }
        }
        return NONE;
    }

    /// The key's number; a fresh one is the old [#size].
    int add(long incarnation, long sequence, int index) {
        int known = find(incarnation, sequence, index);
        if (known != NONE) {
            return known;
        }
        if (size == sequences.length) {
            int more = size + (size >> 1);
            incarnations = Arrays.copyOf(incarnations, more);
            sequences = Arrays.copyOf(sequences, more);
            indexes = Arrays.copyOf(indexes, more);
        }
        if (2L * size >= buckets.length) {
            rehash(buckets.length * 2);
        }
        incarnations[size] = incarnation;
        sequences[size] = sequence;
        indexes[size] = index;
        insert(size);
        return size++;
    }

    private void insert(int number) {
        int mask = buckets.length - 1;
        int at = hash(incarnations[number], sequences[number], indexes[number]) & mask;
        while (buckets[at] != NONE) {
            at = at + 1 & mask;
        }
        buckets[at] = number;
    }

    private void rehash(int length) {
        buckets = new int[length];
        Arrays.fill(buckets, NONE);
        for (int number = 0; number < size; number++) {
            insert(number);
        }
    }
}
