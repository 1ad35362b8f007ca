package org.sluicemta.dsn;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/// What strangers wrote, in reports. The ordinary run plays the corpus.
class ReportsFuzzTest {
    @FuzzTest
    void xtextIsReadOrLeftAsItIs(byte[] text) {
        String raw = new String(text, StandardCharsets.UTF_8);
        assertThat(XText.decode(raw).length()).isLessThanOrEqualTo(raw.length());
    }

    @FuzzTest
    void aReportHasOurLinesAndPartsOnly(byte[] bytes) {
        String[] words = new String(bytes, StandardCharsets.UTF_8).split("\0", 8);
        for (boolean isInternational : new boolean[] {false, true}) {
            for (Quoted.Part part : Quoted.Part.values()) {
                var quoted = new Quoted(part, bytes, true);
                String report = new String(
                        ReportWriter.write(report(words, isInternational), quoted), StandardCharsets.ISO_8859_1);
                String boundary = "--" + report.split("boundary=\"", 2)[1].split("\"", 2)[0];
                int parts = part == Quoted.Part.NOTHING ? 2 : 3;
                assertThat(report.split(java.util.regex.Pattern.quote("\r\n" + boundary), -1))
                        .hasSize(parts + 2);
                String ours = part == Quoted.Part.NOTHING
                        ? report
                        : report.substring(0, report.lastIndexOf(boundary, report.length() - boundary.length() - 5));
                for (String line : ours.split("\r\n", -1)) {
                    assertThat(line.length()).isLessThanOrEqualTo(998);
                    assertThat(line).doesNotMatch("(?s).*[\\x00-\\x08\\x0a-\\x1f\\x7f].*");
                }
            }
        }
    }

    private static DeliveryReport report(String[] words, boolean isInternational) {
        Instant now = Instant.ofEpochSecond(1_700_000_000L);
        var recipient = new ReportedRecipient(
                word(words, 0),
                "rfc822;" + word(words, 1),
                ReportedRecipient.Action.FAILED,
                "5.1.1",
                word(words, 2),
                "smtp;" + word(words, 3),
                word(words, 4),
                now,
                null);
        return new DeliveryReport(
                "mx.example.com",
                "postmaster@mx.example.com",
                word(words, 5),
                "id@mx.example.com",
                word(words, 6),
                word(words, 7),
                word(words, 0),
                now,
                now,
                ZoneOffset.UTC,
                isInternational,
                false,
                List.of(recipient));
    }

    private static String word(String[] words, int index) {
        return index < words.length ? words[index] : "";
    }
}
