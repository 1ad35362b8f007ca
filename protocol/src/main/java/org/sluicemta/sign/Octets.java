package org.sluicemta.sign;

import java.util.Arrays;

/// Octets that are put one behind the other. What the JDK has for it takes a lock for each octet.
final class Octets {
    private byte[] all;
    private int length;

    Octets(int expected) {
        all = new byte[expected];
    }

    void put(int octet) {
        ensure(1);
        all[length++] = (byte) octet;
    }

    void put(byte[] from, int at, int count) {
        ensure(count);
        System.arraycopy(from, at, all, length, count);
        length += count;
    }

    /// Latin letters, digits and signs.
    @SuppressWarnings("deprecation") // it takes the low octet of each character, which is the character
    void put(String ascii) {
        ensure(ascii.length());
        ascii.getBytes(0, ascii.length(), all, length);
        length += ascii.length();
    }

    private void ensure(int more) {
        if (all.length - length < more) {
            all = Arrays.copyOf(all, Math.max(2 * all.length, length + more));
        }
    }

    /// Takes the last ones back.
    void drop(int count) {
        length -= count;
    }

    byte[] toArray() {
        return Arrays.copyOf(all, length);
    }
}
