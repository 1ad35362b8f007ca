package org.sluicemta.journal;

import java.time.Duration;

/// How a journal works. The defaults suit a server; tests use tiny ones.
///
/// @param contentSegmentBytes size of a content file: a multiple of 4096, three blocks to 1 GiB
/// @param eventSegmentBytes size of an event file, likewise
/// @param batchBytes the most that is written and synced in one go, padded; a larger record goes alone
/// @param recordBytes the largest record with its batch, padded; at most what a segment holds behind its header
/// @param eventDelay how long events may wait for others to share their sync
/// @param waitingRecords how many records of one stream may wait or be under way; more are refused
/// @param suspectAfter a commit out for longer makes the directory suspect: new content is refused
/// @param freeFloorBytes below so much free space new content is refused; events go on
/// @param spares how many emptied files of each stream are kept for reuse, and for events in reserve, 1 or more
/// @param eventRetention how long events are kept for history after their segment was sealed
/// @param stragglerShare a content segment with at most this share of its bytes live is worth copying: 0 to 1
/// @param copyBytesPerSecond what copying may read and write together: about a tenth of what the disk does
/// @param recentEventBytes events kept in memory for followers that keep up; over 0
public record JournalSettings(
        long contentSegmentBytes,
        long eventSegmentBytes,
        int batchBytes,
        int recordBytes,
        Duration eventDelay,
        int waitingRecords,
        Duration suspectAfter,
        long freeFloorBytes,
        int spares,
        Duration eventRetention,
        double stragglerShare,
        long copyBytesPerSecond,
        long recentEventBytes) {
    private static final long MIB = 1 << 20;

    /// No batch is larger, whatever the settings: what a reader may be asked to hold.
    static final int MAX_BATCH_BYTES = (int) (64 * MIB);

    public JournalSettings {
        require(isSegment(contentSegmentBytes), "content segments of " + contentSegmentBytes + " bytes");
        require(isSegment(eventSegmentBytes), "event segments of " + eventSegmentBytes + " bytes");
        require(batchBytes >= BatchLayout.BLOCK && batchBytes <= MAX_BATCH_BYTES, "batches of " + batchBytes);
        require(recordBytes >= batchBytes && recordBytes <= MAX_BATCH_BYTES, "records of " + recordBytes);
        require(recordBytes <= contentSegmentBytes - BatchLayout.BLOCK, "records larger than a content segment");
        require(waitingRecords >= 1, "waiting records " + waitingRecords);
        require(spares >= 1, "spares " + spares);
        require(stragglerShare >= 0 && stragglerShare <= 1, "straggler share " + stragglerShare);
    }

    public static JournalSettings defaults() {
        return new JournalSettings(
                128 * MIB,
                32 * MIB,
                (int) (8 * MIB),
                (int) (16 * MIB),
                Duration.ofMillis(3),
                65_536,
                Duration.ofSeconds(10),
                512 * MIB,
                2,
                Duration.ZERO,
                0.25,
                20 * MIB,
                4 * MIB);
    }

    long segmentBytes(StreamKind stream) {
        return switch (stream) {
            case CONTENT -> contentSegmentBytes;
            case EVENTS -> eventSegmentBytes;
        };
    }

    private static boolean isSegment(long bytes) {
        return bytes % BatchLayout.BLOCK == 0 && bytes >= 3 * BatchLayout.BLOCK && bytes <= Position.MAX_SEGMENT_BYTES;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new JournalException("journal settings: " + what + " cannot be");
        }
    }
}
