package org.sluicemta.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.smtp.Command;

class PickupFileTest {
    private static PickupFile.Found read(String text) {
        return PickupFile.read(text.getBytes(StandardCharsets.UTF_8), false);
    }

    private static String told(PickupFile.Found found) {
        return switch (found) {
            case PickupFile.Found.Bad(String why) -> "bad: " + why;
            case PickupFile.Found.Mail(PickedMail mail) ->
                mail.mail().reversePath() + " to "
                        + String.join(
                                ",",
                                mail.recipients().stream()
                                        .map(Command.Rcpt::forwardPath)
                                        .map(Object::toString)
                                        .toList())
                        + " " + mail.hasOwnFields() + ": "
                        + new String(mail.content(), StandardCharsets.UTF_8);
        };
    }

    @Test
    void theTraditionalFormHasTheEnvelopeInFrontOfTheMessage() {
        assertThat(told(read("X-Sender: a@x.example\nx-receiver: b@y.example\nx-receiver:<c@y.example>\n"
                        + "x-job: 7\nSubject: s\n\n..dots\n.\nend")))
                .isEqualTo("a@x.example to b@y.example,c@y.example true: "
                        + "x-job: 7\r\nSubject: s\r\n\r\n..dots\r\n.\r\nend\r\n");
    }

    @Test
    void linesMayEndInCrLfAndDotsBeDoubled() {
        PickupFile.Found found = PickupFile.read(
                "x-sender: a@x.example\r\nx-receiver: b@y.example\r\nS: s\r\n\r\n..dots\r\n.one\r\n"
                        .getBytes(StandardCharsets.UTF_8),
                true);

        assertThat(told(found)).isEqualTo("a@x.example to b@y.example true: S: s\r\n\r\n.dots\r\n.one\r\n");
    }

    @Test
    void anotherSenderAndNoneAreSenders() {
        assertThat(told(read("x-sender: a@x.example\nx-sender-override: z@x.example\nx-receiver: b@y.example\nS: s\n")))
                .startsWith("z@x.example to ");
        assertThat(told(read("x-sender: \nx-receiver: b@y.example\nS: s\n"))).startsWith(" to b@y.example");
    }

    @Test
    void aDialogueIsOneMessage() {
        assertThat(told(read("HELO me\nMAIL FROM: <a@x.example>\nRCPT TO:<b@y.example> NOTIFY=NEVER\n"
                        + "rcpt to: <c@y.example>\nDATA\nSubject: s\n\n..dot\n.\nQUIT\n")))
                .isEqualTo("a@x.example to b@y.example,c@y.example false: Subject: s\r\n\r\n.dot\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                        | does not begin with x-sender",
                "Subject: s;;;text                                         | does not begin with x-sender",
                "x-sender: a@x.example;S: s;                               | no recipient",
                "x-sender: a@x.example;x-receiver: b@@y;S: s;              | x-receiver has no address: \"b@@y\"",
                "x-sender: a b;x-receiver: b@y.example;S: s;               | x-sender has no address",
                "x-sender: a@x.example;x-receiver: b@y.example;            | the message is empty",
                "x-receiver: b@y.example;S: s;                             | does not begin with x-sender",
                "MAIL FROM:<a@x.example>;RCPT TO:<b@y.example>;DATA;S: s;  | does not end with a line of a single dot",
                "MAIL FROM:<a@x.example>;DATA;S: s;.;                      | no recipient",
                "MAIL FROM:<a@x.example>;RCPT TO:<b>;DATA;S: s;.;          | bad recipient address",
                "MAIL FROM:<a@x.example>;MAIL FROM:<a@x.example>;          | MAIL stands twice",
                "HELO me;RCPT TO:<b@y.example>;                            | RCPT stands before MAIL",
                "HELO me;MAIL FROM:<a@x.example>;                          | ends before DATA",
                "HELO me;BDAT 3;                                           | not implemented",
                "XACK OFF;XMRG FROM:<a@x.example>;                         | mail merge"
            })
    void whatHoldsNoMessageIsBadAndTheReasonIsSaid(String text, String why) {
        assertThat(told(read(text.replace(';', '\n')))).startsWith("bad: ").contains(why);
    }

    @Test
    void noBytesBreakTheReader() {
        var random = new Random(3);
        List<String> words =
                List.of("x-sender: a@b.c", "x-receiver:", "MAIL FROM:<a@b.c>", "DATA", ".", "..", "XACK ON");
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(8); n > 0; n--) {
                text.append(
                        random.nextBoolean()
                                ? words.get(random.nextInt(words.size()))
                                : String.valueOf((char) random.nextInt(256)));
                text.append(random.nextInt(3) == 0 ? "\r" : "\n");
            }
            assertThat(PickupFile.read(text.toString().getBytes(StandardCharsets.ISO_8859_1), random.nextBoolean()))
                    .isNotNull();
        }
    }
}
