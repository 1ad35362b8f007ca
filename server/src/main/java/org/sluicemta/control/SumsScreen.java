package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;

/// Domains, virtual MTAs and jobs in the shapes that tools read: scripts strip head lines and count columns.
final class SumsScreen {
    private static final int LAST_ERROR = 40;

    private final LongFunction<String> time;

    SumsScreen(LongFunction<String> time) {
        this.time = time;
    }

    // --- domains

    Answered domains(Operations.DomainListing listing, String title, boolean withErrors, OutputFormat format) {
        var rows = new ArrayList<Answered>(listing.rows().size());
        for (Operations.DomainRow d : listing.rows()) {
            var row = new Answered()
                    .text("name", d.name())
                    .number("rcp", d.recipients())
                    .kilobytes("kb", d.bytes())
                    .number("conn", d.connections());
            if (withErrors || format == OutputFormat.JSON) {
                row.rows("event", "errors", Screens.errors(d.notes(), time, format));
            }
            rows.add(row);
        }
        return new Answered()
                .text("title", title)
                .rows("domain", "domains", rows)
                .number("totalRcp", listing.totalRecipients())
                .number("totalDomainsWithRcp", listing.matching());
    }

    String domainsText(Operations.DomainListing listing, boolean withErrors) {
        String form = "%35s %8s %10s %5s  %s";
        var out = new StringBuilder(256);
        head(out, form, "domain", "#rcpt", "kbytes", "conn", pad("last error"));
        for (Operations.DomainRow d : listing.rows()) {
            String last = d.notes().isEmpty() ? "" : d.notes().getFirst().text();
            row(
                    out,
                    form,
                    Answered.plain(d.name()),
                    d.recipients(),
                    Answered.tenths(d.bytes()),
                    d.connections(),
                    cut(Answered.plain(last)));
            if (withErrors) {
                for (Operations.QueueNote note : d.notes()) {
                    out.append("    ")
                            .append(time.apply(note.atMillis()))
                            .append(' ')
                            .append(Answered.plain(note.text()))
                            .append('\n');
                }
            }
        }
        return out.append('\n')
                .append(listing.rows().size())
                .append(" of ")
                .append(listing.matching())
                .append(" domains shown.\n")
                .toString();
    }

    private static String pad(String title) {
        return String.format(Locale.ROOT, "%-" + LAST_ERROR + "s", title);
    }

    private static String cut(String text) {
        return text.length() <= LAST_ERROR ? text : text.substring(0, LAST_ERROR - 3) + "...";
    }

    // --- virtual MTAs

    Answered virtualMtas(Operations.VirtualMtaListing listing) {
        var rows = new ArrayList<Answered>(listing.rows().size());
        for (Operations.VirtualMtaRow v : listing.rows()) {
            rows.add(new Answered()
                    .text("name", v.name())
                    .number("rcp", v.recipients())
                    .kilobytes("kb", v.bytes())
                    .number("pctOfTotal", v.percent())
                    .number("conn", v.connections())
                    .number("dom", v.domains()));
        }
        return new Answered().text("title", "Virtual MTAs").rows("vmta", "vmtas", rows);
    }

    /// Two head lines, a line each, an empty line and one with their number: scripts strip exactly these.
    String virtualMtasText(Operations.VirtualMtaListing listing) {
        List<String> titles = List.of("name", "domains", "#rcpt", "% total", "kbytes", "conn");
        var rows = new ArrayList<List<String>>(listing.rows().size());
        for (Operations.VirtualMtaRow v : listing.rows()) {
            rows.add(List.of(
                    Answered.plain(v.name()),
                    Integer.toString(v.domains()),
                    Long.toString(v.recipients()),
                    Integer.toString(v.percent()),
                    Answered.tenths(v.bytes()),
                    Integer.toString(v.connections())));
        }
        int[] widths = {7, 7, 5, 7, 6, 4};
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        var out = new StringBuilder(256);
        columns(out, widths, titles);
        var dashes = new ArrayList<String>();
        for (int width : widths) {
            dashes.add("-".repeat(width));
        }
        columns(out, widths, dashes);
        rows.forEach(row -> columns(out, widths, row));
        return out.append('\n')
                .append(rows.size())
                .append(" of ")
                .append(listing.matching())
                .append(" virtual MTAs.\n")
                .toString();
    }

    /// The first to the left, the others to the right.
    private static void columns(StringBuilder out, int[] widths, List<String> values) {
        for (int i = 0; i < widths.length; i++) {
            String value = values.get(i);
            String blanks = " ".repeat(widths[i] - value.length());
            out.append(i == 0 ? value + blanks : " " + blanks + value);
        }
        out.append('\n');
    }

    // --- jobs

    Answered jobs(Operations.JobListing listing) {
        var rows = new ArrayList<Answered>(listing.rows().size());
        for (Operations.JobRow j : listing.rows()) {
            rows.add(new Answered()
                    .text("name", j.id())
                    .number("rcp", j.recipients())
                    .kilobytes("kb", j.bytes())
                    .number("conn", j.connections())
                    .text("paused", j.isPaused() ? "yes" : "no"));
        }
        return new Answered()
                .text("title", "Jobs")
                .rows("job", "jobs", rows)
                .number("totalJobsWithRcp", listing.matching())
                .number("totalRcp", listing.totalRecipients());
    }

    String jobsText(Operations.JobListing listing) {
        String form = "%35s %8s %10s %5s  %s";
        var out = new StringBuilder(256);
        head(out, form, "job-id", "#rcpt", "kbytes", "conn", "st");
        for (Operations.JobRow j : listing.rows()) {
            row(
                    out,
                    form,
                    Answered.plain(j.id()),
                    j.recipients(),
                    Answered.tenths(j.bytes()),
                    j.connections(),
                    j.isPaused() ? "P" : "");
        }
        return out.append("\nTotal of ")
                .append(listing.matching())
                .append(" job(s).\n")
                .toString();
    }

    /// One line of dashes with the titles set in it.
    private static void head(StringBuilder out, String form, Object... titles) {
        String line = String.format(Locale.ROOT, form, titles);
        for (int i = 0; i < line.length(); i++) {
            boolean isInside = i > 0
                    && i < line.length() - 1
                    && Character.isLetterOrDigit(line.charAt(i - 1))
                    && Character.isLetterOrDigit(line.charAt(i + 1));
            out.append(line.charAt(i) == ' ' && !isInside ? '-' : line.charAt(i));
        }
        out.append('\n');
    }

    private static void row(StringBuilder out, String form, Object... values) {
        out.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
    }
}
