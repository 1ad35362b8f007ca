package org.sluicemta.world;

/// An address could not be bound. The message says which, why, and how to mend.
public final class NetworkException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final IoFailure.Kind kind;

    public NetworkException(IoFailure.Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public IoFailure.Kind kind() {
        return kind;
    }
}
