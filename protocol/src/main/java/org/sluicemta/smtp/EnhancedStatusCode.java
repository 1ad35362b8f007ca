package org.sluicemta.smtp;

import java.util.Optional;

/// An enhanced status code such as `5.1.1`. Source: RFC 3463 section 2, RFC 2034 section 4.
///
/// @param statusClass 2, 4 or 5
/// @param subject 0 to 999
/// @param detail 0 to 999
public record EnhancedStatusCode(int statusClass, int subject, int detail) {
    public EnhancedStatusCode {
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            throw new SmtpException("enhanced status class " + statusClass + " does not exist; use 2, 4 or 5");
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new SmtpException("enhanced status parts run from 0 to 999; this has " + subject + "." + detail);
        }
    }

    /// The code at the very start of `text`, followed by a blank or the end.
    public static Optional<EnhancedStatusCode> startOf(String text) {
        int length = lengthAtStart(text);
        if (length == 0) {
            return Optional.empty();
        }
        int dot = text.indexOf('.', 2);
        return Optional.of(new EnhancedStatusCode(
                text.charAt(0) - '0', Integer.parseInt(text, 2, dot, 10), Integer.parseInt(text, dot + 1, length, 10)));
    }

    /// How many characters the code at the start of `text` takes, 0 when there is none.
    static int lengthAtStart(String text) {
        if (text.length() < 5 || text.charAt(1) != '.' || "245".indexOf(text.charAt(0)) < 0) {
            return 0;
        }
        int subjectEnd = digits(text, 2);
        if (subjectEnd == 2 || subjectEnd >= text.length() || text.charAt(subjectEnd) != '.') {
            return 0;
        }
        int detailEnd = digits(text, subjectEnd + 1);
        boolean isDelimited = detailEnd == text.length() || text.charAt(detailEnd) == ' ';
        return detailEnd > subjectEnd + 1 && isDelimited ? detailEnd : 0;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && at < from + 3 && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
