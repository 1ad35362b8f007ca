package org.sluicemta.config;

/// A report for a person: each problem with its line and a caret under what is meant.
public final class ReportText {
    /// Of a long line the part around the caret is shown.
    private static final int WIDEST = 100;

    private ReportText() {}

    /// The whole report with its last line of counts. Ends with a line end.
    public static String of(Report report) {
        StringBuilder out = new StringBuilder();
        report.problems().forEach(each -> append(each, out));
        if (report.dropped() > 0) {
            out.append("... and ").append(report.dropped()).append(" more\n");
        }
        long errors = report.count(Problem.Severity.ERROR);
        long warnings = report.count(Problem.Severity.WARNING);
        long notes = report.count(Problem.Severity.NOTE);
        out.append(counted(errors, "error"))
                .append(", ")
                .append(counted(warnings, "warning"))
                .append(", ")
                .append(counted(notes, "note"))
                .append('\n');
        if (!report.unprotected().isEmpty()) {
            out.append("run refuses this configuration; it protects by what has no effect yet: ")
                    .append(String.join(", ", report.unprotected()))
                    .append('\n');
        }
        return out.toString();
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /// One problem, on a few lines.
    public static String of(Problem problem) {
        StringBuilder out = new StringBuilder();
        append(problem, out);
        return out.toString();
    }

    /// As PowerMTA's `test config` says it: `Error in line 11 of /etc/pmta/config: argument missing`.
    public static String headline(Problem problem) {
        var out = new StringBuilder("Error");
        if (problem.line() > 0) {
            out.append(" in line ").append(problem.line());
        }
        if (!problem.file().isEmpty()) {
            out.append(problem.line() > 0 ? " of " : " in ");
            printable(problem.file(), out);
        }
        out.append(": ");
        printable(problem.what(), out);
        return out.toString();
    }

    private static void append(Problem problem, StringBuilder out) {
        if (!problem.file().isEmpty()) {
            printable(problem.file(), out);
            out.append(':');
            if (problem.line() > 0) {
                out.append(problem.line()).append(':').append(problem.column()).append(':');
            }
            out.append(' ');
        }
        out.append(
                        switch (problem.severity()) {
                            case ERROR -> "error";
                            case WARNING -> "warning";
                            case NOTE -> "note";
                        })
                .append(": ");
        printable(problem.what(), out);
        out.append(" [").append(problem.id()).append("]\n");
        if (!problem.sourceLine().isEmpty()) {
            excerpt(problem, out);
        }
        out.append("    rule: ");
        printable(problem.rule(), out);
        out.append("\n    mend: ");
        printable(problem.mend(), out);
        out.append('\n');
    }

    private static void excerpt(Problem problem, StringBuilder out) {
        String line = problem.sourceLine();
        int at = Math.clamp(problem.column() - 1L, 0, line.length());
        int from = at < WIDEST - 20 ? 0 : at - WIDEST / 2;
        int to = Math.min(line.length(), from + WIDEST);
        String before = from > 0 ? "…" : "";
        out.append("    ").append(before);
        printable(line.substring(from, to), out);
        out.append(to < line.length() ? "…\n" : "\n").append("    ").append(" ".repeat(before.length() + at - from));
        out.append("^".repeat(Math.clamp(problem.length(), 1, Math.max(1, to - at))))
                .append('\n');
    }

    /// One character for each, so that the caret stays under what it means; what could move the cursor or colour
    /// the terminal becomes a question mark.
    private static void printable(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(c == '\t' ? ' ' : Problems.isUnprintable(c) ? '?' : c);
        }
    }
}
