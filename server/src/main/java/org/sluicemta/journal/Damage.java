package org.sluicemta.journal;

import java.nio.file.Path;

/// Bytes that are not what was written, and where.
///
/// @param file the file
/// @param offset of the first bad byte, or of the record or batch that holds it
/// @param length bytes that are not usable, 0 when unknown
/// @param why one line for a person
public record Damage(Kind kind, Path file, long offset, long length, String why) {
    public enum Kind {
        /// The last batch was being written when the power went. It was never acknowledged: no loss.
        TORN_TAIL,
        /// A record's checksum does not fit, in a batch that was acknowledged: what it said is lost.
        CORRUPT_RECORD,
        /// No batch can be read where one must be.
        CORRUPT_BATCH,
        /// A segment's header cannot be read, though it holds batches.
        CORRUPT_HEADER,
        /// A checkpoint cannot be used; the one before it was.
        CORRUPT_CHECKPOINT,
        /// There is no usable checkpoint although there was one: settled records come back as live.
        LOST_CHECKPOINT,
        /// A segment is gone that nothing released.
        MISSING_SEGMENT
    }

    /// Whether something acknowledged is, or may be, gone.
    public boolean isLoss() {
        return kind != Kind.TORN_TAIL && kind != Kind.CORRUPT_CHECKPOINT;
    }

    @Override
    public String toString() {
        return file + ":" + offset + ": " + kind + ": " + why;
    }
}
