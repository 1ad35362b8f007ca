package org.sluicemta.match;

import java.util.Locale;

/// A text to be matched against many patterns: cut to a bound, and folded once for all of them.
///
/// @param text at most [#MOST_CHARS] characters
/// @param folded in lower case
/// @param isAscii whether folding is exact: beyond ASCII some letters fold to others only within an expression
public record Subject(String text, String folded, boolean isAscii) {
    /// Replies seen in the field have under 500 characters. Beyond this a text is somebody's attempt to keep us busy.
    public static final int MOST_CHARS = 2_000;

    public static Subject of(String text) {
        String cut = text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) : text;
        boolean isAscii = true;
        for (int i = 0; i < cut.length() && isAscii; i++) {
            isAscii = cut.charAt(i) < 128;
        }
        return new Subject(cut, cut.toLowerCase(Locale.ROOT), isAscii);
    }
}
