package org.sluicemta.dsn;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Writes a report as a message: `multipart/report` with a text for people, the status for programs, and the message
/// or its header section. Field names, order and the sentences that bounce readers look for are those that PowerMTA's
/// users have rules for.
///
/// Nothing that a stranger wrote can end a line, a field or a part: control characters become blanks, and the boundary
/// is one that the quoted message does not hold. Without [DeliveryReport#isInternational] all of it is ASCII, but for
/// a message that is quoted whole. Pure. Source: RFC 3464, RFC 6522, RFC 6533.
public final class ReportWriter {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT);
    /// Longer values are folded at a blank, or where there is none. Source: RFC 5322 section 2.1.1: 998 octets a line;
    /// a character may take four.
    private static final int FOLD_AT = 240;

    /// Where there is no blank: characters of a line, and of one that is not ASCII.
    private static final int MOST_CHARS = 900;

    private static final int MOST_WIDE_CHARS = 220;
    /// A boundary has 70 characters at most. Source: RFC 2046 section 5.1.1.
    private static final int MOST_HOST_IN_BOUNDARY = 55;

    private static final int QUOTED_PRINTABLE_LINE = 72;
    private static final String HEX = "0123456789ABCDEF";

    private final DeliveryReport report;
    private final Quoted quoted;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(2048);

    private ReportWriter(DeliveryReport report, Quoted quoted) {
        this.report = report;
        this.quoted = quoted;
    }

    /// @return lines that end with CRLF
    public static byte[] write(DeliveryReport report, Quoted quoted) {
        return new ReportWriter(report, quoted).write();
    }

    private byte[] write() {
        String boundary = boundary();
        field("From", report.from());
        field("Date", date(report.now(), report.zone()));
        field("To", report.to().contains("@") ? "<" + report.to() + ">" : report.to());
        field("Message-ID", "<" + report.messageId() + ">");
        field("Subject", "Delivery report");
        field("Auto-Submitted", "auto-replied");
        field("MIME-Version", "1.0");
        line(
                report.isPlainText()
                        ? "Content-Type: multipart/mixed;"
                        : "Content-Type: multipart/report; report-type=delivery-status;");
        line("\tboundary=\"" + boundary + "\"");
        if (needsEightBit()) {
            line("Content-Transfer-Encoding: 8bit");
        }
        line("");
        line("--" + boundary);
        text();
        line("");
        line("--" + boundary);
        status();
        if (quoted.part() != Quoted.Part.NOTHING) {
            line("");
            line("--" + boundary);
            original();
        }
        line("");
        line("--" + boundary + "--");
        return out.toByteArray();
    }

    /// What a part says of its octets must hold for the whole around it.
    private boolean needsEightBit() {
        return report.isInternational() || quoted.part() == Quoted.Part.MESSAGE && quoted.hasEightBit();
    }

    private String boundary() {
        String content = new String(quoted.bytes(), StandardCharsets.ISO_8859_1);
        String host = ascii(report.host());
        String short55 = host.substring(0, Math.min(host.length(), MOST_HOST_IN_BOUNDARY));
        String usual = String.format("report%08X@%s", report.now().getEpochSecond() & 0xffffffffL, short55);
        // Whoever foresees the usual one does not foresee the report's id.
        return content.contains("--" + usual)
                ? "report" + ascii(report.messageId().split("@", 2)[0])
                : usual;
    }

    private void text() {
        line(report.isInternational() ? "Content-Type: text/plain; charset=utf-8" : "Content-Type: text/plain");
        if (report.isInternational()) {
            line("Content-Transfer-Encoding: 8bit");
        }
        line("");
        line("Hello, this is the mail server on " + oneLine(report.host()) + ".");
        line("");
        line("This message tells you what became of mail that you have sent.");
        line("");
        for (ReportedRecipient each : report.recipients()) {
            value("  <" + each.finalRecipient() + ">  " + each.action().explanation());
            if (!each.diagnostic().isEmpty()) {
                value("      " + each.diagnostic());
            }
        }
    }

    private void status() {
        String type = report.isInternational() ? "message/global-delivery-status" : "message/delivery-status";
        String plain = report.isInternational() ? "text/plain; charset=utf-8" : "text/plain";
        line("Content-Type: " + (report.isPlainText() ? plain : type));
        if (report.isInternational()) {
            line("Content-Transfer-Encoding: 8bit");
        }
        line("");
        field("Reporting-MTA", "dns;" + report.host());
        field("X-PowerMTA-VirtualMTA", report.virtualMta());
        optional("Original-Envelope-Id", report.envelopeId());
        if (!report.receivedFrom().isEmpty()) {
            field("Received-From-MTA", "dns;" + report.receivedFrom());
        }
        field("Arrival-Date", date(report.arrival(), report.zone()));
        for (ReportedRecipient each : report.recipients()) {
            line("");
            recipient(each);
        }
    }

    private void recipient(ReportedRecipient each) {
        optional("Original-Recipient", typed(each.originalRecipient()));
        field("Final-Recipient", typed("rfc822;" + each.finalRecipient()));
        field("Action", each.action().word());
        field("Status", each.status());
        if (!each.remoteMta().isEmpty()) {
            field("Remote-MTA", "dns;" + each.remoteMta());
        }
        String diagnostic = each.diagnostic();
        if (!diagnostic.isEmpty()) {
            field("Diagnostic-Code", isTyped(diagnostic) ? diagnostic : "x-sluice;" + diagnostic);
        }
        field("Last-Attempt-Date", date(each.lastAttempt(), report.zone()));
        Instant until = each.willRetryUntil();
        if (until != null) {
            field("Will-Retry-Until", date(until, report.zone()));
        }
        optional("X-PowerMTA-BounceCategory", each.category());
    }

    /// A diagnostic needs a type; what this server says of its own has none. Source: RFC 3464 section 2.3.6.
    private static boolean isTyped(String diagnostic) {
        return diagnostic.startsWith("smtp;");
    }

    /// An address that is not ASCII bears the type for that. Source: RFC 6533 section 3.
    private static String typed(String address) {
        return address.startsWith("rfc822;") && !isAscii(address) ? "utf-8" + address.substring(6) : address;
    }

    private void original() {
        boolean isMessage = quoted.part() == Quoted.Part.MESSAGE;
        boolean isGlobal = report.isInternational();
        String type = isMessage
                ? isGlobal ? "message/global" : "message/rfc822"
                : isGlobal ? "message/global-headers" : "text/rfc822-headers";
        line("Content-Type: " + type);
        boolean isEncoded = !isMessage && !isGlobal && quoted.hasEightBit();
        if (isEncoded) {
            line("Content-Transfer-Encoding: quoted-printable");
        } else if (quoted.hasEightBit()) {
            line("Content-Transfer-Encoding: 8bit");
        }
        line("");
        if (isEncoded) {
            quotedPrintable(quoted.bytes());
        } else {
            out.writeBytes(quoted.bytes());
        }
        byte[] bytes = quoted.bytes();
        if (bytes.length < 2 || bytes[bytes.length - 2] != '\r' || bytes[bytes.length - 1] != '\n') {
            line("");
        }
    }

    /// Source: RFC 2045 section 6.7.
    private void quotedPrintable(byte[] bytes) {
        int column = 0;
        for (int i = 0; i < bytes.length; i++) {
            int octet = bytes[i] & 0xff;
            boolean endsLine = octet == '\r' && i + 1 < bytes.length && bytes[i + 1] == '\n';
            if (endsLine) {
                line("");
                i++;
                column = 0;
                continue;
            }
            boolean isBlankAtEnd = (octet == ' ' || octet == '\t') && i + 1 < bytes.length && bytes[i + 1] == '\r';
            boolean isPlain = octet >= ' ' && octet < 127 && octet != '=' || octet == '\t';
            if (column >= QUOTED_PRINTABLE_LINE) {
                line("=");
                column = 0;
            }
            if (isPlain && !isBlankAtEnd) {
                out.write(octet);
                column++;
            } else {
                out.write('=');
                out.write(HEX.charAt(octet >> 4));
                out.write(HEX.charAt(octet & 15));
                column += 3;
            }
        }
    }

    private void optional(String name, String value) {
        if (!value.isEmpty()) {
            field(name, value);
        }
    }

    private void field(String name, String value) {
        value(name + ": " + value);
    }

    /// One logical line, folded where it is long.
    private void value(String text) {
        String rest = oneLine(text).stripTrailing();
        boolean isFirst = true;
        while (rest.length() > FOLD_AT) {
            int most = isAscii(rest) ? MOST_CHARS : MOST_WIDE_CHARS;
            int blank = rest.lastIndexOf(' ', FOLD_AT);
            if (blank < FOLD_AT / 2) {
                blank = rest.indexOf(' ', FOLD_AT);
            }
            if (rest.length() <= most && (blank < 0 || blank > most)) {
                break;
            }
            int cut = blank > 0 && blank <= most ? blank : most;
            if (Character.isHighSurrogate(rest.charAt(cut - 1))) {
                cut--;
            }
            line((isFirst ? "" : " ") + rest.substring(0, cut).stripTrailing());
            rest = rest.substring(cut).stripLeading();
            isFirst = false;
        }
        line((isFirst ? "" : " ") + rest);
    }

    private void line(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        out.write('\r');
        out.write('\n');
    }

    /// Without control characters; without what is not ASCII where the report is ASCII.
    private String oneLine(String text) {
        var clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c < ' ' || c == 127 || c >= 0x80 && c < 0xa0 || c == 0x2028 || c == 0x2029) {
                clean.append(' ');
            } else if (c < 127 || report.isInternational() && !isSurrogate(c)) {
                clean.appendCodePoint(c);
            } else {
                // The form of such addresses in ASCII. Source: RFC 6533 section 3.
                clean.append("\\x{")
                        .append(Integer.toHexString(c).toUpperCase(Locale.ROOT))
                        .append('}');
            }
        });
        return clean.toString();
    }

    /// One that stands alone is no character.
    private static boolean isSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    private static String ascii(String text) {
        var clean = new StringBuilder(text.length());
        text.chars().forEach(c -> clean.append(c > ' ' && c < 127 && c != '"' && c != '\\' ? (char) c : '_'));
        return clean.toString();
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    private static String date(Instant at, ZoneId zone) {
        return DATE.format(at.atZone(zone));
    }
}
