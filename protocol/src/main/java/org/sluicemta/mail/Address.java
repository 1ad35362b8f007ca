package org.sluicemta.mail;

import java.util.Locale;

/// A mailbox as it stands in an envelope, without angle brackets. The local part keeps its case and its quotes.
///
/// @param localPart as given, quoted if it was; 64 octets must be taken (Source: RFC 5321 section 4.5.3.1.1), up to 255
///     are: return paths that carry a recipient are often longer
/// @param domain as given: a name, an A-label, a U-label or a literal `[192.0.2.1]`; empty only for `postmaster` and
///     for the null path
public record Address(String localPart, String domain) {
    /// The null reverse-path `<>` of reports, which must never be answered by another report.
    /// Source: RFC 5321 section 4.5.5.
    public static final Address NULL_PATH = new Address("", "");

    /// Whether this is the null reverse-path.
    public boolean isNullPath() {
        return localPart.isEmpty() && domain.isEmpty();
    }

    /// Whether it needs SMTPUTF8 as it stands: any part beyond ASCII. Source: RFC 6531 section 3.4.
    public boolean isInternational() {
        return !isAscii(localPart) || !isAscii(domain);
    }

    /// The domain for comparison and for queue names: lower case, without a final dot. U-labels are kept; the caller
    /// turns them into A-labels where DNS is asked.
    public String canonicalDomain() {
        String lower = domain.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    public boolean isDomainLiteral() {
        return domain.startsWith("[");
    }

    /// Whether it needs SMTPUTF8 for its local part. Source: RFC 6531 section 3.4.
    public boolean hasNonAsciiLocalPart() {
        return !isAscii(localPart);
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                return false;
            }
        }
        return true;
    }

    /// `local@domain`, or the local part alone where there is no domain.
    @Override
    public String toString() {
        return domain.isEmpty() ? localPart : localPart + "@" + domain;
    }

    /// Splits at the last `@`; no checking: for text that was checked when it came in.
    public static Address ofChecked(String text) {
        int at = text.lastIndexOf('@');
        return at < 0 ? new Address(text, "") : new Address(text.substring(0, at), text.substring(at + 1));
    }
}
