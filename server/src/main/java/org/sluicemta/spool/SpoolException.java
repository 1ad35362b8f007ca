package org.sluicemta.spool;

/// Something on disk cannot be what this server wrote, or a rule of the spool was broken. The message says what and
/// where.
public final class SpoolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SpoolException(String message) {
        super(message);
    }

    public SpoolException(String message, Throwable cause) {
        super(message, cause);
    }
}
