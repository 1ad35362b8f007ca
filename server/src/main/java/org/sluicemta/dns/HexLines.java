package org.sluicemta.dns;

import java.nio.ByteBuffer;
import java.util.Locale;

/// Bytes for people: 16 a line, in hexadecimal and then as ASCII.
public final class HexLines {
    private static final int A_LINE = 16;

    private HexLines() {}

    /// One line. Absolute: the buffer's position stays.
    ///
    /// @param count 1 to 16
    public static String line(ByteBuffer bytes, int from, int count) {
        var line = new StringBuilder(5 + 4 * A_LINE);
        for (int i = 0; i < A_LINE; i++) {
            line.append(i < count ? String.format(Locale.ROOT, " %02x", bytes.get(from + i)) : "   ");
        }
        line.append("  ");
        for (int i = 0; i < count; i++) {
            byte b = bytes.get(from + i);
            line.append(b >= ' ' && b < 127 ? (char) b : '.');
        }
        return line.toString();
    }
}
