package org.sluicemta.control;

import java.util.Objects;

/// The command line was not understood. The text says how to mend it.
final class BadUsage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadUsage(String text) {
        super(text, null, false, false);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNullElse(super.getMessage(), "");
    }
}
