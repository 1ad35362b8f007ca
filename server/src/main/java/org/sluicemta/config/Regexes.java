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

    /// What is wrong with an expression, or null when an engine of ours can run it: RE2 in linear time, or for
    /// look-around and back-references the one of the JDK.
    static @Nullable String fault(String regex) {
        String unescaped = regex.replace("\\/", "/");
        try {
            com.google.re2j.Pattern.compile(unescaped, com.google.re2j.Pattern.CASE_INSENSITIVE);
            return null;
        } catch (com.google.re2j.PatternSyntaxException notLinear) {
            return faultForJdk(unescaped);
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
