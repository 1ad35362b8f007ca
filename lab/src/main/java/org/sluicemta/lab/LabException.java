package org.sluicemta.lab;

/// A tool of the lab cannot go on; the text is for the person who started it: what, where, how to mend.
public final class LabException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LabException(String text) {
        super(text);
    }

    public LabException(String text, Throwable cause) {
        super(text, cause);
    }
}
