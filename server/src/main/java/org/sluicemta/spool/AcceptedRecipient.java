package org.sluicemta.spool;

import org.sluicemta.mail.QueueKey;

/// One recipient as it was accepted: what routing decided is stored with it, so that a pool's turn is not replayed
/// differently.
///
/// @param forwardPath the address without angle brackets, as it is to be sent
/// @param queue the queue it starts in
/// @param pool the virtual MTA pool that was chosen from, or empty
/// @param jobId empty for none
/// @param envelopeId empty for none
/// @param originalRecipient ORCPT as given (`rfc822;…`), or empty
/// @param notifyBits bits of [Notify]; 0 for none given
/// @param priority 0 to 100, 50 is usual
/// @param notBeforeMillis server time, 0 for at once
public record AcceptedRecipient(
        String forwardPath,
        QueueKey queue,
        String pool,
        String jobId,
        String envelopeId,
        String originalRecipient,
        int notifyBits,
        int priority,
        long notBeforeMillis) {
    /// Bits of NOTIFY and one of our own. Source: RFC 3461 section 4.1.
    public interface Notify {
        int NEVER = 1;
        int SUCCESS = 2;
        int FAILURE = 4;
        int DELAY = 8;
        /// All that a client can ask for.
        int OF_CLIENT = 15;
        /// Not of NOTIFY: this server makes no report, whatever the bits above say (`suppress-local-dsn`). Never sent.
        int NO_LOCAL_REPORT = 16;
        /// Not of NOTIFY: what is sent says in its header by which virtual MTA. Never sent as NOTIFY.
        int NAMES_VIRTUAL_MTA = 32;
    }
}
