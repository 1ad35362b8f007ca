package org.sluicemta.mail;

import java.util.Locale;

/// A mailbox as it stands in an envelope, without angle brackets. The local part keeps its case and its quotes.
///
/// @param localPart as given, quoted if it was; at most 64 octets on the way in (Source: RFC 5321 section 4.5.3.1.1)
/// @param domain as given: a name, an A-label, a U-label or a literal `[192.0.2.1]`; empty only for `postmaster`
public record Address(String localPart, String domain) {
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
