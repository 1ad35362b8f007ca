package org.sluicemta.pull;

/// What was kept of pulled versions cannot be read.
public final class PullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PullException(String message) {
        super(message);
    }
}
