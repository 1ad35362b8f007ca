package org.sluicemta.journal;

/// A broken promise inside the journal or of its caller. Never what a disk does: that is an answer.
public final class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JournalException(String message) {
        super(message);
    }

    JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}
