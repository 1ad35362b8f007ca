package org.sluicemta.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sluicemta.account.AccountException;
import org.sluicemta.account.AccountFile;
import org.sluicemta.account.AccountPipe;
import org.sluicemta.account.AccountPolicies;
import org.sluicemta.account.BounceCategories;
import org.sluicemta.account.Column;
import org.sluicemta.account.RecordFields;
import org.sluicemta.account.Rotation;
import org.sluicemta.account.RowPlan;
import org.sluicemta.account.RowType;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.match.OperatorPattern;

/// What accounting is told by a configuration.
public final class AcctPlans {
    private AcctPlans() {}

    /// Whether rows go to a program instead of a file.
    public static boolean isPipe(Configuration.AcctFile file) {
        return file.path().startsWith("|");
    }

    /// @throws AccountException for a pipe that cannot be
    public static AccountPipe pipe(Configuration.AcctFile file, ZoneId zone) {
        return new AccountPipe(
                file.path(),
                Words.split(file.path().substring(1)).stream()
                        .map(Words.Word::text)
                        .toList(),
                rows(file, zone),
                file.setting(Directives.RETRY_INTERVAL).value(),
                file.setting(Directives.WRITE_TIMEOUT).value());
    }

    /// @throws AccountException for a file that cannot be
    public static AccountFile file(Configuration.AcctFile file, ZoneId zone) {
        String moveTo = file.setting(Directives.MOVE_TO).value();
        return new AccountFile(
                Path.of(file.path()),
                rows(file, zone),
                new Rotation(
                        Math.max(
                                Rotation.LEAST_MAX_SIZE_BYTES,
                                file.setting(Directives.MAX_SIZE).value()),
                        moveTo.isEmpty() ? null : Path.of(moveTo),
                        file.setting(Directives.MOVE_INTERVAL).value(),
                        time(file.setting(Directives.DELETE_AFTER).value()),
                        file.setting(Directives.WORLD_READABLE).value(),
                        file.setting(Directives.COUNT_MOVED_RECORDS).value()));
    }

    /// Zero for never.
    private static Duration time(Delay delay) {
        return switch (delay) {
            case Delay.Never _ -> Duration.ZERO;
            case Delay.After after -> after.time();
        };
    }

    private static RowPlan rows(Configuration.AcctFile file, ZoneId zone) {
        Set<RowType> records = records(file.setting(Directives.RECORDS).value());
        if (records.isEmpty()) {
            throw new AccountException(
                    "records names none of the rows that are written so far; write d, b, t, tq or r");
        }
        return new RowPlan(
                records,
                columns(file.setting(Directives.RECORD_FIELDS).value()),
                mappings(file.setting(Directives.MAP_HEADER_TO_FIELD).value()),
                file.setting(Directives.QUEUE_FILTER).value(),
                file.setting(Directives.PRIVACY_POLICY).value(),
                file.setting(Directives.USER_STRING).value(),
                file.setting(Directives.ISO_TIMES).value(),
                file.setting(Directives.ACCT_LINE_END).value().equals("crlf"),
                file.setting(Directives.ACCT_SUCCESS_CATEGORY).value(),
                zone);
    }

    private static Set<RowType> records(Set<String> codes) {
        Set<RowType> records = EnumSet.noneOf(RowType.class);
        for (String code : codes) {
            RowType type = AcctValues.rowType(code);
            if (type != null) {
                records.add(type);
            }
        }
        return records;
    }

    /// Lines of one type add up.
    private static Map<RowType, List<Column>> columns(List<AcctValues.FieldsLine> lines) {
        Map<RowType, List<String>> items = new EnumMap<>(RowType.class);
        for (AcctValues.FieldsLine line : lines) {
            RowType type = AcctValues.rowType(line.record());
            if (type != null) {
                items.computeIfAbsent(type, _ -> new ArrayList<>()).addAll(line.items());
            }
        }
        Map<RowType, List<Column>> columns = new EnumMap<>(RowType.class);
        items.forEach((type, names) -> columns.put(type, RecordFields.of(type, names)));
        return columns;
    }

    private static List<RowPlan.Mapping> mappings(List<AcctValues.MappingLine> lines) {
        List<RowPlan.Mapping> mappings = new ArrayList<>();
        for (AcctValues.MappingLine line : lines) {
            RowType type = AcctValues.rowType(line.record());
            Optional<Column> column = Column.named(line.field());
            if (type != null && column.isPresent()) {
                mappings.add(
                        new RowPlan.Mapping(type, line.header(), column.get().field()));
            }
        }
        return mappings;
    }

    /// The header fields that any file tells of, in lower case: they are copied when a message is accepted.
    static List<String> headers(Configuration configuration) {
        Set<String> names = new LinkedHashSet<>();
        for (Configuration.AcctFile each : configuration.acctFiles()) {
            for (AcctValues.FieldsLine line :
                    each.setting(Directives.RECORD_FIELDS).value()) {
                if (AcctValues.rowType(line.record()) != null) {
                    line.items().stream()
                            .map(Column::named)
                            .flatMap(Optional::stream)
                            .filter(column -> column.field() == Column.Field.HEADER)
                            .forEach(column -> names.add(column.headerName().toLowerCase(Locale.ROOT)));
                }
            }
            for (AcctValues.MappingLine line :
                    each.setting(Directives.MAP_HEADER_TO_FIELD).value()) {
                names.add(line.header().toLowerCase(Locale.ROOT));
            }
        }
        return List.copyOf(names);
    }

    static AccountPolicies policies(Configuration configuration) {
        var rules = new ArrayList<BounceCategories.Rule>();
        Map<String, OperatorPattern> patterns = new HashMap<>();
        for (BounceCategory each : configuration.bounceCategories()) {
            rules.add(new BounceCategories.Rule(
                    patterns.computeIfAbsent(each.regex(), OperatorPattern::of), each.category()));
        }
        BounceCategories categories = BounceCategories.of(rules);
        boolean isAnyDisabled = DomainBlocks.of(configuration).stream()
                .anyMatch(each -> each.block().get(BlockKind.DOMAIN, Directives.DISABLE_ACCT_RECORDS.name()) != null);
        var disabled = new Snapshot.PerQueue<Set<RowType>>(
                configuration, (queue, view) -> records(view.value(Directives.DISABLE_ACCT_RECORDS)));
        return new AccountPolicies() {
            @Override
            public BounceCategories categories() {
                return categories;
            }

            @Override
            public boolean isDisabled(QueueKey queue, RowType type) {
                return isAnyDisabled && disabled.of(queue).contains(type);
            }
        };
    }
}
