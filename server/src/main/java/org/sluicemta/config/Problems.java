package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gathers the findings of one check. Owner: the thread that runs the check.
final class Problems {
    /// A file of nonsense has a finding on every line; nobody reads more than this, and memory stays bounded.
    static final int MOST = 2_000;

    /// Of a longer line the beginning is kept with the finding.
    private static final int LONGEST_LINE = 12_000;

    /// A finding and how often it was found again.
    private static final class Finding {
        final Problem problem;
        int more;

        Finding(Problem problem) {
            this.problem = problem;
        }

        Problem told() {
            return more == 0 ? problem : problem.withMore(more);
        }
    }

    private final List<Finding> found = new ArrayList<>();
    private final Map<String, Finding> groups = new HashMap<>();
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

    /// Errors are told one by one. A warning or note that is told again in the same words counts as one more place.
    void add(String id, Problem.Severity severity, @Nullable Place place, String what, String rule, String mend) {
        if (severity == Problem.Severity.ERROR) {
            hasErrors = true;
            keep(problem(id, severity, place, what, rule, mend));
        } else {
            grouped(id + '\n' + what + '\n' + mend, id, severity, place, what, rule, mend);
        }
    }

    /// One finding for all of a group: the first place with its words, and how many more there are.
    ///
    /// @param group what makes findings the same problem to a person
    void grouped(
            String group,
            String id,
            Problem.Severity severity,
            @Nullable Place place,
            String what,
            String rule,
            String mend) {
        Finding first = groups.get(group);
        if (first != null) {
            first.more++;
            return;
        }
        Finding kept = keep(problem(id, severity, place, what, rule, mend));
        if (kept != null) {
            groups.put(group, kept);
        }
    }

    private @Nullable Finding keep(Problem problem) {
        if (found.size() >= MOST) {
            dropped++;
            return null;
        }
        Finding finding = new Finding(problem);
        found.add(finding);
        return finding;
    }

    private static Problem problem(
            String id, Problem.Severity severity, @Nullable Place place, String what, String rule, String mend) {
        assert CheckIds.has(id) : id + " does not stand in check-ids.tsv; describe it there";
        return place == null
                ? new Problem(id, severity, "", 0, 0, 0, "", what, rule, mend)
                : new Problem(
                        id,
                        severity,
                        place.file().name(),
                        place.line(),
                        place.column(),
                        place.length(),
                        cut(place.sourceLine()),
                        what,
                        rule,
                        mend);
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
        return found.stream().map(Finding::told).toList();
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
