package org.sluicemta.account;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One accounting file as it is configured.
///
/// @param path the name without date and number: `/var/log/sluice/acct.csv` is written as
///     `/var/log/sluice/acct-2024-05-01-0000.csv`
/// @param records the rows that are written, not empty
/// @param columns the columns of each type; a type that is missing has its defaults
/// @param maxSizeBytes a file is not begun beyond this, 1 MB or more
/// @param moveTo where finished files go (same volume), or null to leave them
/// @param deleteAfter finished files are deleted after this, counted from the end of their day; zero for never. Only
///     where they are not moved elsewhere
/// @param isCrlf lines end with CR LF instead of LF
/// @param hasSuccessCategory `bounceCat` of a delivery is `success` instead of empty
/// @param zone whose times and midnights the file has
public record AccountFile(
        Path path,
        Set<RowType> records,
        Map<RowType, List<Column>> columns,
        long maxSizeBytes,
        @Nullable Path moveTo,
        Duration deleteAfter,
        boolean isCrlf,
        boolean hasSuccessCategory,
        ZoneId zone) {
    public static final long DEFAULT_MAX_SIZE_BYTES = 250_000_000;
    public static final long LEAST_MAX_SIZE_BYTES = 1_000_000;
    public static final Duration DEFAULT_DELETE_AFTER = Duration.ofDays(8);

    public AccountFile {
        if (records.isEmpty()) {
            throw new AccountException("acct-file " + path + " has no records; write e.g. records d,b");
        }
        if (path.getFileName() == null) {
            throw new AccountException("acct-file " + path + " names no file; write e.g. /var/log/sluice/acct.csv");
        }
        if (maxSizeBytes < LEAST_MAX_SIZE_BYTES) {
            throw new AccountException("max-size has " + maxSizeBytes + " bytes; write 1M or more");
        }
        if (deleteAfter.isNegative()) {
            throw new AccountException("delete-after has " + deleteAfter + "; write 1d or more, or never");
        }
        records = Collections.unmodifiableSet(EnumSet.copyOf(records));
        Map<RowType, List<Column>> all = new EnumMap<>(RowType.class);
        for (RowType type : records) {
            all.put(type, List.copyOf(columns.getOrDefault(type, Column.defaultsOf(type))));
        }
        columns = Collections.unmodifiableMap(all);
    }

    /// What a configuration that names only the file means.
    public static AccountFile named(Path path, ZoneId zone) {
        return new AccountFile(
                path,
                EnumSet.of(RowType.DELIVERY, RowType.BOUNCE),
                Map.of(),
                DEFAULT_MAX_SIZE_BYTES,
                null,
                DEFAULT_DELETE_AFTER,
                false,
                false,
                zone);
    }

    Path folder() {
        Path parent = path.getParent();
        return parent == null ? Path.of("") : parent;
    }
}
