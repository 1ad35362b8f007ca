package org.sluicemta.queue;

/// Why a queue failed as a whole, before any recipient got an answer.
///
/// @param status enhanced status code of the `tq` row, e.g. `4.4.1`
/// @param diagnostic what the remote said (`smtp;…`), or empty
/// @param text for events and `show queues --errors`, e.g. `ETIMEDOUT connecting to mx.example.com (192.0.2.1)`
public record QueueFailure(Kind kind, String status, String diagnostic, Outcome.RemoteFacts remote, String text) {
    /// What it does to the queue.
    public enum Kind {
        /// The queue's retry clock runs (`retry-after`).
        TRANSIENT,
        /// `retry-after-dns-error` runs.
        DNS,
        /// The domain takes no mail, for good (no such domain, null MX): every recipient of it bounces with `status`.
        PERMANENT
    }
}
