package org.sluicemta.smtp;

/// Something was asked for that cannot be spelled in SMTP, such as a line end inside an address. A defect of the
/// caller: what the other side does wrong is a value, never this.
public final class SmtpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SmtpException(String message) {
        super(message);
    }
}
