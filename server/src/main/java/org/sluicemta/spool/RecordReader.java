package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads what [RecordWriter] wrote. Every step is checked against the end: whatever the bytes are, the result is a
/// value or a [SpoolException], never another exception, and never an allocation larger than the bytes.
final class RecordReader {
    /// Longer texts are rare, and get an array of their own.
    private static final int SCRATCH_BYTES = 4 << 10;

    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    private final ByteBuffer in;
    private final String what;

    /// @param from read from its position to its limit; its own position is left alone
    /// @param what for messages, e.g. `acceptance`
    RecordReader(ByteBuffer from, String what) {
        this.in = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.what = what;
    }

    SpoolException bad(String why) {
        return new SpoolException(what + " at byte " + in.position() + ": " + why);
    }

    private void need(long count) {
        if (count < 0 || count > in.remaining()) {
            throw bad("ends early, " + in.remaining() + " bytes are left of " + count);
        }
    }

    boolean isAtEnd() {
        return !in.hasRemaining();
    }

    int position() {
        return in.position();
    }

    int remaining() {
        return in.remaining();
    }

    int u8() {
        need(1);
        return in.get() & 0xFF;
    }

    int u16() {
        need(2);
        return in.getShort() & 0xFFFF;
    }

    int i32() {
        need(4);
        return in.getInt();
    }

    long i64() {
        need(8);
        return in.getLong();
    }

    /// A count or an offset: 0 to `most`.
    int count(int most) {
        int value = i32();
        if (value < 0 || value > most) {
            throw bad("a count of " + Integer.toUnsignedString(value) + " is over " + most);
        }
        return value;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int b = u8();
            value |= (long) (b & 0x7F) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw bad("a number of more than ten bytes");
    }

    /// A number that fits a non-negative int.
    int varintUpTo(int most) {
        long value = varint();
        if (value < 0 || value > most) {
            throw bad("a number of " + Long.toUnsignedString(value) + " is over " + most);
        }
        return (int) value;
    }

    String text() {
        long length = varint();
        need(length);
        if (length > SCRATCH_BYTES) {
            byte[] bytes = new byte[(int) length];
            in.get(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
        byte[] scratch = SCRATCH.get();
        in.get(scratch, 0, (int) length);
        return new String(scratch, 0, (int) length, StandardCharsets.UTF_8);
    }

    byte[] blob() {
        long length = varint();
        need(length);
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes;
    }

    /// The number of a number field.
    long numberField() {
        int length = varintUpTo(10);
        int end = in.position() + length;
        long value = varint();
        if (in.position() != end) {
            throw bad("a number field of " + length + " bytes holds another number of them");
        }
        return value;
    }

    /// Passes over a field that this version does not know. A tag from 128 on must be understood.
    void skipUnknown(int tag) {
        if (tag >= RecordTypes.MUST_UNDERSTAND) {
            throw bad("field " + tag + " must be understood and is not: it was written by a later version");
        }
        long length = varint();
        need(length);
        in.position(in.position() + (int) length);
    }

    void version(int newest) {
        int version = u8();
        if (version < 1 || version > newest) {
            throw bad("version " + version + " is unknown; this server reads 1 to " + newest);
        }
    }

    /// A reader of the bytes from `from` to `to`, counted from this one's buffer start.
    RecordReader part(int from, int to) {
        if (from < 0 || from > to || to > in.limit()) {
            throw bad("a part from " + from + " to " + to + " is outside of " + in.limit() + " bytes");
        }
        return new RecordReader(in.duplicate().limit(to).position(from), what);
    }
}
