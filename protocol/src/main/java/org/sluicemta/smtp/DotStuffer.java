package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Slice;

/// Sends content as DATA wants it: a dot before each line that begins with one, a line end at the end, the final dot.
/// Content is not copied: the connection gathers the slices around the dots. Source: RFC 5321 section 4.5.2.
///
/// Owner: its connection's loop; one for each message that is being sent.
final class DotStuffer {
    private final ByteBuffer tail = ByteBuffer.allocate(2);
    private boolean isLineStart = true;
    private byte last;

    void restart() {
        isLineStart = true;
        last = 0;
    }

    void send(Connection connection, OutgoingContent.Piece piece) {
        Slice slice = piece.slice();
        int from = piece.from();
        DotLines dots = piece.dotLines();
        int at = 0;
        for (int i = 0; i < dots.count(); i++) {
            at = sendUpTo(connection, slice, from, at, dots.offset(i));
        }
        if (!dots.isComplete()) {
            at = scan(connection, piece, at, dots.count() > 0);
        }
        if (at < piece.length()) {
            connection.send(slice, from + at, piece.length() - at);
        }
        noteEnd(slice, from + piece.length(), piece.length());
    }

    /// `.` on a line of its own, behind a line end if the content lacks one. Source: RFC 5321 section 4.1.1.4.
    void end(Connection connection) {
        ByteBuffer out = connection.out(5);
        if (!isLineStart) {
            out.put((byte) '\r').put((byte) '\n');
        }
        out.put((byte) '.').put((byte) '\r').put((byte) '\n');
    }

    private static int sendUpTo(Connection connection, Slice slice, int from, int at, int dot) {
        if (dot > at) {
            connection.send(slice, from + at, dot - at);
        }
        connection.out(1).put((byte) '.');
        return dot;
    }

    /// Doubles dots that nobody noted.
    ///
    /// @param isDotDone whether the dot at `at`, if there is one, was doubled already
    private int scan(Connection connection, OutgoingContent.Piece piece, int sent, boolean isDotDone) {
        ByteBuffer view = piece.slice().view(piece.from(), piece.length());
        int at = sent;
        boolean atLineStart = isLineStart && sent == 0 && !isDotDone;
        byte before = sent == 0 ? last : 0;
        for (int i = sent; i < piece.length(); i++) {
            byte b = view.get(i);
            if (b == '.' && atLineStart) {
                at = sendUpTo(connection, piece.slice(), piece.from(), at, i);
            }
            atLineStart = b == '\n' && before == '\r';
            before = b;
        }
        return at;
    }

    private void noteEnd(Slice slice, int end, int length) {
        if (length >= 2) {
            tail.clear();
            slice.get(end - 2, tail);
            isLineStart = tail.get(0) == '\r' && tail.get(1) == '\n';
            last = tail.get(1);
        } else if (length == 1) {
            tail.clear().limit(1);
            slice.get(end - 1, tail);
            isLineStart = last == '\r' && tail.get(0) == '\n';
            last = tail.get(0);
        }
    }
}
