package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;

/// Splits a value into words and lists, quotes taken off, each with its offset in the value.
final class Words {
    private Words() {}

    /// @param text without its quotes
    /// @param offset of its first character (or quote) in the value
    /// @param length as written
    record Word(String text, int offset, int length) {}

    /// Words between blanks.
    static List<Word> split(String value) {
        return split(value, false);
    }

    /// Items between commas; blanks around them do not count, empty ones are left out.
    static List<Word> items(String value) {
        return split(value, true);
    }

    private static List<Word> split(String value, boolean byComma) {
        List<Word> words = new ArrayList<>();
        int i = 0;
        while (i < value.length()) {
            char c = value.charAt(i);
            if (Parser.isBlank(c) || byComma && c == ',') {
                i++;
                continue;
            }
            int from = i;
            StringBuilder text = new StringBuilder();
            int kept = 0;
            while (i < value.length() && (byComma ? value.charAt(i) != ',' : !Parser.isBlank(value.charAt(i)))) {
                int close = value.charAt(i) == '"' && (i == from || value.charAt(i - 1) == '=')
                        ? closingQuote(value, i)
                        : -1;
                if (close >= 0) {
                    text.append(unescape(value.substring(i + 1, close)));
                    i = close + 1;
                    kept = text.length();
                } else {
                    text.append(value.charAt(i));
                    if (!Parser.isBlank(value.charAt(i))) {
                        kept = text.length();
                    }
                    i++;
                }
            }
            text.setLength(kept);
            int to = i;
            while (to > from && Parser.isBlank(value.charAt(to - 1))) {
                to--;
            }
            words.add(new Word(text.toString(), from, to - from));
        }
        return words;
    }

    /// A value that is one text: its quotes are taken off if they enclose all of it.
    static String whole(String value) {
        if (value.length() >= 2 && value.charAt(0) == '"' && closingQuote(value, 0) == value.length() - 1) {
            return unescape(value.substring(1, value.length() - 1));
        }
        return value;
    }

    /// The quote that ends the one at `from`, or -1.
    static int closingQuote(String text, int from) {
        for (int i = from + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                i++;
            } else if (c == '"') {
                return i;
            }
        }
        return -1;
    }

    private static String unescape(String quoted) {
        return quoted.indexOf('\\') < 0 ? quoted : quoted.replace("\\\"", "\"");
    }
}
