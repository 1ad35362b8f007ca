package org.sluicemta.mail;

/// A message's name for life: 128 bits, never a position on disk, so that copying, moving and adopting keep it.
///
/// @param incarnation drawn at random at each start of a server
/// @param sequence counts from 1 within the incarnation
public record MessageId(long incarnation, long sequence) implements Comparable<MessageId> {
    /// 32 hexadecimal digits.
    @Override
    public String toString() {
        var hex = java.util.HexFormat.of();
        return hex.toHexDigits(incarnation) + hex.toHexDigits(sequence);
    }

    /// @throws IllegalArgumentException when `text` is not 32 hexadecimal digits
    public static MessageId parse(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("a message id has 32 hexadecimal digits; this has " + text.length());
        }
        return new MessageId(
                java.util.HexFormat.fromHexDigitsToLong(text, 0, 16),
                java.util.HexFormat.fromHexDigitsToLong(text, 16, 32));
    }

    @Override
    public int compareTo(MessageId other) {
        int byIncarnation = Long.compareUnsigned(incarnation, other.incarnation);
        return byIncarnation != 0 ? byIncarnation : Long.compareUnsigned(sequence, other.sequence);
    }
}
