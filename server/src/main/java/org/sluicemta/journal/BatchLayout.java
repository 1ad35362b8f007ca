package org.sluicemta.journal;

/// A batch: header with a table of its heads, heads, bodies, zeros up to the next block. Little-endian.
final class BatchLayout {
    /// Segments are written in blocks of this size, whatever the file store's alignment (512 to 4096): a folder can be
    /// carried to another machine.
    static final int BLOCK = 4096;

    /// `SLBT`.
    static final int MAGIC = 0x54424C53;
    static final int CRC = 4;
    static final int SEGMENT = 8;
    static final int SEQUENCE = 16;
    static final int GENERATION = 24;
    static final int COUNT = 28;
    /// From the beginning of the batch to the end of the last head.
    static final int HEADS_END = 32;
    /// From the beginning of the batch to the end of the last body.
    static final int TOTAL = 36;
    static final int STREAM = 40;
    static final int VERSION = 41;
    /// Offsets of the heads from the beginning of the batch, 4 bytes each.
    static final int TABLE = 48;

    static final int THIS_VERSION = 1;

    private BatchLayout() {}

    /// Where the first head begins.
    static int headsBegin(int count) {
        return TABLE + 4 * count + RecordLayout.UNIT - 1 & -RecordLayout.UNIT;
    }

    static long padded(long bytes) {
        return bytes + BLOCK - 1 & -(long) BLOCK;
    }
}
