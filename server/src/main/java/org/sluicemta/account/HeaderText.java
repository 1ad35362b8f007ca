package org.sluicemta.account;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Steering;

/// The text of a header field, its encoded words decoded. Source: RFC 2047 sections 2, 4 and 6; language tags of
/// RFC 2231 section 5 are passed over. What is not a whole encoded word, or has an unknown charset, stays as it is.
final class HeaderText {
    private HeaderText() {}

    static String decoded(String raw) {
        int start = raw.indexOf("=?");
        if (start < 0) {
            return raw;
        }
        var out = new StringBuilder(raw.length());
        // Characters of one charset may be cut between two words: their bytes are joined before they are read.
        var pending = new ByteArrayOutputStream();
        Charset charset = StandardCharsets.US_ASCII;
        int from = 0;
        while (start >= 0) {
            Word word = word(raw, start);
            if (word == null) {
                start = raw.indexOf("=?", start + 2);
                continue;
            }
            String between = raw.substring(from, start);
            // Blanks between two encoded words are none (section 6.2).
            boolean isNext = pending.size() > 0 && between.isBlank();
            if (!isNext || !word.charset.equals(charset)) {
                out.append(pending.toString(charset));
                pending.reset();
            }
            if (!isNext) {
                out.append(between);
            }
            charset = word.charset;
            pending.writeBytes(word.bytes);
            from = word.end;
            start = raw.indexOf("=?", from);
        }
        out.append(pending.toString(charset)).append(raw, from, raw.length());
        // A row is one line, whatever was encoded.
        return Steering.replaced(out.toString(), ' ');
    }

    private record Word(Charset charset, byte[] bytes, int end) {}

    private static @Nullable Word word(String raw, int start) {
        int afterCharset = raw.indexOf('?', start + 2);
        if (afterCharset < 0 || afterCharset + 2 >= raw.length() || raw.charAt(afterCharset + 2) != '?') {
            return null;
        }
        int end = raw.indexOf("?=", afterCharset + 3);
        if (end < 0) {
            return null;
        }
        String name = raw.substring(start + 2, afterCharset);
        int language = name.indexOf('*');
        String text = raw.substring(afterCharset + 3, end);
        try {
            Charset charset = Charset.forName(language < 0 ? name : name.substring(0, language));
            byte[] bytes =
                    switch (raw.charAt(afterCharset + 1)) {
                        case 'B', 'b' -> Base64.getMimeDecoder().decode(text);
                        case 'Q', 'q' -> quoted(text);
                        default -> null;
                    };
            return bytes == null ? null : new Word(charset, bytes, end + 2);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
            return null;
        } catch (IllegalArgumentException noBase64) {
            return null;
        }
    }

    /// Source: RFC 2047 section 4.2.
    private static byte @Nullable [] quoted(String text) {
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '=') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else if (c > 127) {
                return null;
            } else {
                bytes.write(c == '_' ? ' ' : c);
            }
        }
        return bytes.toByteArray();
    }
}
