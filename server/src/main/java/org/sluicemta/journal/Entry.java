package org.sluicemta.journal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// A record to be written, made by its sender. All methods are called on the lane of the stream it was given to; the
/// implementer forwards `durable` and `refused` to its own loop. After either the journal holds nothing of it.
///
/// A class, not an interface: the lane keeps its notes in it, so that a record costs the journal no allocation.
public abstract class Entry {
    /// A reader that does not know this type may skip it. Without it such a reader must stop.
    public static final int IGNORABLE = 1;
    /// This record repeats one written before, whose segment shall be reused. On replay it moves what is known under
    /// its name, and never makes anything known: the original may have been settled since.
    public static final int COPY = 2;

    /// Types from here on are the journal's own.
    public static final int FIRST_OWN_TYPE = 0xFF00;

    int headBytes;
    int bodyBytes;
    long position;

    /// What the record is: 0 to 0xFEFF, the sender's numbering.
    public abstract int type();

    /// The version of this type's head, 0 to 255.
    public abstract int version();

    /// [#IGNORABLE], [#COPY], or 0; the upper four bits are the sender's.
    public int flags() {
        return 0;
    }

    /// How many bytes [#writeHead] will put, 0 or more. Asked once.
    public abstract int headLength();

    /// Puts exactly [#headLength] bytes. The buffer is little-endian.
    public abstract void writeHead(ByteBuffer to);

    /// The body, or null for none. Held by the sender until `durable` or `refused`.
    public @Nullable Slice body() {
        return null;
    }

    /// How much of [#body], from 0 on, is the body.
    public int bodyLength() {
        Slice body = body();
        return body == null ? 0 : body.length();
    }

    /// The record is on disk and will be found again. In the content stream it is live from now on: to be given back
    /// by [Journal#release].
    public abstract void durable(long position);

    /// The record was not accepted; it may be there after a crash nonetheless.
    public abstract void refused(IoFailure why);
}
