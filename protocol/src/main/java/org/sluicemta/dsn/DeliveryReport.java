package org.sluicemta.dsn;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/// A report about one message, before it is written.
///
/// @param host the server's name: Reporting-MTA
/// @param from content of the field From
/// @param to the reverse-path of the message
/// @param messageId content of Message-ID without brackets, of this report
/// @param virtualMta of the queue that the recipients were in
/// @param envelopeId ENVID decoded, or empty
/// @param receivedFrom `helo-name (ip)` of the client that handed the message in, or empty
/// @param arrival when the message was accepted
/// @param now when the report is made
/// @param zone of the dates
/// @param isInternational the report may carry UTF-8, because whoever sent the message did. Source: RFC 6533
/// @param isPlainText the status stands in the text for people instead of a part for programs (`dsn-format plain-text`)
/// @param recipients not empty
public record DeliveryReport(
        String host,
        String from,
        String to,
        String messageId,
        String virtualMta,
        String envelopeId,
        String receivedFrom,
        Instant arrival,
        Instant now,
        ZoneId zone,
        boolean isInternational,
        boolean isPlainText,
        List<ReportedRecipient> recipients) {
    public DeliveryReport {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("a report without recipients");
        }
    }
}
