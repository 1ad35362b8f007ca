package org.sluicemta.smtp;

/// What a transaction meant to one recipient. What follows from it (retry, bounce) is decided elsewhere.
public sealed interface RecipientOutcome {
    /// Taken by the server: a 2yz after the content.
    record Accepted(Reply.Completion reply) implements RecipientOutcome {}

    /// A 4yz to MAIL, to this RCPT, to DATA or to the content.
    record Deferred(Stage stage, Reply.TransientNegative reply) implements RecipientOutcome {}

    /// A 5yz to MAIL, to this RCPT, to DATA or to the content.
    record Rejected(Stage stage, Reply.PermanentNegative reply) implements RecipientOutcome {}

    /// Too many recipients for this transaction, others were accepted: offer it again at once in a further one.
    /// Source: RFC 5321 section 4.5.3.1.10.
    record Overflow(Reply reply) implements RecipientOutcome {}

    /// The session ended before the reply.
    ///
    /// @param stage [Stage#FINAL] when the message may have been taken nevertheless
    /// @param isTimedOut whether it ended because the reply did not come in time, not because the connection broke
    record Unanswered(Stage stage, boolean isTimedOut) implements RecipientOutcome {}

    /// The session ended before the recipient was offered.
    record NotOffered() implements RecipientOutcome {}

    /// The server's extensions do not allow this message; nothing was sent.
    record Unsendable(Reason reason) implements RecipientOutcome {}

    /// Why a message cannot be sent to this server.
    enum Reason {
        /// Over the announced limit: 5.3.4. Source: RFC 1870 section 6.2.
        TOO_BIG,
        /// 8-bit content and no 8BITMIME: 5.6.3. Source: RFC 6152 section 3.
        NO_EIGHT_BIT,
        /// An address beyond ASCII and no SMTPUTF8: 5.6.7. Source: RFC 6531 section 3.6.
        NO_UTF8_ADDRESS,
        /// A header beyond ASCII and no SMTPUTF8: 5.6.9. Source: RFC 6531 section 3.6.
        NO_UTF8_HEADER
    }
}
