package org.sluicemta.control;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sluicemta.queue.MessageExplanation;
import org.sluicemta.queue.QueueExplanation;
import org.sluicemta.queue.QueueNote;
import org.sluicemta.queue.Wait;

/// Writes why a queue's mail or a message's recipients wait, and until when.
final class ExplainScreen {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private final ZoneId zone;

    ExplainScreen(ZoneId zone) {
        this.zone = zone;
    }

    private String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }

    /// An instant and how far away it is: `2026-03-01 10:00:00 (in 2m 5s)`.
    private String when(long millis, long now) {
        if (millis == 0) {
            return "nobody can tell";
        }
        long seconds = (millis - now + 999) / 1000;
        return seconds <= 0 ? "now" : time(millis) + " (in " + spell(seconds) + ")";
    }

    private static String spell(long seconds) {
        if (seconds >= 86_400) {
            return seconds / 86_400 + "d " + seconds % 86_400 / 3_600 + "h";
        }
        if (seconds >= 3_600) {
            return seconds / 3_600 + "h " + seconds % 3_600 / 60 + "m";
        }
        return seconds >= 60 ? seconds / 60 + "m " + seconds % 60 + "s" : seconds + "s";
    }

    // ---- a queue

    Answered data(QueueExplanation q) {
        var limits = new ArrayList<Answered>();
        for (QueueExplanation.Bound each : q.limits()) {
            var overrode = each.overrode().stream()
                    .map(text -> new Answered().text("text", text))
                    .toList();
            limits.add(new Answered()
                    .text("level", each.level())
                    .text("directive", each.directive())
                    .text("value", each.value())
                    .text("origin", each.origin())
                    .flag("binds", each.binds())
                    .text("use", each.use())
                    .rows("overrode", "overrode", overrode));
        }
        var sources = new ArrayList<Answered>();
        for (QueueExplanation.SourceState each : q.sources()) {
            var row = new Answered()
                    .text("address", each.address())
                    .number("conn", each.connections())
                    .flag("disabled", each.isDisabled());
            if (each.isDisabled()) {
                row.text("until", each.untilMillis() == 0 ? "" : time(each.untilMillis()))
                        .text("reason", each.reason());
            }
            sources.add(row);
        }
        return new Answered()
                .text("queue", q.key().toString())
                .number("ready", q.ready())
                .number("ofPausedJobs", q.held())
                .number("putOff", q.aside())
                .number("beingDelivered", q.carried())
                .number("reportsOwed", q.owed())
                .number("conn", q.connections())
                .text("mode", q.isBackoff() ? "backoff" : "normal")
                .text("modeReason", q.mode())
                .text("modeUntil", q.modeUntilMillis() == 0 ? "" : time(q.modeUntilMillis()))
                .tree("reason", reason(q.reason()))
                .text("earliestAttempt", q.earliestMillis() == 0 ? "" : time(q.earliestMillis()))
                .number("failures", q.failures())
                .text("lastFailure", q.lastFailure())
                .rows("limit", "limits", limits)
                .rows("source", "sources", sources)
                .rows("event", "events", notes(q.notes()))
                .rows("modeEvent", "modeEvents", notes(q.modeNotes()));
    }

    private Answered reason(Wait wait) {
        return new Answered()
                .text("cause", wait.cause().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .text("text", wait.text())
                .text("directive", wait.directive())
                .text("origin", wait.origin())
                .text("until", wait.untilMillis() == 0 ? "" : time(wait.untilMillis()));
    }

    private List<Answered> notes(List<QueueNote> notes) {
        return notes.stream()
                .map(note -> new Answered().text("time", time(note.atMillis())).text("text", note.text()))
                .toList();
    }

    String text(QueueExplanation q) {
        var out = new StringBuilder(2048);
        long now = q.nowMillis();
        out.append(Answered.plain(q.key().toString())).append('\n');
        line(
                out,
                "recipients",
                q.ready() + " ready, " + (q.held() == 0 ? "" : q.held() + " of paused jobs, ") + q.aside()
                        + " put off, " + q.carried() + " being delivered"
                        + (q.owed() == 0 ? "" : ", " + q.owed() + " reports owed"));
        line(out, "connections", String.valueOf(q.connections()));
        if (q.isBackoff()) {
            line(
                    out,
                    "mode",
                    "backoff since " + time(q.modeSinceMillis()) + ", until "
                            + (q.modeUntilMillis() == 0
                                    ? "a delivery, a rule or an operator ends it"
                                    : when(q.modeUntilMillis(), now)));
            line(out, "because", q.mode());
        } else {
            line(out, "mode", "normal");
        }
        line(out, "waits for", sentence(q.reason()));
        line(
                out,
                "next attempt",
                q.reason().cause() == Wait.Cause.EMPTY ? "there is no mail" : when(q.earliestMillis(), now));
        if (q.failures() > 0) {
            line(out, "last failure", q.lastFailure() + " (" + q.failures() + " in a row)");
        }
        out.append("limits that apply\n");
        for (QueueExplanation.Bound each : q.limits()) {
            out.append(each.binds() ? "  > " : "    ")
                    .append(String.format(
                            Locale.ROOT,
                            "%-28s %-28s %-12s %s",
                            Answered.plain(each.level()),
                            each.directive(),
                            each.value(),
                            Answered.plain(each.origin())))
                    .append(each.use().isEmpty() ? "" : "  [" + each.use() + "]")
                    .append(each.binds() ? "  <- binds" : "")
                    .append('\n');
            each.overrode()
                    .forEach(text -> out.append("        overrode ")
                            .append(Answered.plain(text))
                            .append('\n'));
        }
        for (QueueExplanation.SourceState each : q.sources()) {
            out.append("  source ")
                    .append(each.address())
                    .append(": ")
                    .append(each.connections())
                    .append(" open");
            if (each.isDisabled()) {
                out.append(", disabled until ")
                        .append(each.untilMillis() == 0 ? "somebody enables it" : when(each.untilMillis(), now))
                        .append(": ")
                        .append(Answered.plain(each.reason()));
            }
            out.append('\n');
        }
        events(out, "last events", q.notes());
        events(out, "last changes of mode", q.modeNotes());
        return out.toString();
    }

    private void events(StringBuilder out, String title, List<QueueNote> notes) {
        if (!notes.isEmpty()) {
            out.append(title).append('\n');
            notes.forEach(note -> out.append("    ")
                    .append(time(note.atMillis()))
                    .append(' ')
                    .append(Answered.plain(note.text()))
                    .append('\n'));
        }
    }

    private static void line(StringBuilder out, String name, String text) {
        out.append("  ")
                .append(String.format(Locale.ROOT, "%-13s ", name))
                .append(Answered.plain(text))
                .append('\n');
    }

    private static String sentence(Wait wait) {
        String where = wait.origin().isEmpty() ? "" : " (" + wait.directive() + ", " + wait.origin() + ")";
        return wait.text() + where;
    }

    // ---- a message

    Answered data(MessageExplanation m) {
        var rows = new ArrayList<Answered>();
        for (MessageExplanation.Row each : m.rows()) {
            rows.add(new Answered()
                    .number("index", each.index())
                    .text("queue", each.queue().toString())
                    .text("state", each.state())
                    .number("attempts", each.attempts())
                    .number("priority", each.priority())
                    .text("timeQueued", time(each.queuedMillis()))
                    .text("retryTime", each.dueMillis() == 0 ? "" : time(each.dueMillis()))
                    .text("expires", time(each.expiresMillis()))
                    .text("lastReply", each.lastReply())
                    .tree("queueReason", reason(each.queueReason())));
        }
        return new Answered().text("message", m.id().toString()).rows("recipient", "recipients", rows);
    }

    String text(MessageExplanation m, long now) {
        var out = new StringBuilder(1024);
        out.append("message ")
                .append(m.id())
                .append(": ")
                .append(m.rows().size())
                .append(" waiting\n");
        for (MessageExplanation.Row each : m.rows()) {
            out.append("recipient ")
                    .append(each.index())
                    .append(" in ")
                    .append(each.queue())
                    .append('\n');
            line(out, "state", each.state() + ", " + each.attempts() + " attempts so far, priority " + each.priority());
            line(out, "accepted", time(each.queuedMillis()));
            if (each.dueMillis() > 0) {
                line(out, "own retry", when(each.dueMillis(), now));
            }
            if (!each.lastReply().isEmpty()) {
                line(out, "last reply", each.lastReply());
            }
            line(out, "its queue", sentence(each.queueReason()));
            long earliest = Math.max(each.dueMillis(), each.queueReason().untilMillis());
            line(out, "next attempt", earliest == 0 ? "as soon as its queue moves" : when(earliest, now));
            line(out, "expires", when(each.expiresMillis(), now));
        }
        return out.toString();
    }
}
