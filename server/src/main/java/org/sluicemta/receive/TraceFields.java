package org.sluicemta.receive;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/// Writes the fields that reception adds, always into the same bytes. Owner: a loop (it remembers the date of the
/// present second).
final class TraceFields {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT);

    /// What most messages are given fits.
    private static final int FIRST_BYTES = 384;

    private final ZoneId zone;
    private long second = Long.MIN_VALUE;
    private String date = "";
    private byte[] text = new byte[FIRST_BYTES];
    private int length;

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

    /// What goes before the message: the first so many of [#bytes].
    ///
    /// @param from the client for Received, or empty to leave it out
    /// @param with SMTP, ESMTP, ESMTPS …, or empty where no protocol was spoken. Source: RFC 3848
    /// @param recipient the only one, or empty: with several none is named, for blind copies' sake. What is not
    ///     ASCII is left out, here and for the reverse-path: our own field must not make a message need
    ///     SMTPUTF8
    /// @param endsHeader whether the message has no header of its own: an empty line follows what is added
    /// @return how many bytes
    int write(
            boolean addReceived,
            boolean addDate,
            boolean addMessageId,
            String from,
            String host,
            String with,
            String id,
            String recipient,
            String reversePath,
            long serverMillis,
            boolean endsHeader) {
        length = 0;
        if (addReceived) {
            add("Received: ");
            if (!from.isEmpty()) {
                add("from ");
                add(from);
                add("\r\n ");
            }
            add("by ");
            add(host);
            if (!with.isEmpty()) {
                add(" with ");
                add(with);
            }
            add(" id ");
            add(id);
            if (!recipient.isEmpty() && isFit(recipient)) {
                add("\r\n for <");
                add(recipient);
                add(">");
            }
            add(";\r\n ");
            add(date(serverMillis));
            if (isFit(reversePath)) {
                add(" (envelope-from <");
                add(commentText(reversePath));
                add(">)");
            }
            add("\r\n");
        }
        if (addDate) {
            add("Date: ");
            add(date(serverMillis));
            add("\r\n");
        }
        if (addMessageId) {
            add("Message-ID: <");
            add(id);
            add("@");
            add(host);
            add(">\r\n");
        }
        if (endsHeader && length > 0) {
            add("\r\n");
        }
        return length;
    }

    /// What was written last, and more. Lent until the next [#write].
    byte[] bytes() {
        return text;
    }

    private void add(String part) {
        int count = part.length();
        if (text.length - length < count) {
            text = Arrays.copyOf(text, Math.max(2 * text.length, length + count));
        }
        for (int i = 0; i < count; i++) {
            char c = part.charAt(i);
            if (c > 126) {
                addEncoded(part);
                return;
            }
            text[length + i] = (byte) c;
        }
        length += count;
    }

    private void addEncoded(String part) {
        byte[] encoded = part.getBytes(StandardCharsets.UTF_8);
        if (text.length - length < encoded.length) {
            text = Arrays.copyOf(text, length + encoded.length);
        }
        System.arraycopy(encoded, 0, text, length, encoded.length);
        length += encoded.length;
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
