package org.sluicemta.control;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sluicemta.queue.QueueRoom;

/// Writes answers as an operator's tools expect them: the shapes of PowerMTA's own output.
final class Screens {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final ZoneId zone;
    private final String hostName;
    private final String version;

    Screens(ZoneId zone, String hostName, String version) {
        this.zone = zone;
        this.hostName = hostName;
        this.version = version;
    }

    String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }

    // --- status

    Answered status(Operations.ServerStatus s) {
        var product = new Answered()
                .text("name", "Sluice")
                .text("version", version)
                .text("buildDate", "")
                .text("revision", "")
                .text("bits", "64");
        var mta = new Answered().tree("product", product).text("fullHostName", hostName);
        var traffic = new Answered()
                .tree("total", traffic(s.total()))
                .tree("lastHr", traffic(s.lastHour()))
                .tree("lastMin", traffic(s.lastMinute()))
                .tree("topPerHr", traffic(s.topHour()))
                .tree("topPerMin", traffic(s.topMinute()));
        var conn = new Answered().tree("smtpIn", connections(s.in())).tree("smtpOut", connections(s.out()));
        var resolver = new Answered()
                .number("namesCached", s.namesCached())
                .number("queriesPending", s.queriesPending())
                .number("queriesActive", s.queriesPending());
        var smtp = new Answered()
                .number("rcp", s.queueRecipients())
                .number("dom", s.queueDomains())
                .kilobytes("kb", s.queueBytes());
        var queue = new Answered().tree("smtp", smtp);
        for (String other : List.of("pipe", "discard", "file", "alias", "bounceProcessor", "feedbackLoopProcessor")) {
            queue.tree(other, new Answered().number("rcp", 0).number("dom", 0).kilobytes("kb", 0));
        }
        var files = new Answered()
                .number("inUse", s.segmentsInUse())
                .number("recycled", s.segmentsSpare())
                .number("total", s.segmentsInUse() + s.segmentsSpare());
        var spool = new Answered()
                .number("initPct", 100)
                .number("dirs", s.spoolDirectories())
                .tree("files", files)
                .number("totalRcp", s.totalRecipients())
                .number("maxRcp", s.maxRecipients())
                .number("reportsOwed", s.reportsOwed());
        var status = new Answered()
                .text("timeNow", time(s.nowMillis()))
                .text("startupTime", time(s.startedMillis()))
                .flag("shuttingDown", s.isShuttingDown())
                .tree("traffic", traffic)
                .tree("conn", conn)
                .tree("resolver", resolver)
                .tree("queue", queue)
                .tree("spool", spool)
                .text("status", s.isShuttingDown() ? "stopping" : "running");
        return new Answered().tree("mta", mta).tree("status", status);
    }

    private static Answered traffic(Operations.Traffic t) {
        return new Answered()
                .tree("out", flow(t.out()))
                .tree("in", flow(t.in()))
                .number("bounceProcessed", 0)
                .number("feedbackLoopProcessed", 0);
    }

    private static Answered flow(Operations.Flow f) {
        return new Answered()
                .number("rcp", f.recipients())
                .number("msg", f.messages())
                .kilobytes("kb", f.bytes());
    }

    private static Answered connections(Operations.Connections c) {
        return new Answered().number("cur", c.now()).number("max", c.limit()).number("top", c.most());
    }

    String statusText(Operations.ServerStatus s) {
        var out = new StringBuilder(1024);
        out.append("Sluice v")
                .append(version)
                .append(" status on ")
                .append(hostName)
                .append(" on ")
                .append(time(s.nowMillis()))
                .append("\n\n");
        out.append(line("Traffic", "inbound", "", "", "outbound", "", ""));
        out.append(line("", "rcpts", "msgs", "kbytes", "rcpts", "msgs", "kbytes"));
        traffic(out, "Total", s.total());
        traffic(out, "Last Hour", s.lastHour());
        traffic(out, "Top/Hour", s.topHour());
        traffic(out, "Last Min.", s.lastMinute());
        traffic(out, "Top/Min.", s.topMinute());
        out.append('\n');
        out.append(String.format(
                Locale.ROOT,
                "%-12s%8s%8s%8s    %-8s%8s%8s\n",
                "Connections",
                "active",
                "top",
                "maximum",
                "Domain",
                "cached",
                "pending"));
        out.append(String.format(
                Locale.ROOT,
                "%-12s%8d%8d%8d    %-8s%8d%8d\n",
                "Inbound",
                s.in().now(),
                s.in().most(),
                s.in().limit(),
                "Names",
                s.namesCached(),
                s.queriesPending()));
        out.append(String.format(
                Locale.ROOT,
                "%-12s%8d%8d%8d%n\n",
                "Outbound",
                s.out().now(),
                s.out().most(),
                s.out().limit()));
        out.append(String.format(
                Locale.ROOT,
                "%-12s%8s%8s%12s    %-8s%8s%9s\n",
                "Queues",
                "rcpts",
                "domains",
                "kbytes",
                "Spool",
                "in use",
                "recycled"));
        out.append(String.format(
                Locale.ROOT,
                "%-12s%8d%8d%12s    %-8s%8d%9d\n",
                "SMTP",
                s.queueRecipients(),
                s.queueDomains(),
                Answered.tenths(s.queueBytes()),
                "Files",
                s.segmentsInUse(),
                s.segmentsSpare()));
        out.append(String.format(
                Locale.ROOT, "%-12s%8d%8d%12s    %-8s%8s%n\n", "other", 0, 0, "0.0", "Init.", "complete"));
        if (s.reportsOwed() > 0) {
            out.append("Reports owed to senders: ").append(s.reportsOwed()).append('\n');
        }
        for (String warning : s.warnings()) {
            out.append("Warning: ").append(warning).append('\n');
        }
        long up = (s.nowMillis() - s.startedMillis()) / 1000;
        out.append(String.format(
                Locale.ROOT,
                "Status %s  Started %s  Uptime %d %d:%02d:%02d\n",
                s.isShuttingDown() ? "stopping" : "running",
                time(s.startedMillis()),
                up / 86400,
                up / 3600 % 24,
                up / 60 % 60,
                up % 60));
        return out.toString();
    }

    private static void traffic(StringBuilder out, String name, Operations.Traffic t) {
        out.append(line(
                name,
                Long.toString(t.in().recipients()),
                Long.toString(t.in().messages()),
                Answered.tenths(t.in().bytes()),
                Long.toString(t.out().recipients()),
                Long.toString(t.out().messages()),
                Answered.tenths(t.out().bytes())));
    }

    private static String line(String name, String a, String b, String c, String d, String e, String f) {
        return String.format(Locale.ROOT, "%-10s%10s%10s%14s%12s%10s%14s\n", name, a, b, c, d, e, f)
                        .stripTrailing() + "\n";
    }

    // --- queues

    Answered sources(List<QueueRoom.DisabledSource> found) {
        var rows = new ArrayList<Answered>();
        for (QueueRoom.DisabledSource each : found) {
            rows.add(new Answered()
                    .text("queue", each.queue().toString())
                    .text("ip", each.address())
                    .text("reenableTime", each.untilMillis() == 0 ? "" : time(each.untilMillis()))
                    .text("reason", each.reason()));
        }
        return new Answered().rows("source", "sources", rows);
    }

    String sourcesText(List<QueueRoom.DisabledSource> found) {
        var out = new StringBuilder();
        for (QueueRoom.DisabledSource each : found) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-40s %-20s %-19s %s\n",
                    each.queue(),
                    each.address(),
                    each.untilMillis() == 0 ? "never" : time(each.untilMillis()),
                    Answered.plain(each.reason())));
        }
        return out.append(found.size()).append(" disabled source(s).\n").toString();
    }

    Answered queues(
            Operations.QueueListing listing, String title, boolean withErrors, boolean withModes, OutputFormat format) {
        var rows = new ArrayList<Answered>();
        for (Operations.QueueRow q : listing.rows()) {
            var row = new Answered()
                    .text("name", q.name())
                    .number("rcp", q.recipients())
                    .kilobytes("kb", q.bytes())
                    .number("conn", q.connections());
            if (withErrors || format == OutputFormat.JSON) {
                var events = new ArrayList<Answered>();
                for (Operations.QueueNote note : q.notes()) {
                    var event = new Answered();
                    if (format != OutputFormat.JSON) {
                        event.text("type", "error");
                    }
                    events.add(event.text("time", time(note.atMillis())).text("text", note.text()));
                }
                row.rows("event", "errors", events);
            }
            if (withModes) {
                var events = new ArrayList<Answered>();
                for (Operations.QueueNote note : q.modeNotes()) {
                    events.add(
                            new Answered().text("time", time(note.atMillis())).text("text", note.text()));
                }
                row.rows("modeEvent", "modeEvents", events);
            }
            row.text("paused", q.isPaused() ? "yes" : "no").text("mode", q.isBackoff() ? "backoff" : "normal");
            if (q.retryMillis() > 0) {
                row.text("retryTime", time(q.retryMillis()));
            }
            if (q.pausedUntilMillis() > 0) {
                row.text("pausedUntil", time(q.pausedUntilMillis()));
            }
            rows.add(row);
        }
        return new Answered()
                .text("title", title)
                .rows("queue", "queues", rows)
                .number("totalRcp", listing.totalRecipients())
                .number("totalQueuesWithRcp", listing.totalQueuesWithRecipients());
    }

    String queuesText(Operations.QueueListing listing, String pattern, boolean withErrors, boolean withModes) {
        var out = new StringBuilder(256);
        out.append(String.format(
                Locale.ROOT,
                "%-40s %9s %12s %5s %-3s %-8s %s\n",
                "queue",
                "#rcpt",
                "kbytes",
                "conn",
                "st",
                "retry",
                "last error"));
        out.append(String.format(
                Locale.ROOT,
                "%-40s %9s %12s %5s %-3s %-8s %s\n",
                "-".repeat(40),
                "-".repeat(9),
                "-".repeat(12),
                "-".repeat(5),
                "---",
                "-".repeat(8),
                "-".repeat(20)));
        out.append(pattern.isEmpty() ? "*/*" : pattern).append('\n');
        for (Operations.QueueRow q : listing.rows()) {
            String state = (q.isPaused() ? "P" : "") + (q.isBackoff() ? "B" : "");
            String retry = q.retryMillis() == 0
                    ? ""
                    : CLOCK.format(Instant.ofEpochMilli(q.retryMillis()).atZone(zone));
            String last =
                    q.notes().isEmpty() ? q.holding() : q.notes().getFirst().text();
            out.append(String.format(
                                    Locale.ROOT,
                                    "%-40s %9d %12s %5d %-3s %-8s %s\n",
                                    Answered.plain(q.name()),
                                    q.recipients(),
                                    Answered.tenths(q.bytes()),
                                    q.connections(),
                                    state,
                                    retry,
                                    cut(Answered.plain(last)))
                            .stripTrailing())
                    .append('\n');
            if (withErrors) {
                notes(out, q.notes());
            }
            if (withModes) {
                notes(out, q.modeNotes());
            }
        }
        out.append('\n')
                .append(listing.rows().size())
                .append(" of ")
                .append(listing.matching())
                .append(" matching queues.\n");
        return out.toString();
    }

    private void notes(StringBuilder out, List<Operations.QueueNote> notes) {
        for (Operations.QueueNote note : notes) {
            out.append("    ")
                    .append(time(note.atMillis()))
                    .append(' ')
                    .append(Answered.plain(note.text()))
                    .append('\n');
        }
    }

    private static String cut(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    // --- recipients

    Answered recipients(Operations.RecipientListing listing) {
        var rows = new ArrayList<Answered>();
        for (Operations.RecipientRow r : listing.rows()) {
            var row = new Answered()
                    .text("queue", r.queue())
                    .text("orig", r.reversePath())
                    .text("rcpt", r.forwardPath())
                    .text("file", r.id())
                    .text("timeQueued", time(r.queuedMillis()))
                    .text("header_subject", r.subject())
                    .number("priority", r.priority());
            if (!r.jobId().isEmpty()) {
                row.text("jobId", r.jobId());
            }
            if (!r.envelopeId().isEmpty()) {
                row.text("envId", r.envelopeId());
            }
            rows.add(row);
        }
        return new Answered().text("title", "Recipients").rows("msg", "msg", rows);
    }

    String recipientsText(Operations.RecipientListing listing) {
        var out = new StringBuilder(256);
        out.append(String.format(
                Locale.ROOT,
                "%-30s %-30s %-30s %-32s %-19s %s\n",
                "queue",
                "orig",
                "rcpt",
                "file",
                "timeQueued",
                "job"));
        for (Operations.RecipientRow r : listing.rows()) {
            out.append(String.format(
                                    Locale.ROOT,
                                    "%-30s %-30s %-30s %-32s %-19s %s\n",
                                    Answered.plain(r.queue()),
                                    Answered.plain(r.reversePath()),
                                    Answered.plain(r.forwardPath()),
                                    r.id(),
                                    time(r.queuedMillis()),
                                    Answered.plain(r.jobId()))
                            .stripTrailing())
                    .append('\n');
        }
        out.append('\n').append(listing.rows().size()).append(" recipient(s) listed.\n");
        if (listing.busyQueues() > 0) {
            out.append(listing.busyQueues()).append(" queue busy while listing; consider using the --pause option.\n");
        }
        return out.toString();
    }
}
