package org.sluicemta.sign;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The SHA-256 of a message's body in a canonical form, in whatever pieces the body comes. A body that lacks its last
/// line end is hashed with it, as it is sent.
///
/// Source: RFC 6376 sections 3.4.3, 3.4.4 and 3.7. Owner: whoever feeds it.
public final class BodyHash {
    private static final int BUFFER = 1024;
    /// What is looked at in one go; eight octets behind it may be loaded and mean nothing.
    private static final int BLOCK = 8 * 1024;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long SEVEN_BITS = 0x7f7f_7f7f_7f7f_7f7fL;
    private static final long CRS = 0x0d0d_0d0d_0d0d_0d0dL;
    private static final long SPACES = 0x2020_2020_2020_2020L;
    private static final long TABS = 0x0909_0909_0909_0909L;

    private final boolean isRelaxed;
    private final MessageDigest digest;
    private final byte[] in = new byte[BLOCK + Long.BYTES];
    private final byte[] out = new byte[BUFFER];
    private int filled;
    /// Empty lines that count only if something follows.
    private long emptyLines;
    private boolean isBlankDue;
    private boolean hasText;
    private boolean isCrDue;
    private boolean hasAny;

    public BodyHash(Canonicalization form) {
        this.isRelaxed = form == Canonicalization.RELAXED;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }

    /// Takes the next piece whole.
    public BodyHash update(ByteBuffer piece) {
        while (piece.hasRemaining()) {
            int count = Math.min(BLOCK, piece.remaining());
            piece.get(in, 0, count);
            int at = 0;
            while (at < count) {
                int plain = isAtLineStart() ? plainLines(at, count) : at;
                at = plain > at ? unchanged(at, plain) : line(at, count);
            }
        }
        return this;
    }

    private boolean isAtLineStart() {
        return !hasText && !isBlankDue && !isCrDue;
    }

    /// Most lines of most messages are their own canonical form: they go to the digest as they stand.
    private int unchanged(int from, int to) {
        endEmptyLines();
        flush();
        digest.update(in, from, to - from);
        hasAny = true;
        return to;
    }

    /// @return behind the last of the whole lines from `from` on that are not empty and stay as they are
    private int plainLines(int from, int to) {
        int end = from;
        for (int next = plainLine(end, to); next > 0; next = plainLine(end, to)) {
            end = next;
        }
        return end;
    }

    /// @return behind the line, or 0 where it is empty, not whole, or changes: in the relaxed form by a tab, or a blank
    ///     before another one or before the line's end
    private int plainLine(int from, int to) {
        for (int at = from; at < to; at += Long.BYTES) {
            long eight = (long) EIGHT.get(in, at);
            long cr = equal(eight, CRS);
            long changing = 0;
            if (isRelaxed) {
                long tab = equal(eight, TABS);
                long space = equal(eight, SPACES);
                changing = tab | space & (space | tab | cr) >>> Byte.SIZE;
                if (space < 0 && isBlankOrCr(in[at + Long.BYTES])) {
                    changing |= Long.MIN_VALUE;
                }
            }
            if (cr != 0) {
                int place = Long.numberOfTrailingZeros(cr) / Byte.SIZE;
                int end = at + place;
                boolean isPlain = end > from
                        && end + 1 < to
                        && in[end + 1] == '\n'
                        && (changing & (1L << place * Byte.SIZE) - 1) == 0;
                return isPlain ? end + 2 : 0;
            }
            if (changing != 0) {
                return 0;
            }
        }
        return 0;
    }

    /// The highest bit of each octet that is the same in both.
    private static long equal(long eight, long others) {
        long different = eight ^ others;
        return ~((different & SEVEN_BITS) + SEVEN_BITS | different | SEVEN_BITS);
    }

    private static boolean isBlankOrCr(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    /// Octet by octet, to the end of the line or of what there is.
    private int line(int from, int to) {
        for (int at = from; at < to; at++) {
            byte b = in[at];
            if (isCrDue) {
                isCrDue = false;
                if (b == '\n') {
                    lineEnds();
                    return at + 1;
                }
                text((byte) '\r');
            }
            if (b == '\r') {
                isCrDue = true;
            } else if (isRelaxed && (b == ' ' || b == '\t')) {
                isBlankDue = true;
            } else {
                text(b);
            }
        }
        return to;
    }

    private void text(byte b) {
        endEmptyLines();
        if (isBlankDue) {
            isBlankDue = false;
            put((byte) ' ');
        }
        put(b);
        hasText = true;
    }

    private void endEmptyLines() {
        for (; emptyLines > 0; emptyLines--) {
            put((byte) '\r');
            put((byte) '\n');
        }
    }

    private void lineEnds() {
        isBlankDue = false;
        if (hasText) {
            hasText = false;
            put((byte) '\r');
            put((byte) '\n');
        } else {
            emptyLines++;
        }
    }

    private void put(byte b) {
        if (filled == BUFFER) {
            flush();
        }
        out[filled++] = b;
        hasAny = true;
    }

    private void flush() {
        digest.update(out, 0, filled);
        filled = 0;
    }

    /// The hash; nothing may be fed after it.
    public byte[] digest() {
        if (isCrDue) {
            isCrDue = false;
            text((byte) '\r');
        }
        // The empty body is one line end in the simple form and nothing in the relaxed one.
        if (hasText || !hasAny && !isRelaxed) {
            put((byte) '\r');
            put((byte) '\n');
        }
        flush();
        return digest.digest();
    }
}
