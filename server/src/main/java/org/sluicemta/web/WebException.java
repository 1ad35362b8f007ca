package org.sluicemta.web;

/// The management port cannot work. The text is for the operator.
public final class WebException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WebException(String text) {
        super(text);
    }

    WebException(String text, Throwable cause) {
        super(text, cause);
    }
}
