package org.sluicemta.account;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When an accounting file ends and what becomes of it then. A day's midnight ends it in any case.
///
/// @param maxSizeBytes a file is not begun beyond this, 1 MB or more
/// @param moveTo where finished files go (same volume), or null to leave them
/// @param moveInterval a file with rows is finished after this, 1 s or more; only where it is moved then
/// @param deleteAfter finished files are deleted after this, counted from the end of their day; zero for never. Only
///     where they are not moved elsewhere
/// @param isWorldReadable whether everybody may read the files; else their owner and its group
/// @param countsMoved whether the log tells how many rows a moved file has
public record Rotation(
        long maxSizeBytes,
        @Nullable Path moveTo,
        Duration moveInterval,
        Duration deleteAfter,
        boolean isWorldReadable,
        boolean countsMoved) {
    public static final long DEFAULT_MAX_SIZE_BYTES = 250L << 20;
    public static final long LEAST_MAX_SIZE_BYTES = 1_000_000;
    public static final Duration DEFAULT_DELETE_AFTER = Duration.ofDays(8);
    public static final Duration DEFAULT_MOVE_INTERVAL = Duration.ofDays(1);

    /// What a configuration without a word about it means.
    public static final Rotation USUAL = of(null, DEFAULT_DELETE_AFTER, DEFAULT_MAX_SIZE_BYTES);

    public Rotation {
        if (maxSizeBytes < LEAST_MAX_SIZE_BYTES) {
            throw new AccountException("max-size has " + maxSizeBytes + " bytes; write 1M or more");
        }
        if (deleteAfter.isNegative()) {
            throw new AccountException("delete-after has " + deleteAfter + "; write 1d or more, or never");
        }
        if (moveInterval.toSeconds() < 1) {
            throw new AccountException("move-interval has " + moveInterval + "; write 1s or more");
        }
    }

    public static Rotation of(@Nullable Path moveTo, Duration deleteAfter, long maxSizeBytes) {
        return new Rotation(maxSizeBytes, moveTo, DEFAULT_MOVE_INTERVAL, deleteAfter, false, false);
    }
}
