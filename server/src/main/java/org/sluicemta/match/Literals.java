package org.sluicemta.match;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Finds texts of which one stands in whatever an expression matches, so that most expressions need not be run: a
/// search for a plain text is ten times cheaper.
///
/// Only what is certain counts: characters outside of groups, classes and repetitions. An expression of which an
/// alternative has no such text has none.
final class Literals {
    /// Shorter ones stand in too many texts to be worth the search.
    private static final int LEAST = 3;

    private final String regex;
    private final List<String> found = new ArrayList<>();
    private final StringBuilder run = new StringBuilder();
    private String longest = "";
    private boolean isCertain = true;

    private Literals(String regex) {
        this.regex = regex;
    }

    /// In lower case; empty where nothing is certain.
    static List<String> of(String regex) {
        return new Literals(regex).scan();
    }

    private List<String> scan() {
        int at = 0;
        while (at < regex.length() && isCertain) {
            at = step(at);
        }
        endAlternative();
        return isCertain ? List.copyOf(found) : List.of();
    }

    private int step(int at) {
        char c = regex.charAt(at);
        switch (c) {
            case '\\' -> {
                return escape(at);
            }
            case '[' -> {
                endRun();
                return afterRepetition(afterClass(at));
            }
            case '(' -> {
                endRun();
                return group(at);
            }
            case '|' -> {
                endAlternative();
                return at + 1;
            }
            case '.', '^', '$' -> {
                endRun();
                return afterRepetition(at + 1);
            }
            case ')', '*', '+', '?', '{' -> {
                // Repetitions are read with what they repeat; here they would be a mistake of ours or of the author.
                isCertain = false;
                return at + 1;
            }
            default -> {
                return literal(c, at + 1);
            }
        }
    }

    private int escape(int at) {
        if (at + 1 >= regex.length()) {
            isCertain = false;
            return at + 1;
        }
        char c = regex.charAt(at + 1);
        if (Character.isLetterOrDigit(c)) {
            if (c == 'Q' || c == 'E' || c == 'p' || c == 'P' || c == 'x' || c == 'k') {
                isCertain = false;
            }
            endRun();
            return afterRepetition(at + 2);
        }
        return literal(c, at + 2);
    }

    private int literal(char c, int after) {
        char next = after < regex.length() ? regex.charAt(after) : 0;
        switch (next) {
            case '*', '?', '{' -> endRun();
            case '+' -> {
                run.append(c);
                endRun();
            }
            default -> run.append(c);
        }
        return afterRepetition(after);
    }

    private int afterRepetition(int from) {
        int at = from;
        while (at < regex.length() && "*+?".indexOf(regex.charAt(at)) >= 0) {
            at++;
        }
        if (at < regex.length() && regex.charAt(at) == '{') {
            int close = regex.indexOf('}', at);
            if (close < 0) {
                isCertain = false;
                return regex.length();
            }
            return afterRepetition(close + 1);
        }
        return at;
    }

    private int afterClass(int from) {
        int at = from + 1;
        if (at < regex.length() && regex.charAt(at) == '^') {
            at++;
        }
        if (at < regex.length() && regex.charAt(at) == ']') {
            at++;
        }
        while (at < regex.length() && regex.charAt(at) != ']') {
            at += regex.charAt(at) == '\\' ? 2 : 1;
            if (at < regex.length() && regex.charAt(at - 1) == '[' && regex.charAt(at) == ':') {
                isCertain = false;
            }
        }
        return Math.min(at + 1, regex.length());
    }

    private int group(int from) {
        if (regex.startsWith("(?x", from) || regex.startsWith("(?-", from) && regex.indexOf('x', from) == from + 3) {
            isCertain = false;
        }
        int depth = 0;
        int at = from;
        while (at < regex.length()) {
            switch (regex.charAt(at)) {
                case '\\' -> at++;
                case '[' -> at = afterClass(at) - 1;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> {}
            }
            at++;
            if (depth == 0) {
                return afterRepetition(at);
            }
        }
        isCertain = false;
        return at;
    }

    private void endRun() {
        if (run.length() > longest.length()) {
            longest = run.toString();
        }
        run.setLength(0);
    }

    private void endAlternative() {
        endRun();
        if (longest.length() < LEAST) {
            isCertain = false;
        } else {
            found.add(longest.toLowerCase(Locale.ROOT));
        }
        longest = "";
    }
}
