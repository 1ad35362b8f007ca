package org.sluicemta.match;

import java.util.List;
import java.util.regex.PatternSyntaxException;

/// A regular expression that an operator wrote, to be found anywhere in a text, whatever the case of its letters unless
/// the expression says otherwise (`(?-i)`).
///
/// It is run by RE2, in time linear to the text. What RE2 cannot express (look-around, back-references) is run by the
/// JDK's engine, which can take for ever: after [#MOST_STEPS] looks at the text it is given up and counts as no match.
/// A text in which none of the expression's certain letters stand is not run at all ([Literals]).
///
/// Immutable; [#matches] is pure, safe from any thread, never blocks and takes microseconds, for a hostile text up to
/// some milliseconds.
public final class OperatorPattern {
    /// Looks at characters that the JDK's engine may take: about 5 ms.
    static final int MOST_STEPS = 500_000;

    private final String regex;
    private final List<String> literals;
    private final Engine engine;
    private final boolean isLinear;

    private interface Engine {
        boolean finds(String text);
    }

    private OperatorPattern(String regex, Engine engine, boolean isLinear) {
        this.regex = regex;
        this.literals = Literals.of(regex);
        this.engine = engine;
        this.isLinear = isLinear;
    }

    /// @param regex without slashes around it; empty matches everything
    /// @throws MatchException when no engine can run it
    public static OperatorPattern of(String regex) {
        try {
            var linear = com.google.re2j.Pattern.compile(regex, com.google.re2j.Pattern.CASE_INSENSITIVE);
            return new OperatorPattern(regex, text -> linear.matcher(text).find(), true);
        } catch (com.google.re2j.PatternSyntaxException notLinear) {
            return new OperatorPattern(regex, backtracking(regex), false);
        }
    }

    private static Engine backtracking(String regex) {
        java.util.regex.Pattern pattern;
        try {
            pattern = java.util.regex.Pattern.compile(regex, java.util.regex.Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException broken) {
            throw new MatchException(broken.getDescription());
        }
        return text -> {
            try {
                return pattern.matcher(new Counted(text, new int[1], 0, text.length()))
                        .find();
            } catch (GivenUp | StackOverflowError tooLong) {
                return false;
            }
        };
    }

    public boolean matches(Subject subject) {
        if (subject.isAscii() && !literals.isEmpty()) {
            boolean isPossible = false;
            for (int i = 0; i < literals.size() && !isPossible; i++) {
                isPossible = subject.folded().contains(literals.get(i));
            }
            if (!isPossible) {
                return false;
            }
        }
        return engine.finds(subject.text());
    }

    /// Whether its time is linear to the text, whatever the text.
    public boolean isLinear() {
        return isLinear;
    }

    /// As written.
    public String regex() {
        return regex;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OperatorPattern that && regex.equals(that.regex);
    }

    @Override
    public int hashCode() {
        return regex.hashCode();
    }

    @Override
    public String toString() {
        return "/" + regex + "/";
    }

    private static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GivenUp() {
            super("too many steps", null, false, false);
        }
    }

    /// A text that counts how often it is looked at.
    private record Counted(String text, int[] steps, int from, int to) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            if (++steps[0] > MOST_STEPS) {
                throw new GivenUp();
            }
            return text.charAt(from + index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text, steps, from + start, from + end);
        }

        @Override
        public String toString() {
            return text.substring(from, to);
        }
    }
}
