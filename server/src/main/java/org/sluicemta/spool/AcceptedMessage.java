package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;

/// A message as it was accepted, without its content.
///
/// @param queuedMillis server time of acceptance: bounce-after counts from here
/// @param reversePath without angle brackets; empty for the null reverse-path
/// @param sourceType `smtp` or `api`, as accounting prints it
/// @param sourceMta `helo-name (ip)`
/// @param needsSmtpUtf8 whether the transaction used SMTPUTF8
/// @param returnType `FULL`, `HDRS` or empty. Source: RFC 3461 section 4.3
/// @param headerFacts header fields copied for accounting and reports, `Name: value` unfolded, 2 KB at most together
public record AcceptedMessage(
        MessageId id,
        long queuedMillis,
        String reversePath,
        String sourceType,
        String sourceMta,
        boolean needsSmtpUtf8,
        String returnType,
        ContentShape shape,
        List<String> headerFacts,
        List<AcceptedRecipient> recipients) {
    public AcceptedMessage {
        headerFacts = List.copyOf(headerFacts);
        recipients = List.copyOf(recipients);
    }
}
