package org.sluicemta.config;

import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Regular expressions between slashes.
final class Regexes {
    private Regexes() {}

    /// The slash that ends the expression opened at `from`, or -1. A slash inside is written `\/`.
    static int closing(CharSequence text, int from) {
        for (int i = from + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '/') {
                return i;
            }
        }
        return -1;
    }

    /// The expression for an engine: `\/` of the file is `/`.
    static String plain(String written) {
        return unescaped(written, false);
    }

    /// The expression of a reply rule for an engine. The reference wants a backslash before each backslash and each
    /// quote, most files write single ones: both are the same here, unless only one of them can be read.
    static String ofReply(String written) {
        String single = unescaped(written, true);
        return fault(single) == null ? single : plain(written);
    }

    private static String unescaped(String written, boolean alsoBackslashes) {
        if (written.indexOf('\\') < 0) {
            return written;
        }
        StringBuilder out = new StringBuilder(written.length());
        for (int i = 0; i < written.length(); i++) {
            char c = written.charAt(i);
            if (c == '\\' && i + 1 < written.length()) {
                char next = written.charAt(++i);
                if (next == '/' || alsoBackslashes && (next == '\\' || next == '"')) {
                    out.append(next);
                } else {
                    out.append(c).append(next);
                }
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /// What is wrong with an expression, or null when an engine of ours can run it: RE2 in linear time, or for
    /// look-around and back-references the one of the JDK.
    ///
    /// @param regex as [#plain] or [#ofReply] give it
    static @Nullable String fault(String regex) {
        try {
            com.google.re2j.Pattern.compile(regex, com.google.re2j.Pattern.CASE_INSENSITIVE);
            return null;
        } catch (com.google.re2j.PatternSyntaxException notLinear) {
            return faultForJdk(regex);
        }
    }

    private static @Nullable String faultForJdk(String regex) {
        try {
            java.util.regex.Pattern.compile(regex, java.util.regex.Pattern.CASE_INSENSITIVE);
            return null;
        } catch (PatternSyntaxException broken) {
            return broken.getDescription();
        }
    }
}
