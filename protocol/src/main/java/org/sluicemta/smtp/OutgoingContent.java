package org.sluicemta.smtp;

import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Slice;

/// A message's content on its way out, in pieces: unstuffed, CRLF only, ending with a line end, no NUL. Read once a
/// transaction (again from the start if the transaction must be repeated). Owner: the connection's loop.
public interface OutgoingContent {
    /// All pieces together, 0 or more.
    long sizeBytes();

    boolean hasEightBit();

    /// Whether a header holds bytes beyond ASCII, so that SMTPUTF8 is needed. Source: RFC 6531 section 3.1.
    boolean hasUtf8Header();

    /// Goes back to the first piece. Called before the content is first asked for, and for each repetition.
    void rewind();

    /// The next piece, with a hold on its slice that passes to the engine; null when it is not in memory yet: then call
    /// [DeliveryControl#contentReady] when it is. Not called again once [#sizeBytes] have come.
    @Nullable
    Piece next();

    /// @param from the first byte
    /// @param length 1 or more
    /// @param dotLines relative to `from`; offset 0 only if the piece begins at a line start
    record Piece(Slice slice, int from, int length, DotLines dotLines) {}
}
