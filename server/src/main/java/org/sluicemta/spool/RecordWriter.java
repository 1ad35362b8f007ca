package org.sluicemta.spool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes the spool's little-endian records into one growing array that is used again and again. Not for two threads.
///
/// Plain array stores instead of a `ByteBuffer`: an acceptance is encoded for every message, and growing must not
/// disturb the caller.
final class RecordWriter {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int length;

    RecordWriter(int capacity) {
        bytes = new byte[Math.max(64, capacity)];
    }

    /// Forgets what was written; the array stays.
    RecordWriter clear() {
        length = 0;
        return this;
    }

    int length() {
        return length;
    }

    RecordWriter append(RecordWriter other) {
        ensure(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    RecordWriter u8(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
        return this;
    }

    RecordWriter u16(int value) {
        ensure(2);
        SHORT.set(bytes, length, (short) value);
        length += 2;
        return this;
    }

    RecordWriter i32(int value) {
        ensure(4);
        INT.set(bytes, length, value);
        length += 4;
        return this;
    }

    RecordWriter i64(long value) {
        ensure(8);
        LONG.set(bytes, length, value);
        length += 8;
        return this;
    }

    void i32At(int at, int value) {
        INT.set(bytes, at, value);
    }

    /// Leaves `count` zero bytes to be filled by [#i32At].
    RecordWriter skip(int count) {
        ensure(count);
        Arrays.fill(bytes, length, length + count, (byte) 0);
        length += count;
        return this;
    }

    /// Seven bits a byte, the lowest first; any long, negative ones take ten bytes.
    RecordWriter varint(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
        return this;
    }

    /// A text: its length in bytes, then UTF-8.
    RecordWriter text(String text) {
        int chars = text.length();
        ensure(10 + chars);
        int start = length;
        varint(chars);
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c > 127) {
                length = start;
                return blob(text.getBytes(StandardCharsets.UTF_8));
            }
            bytes[length++] = (byte) c;
        }
        return this;
    }

    RecordWriter blob(byte[] blob) {
        varint(blob.length);
        ensure(blob.length);
        System.arraycopy(blob, 0, bytes, length, blob.length);
        length += blob.length;
        return this;
    }

    /// An optional field: nothing for an empty text.
    RecordWriter field(int tag, String text) {
        return text.isEmpty() ? this : u8(tag).text(text);
    }

    RecordWriter field(int tag, byte[] blob) {
        return blob.length == 0 ? this : u8(tag).blob(blob);
    }

    /// An optional number field: nothing for `usual`.
    RecordWriter field(int tag, long value, long usual) {
        return value == usual ? this : u8(tag).varint(sizeOfVarint(value)).varint(value);
    }

    static int sizeOfVarint(long value) {
        return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
    }
}
