package org.sluicemta.smtp;

/// The open answer to a message's content, or to a log-in. To be given once, on the connection's loop.
@FunctionalInterface
public interface PendingReply {
    /// Answers: 250 only when the message is on stable storage. Source: RFC 5321 section 4.2.5.
    ///
    /// @return false when the connection has gone meanwhile: the client did not hear it and may send again
    /// @throws IllegalStateException when the answer was given before
    boolean answer(Reply reply);
}
