package org.sluicemta.bounce;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sluicemta.spool.QueueEvent;

/// Mail to operators about a queue's mode and source addresses (`backoff-notify`, `disabled-source-ip-notify`).
///
/// A change is told, not its repetition: a backoff that is only prolonged is no news. What changed before the start is
/// not told. Notices above the bound of a minute are left out: a bad hour must not bury who is told of it. Owner:
/// [Reports].
final class Notices {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT);
    private static final int MOST_A_MINUTE = 60;
    private static final long MINUTE_MILLIS = 60_000;
    private static final int MOST_REMEMBERED = 10_000;

    private final ZoneId zone;
    private final long startedMillis;
    /// How each queue, or source address of one, was told to stand; the oldest is forgotten first.
    private final Map<String, Boolean> told = new LinkedHashMap<>();

    private long minuteMillis;
    private int inMinute;

    Notices(ZoneId zone, long startedMillis) {
        this.zone = zone;
        this.startedMillis = startedMillis;
    }

    /// @param to addresses, not empty
    record Notice(List<String> to, String subject, String text) {}

    /// What is to be told of an event; empty for nothing.
    Optional<Notice> of(QueueEvent event, ReportPolicy policy) {
        return switch (event) {
            case QueueEvent.ModeChanged changed ->
                notice(
                        policy.backoffNotify().apply(changed.queue()),
                        "mode " + changed.queue(),
                        changed.isBackoff(),
                        changed.atMillis(),
                        "queue " + changed.queue()
                                + (changed.isBackoff() ? " entered backoff mode" : " is back in normal mode"),
                        changed.reason(),
                        changed.untilMillis());
            case QueueEvent.SourceChanged changed ->
                notice(
                        policy.sourceNotify().apply(changed.queue()),
                        "source " + changed.queue() + " " + changed.address(),
                        changed.isDisabled(),
                        changed.atMillis(),
                        "source address " + (changed.address().isEmpty() ? "(any)" : changed.address())
                                + (changed.isDisabled() ? " disabled" : " enabled") + " for queue "
                                + changed.queue(),
                        changed.reason(),
                        changed.untilMillis());
            case QueueEvent.Failed _, QueueEvent.Paused _, QueueEvent.ColdCounted _ -> Optional.empty();
        };
    }

    private Optional<Notice> notice(
            List<String> to,
            String about,
            boolean stands,
            long atMillis,
            String what,
            String reason,
            long untilMillis) {
        boolean isNews = atMillis >= startedMillis && !Boolean.valueOf(stands).equals(told.put(about, stands));
        if (told.size() > MOST_REMEMBERED) {
            told.remove(told.keySet().iterator().next());
        }
        if (!isNews || to.isEmpty() || isTooMany(atMillis)) {
            return Optional.empty();
        }
        String until = stands && untilMillis > 0 ? "until: " + date(untilMillis) + "\r\n" : "";
        return Optional.of(new Notice(
                to, what, what + ".\r\n\r\nwhen: " + date(atMillis) + "\r\n" + until + "why: " + reason + "\r\n"));
    }

    private boolean isTooMany(long atMillis) {
        if (atMillis - minuteMillis >= MINUTE_MILLIS) {
            minuteMillis = atMillis;
            inMinute = 0;
        }
        return ++inMinute > MOST_A_MINUTE;
    }

    private String date(long millis) {
        return DATE.format(Instant.ofEpochMilli(millis).atZone(zone));
    }

    /// The notice as a message. What a remote said stands in it in ASCII, without control characters.
    byte[] write(Notice notice, String id, ReportPolicy policy, long nowMillis) {
        String header = "From: " + ascii(policy.from()) + "\r\nDate: " + date(nowMillis) + "\r\nTo: "
                + ascii(String.join(", ", notice.to())) + "\r\nMessage-ID: <" + id + "@" + ascii(policy.hostName())
                + ">\r\nSubject: [" + ascii(policy.hostName()) + "] " + ascii(notice.subject())
                + "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/plain\r\n\r\n";
        var text = new StringBuilder(header);
        for (String line : notice.text().split("\r\n", -1)) {
            String rest = ascii(line);
            for (; rest.length() > 900; rest = rest.substring(900)) {
                text.append(rest, 0, 900).append("\r\n");
            }
            text.append(rest).append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String ascii(String text) {
        var clean = new StringBuilder(text.length());
        text.chars().forEach(c -> clean.append(c < ' ' || c == 127 ? ' ' : c > 127 ? '?' : (char) c));
        return clean.toString();
    }
}
