package org.sluicemta.account;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// SipHash-2-4. Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012, sections 2 and 2.1.
final class SipHash {
    static final int KEY_BYTES = 16;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private long v0 = 0x736f6d6570736575L;
    private long v1 = 0x646f72616e646f6dL;
    private long v2 = 0x6c7967656e657261L;
    private long v3 = 0x7465646279746573L;

    private SipHash(byte[] key) {
        long k0 = (long) LONGS.get(key, 0);
        long k1 = (long) LONGS.get(key, 8);
        v0 ^= k0;
        v1 ^= k1;
        v2 ^= k0;
        v3 ^= k1;
    }

    /// Eight bytes, the lowest first.
    ///
    /// @param key of [#KEY_BYTES]
    static byte[] of(byte[] key, byte[] text) {
        var state = new SipHash(key);
        int whole = text.length / 8 * 8;
        for (int at = 0; at < whole; at += 8) {
            state.word((long) LONGS.get(text, at));
        }
        long last = (long) text.length << 56;
        for (int at = whole; at < text.length; at++) {
            last |= (text[at] & 0xffL) << 8 * (at - whole);
        }
        state.word(last);
        state.v2 ^= 0xff;
        state.rounds(4);
        byte[] hash = new byte[8];
        LONGS.set(hash, 0, state.v0 ^ state.v1 ^ state.v2 ^ state.v3);
        return hash;
    }

    private void word(long word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
