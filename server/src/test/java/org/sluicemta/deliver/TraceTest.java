package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.QueueFailure;
import org.sluicemta.queue.Trace;
import org.sluicemta.smtp.ClientLogin;

/// What a traced attempt tells, and what it never tells.
class TraceTest {
    private static final String TO = "b@example.net";

    private final DeliverStage stage = new DeliverStage();
    private final List<String> lines = new ArrayList<>();
    private boolean isGone;

    private final class Ear implements Trace {
        private final Wishes wishes;

        Ear(Wishes wishes) {
            this.wishes = wishes;
        }

        @Override
        public Wishes wishes() {
            return wishes;
        }

        @Override
        public void line(String text) {
            lines.add(text);
        }

        @Override
        public void over(String refusal) {
            throw new AssertionError("the shard says when it is over");
        }

        @Override
        public boolean isGone() {
            return isGone;
        }
    }

    private DeliverStage.FakeOpening trace(boolean hasData, @Nullable InetAddress source) {
        return stage.open(DeliverStage.QUEUE, new Ear(new Trace.Wishes(hasData, false, source)));
    }

    @Test
    void theWholeDialogueIsToldWithoutTheContent() {
        stage.first.listens();
        stage.mail(TO);

        var opening = trace(false, null);

        assertThat(opening.ends).isEqualTo(1);
        assertThat(lines.stream()
                        .map(line -> line.replaceAll("^(connected .*\\]):[0-9]+$", "$1:PORT"))
                        .toList())
                .containsExactly(
                        "hosts from the configuration: [192.0.2.10]:25;[192.0.2.11]:25",
                        "resolved: 2 hosts",
                        "host 1: preference 0, [192.0.2.10] (192.0.2.10)",
                        "host 2: preference 65536, [192.0.2.11] (192.0.2.11)",
                        "connecting from mx.sluice.example (an address of the system's choice) to "
                                + "[192.0.2.10] (192.0.2.10)",
                        "connected from [198.51.100.1]:PORT",
                        ">>> 220 mx",
                        "<<< EHLO mx.sluice.example",
                        ">>> 250-mx",
                        ">>> 250 STARTTLS",
                        lines.get(10),
                        "<<< MAIL FROM:<a@example.com>",
                        ">>> 250 ok",
                        "<<< RCPT TO:<b@example.net>",
                        ">>> 250 ok",
                        "<<< DATA",
                        ">>> 354 go",
                        "<<< (content, " + (DeliverStage.TEXT.length + 3) + " bytes)",
                        ">>> 250 2.0.0 taken",
                        "delivered b@example.net: 2.0.0 smtp;250 2.0.0 taken",
                        "<<< QUIT",
                        ">>> 221 bye",
                        lines.getLast());
        assertThat(lines.get(10)).matches("message [0-9a-f-]+, " + DeliverStage.TEXT.length + " bytes, 1 recipient");
        assertThat(lines.getLast())
                .matches("closed \\[192\\.0\\.2\\.10\\] \\(192\\.0\\.2\\.10\\) in=[0-9]+ out=[0-9]+");
        assertThat(lines).noneMatch(line -> line.contains("Subject") || line.contains("Text."));
    }

    @Test
    void theBytesCountedAtTheEndAreThoseThatPassed() {
        stage.first.listens();
        stage.mail(TO);

        trace(false, null);

        int in = "220 mx\r\n250-mx\r\n250 STARTTLS\r\n250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n221 bye\r\n"
                .length();
        int out = ("EHLO mx.sluice.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\n"
                                + "QUIT\r\n")
                        .length()
                + DeliverStage.TEXT.length;
        assertThat(lines.getLast()).endsWith("in=" + in + " out=" + out);
    }

    @Test
    void dataIsToldByteByByteWhereItIsAskedFor() {
        stage.first.listens();
        stage.mail(TO);

        trace(true, null);

        assertThat(lines).contains("rd 8", " 32 32 30 20 6d 78 0d 0a                          220 mx..");
        assertThat(lines).contains("wr " + DeliverStage.TEXT.length).anyMatch(line -> line.endsWith("Text..."));
    }

    @Test
    void aLogInIsNeverTold() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH LOGIN"
                : line.startsWith("AUTH") || line.equals(base64("joe"))
                        ? "334 " + base64("Go on:")
                        : line.equals(base64("pass word")) ? "235 2.7.0 welcome" : "");
        var mail = stage.mail(TO);

        trace(true, null);

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(lines).contains("<<< AUTH LOGIN", "<<< (not shown)", ">>> 334 (not shown)", ">>> 235 2.7.0 welcome");
        String all = String.join("\n", lines);
        String dumped = HexFormat.ofDelimiter(" ").formatHex(base64("pass word").getBytes(StandardCharsets.US_ASCII));
        assertThat(all).doesNotContain(base64("pass word")).doesNotContain(base64("joe"));
        assertThat(all.replaceAll("  .*\n", "")).doesNotContain(dumped.substring(0, 23));
    }

    @Test
    void aPasswordThatRidesBehindTheCommandIsNotToldEither() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH PLAIN"
                : line.startsWith("AUTH") ? "235 2.7.0 welcome" : "");
        stage.mail(TO);

        trace(true, null);

        assertThat(lines).contains("<<< AUTH PLAIN (not shown)");
        assertThat(String.join("\n", lines)).doesNotContain(base64("\0joe\0pass word"));
        assertThat(stage.first.heard).anyMatch(line -> line.contains(base64("\0joe\0pass word")));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whatARemoteWritesDoesNotSteerATerminal() {
        stage.first.listens(line -> line.isEmpty() ? "220 mx \u001b[31mred\u0007" : "");
        stage.mail(TO);

        trace(false, null);

        assertThat(lines).contains(">>> 220 mx \\x1b[31mred\\x07");
        assertThat(lines).noneMatch(line -> line.chars().anyMatch(Character::isISOControl));
    }

    @Test
    void contentIsToldWhenItIsSentAndNotWhenItIsAnswered() {
        for (String extension : List.of("SIZE", "CHUNKING")) {
            lines.clear();
            stage.first.listens(line -> line.startsWith("EHLO")
                    ? "250-mx\r\n250 " + extension
                    : line.equals(".") || line.startsWith("BDAT") ? "354 go on and on" : "");
            stage.mail(TO);

            trace(false, null);

            int sent = lines.indexOf(
                    "<<< (content, " + (DeliverStage.TEXT.length + (extension.equals("SIZE") ? 3 : 0)) + " bytes)");
            assertThat(sent).as(extension).isPositive();
            assertThat(lines.indexOf(">>> 354 go on and on")).as(extension).isGreaterThan(sent);
        }
    }

    @Test
    void aLineWithoutEndIsCut() {
        stage.first.listens(line -> line.isEmpty() ? "220 " + "x".repeat(3_000) : "");
        stage.mail(TO);

        trace(false, null);

        assertThat(lines).allMatch(line -> line.length() < 1_100);
    }

    @Test
    void aHostThatCannotBeReachedIsToldAndTheNextOne() {
        stage.second.listens();
        stage.mail(TO);

        trace(false, null);

        assertThat(lines)
                .contains("ECONNREFUSED connecting to [192.0.2.10] (192.0.2.10)")
                .anyMatch(line -> line.startsWith("connecting from") && line.endsWith("[192.0.2.11] (192.0.2.11)"));
    }

    @Test
    void theAttemptLeavesFromTheAddressThatWasAskedFor() {
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.first.listens();
        for (int i = 0; i < 3; i++) {
            stage.mail(TO);
            trace(false, DeliverStage.address("198.51.100.2"));
        }

        assertThat(stage.first.clients).containsExactly("198.51.100.2", "198.51.100.2", "198.51.100.2");
        assertThat(lines).contains("connecting from m.example (198.51.100.2) to [192.0.2.10] (192.0.2.10)");
    }

    @Test
    void anAddressThatIsDisabledIsNotLeftFromThoughItWasAskedFor() {
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.shard.closedSources.add(DeliverStage.address("198.51.100.2"));
        stage.first.listens();
        stage.mail(TO);

        var opening = trace(false, DeliverStage.address("198.51.100.2"));

        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
        assertThat(stage.first.clients).isEmpty();
        assertThat(lines).anyMatch(line -> line.startsWith("no source address may be used for [192.0.2.10]"));
    }

    @Test
    void theDeliveryGoesOnWhenNobodyListensAnyMore() {
        stage.first.listens();
        isGone = true;
        var mail = stage.mail(TO);

        var opening = trace(false, null);

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(lines).isEmpty();
        // It rests as any other session does.
        assertThat(opening.ends).isZero();
        stage.pass(Duration.ofSeconds(6));
        assertThat(opening.ends).isEqualTo(1);
    }

    @Test
    void aRemoteThatRepeatsThePasswordDoesNotGetItShown() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH PLAIN"
                : line.startsWith("AUTH")
                        ? "535-5.7.8 pass word is wrong\r\n535 5.7.8 so is " + base64("\0joe\0pass word")
                        : "");
        stage.mail(TO);

        QueueFailure failure = trace(true, null).failure;

        assertThat(lines).contains(">>> 535-5.7.8 (not shown) is wrong", ">>> 535 5.7.8 so is (not shown)");
        assertThat(String.join("\n", lines)).doesNotContain("pass word").doesNotContain(base64("\0joe\0pass word"));
        assertThat(String.join("\n", stage.shard.notes))
                .contains("(not shown) is wrong")
                .doesNotContain("pass word");
        assertThat(failure).isNotNull();
        assertThat(failure.text()).doesNotContain("pass word");
        assertThat(failure.diagnostic()).contains("(not shown)").doesNotContain("pass word");
    }

    /// It says that the log-in is over, so that what we answer to its question would be taken for a command.
    @Test
    void aRemoteThatFeignsTheEndOfALogInDoesNotGetThePasswordShown() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH LOGIN"
                : line.startsWith("AUTH")
                        ? "334 " + base64("User:")
                        : line.equals(base64("joe")) ? "334 x\r\n235 2.7.0 welcome" : "");
        stage.mail(TO);

        trace(false, null);

        assertThat(stage.first.heard).contains(base64("pass word"));
        assertThat(String.join("\n", lines)).doesNotContain(base64("pass word")).doesNotContain(base64("joe"));
    }
}
