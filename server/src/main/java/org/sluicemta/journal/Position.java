package org.sluicemta.journal;

/// Where a record's head stands in a stream: 63 bits in a `long`, so that a waiting message costs eight bytes for it.
///
/// ```
/// bit 62 ... 32   segment id, 1 to 2^31 - 1
/// bit 31 ...  6   offset of the head in its segment, in units of 16 bytes (a segment has at most 1 GiB)
/// bit  5 ...  0   size class of head and body together: quarter octaves from 64 bytes
/// ```
/// Positions of one stream compare as numbers in the order in which the records were written. The size class keeps the
/// account of live bytes ([Journal#release]) without a table: it is right to within a fifth. 0 is no position: before
/// every record.
public final class Position {
    /// Before every record.
    public static final long NONE = 0;

    private static final int UNIT = 16;
    private static final int CLASS_BITS = 6;
    private static final int OFFSET_BITS = 26;
    static final long MAX_SEGMENT_BYTES = (long) UNIT << OFFSET_BITS;
    static final long MAX_SEGMENT_ID = (1L << 31) - 1;

    private Position() {}

    static long of(long segment, long offset, long bytes) {
        return segment << OFFSET_BITS + CLASS_BITS | offset / UNIT << CLASS_BITS | sizeClass(bytes);
    }

    /// The least position of a record at or behind `offset`, for comparisons.
    static long floor(long segment, long offset) {
        return segment << OFFSET_BITS + CLASS_BITS | (offset + UNIT - 1) / UNIT << CLASS_BITS;
    }

    /// The id of the segment.
    public static long segment(long position) {
        return position >>> OFFSET_BITS + CLASS_BITS;
    }

    /// Bytes from the beginning of the segment to the record's head.
    public static long offset(long position) {
        return (position >>> CLASS_BITS & (1L << OFFSET_BITS) - 1) * UNIT;
    }

    /// About how many bytes the record has on disk, head and body; to within a fifth, 64 to 3.5 million.
    public static long bytes(long position) {
        int c = (int) (position & (1 << CLASS_BITS) - 1);
        long octave = 64L << c / 4;
        return octave + octave * (c % 4) / 4;
    }

    /// For a person: `segment 12, offset 4096`.
    public static String text(long position) {
        return "segment " + segment(position) + ", offset " + offset(position);
    }

    private static long sizeClass(long bytes) {
        if (bytes <= 64) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(bytes);
        long quarter = (bytes >>> octave - 2) & 3;
        return Math.min((octave - 6) * 4L + quarter, (1 << CLASS_BITS) - 1);
    }
}
