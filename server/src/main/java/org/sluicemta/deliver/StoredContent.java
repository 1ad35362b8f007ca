package org.sluicemta.deliver;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.smtp.DotLines;
import org.sluicemta.smtp.OutgoingContent;
import org.sluicemta.spool.HeapSlice;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Slice;

/// A stored message's content as the client engine asks for it, behind the fields that are put in front of it. Owner:
/// the session's loop.
final class StoredContent implements OutgoingContent {
    static final byte[] NO_FIELDS = {};

    private final StoredMessage stored;
    /// What goes first: fields, and the header where it is another than the stored one.
    private final byte[] front;
    /// Stored octets that are not sent.
    private final int skipped;
    private final DotLines frontDots;
    private final boolean needsUtf8;
    private boolean isBehindFront;
    private int nextSlice;
    private long offset;

    StoredContent(StoredMessage stored, Signatures.Front front) {
        byte[] header = front.header();
        this.stored = stored;
        this.front = header == null ? front.fields() : joined(front.fields(), header);
        this.skipped = header == null ? 0 : stored.message().shape().headerBytes();
        this.frontDots = header != null && hasDotLine(header) ? DotLines.UNKNOWN : DotLines.NONE;
        // A header beyond ASCII came in under SMTPUTF8 only; without it, reception's word is that 8-bit is in the body.
        this.needsUtf8 = stored.message().needsSmtpUtf8()
                && stored.message().shape().hasEightBit()
                && (header == null ? hasEightBitHeader(stored) : hasEightBit(header));
    }

    StoredMessage stored() {
        return stored;
    }

    private static byte[] joined(byte[] fields, byte[] header) {
        byte[] all = Arrays.copyOf(fields, fields.length + header.length);
        System.arraycopy(header, 0, all, fields.length, header.length);
        return all;
    }

    private static boolean hasDotLine(byte[] header) {
        for (int i = 0; i < header.length; i++) {
            if (header[i] == '.' && (i == 0 || header[i - 1] == '\n')) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasEightBit(byte[] bytes) {
        for (byte each : bytes) {
            if (each < 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasEightBitHeader(StoredMessage stored) {
        long left = stored.message().shape().headerBytes();
        for (Slice slice : stored.content().slices()) {
            int length = (int) Math.min(left, slice.length());
            var view = slice.view(0, length);
            for (int i = 0; i < length; i++) {
                if (view.get(i) < 0) {
                    return true;
                }
            }
            left -= length;
            if (left <= 0) {
                break;
            }
        }
        return false;
    }

    @Override
    public long sizeBytes() {
        return front.length + stored.message().shape().sizeBytes() - skipped;
    }

    @Override
    public boolean hasEightBit() {
        return stored.message().shape().hasEightBit();
    }

    @Override
    public boolean hasUtf8Header() {
        return needsUtf8;
    }

    @Override
    public void rewind() {
        nextSlice = 0;
        offset = 0;
        isBehindFront = false;
    }

    @Override
    public @Nullable Piece next() {
        if (!isBehindFront) {
            isBehindFront = true;
            if (front.length > 0) {
                return new Piece(new HeapSlice(front), 0, front.length, frontDots);
            }
        }
        List<Slice> slices = stored.content().slices();
        while (offset + slices.get(nextSlice).length() <= skipped
                || slices.get(nextSlice).length() == 0) {
            offset += slices.get(nextSlice++).length();
        }
        Slice slice = slices.get(nextSlice++).retain();
        int leftOut = (int) Math.max(0, skipped - offset);
        long from = offset + leftOut;
        offset += slice.length();
        return new Piece(
                slice, leftOut, slice.length() - leftOut, dots(stored.message().shape(), from, offset));
    }

    /// The noted dot lines inside `[from, to)`, relative to `from`.
    static DotLines dots(ContentShape shape, long from, long to) {
        if (shape.hasMoreDots()) {
            return DotLines.UNKNOWN;
        }
        long[] all = shape.dotOffsets();
        if (all.length == 0) {
            return DotLines.NONE;
        }
        var inside = new int[all.length];
        int count = 0;
        for (long at : all) {
            if (at >= from && at < to) {
                inside[count++] = (int) (at - from);
            }
        }
        return DotLines.of(Arrays.copyOf(inside, count), true);
    }
}
