package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Cuts the command phase of a client's stream into lines. Only CR LF ends a line; a bare CR or LF is never taken for
/// one, whatever follows it. Source: RFC 5321 section 2.3.8, 4.5.3.1.4.
///
/// Owner: its connection's loop.
final class LineDecoder {
    private static final int USUAL_BYTES = 1024;

    private final int maxBytes;
    private byte[] line;
    private int length;
    private boolean sawCr;
    private boolean isTooLong;
    private boolean isDone;

    /// @param maxBytes of a line without its CRLF
    LineDecoder(int maxBytes) {
        this.maxBytes = maxBytes;
        line = new byte[Math.min(maxBytes, USUAL_BYTES)];
    }

    /// What [#read] found.
    enum Found {
        /// Not yet a whole line; everything was read.
        MORE,
        /// A line: [#bytes], [#length].
        LINE,
        /// A line above the bound has ended; what was over is gone.
        TOO_LONG,
        /// A CR or LF alone: the stream cannot be trusted any more.
        BARE
    }

    /// Reads up to the end of one line.
    Found read(ByteBuffer in) {
        if (isDone) {
            restart();
        }
        while (in.hasRemaining()) {
            byte b = in.get();
            if (sawCr) {
                isDone = true;
                return b != '\n' ? Found.BARE : isTooLong ? Found.TOO_LONG : Found.LINE;
            }
            if (b == '\r') {
                sawCr = true;
            } else if (b == '\n') {
                isDone = true;
                return Found.BARE;
            } else if (length == maxBytes) {
                isTooLong = true;
            } else {
                if (length == line.length) {
                    line = Arrays.copyOf(line, Math.min(maxBytes, 2 * line.length));
                }
                line[length++] = b;
            }
        }
        return Found.MORE;
    }

    /// Forgets a partial line.
    void restart() {
        length = 0;
        sawCr = false;
        isTooLong = false;
        isDone = false;
    }

    /// Whether part of a line is held.
    boolean isInLine() {
        return !isDone && (length > 0 || sawCr);
    }

    byte[] bytes() {
        return line;
    }

    int length() {
        return length;
    }
}
