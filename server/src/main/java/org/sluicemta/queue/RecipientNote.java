package org.sluicemta.queue;

/// What became of a recipient of a queue, for `show queues`.
///
/// @param sourceIp from where it was tried; empty where nothing was reached
/// @param host `host (ip)`, or empty
/// @param diagnostic cut to 500 characters
public record RecipientNote(
        What what, long atMillis, String sourceIp, String recipient, String jobId, String host, String diagnostic) {
    public enum What {
        DELIVERED,
        BOUNCED,
        DEFERRED
    }
}
