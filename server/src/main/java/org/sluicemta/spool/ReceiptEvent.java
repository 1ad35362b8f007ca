package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.MessageId;

/// One recipient was accepted. Recorded only where an accounting file asks for it: the acceptance itself stands in the
/// content stream, which no reader follows.
///
/// @param index the recipient's number within its message, from 0
/// @param atMillis server time of acceptance
/// @param virtualMta the pool that was chosen from, else the virtual MTA
/// @param receivedFrom the client's address
/// @param receivedOn the address that it connected to
/// @param smtpUser who had logged in, or empty
public record ReceiptEvent(
        MessageId id,
        int index,
        long atMillis,
        String reversePath,
        String forwardPath,
        String originalRecipient,
        String jobId,
        String envelopeId,
        String virtualMta,
        String pool,
        String sourceType,
        String sourceMta,
        String receivedFrom,
        String receivedOn,
        String smtpUser,
        List<String> headerFacts) {
    public ReceiptEvent {
        headerFacts = List.copyOf(headerFacts);
    }
}
