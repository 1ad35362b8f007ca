package org.sluicemta.bounce;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dsn.DeliveryReport;
import org.sluicemta.dsn.Quoted;
import org.sluicemta.dsn.ReportWriter;
import org.sluicemta.dsn.ReportedRecipient;
import org.sluicemta.dsn.ReportedRecipient.Action;
import org.sluicemta.dsn.XText;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Slice;

/// Turns events about one message into the message that reports them. Pure.
final class ReportMail {
    /// A larger message is quoted by its header section only, whatever RET says.
    static final int MOST_QUOTED_BYTES = 1 << 20;

    /// More of a header section is cut off, at the end of a line.
    static final int MOST_HEADER_BYTES = 64 << 10;

    private final ZoneId zone;

    ReportMail(ZoneId zone) {
        this.zone = zone;
    }

    /// @param id of the report
    /// @param events about recipients of one message, in one queue; not empty
    /// @param stored the message, lent; null where it cannot be read any more
    /// @param expiresMillis until when delayed recipients are tried; unused for others
    byte[] write(
            MessageId id,
            List<RecipientEvent> events,
            @Nullable StoredMessage stored,
            ReportPolicy policy,
            long nowMillis,
            long expiresMillis) {
        RecipientEvent first = events.getFirst();
        boolean isInternational = needsSmtpUtf8(first);
        var recipients = new ArrayList<ReportedRecipient>(events.size());
        for (RecipientEvent event : events) {
            recipients.add(recipient(event, policy.texts(), expiresMillis));
        }
        var report = new DeliveryReport(
                policy.hostName(),
                policy.from(),
                first.reversePath(),
                id + "@" + policy.hostName(),
                first.virtualMta(),
                XText.decode(first.envelopeId()),
                first.sourceMta(),
                Instant.ofEpochMilli(first.queuedMillis()),
                Instant.ofEpochMilli(nowMillis),
                zone,
                isInternational,
                policy.isPlainText().test(first.queue()),
                recipients);
        boolean isFailure = first.what() != RecipientEvent.What.DELIVERED;
        return ReportWriter.write(report, stored == null ? Quoted.NOTHING : quoted(stored, isFailure));
    }

    /// Only a sender whose address needs it must be able to take UTF-8. Source: RFC 6533 section 3.
    static boolean needsSmtpUtf8(RecipientEvent event) {
        return event.reversePath().chars().anyMatch(c -> c > 127);
    }

    private static ReportedRecipient recipient(RecipientEvent event, StatusTexts texts, long expiresMillis) {
        return new ReportedRecipient(
                event.forwardPath(),
                XText.decode(event.originalRecipient()),
                action(event),
                texts.status(event),
                event.remoteMta(),
                event.diagnostic(),
                event.what() == RecipientEvent.What.BOUNCED ? texts.category(event) : "",
                Instant.ofEpochMilli(event.atMillis()),
                event.what() == RecipientEvent.What.DEFERRED ? Instant.ofEpochMilli(expiresMillis) : null);
    }

    private static Action action(RecipientEvent event) {
        return switch (event.what()) {
            case BOUNCED -> Action.FAILED;
            case DEFERRED -> Action.DELAYED;
            case DELIVERED -> event.deliveryType().equals("smtp") ? Action.RELAYED : Action.DELIVERED;
        };
    }

    /// RET speaks of failures only. Source: RFC 3461 section 4.3.
    private static Quoted quoted(StoredMessage stored, boolean isFailure) {
        AcceptedMessage message = stored.message();
        boolean isWhole = isFailure
                && message.returnType().equalsIgnoreCase("FULL")
                && message.shape().sizeBytes() <= MOST_QUOTED_BYTES
                && stored.isWhole();
        if (isWhole) {
            byte[] bytes = bytes(stored.content(), (int) message.shape().sizeBytes());
            return new Quoted(Quoted.Part.MESSAGE, bytes, hasEightBit(bytes));
        }
        // What came in chunks and was never read back has its header elsewhere.
        if (!stored.isWhole()) {
            return Quoted.NOTHING;
        }
        byte[] header = bytes(stored.content(), Math.min(message.shape().headerBytes(), MOST_HEADER_BYTES));
        byte[] lines = wholeLines(header);
        return new Quoted(Quoted.Part.HEADERS, lines, hasEightBit(lines));
    }

    private static byte[] bytes(Content content, int length) {
        byte[] bytes = new byte[length];
        int at = 0;
        for (Slice slice : content.slices()) {
            int part = Math.min(slice.length(), length - at);
            if (part > 0) {
                slice.get(0, ByteBuffer.wrap(bytes, at, part));
                at += part;
            }
        }
        return bytes;
    }

    private static byte[] wholeLines(byte[] header) {
        int end = header.length;
        while (end > 0 && header[end - 1] != '\n') {
            end--;
        }
        return end == 0 || end == header.length ? header : java.util.Arrays.copyOf(header, end);
    }

    private static boolean hasEightBit(byte[] bytes) {
        for (byte each : bytes) {
            if (each < 0) {
                return true;
            }
        }
        return false;
    }
}
