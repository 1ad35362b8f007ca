package org.sluicemta.lab;

/// That a receiver answered a negative reply: one attempt which did not succeed.
///
/// @param recipient empty where the reply was to the connection or to MAIL
/// @param atNanos of the receiving loop's clock, when the reply was given
public record Refusal(
        String receiver, Stage stage, String sourceAddress, String recipient, int code, String text, long atNanos) {
    /// What was answered.
    public enum Stage {
        CONNECT,
        MAIL,
        RCPT
    }
}
