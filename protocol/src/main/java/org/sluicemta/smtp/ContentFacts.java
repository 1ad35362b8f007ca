package org.sluicemta.smtp;

/// What was noted about a message's content in the one pass in which it came in. The content itself is unstuffed, its
/// lines end in CRLF only, and it ends with a line end.
///
/// @param sizeBytes of the unstuffed content, without the final dot; 0 or more
/// @param headerLength bytes of the header section up to, not with, the empty line; [#sizeBytes] when there is no empty
///     line. The body begins 2 bytes behind it
/// @param receivedLines header fields named Received. Source: RFC 5321 section 6.3
/// @param longestLineBytes without its CRLF. Source: RFC 5322 section 2.1.1 allows 998
/// @param hasEightBit a byte above 127 was seen
/// @param hasNul a NUL was seen
/// @param dotLines where lines begin with a dot
public record ContentFacts(
        int sizeBytes,
        int headerLength,
        int receivedLines,
        int longestLineBytes,
        boolean hasEightBit,
        boolean hasNul,
        DotLines dotLines) {}
