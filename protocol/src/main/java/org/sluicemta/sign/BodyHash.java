package org.sluicemta.sign;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The SHA-256 of a message's body in a canonical form, in whatever pieces the body comes. A body that lacks its last
/// line end is hashed with it, as it is sent.
///
/// Source: RFC 6376 sections 3.4.3, 3.4.4 and 3.7. Owner: whoever feeds it.
public final class BodyHash {
    private static final int BUFFER = 4096;

    private final boolean isRelaxed;
    private final MessageDigest digest;
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
            byte b = piece.get();
            if (isCrDue) {
                isCrDue = false;
                if (b == '\n') {
                    lineEnds();
                    continue;
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
        return this;
    }

    private void text(byte b) {
        for (; emptyLines > 0; emptyLines--) {
            put((byte) '\r');
            put((byte) '\n');
        }
        if (isBlankDue) {
            isBlankDue = false;
            put((byte) ' ');
        }
        put(b);
        hasText = true;
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
