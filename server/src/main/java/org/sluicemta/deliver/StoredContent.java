package org.sluicemta.deliver;

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
    private final byte[] fields;
    private final boolean needsUtf8;
    private boolean isBehindFields;
    private int nextSlice;
    private long offset;

    /// @param fields whole header fields in ASCII, each with its CRLF; none begins with a dot
    StoredContent(StoredMessage stored, byte[] fields) {
        this.stored = stored;
        this.fields = fields;
        // A header beyond ASCII came in under SMTPUTF8 only; without it, reception's word is that 8-bit is in the body.
        this.needsUtf8 =
                stored.message().needsSmtpUtf8() && stored.message().shape().hasEightBit() && hasEightBitHeader(stored);
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
        return fields.length + stored.message().shape().sizeBytes();
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
        isBehindFields = false;
    }

    @Override
    public @Nullable Piece next() {
        if (!isBehindFields) {
            isBehindFields = true;
            if (fields.length > 0) {
                return new Piece(new HeapSlice(fields), 0, fields.length, DotLines.NONE);
            }
        }
        List<Slice> slices = stored.content().slices();
        while (slices.get(nextSlice).length() == 0) {
            nextSlice++;
        }
        Slice slice = slices.get(nextSlice++).retain();
        long from = offset;
        offset += slice.length();
        return new Piece(slice, 0, slice.length(), dots(stored.message().shape(), from, offset));
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
        return DotLines.of(java.util.Arrays.copyOf(inside, count), true);
    }
}
