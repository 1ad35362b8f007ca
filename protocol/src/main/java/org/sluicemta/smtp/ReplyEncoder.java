package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.util.List;
import org.sluicemta.world.Connection;

/// Writes our server's replies. A line is cut at 512 bytes; a character beyond ASCII becomes `?`.
/// Source: RFC 5321 section 4.2.1, 4.5.3.1.5.
final class ReplyEncoder {
    static final int MAX_TEXT = 512 - 4 - 2;

    private ReplyEncoder() {}

    static void write(Connection connection, Reply reply) {
        List<String> lines = reply.lines();
        int code = reply.code().value();
        for (int i = 0; i < lines.size(); i++) {
            writeLine(connection, code, lines.get(i), i == lines.size() - 1);
        }
    }

    static void writeLine(Connection connection, int code, String text, boolean isLast) {
        int length = Math.min(text.length(), MAX_TEXT);
        ByteBuffer out = connection.out(length + 6);
        out.put((byte) ('0' + code / 100));
        out.put((byte) ('0' + code / 10 % 10));
        out.put((byte) ('0' + code % 10));
        out.put((byte) (isLast ? ' ' : '-'));
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            out.put((byte) (c < 127 ? c : '?'));
        }
        out.put((byte) '\r');
        out.put((byte) '\n');
    }
}
