package org.sluicemta.smtp;

/// How far a delivery session had come when something happened.
public enum Stage {
    CONNECT,
    GREETING,
    HELLO,
    STARTTLS,
    /// The handshake.
    TLS,
    /// AUTH.
    LOGIN,
    /// Between transactions.
    IDLE,
    MAIL,
    RCPT,
    /// Waiting for the reply to DATA.
    DATA,
    /// Content is being sent.
    CONTENT,
    /// The final dot or the last chunk is on its way: without a reply nobody knows whether the message was taken.
    FINAL,
    QUIT
}
