package org.sluicemta.receive;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Writes the fields that reception adds. Owner: a loop (it remembers the date of the present second).
final class TraceFields {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT);

    private final ZoneId zone;
    private long second = Long.MIN_VALUE;
    private String date = "";

    TraceFields(ZoneId zone) {
        this.zone = zone;
    }

    /// A date-time. Source: RFC 5322 section 3.3.
    String date(long serverMillis) {
        long now = Math.floorDiv(serverMillis, 1000);
        if (now != second) {
            second = now;
            date = DATE.format(Instant.ofEpochSecond(now).atZone(zone));
        }
        return date;
    }

    /// What goes before the message.
    ///
    /// @param from the client for Received, or empty to leave it out
    /// @param with SMTP, ESMTP, ESMTPS …, or empty where no protocol was spoken. Source: RFC 3848
    /// @param recipient the only one, or empty: with several none is named, for blind copies' sake. What is not
    ///     ASCII is left out, here and for the reverse-path: our own field must not make a message need
    ///     SMTPUTF8
    byte[] write(
            boolean addReceived,
            boolean addDate,
            boolean addMessageId,
            String from,
            String host,
            String with,
            String id,
            String recipient,
            String reversePath,
            long serverMillis) {
        var text = new StringBuilder(320);
        if (addReceived) {
            text.append("Received: ");
            if (!from.isEmpty()) {
                text.append("from ").append(from).append("\r\n ");
            }
            text.append("by ").append(host);
            if (!with.isEmpty()) {
                text.append(" with ").append(with);
            }
            text.append(" id ").append(id);
            if (!recipient.isEmpty() && isFit(recipient)) {
                text.append("\r\n for <").append(recipient).append('>');
            }
            text.append(";\r\n ").append(date(serverMillis));
            if (isFit(reversePath)) {
                text.append(" (envelope-from <")
                        .append(commentText(reversePath))
                        .append(">)");
            }
            text.append("\r\n");
        }
        if (addDate) {
            text.append("Date: ").append(date(serverMillis)).append("\r\n");
        }
        if (addMessageId) {
            text.append("Message-ID: <").append(id).append('@').append(host).append(">\r\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isFit(String address) {
        if (address.length() >= 500) {
            return false;
        }
        for (int i = 0; i < address.length(); i++) {
            if (address.charAt(i) >= 127) {
                return false;
            }
        }
        return true;
    }

    /// Text inside a comment: what would end or escape it becomes `_`. Source: RFC 5322 section 3.2.2.
    static String commentText(String text) {
        StringBuilder changed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '(' || c == ')' || c == '\\' || c < ' ' || c > 126) {
                if (changed == null) {
                    changed = new StringBuilder(text);
                }
                changed.setCharAt(i, '_');
            }
        }
        return changed == null ? text : changed.toString();
    }
}
