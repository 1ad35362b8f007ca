package org.sluicemta.account;

import java.time.ZoneId;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which rows an accounting file or pipe gets, and how they look.
///
/// @param records the rows that are written, not empty
/// @param columns the columns of each type; a type that is missing has its defaults
/// @param mappings header fields whose values stand in the place of a field, the first that a message has
/// @param queues whose rows are written; receipts are written whatever the queue
/// @param privacy what stands in the place of the recipients' local parts
/// @param userString what the column `userString` holds
/// @param hasIsoTimes times are `2024-05-01 09:30:02-0400` instead of seconds since 1970
/// @param isCrlf lines end with CR LF instead of LF
/// @param hasSuccessCategory `bounceCat` of a delivery is `success` instead of empty
/// @param zone whose times and midnights the file has
public record RowPlan(
        Set<RowType> records,
        Map<RowType, List<Column>> columns,
        List<Mapping> mappings,
        QueueFilter queues,
        PrivacyPolicy privacy,
        String userString,
        boolean hasIsoTimes,
        boolean isCrlf,
        boolean hasSuccessCategory,
        ZoneId zone) {
    /// `map-header-to-field`.
    ///
    /// @param type in whose rows
    /// @param header the name of the header field
    /// @param field what it takes the place of
    public record Mapping(RowType type, String header, Column.Field field) {
        public Mapping {
            if (type == RowType.TRANSIENT_QUEUE) {
                throw new AccountException("map-header-to-field has " + type.code()
                        + ", whose rows are about no message; write d, b, t or r");
            }
        }
    }

    public RowPlan {
        if (records.isEmpty()) {
            throw new AccountException("there are no records; write e.g. records d,b");
        }
        records = Collections.unmodifiableSet(EnumSet.copyOf(records));
        Map<RowType, List<Column>> all = new EnumMap<>(RowType.class);
        for (RowType type : records) {
            all.put(type, List.copyOf(columns.getOrDefault(type, Column.defaultsOf(type))));
        }
        columns = Collections.unmodifiableMap(all);
        mappings = List.copyOf(mappings);
    }

    /// The rows that a configuration without a word about them means, of the given types.
    public static RowPlan of(Set<RowType> records, Map<RowType, List<Column>> columns, ZoneId zone) {
        return new RowPlan(
                records, columns, List.of(), QueueFilter.ALL, PrivacyPolicy.RETAIN, "", true, false, false, zone);
    }
}
