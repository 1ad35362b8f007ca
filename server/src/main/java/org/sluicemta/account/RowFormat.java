package org.sluicemta.account;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;

/// Writes the rows of one file into a [RowBuffer]. The header is `type` and the union of the columns of all types, in
/// order of first appearance; a column that a type does not use is empty in its rows.
///
/// Every event passes here once per file, so nothing is formatted by pattern and texts that repeat are kept. Owner: one
/// reader.
final class RowFormat {
    /// Codes that remotes send are few; strange ones beyond this are composed anew each time.
    private static final int KEPT_STATUS_TEXTS = 512;
    /// Replies of which the category is remembered: some megabytes at most.
    private static final int KEPT_CATEGORIES = 8_192;

    private final RowPlan plan;
    private final AccountPolicies policies;
    private final List<Column> union = new ArrayList<>();
    private final Map<RowType, Cell[]> cells = new EnumMap<>(RowType.class);
    private final LocalTimes times;
    private final Map<String, String> ourStatusTexts = new HashMap<>();
    private final Map<String, String> remoteStatusTexts = new HashMap<>();
    private BounceCategories categories = BounceCategories.DEFAULT;
    private final Map<Reason, String> knownCategories = new HashMap<>();

    /// A column in the rows of one type.
    ///
    /// @param mapped header fields that take its place, the first that there is
    private record Cell(Column column, List<String> mapped) {}

    /// What a category depends on.
    private record Reason(String status, String diagnostic, boolean isOurs) {}

    RowFormat(RowPlan plan, AccountPolicies policies) {
        this.plan = plan;
        this.policies = policies;
        times = new LocalTimes(plan.zone());
        for (RowType type : plan.records()) {
            for (Column column : columnsOf(type)) {
                if (union.stream().noneMatch(known -> known.name().equals(column.name()))) {
                    union.add(column);
                }
            }
        }
        for (RowType type : plan.records()) {
            Set<String> used = columnsOf(type).stream().map(Column::name).collect(Collectors.toSet());
            cells.put(
                    type,
                    union.stream()
                            .map(column -> used.contains(column.name()) ? cell(type, column) : null)
                            .toArray(Cell[]::new));
        }
    }

    private Cell cell(RowType type, Column column) {
        List<String> mapped = column.field() == Column.Field.HEADER
                ? List.of()
                : plan.mappings().stream()
                        .filter(each -> each.type() == type && each.field() == column.field())
                        .map(RowPlan.Mapping::header)
                        .toList();
        return new Cell(column, mapped);
    }

    private List<Column> columnsOf(RowType type) {
        return plan.columns().getOrDefault(type, List.of());
    }

    LocalTimes times() {
        return times;
    }

    void header(RowBuffer out) {
        out.value("type");
        for (Column column : union) {
            out.value(column.name());
        }
        out.endOfLine(plan.isCrlf());
    }

    /// Whether there is a row for this event.
    boolean takes(RecipientEvent event) {
        return !event.isUnaccounted() && takes(typeOf(event), event.queue());
    }

    /// Whether there is a row for this event.
    boolean takes(QueueEvent.Failed event) {
        return takes(RowType.TRANSIENT_QUEUE, event.queue());
    }

    /// Whether there are rows for receipts.
    boolean takesReceipts() {
        return cells.containsKey(RowType.RECEIPT);
    }

    private boolean takes(RowType type, QueueKey queue) {
        return cells.containsKey(type) && plan.queues().takes(queue) && !policies.isDisabled(queue, type);
    }

    /// Writes the row of an event that the file [#takes].
    ///
    /// @param position of the event in the event stream
    /// @return whether the file has rows of this type, and one was written
    boolean row(long position, RecipientEvent event, RowBuffer out) {
        RowType type = typeOf(event);
        Cell[] columns = cells.get(type);
        if (columns == null) {
            return false;
        }
        PrivateText hiding =
                plan.privacy() == PrivacyPolicy.RETAIN ? null : new PrivateText(plan.privacy(), event.forwardPath());
        out.value(type.code());
        for (Cell cell : columns) {
            if (cell == null) {
                out.empty();
            } else if (!isMapped(cell, event.headerFacts(), hiding, out)) {
                cell(cell.column, position, type, event, hiding, out);
            }
        }
        out.endOfLine(plan.isCrlf());
        return true;
    }

    private static RowType typeOf(RecipientEvent event) {
        return switch (event.what()) {
            case DELIVERED -> RowType.DELIVERY;
            case BOUNCED -> RowType.BOUNCE;
            case DEFERRED -> RowType.TRANSIENT;
        };
    }

    /// Writes the first of the header fields that stand for a column, if the message has one.
    private static boolean isMapped(Cell cell, List<String> facts, @Nullable PrivateText hiding, RowBuffer out) {
        for (String header : cell.mapped) {
            String value = fact(header, facts);
            if (!value.isEmpty()) {
                out.value(hidden(value, hiding));
                return true;
            }
        }
        return false;
    }

    private static String hiddenOriginal(String orcpt, @Nullable PrivateText hiding) {
        return hiding == null || orcpt.isEmpty() ? orcpt : hiding.original(orcpt);
    }

    private static String hidden(String text, @Nullable PrivateText hiding) {
        return hiding == null ? text : hiding.of(text);
    }

    private void cell(
            Column column,
            long position,
            RowType type,
            RecipientEvent event,
            @Nullable PrivateText hiding,
            RowBuffer out) {
        switch (column.field()) {
            case TIME_LOGGED -> time(event.atMillis(), out);
            case TIME_QUEUED -> time(event.queuedMillis(), out);
            case TIME_FIRST_ATTEMPT -> {
                if (event.attempt() == 1) {
                    time(event.atMillis(), out);
                } else {
                    out.empty();
                }
            }
            case TOTAL_SECONDS_QUEUED -> out.number(Math.max(0, event.atMillis() - event.queuedMillis()) / 1000);
            case ORIG -> out.value(hidden(event.reversePath(), hiding));
            case RCPT -> out.value(hiding == null ? event.forwardPath() : hiding.address());
            case ORCPT -> out.value(hiddenOriginal(event.originalRecipient(), hiding));
            case DSN_ACTION -> out.value(action(type, event));
            case DSN_STATUS -> out.value(status(event.status(), !RecipientEvent.isReply(event.diagnostic())));
            case DSN_DIAG -> out.value(hidden(event.diagnostic(), hiding));
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
            case USER_STRING -> out.value(plan.userString());
            case SEQ -> out.number(position);
            case HEADER -> out.value(hidden(fact(column.headerName(), event.headerFacts()), hiding));
            case RCV_SMTP_USER -> out.value(event.smtpUser());
            case DLV_TLS_PROTOCOL -> out.value(event.tlsProtocol());
            case DLV_TLS_CIPHER -> out.value(event.tlsCipher());
            case TIME_IMPRINTED, RCV_SOURCE_IP, RCV_DESTINATION_IP -> out.empty();
        }
    }

    private void time(long millis, RowBuffer out) {
        if (plan.hasIsoTimes()) {
            out.plain(times.text(millis));
        } else {
            out.number(Math.floorDiv(millis, 1000L));
        }
    }

    private static String action(RowType type, RecipientEvent event) {
        return switch (type) {
            case DELIVERY -> event.deliveryType().equals("smtp") ? "relayed" : "delivered";
            case BOUNCE -> "failed";
            case TRANSIENT, TRANSIENT_QUEUE -> "delayed";
            case RECEIPT -> "";
        };
    }

    private String category(RowType type, RecipientEvent event) {
        return switch (type) {
            case DELIVERY -> plan.hasSuccessCategory() ? "success" : "";
            case BOUNCE, TRANSIENT -> category(event.status(), event.diagnostic(), BounceCategories.isOurs(event));
            case TRANSIENT_QUEUE, RECEIPT -> "";
        };
    }

    /// Replies repeat: the category of each is found once, until there are too many or the patterns change.
    private String category(String status, String diagnostic, boolean isOurs) {
        BounceCategories present = policies.categories();
        if (present != categories || knownCategories.size() >= KEPT_CATEGORIES) {
            knownCategories.clear();
            categories = present;
        }
        return knownCategories.computeIfAbsent(
                new Reason(status, diagnostic, isOurs), reason -> present.of(status, diagnostic, isOurs));
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
                return HeaderText.decoded(fact.substring(name.length() + 1).trim());
            }
        }
        return "";
    }

    /// Writes the row of an event that the file [#takes].
    ///
    /// @param position of the event in the event stream
    /// @return whether the file has rows of this type, and one was written
    boolean row(long position, QueueEvent.Failed event, RowBuffer out) {
        Cell[] columns = cells.get(RowType.TRANSIENT_QUEUE);
        if (columns == null) {
            return false;
        }
        out.value(RowType.TRANSIENT_QUEUE.code());
        for (Cell cell : columns) {
            if (cell == null) {
                out.empty();
            } else {
                cell(cell.column, position, event, out);
            }
        }
        out.endOfLine(plan.isCrlf());
        return true;
    }

    private void cell(Column column, long position, QueueEvent.Failed event, RowBuffer out) {
        switch (column.field()) {
            case TIME_LOGGED -> time(event.atMillis(), out);
            case DSN_ACTION -> out.value("delayed");
            case DSN_STATUS -> out.value(status(event.status(), !RecipientEvent.isReply(event.diagnostic())));
            case DSN_DIAG -> out.value(event.diagnostic());
            case DSN_MTA -> out.value(event.remoteMta());
            case DLV_TYPE -> out.value(event.deliveryType());
            case DLV_SOURCE_IP -> out.value(event.sourceIp().isEmpty() ? "0.0.0.0" : event.sourceIp());
            case DLV_DESTINATION_IP -> out.value(event.remoteIp());
            case VMTA -> out.value(event.queue().virtualMta());
            case QUEUE -> out.joined(event.queue().domain(), '/', event.queue().virtualMta());
            case USER_STRING -> out.value(plan.userString());
            case SEQ -> out.number(position);
            // What a queue has not, or has once for each recipient.
            case TIME_QUEUED,
                    TIME_IMPRINTED,
                    TIME_FIRST_ATTEMPT,
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
                    RCV_SOURCE_IP,
                    RCV_DESTINATION_IP,
                    RCV_SMTP_USER,
                    DLV_TLS_PROTOCOL,
                    DLV_TLS_CIPHER,
                    HEADER -> out.empty();
        }
    }

    /// Writes the row of a receipt.
    ///
    /// @param position of the event in the event stream
    /// @return whether the file has rows of this type, and one was written
    boolean row(long position, ReceiptEvent event, RowBuffer out) {
        Cell[] columns = cells.get(RowType.RECEIPT);
        if (columns == null) {
            return false;
        }
        PrivateText hiding =
                plan.privacy() == PrivacyPolicy.RETAIN ? null : new PrivateText(plan.privacy(), event.forwardPath());
        out.value(RowType.RECEIPT.code());
        for (Cell cell : columns) {
            if (cell == null) {
                out.empty();
            } else if (!isMapped(cell, event.headerFacts(), hiding, out)) {
                cell(cell.column, position, event, hiding, out);
            }
        }
        out.endOfLine(plan.isCrlf());
        return true;
    }

    private void cell(Column column, long position, ReceiptEvent event, @Nullable PrivateText hiding, RowBuffer out) {
        switch (column.field()) {
            case TIME_LOGGED -> time(event.atMillis(), out);
            case ORIG -> out.value(hidden(event.reversePath(), hiding));
            case RCPT -> out.value(hiding == null ? event.forwardPath() : hiding.address());
            case ORCPT -> out.value(hiddenOriginal(event.originalRecipient(), hiding));
            case SRC_TYPE -> out.value(event.sourceType());
            case SRC_MTA -> out.value(event.sourceMta());
            case RCV_SOURCE_IP -> out.value(event.receivedFrom());
            case RCV_DESTINATION_IP -> out.value(event.receivedOn());
            case RCV_SMTP_USER -> out.value(event.smtpUser());
            case VMTA -> out.value(event.virtualMta());
            case VMTA_POOL -> out.value(event.pool());
            case JOB_ID -> out.value(event.jobId());
            case ENV_ID -> out.value(event.envelopeId());
            case USER_STRING -> out.value(plan.userString());
            case SEQ -> out.number(position);
            case HEADER -> out.value(hidden(fact(column.headerName(), event.headerFacts()), hiding));
            // What only an attempt has.
            case TIME_QUEUED,
                    TIME_IMPRINTED,
                    TIME_FIRST_ATTEMPT,
                    TOTAL_SECONDS_QUEUED,
                    DSN_ACTION,
                    DSN_STATUS,
                    DSN_DIAG,
                    DSN_MTA,
                    BOUNCE_CAT,
                    DLV_TYPE,
                    DLV_SOURCE_IP,
                    DLV_DESTINATION_IP,
                    DLV_ESMTP_AVAILABLE,
                    DLV_SIZE,
                    DLV_TLS_PROTOCOL,
                    DLV_TLS_CIPHER,
                    QUEUE -> out.empty();
        }
    }
}
