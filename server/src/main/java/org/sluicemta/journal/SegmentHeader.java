package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.Optional;

/// The first block of a segment. All of it fits 512 bytes, so it is written whole or not at all.
///
/// @param formatVersion of the writer
/// @param leastReader the least version able to read it
/// @param incarnation counts the openings of the folder, from 1
/// @param previous what came before: its end stands here, because its own file is never written again
/// @param firstSequence the number of the first batch
/// @param capacity of the file
/// @param madeMillis server time when it was begun
record SegmentHeader(
        int formatVersion,
        int leastReader,
        StreamKind stream,
        long segment,
        int generation,
        ServerId server,
        long incarnation,
        Seal previous,
        long firstSequence,
        long capacity,
        long madeMillis) {
    static final int FORMAT_VERSION = 1;
    static final int LEAST_READER = 1;

    /// `SLUICESG`.
    private static final long MAGIC = 0x47534543_49554C53L;

    private static final int BYTES = 256;

    /// The end of a segment that is written no more.
    ///
    /// @param segment 0 for none
    /// @param end where its last batch ends; what lies behind was never acknowledged
    /// @param tornBatch offset of a last batch that was found torn at a start and kept in part; 0 for none
    record Seal(long segment, int generation, long end, long tornBatch) {
        static final Seal NONE = new Seal(0, 0, 0, 0);
    }

    void encode(ByteBuffer block, int at) {
        for (int i = 0; i < BatchLayout.BLOCK; i += 8) {
            block.putLong(at + i, 0);
        }
        block.putLong(at, MAGIC);
        block.putShort(at + 12, (short) formatVersion);
        block.putShort(at + 14, (short) leastReader);
        block.put(at + 16, (byte) stream.code());
        block.putInt(at + 20, BatchLayout.BLOCK);
        block.putLong(at + 24, segment);
        block.putInt(at + 32, generation);
        block.putLong(at + 40, server.high());
        block.putLong(at + 48, server.low());
        block.putLong(at + 56, incarnation);
        block.putLong(at + 64, previous.segment);
        block.putInt(at + 72, previous.generation);
        block.putLong(at + 80, previous.end);
        block.putLong(at + 88, previous.tornBatch);
        block.putLong(at + 96, firstSequence);
        block.putLong(at + 104, capacity);
        block.putLong(at + 112, madeMillis);
        block.putInt(at + 8, Checksum.plain(block, at + 12, BYTES - 12));
    }

    /// @return empty when no header of ours stands there, or a torn or damaged one. A header of a later version is
    ///     returned with what could be read of it; see [#isReadable]
    static Optional<SegmentHeader> decode(ByteBuffer block, int at) {
        if (block.getLong(at) != MAGIC || block.getInt(at + 8) != Checksum.plain(block, at + 12, BYTES - 12)) {
            return Optional.empty();
        }
        int code = block.get(at + 16);
        if (code < 1 || code > StreamKind.values().length) {
            return Optional.empty();
        }
        return Optional.of(new SegmentHeader(
                Short.toUnsignedInt(block.getShort(at + 12)),
                Short.toUnsignedInt(block.getShort(at + 14)),
                StreamKind.values()[code - 1],
                block.getLong(at + 24),
                block.getInt(at + 32),
                new ServerId(block.getLong(at + 40), block.getLong(at + 48)),
                block.getLong(at + 56),
                new Seal(block.getLong(at + 64), block.getInt(at + 72), block.getLong(at + 80), block.getLong(at + 88)),
                block.getLong(at + 96),
                block.getLong(at + 104),
                block.getLong(at + 112)));
    }

    boolean isReadable() {
        return leastReader <= FORMAT_VERSION;
    }
}
