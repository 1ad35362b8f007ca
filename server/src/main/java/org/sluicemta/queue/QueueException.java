package org.sluicemta.queue;

/// The room was used against its contract, or an invariant of its tables is broken. The message says which.
public final class QueueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public QueueException(String message) {
        super(message);
    }
}
