package org.sluicemta.match;

/// An expression that no engine of ours can run. The message says what is wrong with it.
public final class MatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MatchException(String message) {
        super(message);
    }
}
