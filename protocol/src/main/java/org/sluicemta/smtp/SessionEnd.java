package org.sluicemta.smtp;

import org.sluicemta.world.IoFailure;

/// Why a delivery session is over.
public sealed interface SessionEnd {
    /// We said QUIT, or dropped the connection on [DeliveryControl#abort]: the normal end.
    record Finished() implements SessionEnd {}

    /// The connection never stood, or this side had no memory for it before any mail.
    record NotConnected(IoFailure why) implements SessionEnd {}

    /// The greeting, EHLO and HELO, STARTTLS, or AUTH was refused.
    record Refused(Stage stage, Reply reply) implements SessionEnd {}

    /// The server said 421 without having been asked.
    record ClosedBySpeech(Stage stage, Reply reply) implements SessionEnd {}

    /// TLS is required and not offered; nothing was sent in clear but EHLO.
    record TlsNotOffered() implements SessionEnd {}

    /// A log-in is configured and the server offers none that may be used; no envelope was sent.
    ///
    /// @param text why, one line, without any secret
    record NoLogin(String text) implements SessionEnd {}

    /// The handshake failed or stalled, or somebody spoke into it.
    record TlsFailed(String text) implements SessionEnd {}

    /// The connection broke, or the remote closed it.
    record Lost(Stage stage, IoFailure why) implements SessionEnd {}

    /// The remote kept us waiting: 4.4.2. Source: RFC 5321 section 4.5.3.2.
    record TimedOut(Stage stage) implements SessionEnd {}

    /// The remote does not speak SMTP, or its replies do not fit our commands: 4.5.0.
    ///
    /// @param text what was wrong, one line
    record OutOfStep(Stage stage, String text) implements SessionEnd {}
}
