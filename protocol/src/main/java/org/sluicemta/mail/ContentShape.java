package org.sluicemta.mail;

import java.util.Arrays;

/// Facts of a message's content, noted in the one pass that took it in. The content is stored unstuffed, with CRLF
/// only.
///
/// @param sizeBytes header and body, without stuffed dots and without the final dot
/// @param headerBytes the header section with the empty line that ends it; all of it where there is no body
/// @param hasEightBit an octet over 127 stands in it
/// @param longestLine octets without CRLF
/// @param dotOffsets where lines begin with a dot, ascending, the first 64 at most
/// @param hasMoreDots more lines begin with a dot than are listed: whoever stuffs must scan
/// @param bodySha256 hash of the body as received, or empty where it was not taken
public record ContentShape(
        long sizeBytes,
        int headerBytes,
        boolean hasEightBit,
        int longestLine,
        long[] dotOffsets,
        boolean hasMoreDots,
        byte[] bodySha256) {
    /// The most dot offsets that are kept.
    public static final int MAX_DOTS = 64;

    /// Looks through a whole message that was made here.
    ///
    /// @param message lines that end with CRLF
    public static ContentShape of(byte[] message) {
        long[] dots = new long[MAX_DOTS];
        int count = 0;
        boolean hasMoreDots = false;
        boolean hasEightBit = false;
        int headerBytes = 0;
        int longest = 0;
        int start = 0;
        for (int at = 0; at < message.length; at++) {
            hasEightBit |= message[at] < 0;
            if (at == start && message[at] == '.') {
                if (count < MAX_DOTS) {
                    dots[count++] = at;
                } else {
                    hasMoreDots = true;
                }
            }
            if (message[at] == '\n') {
                int length = at - start - 1;
                if (length == 0 && headerBytes == 0) {
                    headerBytes = at + 1;
                }
                longest = Math.max(longest, length);
                start = at + 1;
            }
        }
        return new ContentShape(
                message.length,
                headerBytes == 0 ? message.length : headerBytes,
                hasEightBit,
                longest,
                Arrays.copyOf(dots, count),
                hasMoreDots,
                new byte[0]);
    }
}
