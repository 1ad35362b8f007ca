package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gathers the findings of one check. Owner: the thread that runs the check.
final class Problems {
    /// A file of nonsense has a finding on every line; nobody reads more than this, and memory stays bounded.
    static final int MOST = 2_000;

    /// Of a longer line the beginning is kept with the finding.
    private static final int LONGEST_LINE = 12_000;

    private final List<Problem> found = new ArrayList<>();
    private int dropped;
    private boolean hasErrors;

    void error(String id, @Nullable Place place, String what, String rule, String mend) {
        add(id, Problem.Severity.ERROR, place, what, rule, mend);
    }

    void warning(String id, @Nullable Place place, String what, String rule, String mend) {
        add(id, Problem.Severity.WARNING, place, what, rule, mend);
    }

    void note(String id, @Nullable Place place, String what, String rule, String mend) {
        add(id, Problem.Severity.NOTE, place, what, rule, mend);
    }

    void add(String id, Problem.Severity severity, @Nullable Place place, String what, String rule, String mend) {
        hasErrors |= severity == Problem.Severity.ERROR;
        if (found.size() >= MOST) {
            dropped++;
            return;
        }
        if (place == null) {
            found.add(new Problem(id, severity, "", 0, 0, 0, "", what, rule, mend));
        } else {
            found.add(new Problem(
                    id,
                    severity,
                    place.file().name(),
                    place.line(),
                    place.column(),
                    place.length(),
                    cut(place.sourceLine()),
                    what,
                    rule,
                    mend));
        }
    }

    private static String cut(String line) {
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE);
    }

    boolean hasErrors() {
        return hasErrors;
    }

    /// Findings beyond [#MOST], counted only.
    int dropped() {
        return dropped;
    }

    List<Problem> all() {
        return List.copyOf(found);
    }

    /// Outside text for a message: quoted, control characters escaped, cut at 60 characters.
    static String quote(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), 60) + 2).append('"');
        int end = Math.min(text.length(), 60);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isUnprintable(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append(text.length() > end ? "…\"" : "\"").toString();
    }

    static boolean isUnprintable(char c) {
        int type = Character.getType(c);
        return Character.isISOControl(c)
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
