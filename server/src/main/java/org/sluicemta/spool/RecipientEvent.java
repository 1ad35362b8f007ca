package org.sluicemta.spool;

import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Something that happened to one recipient. It carries all that its readers print, so that it is readable alone.
///
/// @param what how the recipient stands after it
/// @param index the recipient's number within its message, from 0
/// @param attempt counts from 1; an event applies once, replayed or not. 0 for what is no attempt (expired, deleted)
/// @param atMillis server time
/// @param nextDueMillis when it is tried again, for [What#DEFERRED]; else 0
/// @param queuedMillis server time of acceptance
/// @param status enhanced status code, e.g. `5.1.1`; never empty
/// @param diagnostic e.g. `smtp;550 5.1.1 unknown user`, or empty where no remote spoke
/// @param remoteMta `host (ip)`, or empty where none was reached
/// @param deliveryType `smtp`, `discard`, `file`, `pipe`
/// @param sourceIp the local address, or empty where never bound
/// @param remoteIp empty where none was reached
/// @param remoteCapabilities EHLO keywords, upper case, comma separated
/// @param sizeBytes what was sent, for [What#DELIVERED]; else 0
/// @param isReportOwed a non-delivery report is owed: the recipient stays live until it is accepted
/// @param virtualMta the virtual MTA of the attempt
/// @param smtpUser who had logged in when the message was accepted, or empty
/// @param tlsProtocol of the session, e.g. `TLSv1.3`, or empty in clear
/// @param tlsCipher of the session, or empty in clear
/// @param isUnaccounted an operator wants no accounting of it
public record RecipientEvent(
        What what,
        MessageId id,
        int index,
        int attempt,
        long atMillis,
        long nextDueMillis,
        long queuedMillis,
        QueueKey queue,
        String virtualMta,
        String pool,
        String reversePath,
        String forwardPath,
        String originalRecipient,
        String jobId,
        String envelopeId,
        String sourceType,
        String sourceMta,
        String status,
        String diagnostic,
        String remoteMta,
        String deliveryType,
        String sourceIp,
        String remoteIp,
        String remoteCapabilities,
        long sizeBytes,
        boolean isReportOwed,
        java.util.List<String> headerFacts,
        String smtpUser,
        String tlsProtocol,
        String tlsCipher,
        boolean isUnaccounted) {
    /// Of an attempt in clear, for a message of somebody who had not logged in.
    public RecipientEvent(
            What what,
            MessageId id,
            int index,
            int attempt,
            long atMillis,
            long nextDueMillis,
            long queuedMillis,
            QueueKey queue,
            String virtualMta,
            String pool,
            String reversePath,
            String forwardPath,
            String originalRecipient,
            String jobId,
            String envelopeId,
            String sourceType,
            String sourceMta,
            String status,
            String diagnostic,
            String remoteMta,
            String deliveryType,
            String sourceIp,
            String remoteIp,
            String remoteCapabilities,
            long sizeBytes,
            boolean isReportOwed,
            java.util.List<String> headerFacts) {
        this(
                what,
                id,
                index,
                attempt,
                atMillis,
                nextDueMillis,
                queuedMillis,
                queue,
                virtualMta,
                pool,
                reversePath,
                forwardPath,
                originalRecipient,
                jobId,
                envelopeId,
                sourceType,
                sourceMta,
                status,
                diagnostic,
                remoteMta,
                deliveryType,
                sourceIp,
                remoteIp,
                remoteCapabilities,
                sizeBytes,
                isReportOwed,
                headerFacts,
                "",
                "",
                "",
                false);
    }

    /// The same, of which there is to be no accounting.
    public RecipientEvent unaccounted() {
        return new RecipientEvent(
                what,
                id,
                index,
                attempt,
                atMillis,
                nextDueMillis,
                queuedMillis,
                queue,
                virtualMta,
                pool,
                reversePath,
                forwardPath,
                originalRecipient,
                jobId,
                envelopeId,
                sourceType,
                sourceMta,
                status,
                diagnostic,
                remoteMta,
                deliveryType,
                sourceIp,
                remoteIp,
                remoteCapabilities,
                sizeBytes,
                isReportOwed,
                headerFacts,
                smtpUser,
                tlsProtocol,
                tlsCipher,
                true);
    }

    /// Whether a diagnostic is what a remote server replied; else it is this server's own text, or nothing.
    public static boolean isReply(String diagnostic) {
        return diagnostic.startsWith("smtp;");
    }

    /// How a recipient stands after an event.
    public enum What {
        /// The remote took it: settled.
        DELIVERED,
        /// Failed for good, by the remote or by this server: settled, unless a report is owed.
        BOUNCED,
        /// Put aside until `nextDueMillis`: live.
        DEFERRED
    }
}
