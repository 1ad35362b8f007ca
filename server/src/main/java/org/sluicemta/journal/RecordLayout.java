package org.sluicemta.journal;

/// Where things stand in a record's head and in a batch's header, in bytes. Little-endian. See docs/journal-format.md.
final class RecordLayout {
    /// CRC32C of the salt and everything of the head behind this field.
    static final int CRC = 0;
    static final int TYPE = 4;
    static final int VERSION = 6;
    static final int FLAGS = 7;
    static final int HEAD_LENGTH = 8;
    /// From the beginning of this head to the body.
    static final int BODY_DISTANCE = 12;
    static final int BODY_LENGTH = 16;
    /// CRC32C of the salt and the body.
    static final int BODY_CRC = 20;
    /// The sender's bytes begin here.
    static final int FIXED = 24;

    /// Heads begin at multiples of this.
    static final int UNIT = 16;

    private RecordLayout() {}

    static int padded(int headLength) {
        return FIXED + headLength + UNIT - 1 & -UNIT;
    }
}
