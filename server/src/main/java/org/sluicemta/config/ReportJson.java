package org.sluicemta.config;

/// A report for programs: an array with an object for each finding, and a last one that sums up.
///
/// A finding has `id`, `severity` (`error`, `warning`, `note`), `file`, `line`, `column`, `length` (0 and an empty
/// file where it is about the whole), `source` (the line as it stands), `text`, `rule` and `mend`. The last object has
/// `summary` with `errors`, `warnings`, `notes`, `dropped` and `unprotected`.
public final class ReportJson {
    private ReportJson() {}

    /// The array, ended by a line end.
    public static String of(Report report) {
        StringBuilder out = new StringBuilder("[\n");
        for (Problem each : report.problems()) {
            out.append("  {\"id\":");
            text(each.id(), out);
            out.append(",\"severity\":");
            text(word(each.severity()), out);
            out.append(",\"file\":");
            text(each.file(), out);
            out.append(",\"line\":").append(each.line());
            out.append(",\"column\":").append(each.column());
            out.append(",\"length\":").append(each.length());
            out.append(",\"source\":");
            text(each.sourceLine(), out);
            out.append(",\"text\":");
            text(each.what(), out);
            out.append(",\"rule\":");
            text(each.rule(), out);
            out.append(",\"mend\":");
            text(each.mend(), out);
            out.append("},\n");
        }
        out.append("  {\"summary\":{\"errors\":").append(report.count(Problem.Severity.ERROR));
        out.append(",\"warnings\":").append(report.count(Problem.Severity.WARNING));
        out.append(",\"notes\":").append(report.count(Problem.Severity.NOTE));
        out.append(",\"dropped\":").append(report.dropped());
        out.append(",\"unprotected\":[");
        boolean isFirst = true;
        for (String name : report.unprotected()) {
            out.append(isFirst ? "" : ",");
            isFirst = false;
            text(name, out);
        }
        return out.append("]}}\n]\n").toString();
    }

    /// A severity in the word that people read.
    static String word(Problem.Severity severity) {
        return switch (severity) {
            case ERROR -> "error";
            case WARNING -> "warning";
            case NOTE -> "note";
        };
    }

    private static void text(String value, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || Character.isSurrogate(c) || Problems.isUnprintable(c)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
