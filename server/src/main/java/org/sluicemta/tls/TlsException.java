package org.sluicemta.tls;

/// A certificate or key that cannot be used. The message says what and how to mend; the caller adds which file.
public final class TlsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TlsException(String message) {
        super(message);
    }
}
