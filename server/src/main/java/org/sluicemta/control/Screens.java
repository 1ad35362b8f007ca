package org.sluicemta.control;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.RecipientNote;

/// Writes answers as an operator's tools expect them: the shapes of PowerMTA's own output.
final class Screens {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final ZoneId zone;

    Screens(ZoneId zone) {
        this.zone = zone;
    }

    String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
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

    /// What of a queue is told beside its numbers.
    record Wanted(boolean errors, boolean modes, boolean recipients) {}

    /// Errors as tools know them from queues and domains.
    static List<Answered> errors(List<Operations.QueueNote> notes, LongFunction<String> time, OutputFormat format) {
        var events = new ArrayList<Answered>(notes.size());
        for (Operations.QueueNote note : notes) {
            var event = new Answered();
            if (format != OutputFormat.JSON) {
                event.text("type", "error");
            }
            events.add(event.text("time", time.apply(note.atMillis())).text("text", note.text()));
        }
        return events;
    }

    Answered queues(Operations.QueueListing listing, String title, Wanted wanted, OutputFormat format) {
        var rows = new ArrayList<Answered>();
        for (Operations.QueueRow q : listing.rows()) {
            var row = new Answered()
                    .text("name", q.name())
                    .number("rcp", q.recipients())
                    .kilobytes("kb", q.bytes())
                    .number("conn", q.connections());
            if (wanted.errors || format == OutputFormat.JSON) {
                row.rows("event", "errors", errors(q.notes(), this::time, format));
            }
            if (wanted.modes) {
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
            if (wanted.recipients && !q.recipientNotes().isEmpty()) {
                row.rows(
                        "recipientEvent",
                        "recipientEvents",
                        q.recipientNotes().stream().map(this::recipientEvent).toList());
            }
            rows.add(row);
        }
        return new Answered()
                .text("title", title)
                .rows("queue", "queues", rows)
                .number("totalRcp", listing.totalRecipients())
                .number("totalQueuesWithRcp", listing.totalQueuesWithRecipients());
    }

    private Answered recipientEvent(RecipientNote note) {
        return new Answered()
                .text("type", word(note.what()))
                .text("time", time(note.atMillis()))
                .text("sourceIp", note.sourceIp())
                .text("rcpt", note.recipient())
                .text("jobId", note.jobId())
                .text("host", note.host())
                .text("dsnDiag", note.diagnostic());
    }

    private static String word(RecipientNote.What what) {
        return what.name().toLowerCase(Locale.ROOT);
    }

    private void recipientEvents(StringBuilder out, List<RecipientNote> notes) {
        long delivered = count(notes, RecipientNote.What.DELIVERED);
        long bounced = count(notes, RecipientNote.What.BOUNCED);
        long deferred = count(notes, RecipientNote.What.DEFERRED);
        String title =
                "Recipient Events (deliveries:" + delivered + ", bounces:" + bounced + ", deferrals:" + deferred + ")";
        out.append(title).append('\n').append("-".repeat(title.length())).append('\n');
        for (RecipientNote note : notes) {
            out.append(String.join(
                            " | ",
                            word(note.what()),
                            time(note.atMillis()),
                            Answered.plain(note.sourceIp()),
                            Answered.plain(note.recipient()),
                            Answered.plain(note.jobId()),
                            Answered.plain(note.host()),
                            Answered.plain(note.diagnostic()))
                    .stripTrailing());
            out.append('\n');
        }
    }

    private static long count(List<RecipientNote> notes, RecipientNote.What what) {
        return notes.stream().filter(note -> note.what() == what).count();
    }

    String queuesText(Operations.QueueListing listing, String pattern, Wanted wanted) {
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
            if (wanted.errors) {
                notes(out, q.notes());
            }
            if (wanted.modes) {
                notes(out, q.modeNotes());
            }
            if (wanted.recipients && !q.recipientNotes().isEmpty()) {
                recipientEvents(out, q.recipientNotes());
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

    /// @param withSchedule whether it is told when each is tried next
    Answered recipients(Operations.RecipientListing listing, boolean withSchedule) {
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
            if (withSchedule) {
                row.number("attempts", r.attempts()).text("nextAttempt", next(r));
            }
            rows.add(row);
        }
        return new Answered().text("title", "Recipients").rows("msg", "msg", rows);
    }

    /// When its own clock lets a recipient go; `queue` for one that goes when its queue does.
    private String next(Operations.RecipientRow r) {
        return r.dueMillis() == 0 ? "queue" : time(r.dueMillis());
    }

    /// @param withPriority a column more; likewise `withSchedule`
    String recipientsText(Operations.RecipientListing listing, boolean withPriority, boolean withSchedule) {
        var out = new StringBuilder(256);
        recipient(
                out,
                List.of("queue", "orig", "rcpt", "file", "timeQueued"),
                withPriority ? "priority" : "",
                withSchedule ? "nextAttempt" : "",
                "job");
        for (Operations.RecipientRow r : listing.rows()) {
            recipient(
                    out,
                    List.of(
                            Answered.plain(r.queue()),
                            Answered.plain(r.reversePath()),
                            Answered.plain(r.forwardPath()),
                            r.id(),
                            time(r.queuedMillis())),
                    withPriority ? Integer.toString(r.priority()) : "",
                    withSchedule ? next(r) : "",
                    Answered.plain(r.jobId()));
        }
        out.append('\n').append(listing.rows().size()).append(" recipient(s) listed.\n");
        if (listing.busyQueues() > 0) {
            out.append(listing.busyQueues()).append(" queue busy while listing; consider using the --pause option.\n");
        }
        if (listing.unreadable() > 0) {
            out.append(listing.unreadable())
                    .append(
                            " recipient(s) are missing: their messages cannot be read; show queues --errors says why.\n");
        }
        return out.toString();
    }

    private static void recipient(StringBuilder out, List<String> columns, String priority, String next, String job) {
        String row = String.format(Locale.ROOT, "%-30s %-30s %-30s %-32s %-19s ", columns.toArray())
                + (priority.isEmpty() ? "" : String.format(Locale.ROOT, "%8s ", priority))
                + (next.isEmpty() ? "" : String.format(Locale.ROOT, "%-19s ", next))
                + job;
        out.append(row.stripTrailing()).append('\n');
    }
}
