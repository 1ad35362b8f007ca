package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.Reply;

class LocalSubmissionTest {
    private final ReceiveStage stage = new ReceiveStage(9);
    private final List<Reply> answers = new ArrayList<>();

    private void submit(String content, boolean hasOwnFields) {
        var message = new LocalSubmission.Message(
                new Command.Mail(
                        new Address("a", "x.example"), -1, Command.Body.UNSTATED, false, Command.ReturnOf.UNSTATED, ""),
                List.of(new Command.Rcpt(new Address("b", "y.example"), Set.of(), "")),
                content.getBytes(StandardCharsets.US_ASCII),
                hasOwnFields);
        var loop = stage.server.loops().getFirst();
        loop.post(() -> LocalSubmission.submit(stage.reception, loop, message, answers::add));
        stage.pass(Duration.ofSeconds(1));
    }

    @Test
    void aMessageOfThisMachineMayBeForAnybodyAndNeedsNoLogIn() {
        stage.wishes.put("always-allow-relaying", false);
        stage.wishes.put("require-auth", true);
        stage.adopt();

        submit("X-Virtual-MTA: m1\r\nX-Job: 7\r\nSubject: s\r\n\r\n.text\r\n", true);

        assertThat(answers).extracting(each -> each.code().value()).containsExactly(250);
        assertThat(stage.queues()).containsExactly(new QueueKey("y.example", "m1"));
        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("7");
        assertThat(stage.onlyText())
                .matches("(?s)Received: by mx\\.sluice\\.example id [0-9a-f]{32}\r\n for <b@y\\.example>;\r\n .*"
                        + "Subject: s\r\n\r\n\\.text\r\n");
    }

    @Test
    void withoutFieldsOfItsOwnTheSourceDecides() {
        submit("X-Job: 7\r\nSubject: s\r\n\r\ntext\r\n", false);

        assertThat(stage.recipients().getFirst().jobId()).isEmpty();
        assertThat(stage.onlyText()).contains("X-Job: 7");
    }

    @Test
    void aLargeMessageIsStoredWholeAndAnsweredOnce() {
        stage.spool.isHolding = true;
        String body = "0123456789abcde\r\n".repeat(150_000);
        submit("Subject: s\r\n\r\n" + body, false);
        for (int i = 0; i < 20; i++) {
            stage.spool.answer();
        }

        assertThat(answers).hasSize(1);
        assertThat(stage.onlyText()).endsWith("Subject: s\r\n\r\n" + body);
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void mailThatGoesInCirclesIsRefused() {
        submit("Received: x\r\n".repeat(101) + "\r\ntext\r\n", false);

        assertThat(answers).extracting(Reply::text).singleElement().asString().contains("5.4.6");
        assertThat(stage.slicesOut()).isZero();
    }
}
