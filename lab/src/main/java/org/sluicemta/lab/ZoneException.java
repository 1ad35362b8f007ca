package org.sluicemta.lab;

/// A line of a zone table that cannot be read; the message says which, why, and how to mend it.
public final class ZoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ZoneException(String message) {
        super(message);
    }
}
