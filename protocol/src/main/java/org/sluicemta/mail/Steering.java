package org.sluicemta.mail;

/// Characters that steer whatever shows them instead of being shown: they end lines, colour terminals, or turn the
/// order of what is read around. What strangers wrote goes into logs, rows, replies and onto screens without them.
public final class Steering {
    private Steering() {}

    /// Whether a character is a control character (of ASCII, or C1 from U+0080 to U+009F), ends a line or paragraph
    /// (U+2028, U+2029), or embeds, overrides or isolates a direction (U+202A to U+202E, U+2066 to U+2069).
    public static boolean isSteering(char c) {
        if (c < 0x2028) {
            return Character.isISOControl(c);
        }
        return c <= 0x202e || c >= 0x2066 && c <= 0x2069;
    }

    /// Whether a text holds one.
    public static boolean isIn(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isSteering(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /// The text with `instead` for each of them; the same object where it holds none.
    public static String replaced(String text, char instead) {
        StringBuilder changed = null;
        for (int i = 0; i < text.length(); i++) {
            if (isSteering(text.charAt(i))) {
                if (changed == null) {
                    changed = new StringBuilder(text);
                }
                changed.setCharAt(i, instead);
            }
        }
        return changed == null ? text : changed.toString();
    }
}
