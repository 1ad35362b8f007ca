package org.sluicemta.account;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;

/// Writes the rows of one file into a [RowBuffer]. The header is `type` and the union of the columns of all types, in
/// order of first appearance; a column that a type does not use is empty in its rows.
///
/// Every event passes here once per file, so nothing is formatted by pattern and texts that repeat are kept. Owner: one
/// reader.
final class RowFormat {
    /// Codes that remotes send are few; strange ones beyond this are composed anew each time.
    private static final int KEPT_STATUS_TEXTS = 512;

    private final AccountFile file;
    private final List<Column> union = new ArrayList<>();
    private final Map<RowType, Column[]> cells = new EnumMap<>(RowType.class);
    private final LocalTimes times;
    private final Map<String, String> ourStatusTexts = new HashMap<>();
    private final Map<String, String> remoteStatusTexts = new HashMap<>();

    RowFormat(AccountFile file) {
        this.file = file;
        times = new LocalTimes(file.zone());
        for (RowType type : file.records()) {
            for (Column column : columnsOf(type)) {
                if (union.stream().noneMatch(known -> known.name().equals(column.name()))) {
                    union.add(column);
                }
            }
        }
        for (RowType type : file.records()) {
            Set<String> used = columnsOf(type).stream().map(Column::name).collect(Collectors.toSet());
            cells.put(
                    type,
                    union.stream()
                            .map(column -> used.contains(column.name()) ? column : null)
                            .toArray(Column[]::new));
        }
    }

    private List<Column> columnsOf(RowType type) {
        return file.columns().getOrDefault(type, List.of());
    }

    LocalTimes times() {
        return times;
    }

    void header(RowBuffer out) {
        out.value("type");
        for (Column column : union) {
            out.value(column.name());
        }
        out.endOfLine(file.isCrlf());
    }

    /// @return whether the file has rows of this type, and one was written
    boolean row(RecipientEvent event, RowBuffer out) {
        RowType type = typeOf(event);
        Column[] columns = cells.get(type);
        if (columns == null) {
            return false;
        }
        out.value(type.code());
        for (Column column : columns) {
            cell(column, type, event, out);
        }
        out.endOfLine(file.isCrlf());
        return true;
    }

    private static RowType typeOf(RecipientEvent event) {
        return switch (event.what()) {
            case DELIVERED -> RowType.DELIVERY;
            case BOUNCED -> RowType.BOUNCE;
            case DEFERRED -> RowType.TRANSIENT;
        };
    }

    private void cell(@Nullable Column column, RowType type, RecipientEvent event, RowBuffer out) {
        if (column == null) {
            out.empty();
            return;
        }
        switch (column.field()) {
            case TIME_LOGGED -> out.plain(times.text(event.atMillis()));
            case TIME_QUEUED -> out.plain(times.text(event.queuedMillis()));
            case TIME_IMPRINTED -> out.empty();
            case TOTAL_SECONDS_QUEUED -> out.number(Math.max(0, event.atMillis() - event.queuedMillis()) / 1000);
            case ORIG -> out.value(event.reversePath());
            case RCPT -> out.value(event.forwardPath());
            case ORCPT -> out.value(event.originalRecipient());
            case DSN_ACTION -> out.value(action(type, event));
            case DSN_STATUS -> out.value(status(event.status(), isOurs(event.diagnostic())));
            case DSN_DIAG -> out.value(event.diagnostic());
            case DSN_MTA -> out.value(event.remoteMta());
            case BOUNCE_CAT -> out.value(category(type, event));
            case SRC_TYPE -> out.value(event.sourceType());
            case SRC_MTA -> out.value(event.sourceMta());
            case DLV_TYPE -> out.value(event.deliveryType());
            case DLV_SOURCE_IP -> out.value(event.sourceIp());
            case DLV_DESTINATION_IP -> out.value(event.remoteIp());
            case DLV_ESMTP_AVAILABLE -> out.value(event.remoteCapabilities());
            case DLV_SIZE -> {
                if (type == RowType.DELIVERY) {
                    out.number(event.sizeBytes());
                } else {
                    out.empty();
                }
            }
            case VMTA -> out.value(event.virtualMta());
            case JOB_ID -> out.value(event.jobId());
            case ENV_ID -> out.value(event.envelopeId());
            case QUEUE -> out.joined(event.queue().domain(), '/', event.queue().virtualMta());
            case VMTA_POOL -> out.value(event.pool());
            case HEADER -> out.value(fact(column.headerName(), event.headerFacts()));
        }
    }

    private static String action(RowType type, RecipientEvent event) {
        return switch (type) {
            case DELIVERY -> event.deliveryType().equals("smtp") ? "relayed" : "delivered";
            case BOUNCE -> "failed";
            case TRANSIENT, TRANSIENT_QUEUE -> "delayed";
        };
    }

    private String category(RowType type, RecipientEvent event) {
        return switch (type) {
            case DELIVERY -> file.hasSuccessCategory() ? "success" : "";
            case BOUNCE, TRANSIENT -> StatusWords.category(event.status());
            case TRANSIENT_QUEUE -> "";
        };
    }

    private static boolean isOurs(String diagnostic) {
        return !diagnostic.startsWith("smtp;");
    }

    private String status(String code, boolean isOurs) {
        Map<String, String> kept = isOurs ? ourStatusTexts : remoteStatusTexts;
        String text = kept.get(code);
        if (text == null) {
            text = StatusWords.of(code, isOurs);
            if (kept.size() < KEPT_STATUS_TEXTS) {
                kept.put(code, text);
            }
        }
        return text;
    }

    /// The value of the first field of this name, in any letter case; empty when it was not copied.
    private static String fact(String name, List<String> facts) {
        for (String fact : facts) {
            if (fact.length() > name.length()
                    && fact.charAt(name.length()) == ':'
                    && fact.regionMatches(true, 0, name, 0, name.length())) {
                return fact.substring(name.length() + 1).trim();
            }
        }
        return "";
    }

    /// @return whether the file has rows of this type, and one was written
    boolean row(QueueEvent.Failed event, RowBuffer out) {
        Column[] columns = cells.get(RowType.TRANSIENT_QUEUE);
        if (columns == null) {
            return false;
        }
        out.value(RowType.TRANSIENT_QUEUE.code());
        for (Column column : columns) {
            cell(column, event, out);
        }
        out.endOfLine(file.isCrlf());
        return true;
    }

    private void cell(@Nullable Column column, QueueEvent.Failed event, RowBuffer out) {
        if (column == null) {
            out.empty();
            return;
        }
        switch (column.field()) {
            case TIME_LOGGED -> out.plain(times.text(event.atMillis()));
            case DSN_ACTION -> out.value("delayed");
            case DSN_STATUS -> out.value(status(event.status(), isOurs(event.diagnostic())));
            case DSN_DIAG -> out.value(event.diagnostic());
            case DSN_MTA -> out.value(event.remoteMta());
            case DLV_TYPE -> out.value(event.deliveryType());
            case DLV_SOURCE_IP -> out.value(event.sourceIp().isEmpty() ? "0.0.0.0" : event.sourceIp());
            case DLV_DESTINATION_IP -> out.value(event.remoteIp());
            case VMTA -> out.value(event.queue().virtualMta());
            case QUEUE -> out.joined(event.queue().domain(), '/', event.queue().virtualMta());
            // What a queue has not, or has once for each recipient.
            case TIME_QUEUED,
                    TIME_IMPRINTED,
                    TOTAL_SECONDS_QUEUED,
                    ORIG,
                    RCPT,
                    ORCPT,
                    BOUNCE_CAT,
                    SRC_TYPE,
                    SRC_MTA,
                    DLV_ESMTP_AVAILABLE,
                    DLV_SIZE,
                    JOB_ID,
                    ENV_ID,
                    VMTA_POOL,
                    HEADER -> out.empty();
        }
    }
}
