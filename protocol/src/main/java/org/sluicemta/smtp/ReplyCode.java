package org.sluicemta.smtp;

/// The three digits of a reply. The first alone decides what happens; the others are for people and for a few named
/// cases. Source: RFC 5321 section 4.2, 4.3.2.
///
/// @param value 200 to 599
public record ReplyCode(int value) {
    private static final ReplyCode[] ALL = new ReplyCode[400];

    static {
        for (int i = 0; i < ALL.length; i++) {
            ALL[i] = new ReplyCode(200 + i);
        }
    }

    public ReplyCode {
        if (value < 200 || value > 599) {
            throw new SmtpException("reply code " + value + " does not exist; use 200 to 599");
        }
    }

    /// The shared value for `code`.
    ///
    /// @throws SmtpException when `code` is not from 200 to 599
    public static ReplyCode of(int code) {
        return code >= 200 && code <= 599 ? ALL[code - 200] : new ReplyCode(code);
    }

    /// The digit that decides: 2 to 5.
    public int firstDigit() {
        return value / 100;
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
