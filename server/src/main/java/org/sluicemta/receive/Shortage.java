package org.sluicemta.receive;

/// What a client was asked to come again for: 452 to a message or 421 to a connection.
public enum Shortage {
    /// The spool: a disk that is full, failed or does not answer.
    SPOOL("spool"),
    /// The tables of waiting recipients, which have outgrown their budget.
    QUEUE_MEMORY("queue-memory"),
    /// The heap, which holds no more queues.
    QUEUES("queues"),
    /// Memory for messages on their way in and at hand.
    CONTENT_MEMORY("content-memory"),
    /// All memory outside the heap: what is left is kept for the connections that there are.
    MEMORY("memory"),
    /// Connections that clients may have at one time.
    CONNECTIONS("total-max-smtp-in");

    private final String limit;

    Shortage(String limit) {
        this.limit = limit;
    }

    /// A word for metrics, the directive's name where one sets it.
    public String limit() {
        return limit;
    }
}
