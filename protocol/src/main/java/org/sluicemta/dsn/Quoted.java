package org.sluicemta.dsn;

/// How much of a message stands in the report about it.
///
/// @param bytes lines that end with CRLF, the last one too
/// @param hasEightBit an octet over 127 is in `bytes`
public record Quoted(Part part, byte[] bytes, boolean hasEightBit) {
    /// Nothing: the message cannot be read any more.
    public static final Quoted NOTHING = new Quoted(Part.NOTHING, new byte[0], false);

    /// What of the message.
    public enum Part {
        NOTHING,
        /// The header section, with or without the empty line that ends it.
        HEADERS,
        /// All of it.
        MESSAGE
    }
}
