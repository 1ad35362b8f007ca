package org.sluicemta.smtp;

/// What a session may ask of the server engine that it belongs to. On the connection's loop only. Never blocks.
public interface SubmissionControl {
    /// Reads on after [ContentSink.Taken#PAUSE].
    void resume();

    /// Says 421 and closes as soon as no message is in transfer or unanswered; a message in transfer is finished first.
    /// Source: RFC 5321 section 3.8.
    void shutDown();

    /// Drops the connection at once.
    void abort();
}
