package org.sluicemta.pull;

/// Texts from outside, for a person.
final class Texts {
    private static final int LONGEST = 200;

    private Texts() {}

    /// On one line, in quotes, cut.
    static String quoted(String text) {
        return "\"" + plain(text) + "\"";
    }

    /// On one line, cut.
    static String plain(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
