package org.sluicemta.sign;

import java.util.Locale;

/// How much a message may change on its way before its signature breaks. Source: RFC 6376 section 3.4.
public enum Canonicalization {
    /// Hardly at all.
    SIMPLE,
    /// White space may change.
    RELAXED;

    /// As it stands in the tag `c=`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// A header field as it is hashed, ending in CRLF. Source: RFC 6376 sections 3.4.1 and 3.4.2.
    void header(HeaderField field, Octets into) {
        byte[] text = field.text();
        if (this == SIMPLE) {
            into.put(text, field.from(), field.length());
            return;
        }
        into.put(field.name());
        into.put(':');
        boolean isBlankDue = false;
        boolean hasText = false;
        for (int i = field.valueFrom(); i < field.from() + field.length(); i++) {
            byte b = text[i];
            if (b == ' ' || b == '\t') {
                isBlankDue = hasText;
            } else if (b != '\r' && b != '\n') {
                if (isBlankDue) {
                    into.put(' ');
                    isBlankDue = false;
                }
                into.put(b);
                hasText = true;
            }
        }
        into.put('\r');
        into.put('\n');
    }
}
