package org.sluicemta.account;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A column of an accounting file.
///
/// @param name as the header line spells it: as it was configured
/// @param field what stands in it
public record Column(String name, Field field) {
    /// What a column can hold, with its usual spelling.
    public enum Field {
        TIME_LOGGED("timeLogged"),
        TIME_QUEUED("timeQueued"),
        TIME_IMPRINTED("timeImprinted"),
        TOTAL_SECONDS_QUEUED("totalSecondsQueued"),
        ORIG("orig"),
        RCPT("rcpt"),
        ORCPT("orcpt"),
        DSN_ACTION("dsnAction"),
        DSN_STATUS("dsnStatus"),
        DSN_DIAG("dsnDiag"),
        DSN_MTA("dsnMta"),
        BOUNCE_CAT("bounceCat"),
        SRC_TYPE("srcType"),
        SRC_MTA("srcMta"),
        DLV_TYPE("dlvType"),
        DLV_SOURCE_IP("dlvSourceIp"),
        DLV_DESTINATION_IP("dlvDestinationIp"),
        DLV_ESMTP_AVAILABLE("dlvEsmtpAvailable"),
        DLV_SIZE("dlvSize"),
        VMTA("vmta"),
        JOB_ID("jobId"),
        ENV_ID("envId"),
        QUEUE("queue"),
        VMTA_POOL("vmtaPool"),
        /// Where the client's connection came from, and where it went to.
        RCV_SOURCE_IP("rcvSourceIp"),
        RCV_DESTINATION_IP("rcvDestinationIp"),
        /// Who had logged in.
        RCV_SMTP_USER("rcvSmtpUser"),
        /// When the recipient was tried first.
        TIME_FIRST_ATTEMPT("timeFirstAttempt"),
        DLV_TLS_PROTOCOL("dlvTlsProtocol"),
        DLV_TLS_CIPHER("dlvTlsCipher"),
        /// What the configuration gives the file.
        USER_STRING("userString"),
        /// Ours: the event's place in the event stream, the same when a row comes again, rising otherwise.
        SEQ("seq"),
        /// `header_NAME`: a header field that was copied at acceptance.
        HEADER("header_");

        private final String spelling;

        Field(String spelling) {
            this.spelling = spelling;
        }

        public String spelling() {
            return spelling;
        }

        /// Whether rows of this type can have it.
        boolean isFor(RowType type) {
            return switch (type) {
                case DELIVERY, BOUNCE, TRANSIENT -> this != RCV_SOURCE_IP && this != RCV_DESTINATION_IP;
                case TRANSIENT_QUEUE ->
                    this == DSN_ACTION || this == USER_STRING || this == SEQ || isAmong(QUEUE_DEFAULTS);
                case RECEIPT ->
                    this == RCV_SMTP_USER
                            || this == USER_STRING
                            || this == SEQ
                            || this == HEADER
                            || isAmong(RECEIPT_DEFAULTS);
            };
        }

        private boolean isAmong(List<Column> columns) {
            return columns.stream().anyMatch(column -> column.field() == this);
        }
    }

    /// The columns of `d`, `b` and `t` where the configuration names none.
    public static final List<Column> RECIPIENT_DEFAULTS = of(
            Field.TIME_LOGGED,
            Field.TIME_QUEUED,
            Field.ORIG,
            Field.RCPT,
            Field.ORCPT,
            Field.DSN_ACTION,
            Field.DSN_STATUS,
            Field.DSN_DIAG,
            Field.DSN_MTA,
            Field.BOUNCE_CAT,
            Field.SRC_TYPE,
            Field.SRC_MTA,
            Field.DLV_TYPE,
            Field.DLV_SOURCE_IP,
            Field.DLV_DESTINATION_IP,
            Field.DLV_ESMTP_AVAILABLE,
            Field.DLV_SIZE,
            Field.VMTA,
            Field.JOB_ID,
            Field.ENV_ID,
            Field.QUEUE,
            Field.VMTA_POOL);

    /// The columns of `tq` where the configuration names none.
    public static final List<Column> QUEUE_DEFAULTS = of(
            Field.TIME_LOGGED,
            Field.DSN_STATUS,
            Field.DSN_DIAG,
            Field.DSN_MTA,
            Field.DLV_TYPE,
            Field.DLV_SOURCE_IP,
            Field.DLV_DESTINATION_IP,
            Field.VMTA,
            Field.QUEUE);

    /// The columns of `r` where the configuration names none.
    public static final List<Column> RECEIPT_DEFAULTS = of(
            Field.TIME_LOGGED,
            Field.ORIG,
            Field.RCPT,
            Field.ORCPT,
            Field.SRC_TYPE,
            Field.SRC_MTA,
            Field.RCV_SOURCE_IP,
            Field.RCV_DESTINATION_IP,
            Field.VMTA,
            Field.JOB_ID,
            Field.ENV_ID,
            Field.VMTA_POOL);

    /// The columns of `type` where the configuration names none.
    public static List<Column> defaultsOf(RowType type) {
        return switch (type) {
            case DELIVERY, BOUNCE, TRANSIENT -> RECIPIENT_DEFAULTS;
            case TRANSIENT_QUEUE -> QUEUE_DEFAULTS;
            case RECEIPT -> RECEIPT_DEFAULTS;
        };
    }

    /// The column of this name, in any letter case; empty when there is none.
    public static Optional<Column> named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith(Field.HEADER.spelling())
                && lower.length() > Field.HEADER.spelling().length()) {
            return Optional.of(new Column(name, Field.HEADER));
        }
        for (Field field : Field.values()) {
            if (field != Field.HEADER && field.spelling().equalsIgnoreCase(name)) {
                return Optional.of(new Column(field.spelling(), field));
            }
        }
        return Optional.empty();
    }

    /// The name of the header field of a `header_NAME` column.
    public String headerName() {
        return name.substring(Field.HEADER.spelling().length());
    }

    private static List<Column> of(Field... fields) {
        return java.util.Arrays.stream(fields)
                .map(field -> new Column(field.spelling(), field))
                .toList();
    }
}
