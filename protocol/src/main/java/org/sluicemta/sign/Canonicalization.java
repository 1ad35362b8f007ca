package org.sluicemta.sign;

import java.io.ByteArrayOutputStream;
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
    void header(HeaderField field, ByteArrayOutputStream into) {
        byte[] text = field.text();
        if (this == SIMPLE) {
            into.write(text, field.from(), field.length());
            return;
        }
        into.writeBytes(field.name().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        into.write(':');
        boolean isBlankDue = false;
        boolean hasText = false;
        for (int i = field.valueFrom(); i < field.from() + field.length(); i++) {
            byte b = text[i];
            if (b == ' ' || b == '\t') {
                isBlankDue = hasText;
            } else if (b != '\r' && b != '\n') {
                if (isBlankDue) {
                    into.write(' ');
                    isBlankDue = false;
                }
                into.write(b);
                hasText = true;
            }
        }
        into.write('\r');
        into.write('\n');
    }
}
