package org.sluicemta.dsn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportWriterTest {
    private static final Instant NOON = Instant.parse("2024-05-01T12:00:00Z");
    private static final String BOUNDARY = "report66322EC0@mx.example.com";
    private static final Quoted HEADER = headers("Subject: Hello\r\nFrom: news@example.com\r\n\r\n");

    private static Quoted headers(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean hasEightBit = text.chars().anyMatch(c -> c > 127);
        return new Quoted(Quoted.Part.HEADERS, bytes, hasEightBit);
    }

    private static ReportedRecipient failed(String to, String original, String diagnostic) {
        return new ReportedRecipient(
                to,
                original,
                ReportedRecipient.Action.FAILED,
                "5.1.1 (bad destination mailbox address)",
                "mx1.example.net (198.51.100.7)",
                diagnostic,
                "bad-mailbox",
                NOON.minusSeconds(5),
                null);
    }

    private static DeliveryReport report(boolean isInternational, boolean isPlain, ReportedRecipient... recipients) {
        return new DeliveryReport(
                "mx.example.com",
                "Mail Delivery System <postmaster@mx.example.com>",
                "news@bounce.example.com",
                "id1@mx.example.com",
                "mta1",
                "",
                "feeder.example.com (192.0.2.10)",
                NOON.minusSeconds(60),
                NOON,
                ZoneOffset.ofHours(-4),
                isInternational,
                isPlain,
                List.of(recipients));
    }

    private static String text(DeliveryReport report, Quoted quoted) {
        return new String(ReportWriter.write(report, quoted), StandardCharsets.UTF_8);
    }

    @Test
    void aFailureIsWrittenLineForLine() {
        String text = text(
                report(
                        false,
                        false,
                        failed("bob@example.net", "rfc822;Bob@Example.net", "smtp;550 5.1.1 no such user")),
                HEADER);

        assertThat(text.split("\r\n", -1))
                .containsExactly(
                        "From: Mail Delivery System <postmaster@mx.example.com>",
                        "Date: Wed, 1 May 2024 08:00:00 -0400",
                        "To: <news@bounce.example.com>",
                        "Message-ID: <id1@mx.example.com>",
                        "Subject: Delivery report",
                        "Auto-Submitted: auto-replied",
                        "MIME-Version: 1.0",
                        "Content-Type: multipart/report; report-type=delivery-status;",
                        "\tboundary=\"" + BOUNDARY + "\"",
                        "",
                        "--" + BOUNDARY,
                        "Content-Type: text/plain",
                        "",
                        "Hello, this is the mail server on mx.example.com.",
                        "",
                        "This message tells you what became of mail that you have sent.",
                        "",
                        "  <bob@example.net>  delivery failed; will not continue trying",
                        "      smtp;550 5.1.1 no such user",
                        "",
                        "--" + BOUNDARY,
                        "Content-Type: message/delivery-status",
                        "",
                        "Reporting-MTA: dns;mx.example.com",
                        "X-PowerMTA-VirtualMTA: mta1",
                        "Received-From-MTA: dns;feeder.example.com (192.0.2.10)",
                        "Arrival-Date: Wed, 1 May 2024 07:59:00 -0400",
                        "",
                        "Original-Recipient: rfc822;Bob@Example.net",
                        "Final-Recipient: rfc822;bob@example.net",
                        "Action: failed",
                        "Status: 5.1.1 (bad destination mailbox address)",
                        "Remote-MTA: dns;mx1.example.net (198.51.100.7)",
                        "Diagnostic-Code: smtp;550 5.1.1 no such user",
                        "Last-Attempt-Date: Wed, 1 May 2024 07:59:55 -0400",
                        "X-PowerMTA-BounceCategory: bad-mailbox",
                        "",
                        "--" + BOUNDARY,
                        "Content-Type: text/rfc822-headers",
                        "",
                        "Subject: Hello",
                        "From: news@example.com",
                        "",
                        "",
                        "--" + BOUNDARY + "--",
                        "");
    }

    @Test
    void nothingThatARemoteSaysEndsALineOrAPart() {
        String evil = "smtp;550 no\r\nTo: victim@example.org\r\n\r\n--" + BOUNDARY + "--\r\n\0\u001b[31m\u2028x";
        String text =
                text(report(true, false, failed("bob@example.net", "rfc822;a\r\nAction: delivered", evil)), HEADER);

        assertThat(text.lines().filter(line -> line.startsWith("To:"))).hasSize(1);
        assertThat(text.lines().filter(line -> line.startsWith("Action:"))).containsExactly("Action: failed");
        assertThat(text.lines().filter(line -> line.equals("--" + BOUNDARY + "--")))
                .hasSize(1);
        assertThat(text).doesNotContain("\0", "\u001b", "\u2028");
    }

    @Test
    void theBoundaryIsNoneThatTheQuotedMessageHolds() {
        byte[] forged = ("Subject: x\r\n\r\n--" + BOUNDARY + "\r\n").getBytes(StandardCharsets.US_ASCII);
        String text = text(
                report(false, false, failed("bob@example.net", "", "")),
                new Quoted(Quoted.Part.MESSAGE, forged, false));

        assertThat(text).contains("boundary=\"reportid1\"");
        assertThat(text.lines().filter(line -> line.startsWith("--reportid1"))).hasSize(4);
    }

    @Test
    void withoutUtf8AllOfItIsAscii() {
        String text = text(
                report(false, false, failed("jörg@example.net", "", "smtp;550 Empfänger unbekannt")),
                headers("Subject: Grüße = gut \r\n\r\n"));

        assertThat(text.chars().allMatch(c -> c < 128)).isTrue();
        assertThat(text)
                .contains("Final-Recipient: utf-8;j\\x{F6}rg@example.net")
                .contains("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n")
                .contains("Subject: Gr=C3=BC=C3=9Fe =3D gut=20\r\n");
    }

    @Test
    void whoSentUtf8GetsIt() {
        String text = text(report(true, false, failed("jörg@example.net", "", "")), headers("Subject: Grüße\r\n\r\n"));

        assertThat(text)
                .contains("Content-Type: message/global-delivery-status\r\n")
                .contains("Final-Recipient: utf-8;jörg@example.net\r\n")
                .contains("Content-Type: message/global-headers\r\n")
                .contains("Subject: Grüße\r\n");
    }

    @Test
    void longRepliesAreFoldedAndNoLineIsTooLong() {
        String reply = "smtp;550 " + "0123456789".repeat(300) + " " + "word ".repeat(300);
        byte[] bytes = ReportWriter.write(report(false, false, failed("bob@example.net", "", reply)), HEADER);

        String text = new String(bytes, StandardCharsets.US_ASCII);
        assertThat(text.lines().mapToInt(String::length).max().orElseThrow()).isLessThan(998);
        String unfolded = text.replace("\r\n ", "");
        assertThat(unfolded).contains("Diagnostic-Code: smtp;550").contains("0123456789".repeat(80));
    }

    @Test
    void aLongAddressIsNotFolded() {
        String address = "v".repeat(64) + "-" + "r".repeat(400) + "@example.net";
        String text = text(report(false, false, failed(address, "rfc822;" + address, "")), HEADER);

        assertThat(text)
                .contains("Final-Recipient: rfc822;" + address + "\r\n")
                .contains("Original-Recipient: rfc822;" + address + "\r\n");
    }

    @Test
    void noFoldedLineIsBlank() {
        String reply = "smtp;550 " + "x".repeat(230) + " ".repeat(300) + "end" + " ".repeat(300);
        String text = text(report(false, false, failed("bob@example.net", "", reply)), HEADER);

        assertThat(text.lines().filter(line -> line.isBlank() && !line.isEmpty()))
                .isEmpty();
    }

    /// With the host's name as long as a name may be.
    @Test
    void theBoundaryIsShortEnough() {
        var usual = report(false, false, failed("bob@example.net", "", ""));
        var longest = new DeliveryReport(
                "h".repeat(60) + ".example.com",
                usual.from(),
                usual.to(),
                usual.messageId(),
                "",
                "",
                "",
                NOON,
                NOON,
                ZoneOffset.UTC,
                false,
                false,
                usual.recipients());
        String boundary = text(longest, HEADER)
                .lines()
                .filter(line -> line.startsWith("\tboundary="))
                .findFirst()
                .orElseThrow();
        assertThat(boundary.length() - "\tboundary=\"\"".length()).isLessThanOrEqualTo(70);
    }

    @Test
    void thePlainFormHasNoPartForPrograms() {
        String text = text(report(false, true, failed("bob@example.net", "", "")), Quoted.NOTHING);

        assertThat(text)
                .contains("Content-Type: multipart/mixed;")
                .contains("Final-Recipient: rfc822;bob@example.net")
                .doesNotContain("message/delivery-status", "rfc822-headers");
        assertThat(text.lines().filter(line -> line.startsWith("--" + BOUNDARY)))
                .hasSize(3);
    }

    @Test
    void aQuotedMessageWithoutALastLineEndGetsOne() {
        byte[] bytes = "Subject: x\r\n\r\nno end".getBytes(StandardCharsets.US_ASCII);
        byte[] written = ReportWriter.write(
                report(false, false, failed("bob@example.net", "", "")), new Quoted(Quoted.Part.MESSAGE, bytes, false));

        assertThat(new String(written, StandardCharsets.US_ASCII)).contains("no end\r\n\r\n--" + BOUNDARY + "--\r\n");
        assertThat(Arrays.copyOfRange(written, written.length - 2, written.length))
                .containsExactly('\r', '\n');
    }

    @Test
    void xtextIsUndoneAndWhatIsNoneStays() {
        assertThat(XText.decode("rfc822;a+2Bb+40example.com")).isEqualTo("rfc822;a+b@example.com");
        assertThat(XText.decode("j+C3+B6rg")).isEqualTo("jörg");
        assertThat(XText.decode("\ud83d\ude00+2B")).isEqualTo("\ud83d\ude00+");
        assertThat(XText.decode("50+ off")).isEqualTo("50+ off");
        assertThat(XText.decode("end+2")).isEqualTo("end+2");
    }
}
