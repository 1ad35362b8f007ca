package org.sluicemta.control;

import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;

/// `show status` in the shapes that tools read: the order of the elements is part of them.
final class StatusScreen {
    private static final Operations.QueueLoad NOTHING = Operations.QueueLoad.NONE;

    private final About about;
    private final String hostName;
    private final LongFunction<String> time;

    /// @param time writes a moment of server time in milliseconds
    StatusScreen(About about, String hostName, LongFunction<String> time) {
        this.about = about;
        this.hostName = hostName;
        this.time = time;
    }

    // --- for programs

    Answered data(Operations.ServerStatus s) {
        return new Answered().tree("mta", mta()).tree("status", status(s));
    }

    private Answered mta() {
        var product = new Answered()
                .text("name", "Sluice")
                .text("version", about.version())
                .text("buildDate", about.buildDate())
                .text("revision", about.revision())
                .text("bits", "64");
        // There is no licence, so there is no number of one; what counts instances by it finds this one.
        var lak = new Answered().text("serial", "none").number("instances", 1);
        var os = new Answered()
                .text("name", about.osName())
                .text("version", about.osVersion())
                .text("build", about.osBuild());
        var cpu = new Answered().text("type", about.cpuType()).number("count", about.cpuCount());
        return new Answered()
                .tree("product", product)
                .tree("lak", lak)
                .tree("os", os)
                .tree("cpu", cpu)
                .tree("ram", new Answered().number("real", about.ramKilobytes()))
                .text("fullHostName", hostName)
                .text("userString", "")
                .text("hostId", about.hostId());
    }

    private Answered status(Operations.ServerStatus s) {
        return new Answered()
                .text("timeNow", time.apply(s.nowMillis()))
                .text("startupTime", time.apply(s.startedMillis()))
                .flag("shuttingDown", s.isShuttingDown())
                .tree("traffic", traffic(s))
                .tree("conn", new Answered().tree("smtpIn", connections(s.in())).tree("smtpOut", connections(s.out())))
                .tree(
                        "resolver",
                        new Answered()
                                .number("namesCached", s.namesCached())
                                .number("queriesPending", s.queriesPending())
                                .number("queriesActive", s.queriesActive()))
                .tree("queue", queues(s))
                .tree("spool", spool(s))
                .text("status", s.isShuttingDown() ? "stopping" : "running");
    }

    private static Answered traffic(Operations.ServerStatus s) {
        Operations.Performance p = s.performance();
        var in = new Answered()
                .number("count", p.count())
                .number("mailFromTime", p.envelopeMillis())
                .number("dataTime", p.contentMillis())
                .number("totalTime", p.envelopeMillis() + p.contentMillis());
        return new Answered()
                .tree("total", traffic(s.total()))
                .tree("lastHr", traffic(s.lastHour()))
                .tree("lastMin", traffic(s.lastMinute()))
                .tree("topPerHr", traffic(s.topHour()))
                .tree("topPerMin", traffic(s.topMinute()))
                .tree("perf", new Answered().tree("lastMin", new Answered().tree("in", in)));
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

    private static Answered queues(Operations.ServerStatus s) {
        var queue = new Answered()
                .tree("smtp", load(s.smtp()))
                .tree("pipe", load(NOTHING))
                .tree("discard", load(s.discard()))
                .tree("file", load(s.file()));
        for (String none : List.of("alias", "bounceProcessor", "feedbackLoopProcessor")) {
            queue.tree(none, load(NOTHING));
        }
        if (s.isWithGmImprinter()) {
            queue.tree("gmImprinter", load(NOTHING));
        }
        return queue;
    }

    private static Answered load(Operations.QueueLoad q) {
        return new Answered()
                .number("rcp", q.recipients())
                .number("dom", q.domains())
                .kilobytes("kb", q.bytes());
    }

    /// Who can ask finds the spool taken up, so it is complete.
    private static Answered spool(Operations.ServerStatus s) {
        var files = new Answered()
                .number("inUse", s.segmentsInUse())
                .number("recycled", s.segmentsSpare())
                .number("total", s.segmentsInUse() + s.segmentsSpare());
        return new Answered()
                .number("initPct", 100)
                .number("dirs", s.spoolDirectories())
                .tree("files", files)
                .number("totalRcp", s.totalRecipients())
                .number("maxRcp", s.maxRecipients())
                .number("reportsOwed", s.reportsOwed());
    }

    // --- for a person

    String text(Operations.ServerStatus s) {
        var out = new StringBuilder(1536);
        out.append("Sluice v")
                .append(about.version())
                .append(" status on ")
                .append(hostName)
                .append(" on ")
                .append(time.apply(s.nowMillis()))
                .append("\n\n");
        out.append(line("Traffic", "inbound", "", "", "outbound", "", ""));
        out.append(line("", "rcpts", "msgs", "kbytes", "rcpts", "msgs", "kbytes"));
        traffic(out, "Total", s.total());
        traffic(out, "Last Hour", s.lastHour());
        traffic(out, "Top/Hour", s.topHour());
        traffic(out, "Last Min.", s.lastMinute());
        traffic(out, "Top/Min.", s.topMinute());
        out.append('\n');
        connections(out, s);
        out.append('\n');
        queues(out, s);
        out.append('\n');
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
                time.apply(s.startedMillis()),
                up / 86400,
                up / 3600 % 24,
                up / 60 % 60,
                up % 60));
        return out.toString();
    }

    private static void connections(StringBuilder out, Operations.ServerStatus s) {
        String row = "%-12s%8s%8s%8s    %-8s%8s%8s";
        row(out, row, "Connections", "active", "top", "maximum", "Domain", "cached", "pending");
        row(
                out,
                row,
                "Inbound",
                s.in().now(),
                s.in().most(),
                s.in().limit(),
                "Names",
                s.namesCached(),
                s.queriesPending());
        row(out, row, "Outbound", s.out().now(), s.out().most(), s.out().limit(), "", "", "");
    }

    private static void queues(StringBuilder out, Operations.ServerStatus s) {
        String row = "%-12s%8s%8s%12s    %-8s%8s%9s";
        Operations.QueueLoad smtp = s.smtp();
        Operations.QueueLoad other = new Operations.QueueLoad(
                s.discard().recipients() + s.file().recipients(),
                s.discard().domains() + s.file().domains(),
                s.discard().bytes() + s.file().bytes());
        row(out, row, "Queues", "rcpts", "domains", "kbytes", "Spool", "in use", "recycled");
        row(
                out,
                row,
                "SMTP",
                smtp.recipients(),
                smtp.domains(),
                Answered.tenths(smtp.bytes()),
                "Files",
                s.segmentsInUse(),
                s.segmentsSpare());
        row(
                out,
                row,
                "other",
                other.recipients(),
                other.domains(),
                Answered.tenths(other.bytes()),
                "Init.",
                "complete",
                "");
    }

    private static void row(StringBuilder out, String form, Object... values) {
        out.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
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
        return String.format(Locale.ROOT, "%-10s%10s%10s%14s%12s%10s%14s", name, a, b, c, d, e, f)
                        .stripTrailing()
                + "\n";
    }
}
