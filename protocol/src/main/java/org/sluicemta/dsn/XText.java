package org.sluicemta.dsn;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Reads the encodings in which DSN parameters carry text. Pure.
public final class XText {
    private XText() {}

    /// Undoes xtext: `+` and two hexadecimal digits. What is no xtext comes back as it is. Source: RFC 3461 section 4.
    public static String decode(String text) {
        if (text.indexOf('+') < 0) {
            return text;
        }
        var out = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePointAt(i);
            if (c != '+') {
                out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(c) - 1;
                continue;
            }
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return text;
            }
            out.write(high << 4 | low);
            i += 2;
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
