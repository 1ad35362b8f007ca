package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;

/// A message as it was accepted, without its content.
///
/// @param queuedMillis server time of acceptance: bounce-after counts from here
/// @param reversePath without angle brackets; empty for the null reverse-path
/// @param sourceType `smtp`, `api` or `pickup`, as accounting prints it
/// @param sourceMta `helo-name (ip)`
/// @param needsSmtpUtf8 whether the transaction used SMTPUTF8
/// @param returnType `FULL`, `HDRS` or empty. Source: RFC 3461 section 4.3. In lower case where the client said nothing
///     and the configuration says it of our own reports
/// @param headerFacts header fields copied for accounting and reports, `Name: value` unfolded, 2 KB at most together
/// @param reported the recipients whose owed report this message is: its acceptance settles them, so that no crash
///     makes a second report. Empty for mail from outside
/// @param smtpUser who had logged in, or empty
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
        List<AcceptedRecipient> recipients,
        List<RecipientId> reported,
        String smtpUser) {
    public AcceptedMessage {
        headerFacts = List.copyOf(headerFacts);
        recipients = List.copyOf(recipients);
        reported = List.copyOf(reported);
    }

    /// Nobody had logged in.
    public AcceptedMessage(
            MessageId id,
            long queuedMillis,
            String reversePath,
            String sourceType,
            String sourceMta,
            boolean needsSmtpUtf8,
            String returnType,
            ContentShape shape,
            List<String> headerFacts,
            List<AcceptedRecipient> recipients,
            List<RecipientId> reported) {
        this(
                id,
                queuedMillis,
                reversePath,
                sourceType,
                sourceMta,
                needsSmtpUtf8,
                returnType,
                shape,
                headerFacts,
                recipients,
                reported,
                "");
    }

    /// Mail from outside of somebody who had not logged in.
    public AcceptedMessage(
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
        this(
                id,
                queuedMillis,
                reversePath,
                sourceType,
                sourceMta,
                needsSmtpUtf8,
                returnType,
                shape,
                headerFacts,
                recipients,
                List.of());
    }
}
