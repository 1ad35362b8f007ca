package org.sluicemta.mail;

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
}
