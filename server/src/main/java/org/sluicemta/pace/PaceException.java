package org.sluicemta.pace;

/// A rate or a limit that cannot be. The message says what is wrong and how to mend it.
public final class PaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PaceException(String message) {
        super(message);
    }
}
