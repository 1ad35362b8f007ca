package org.sluicemta.sign;

/// A key, an identity or a message that cannot be used for signing; the text says what and why.
public final class SignException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SignException(String what) {
        super(what);
    }

    SignException(String what, Throwable cause) {
        super(what, cause);
    }
}
