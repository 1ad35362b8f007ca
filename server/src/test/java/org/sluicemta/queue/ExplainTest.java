package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.pace.Rate;
import org.sluicemta.spool.StoredMessage;

/// Every wait is explained by a real limit, its source line and its end.
class ExplainTest {
    private static QueueExplanation explain(Bench bench, String queue) {
        List<Optional<QueueExplanation>> found = new ArrayList<>();
        bench.room.explain(Bench.queue(queue), bench.loops.getFirst(), found::add);
        bench.stage.settle();
        bench.stage.advanceMillis(1);
        return found.getFirst().orElseThrow();
    }

    private static List<String> binding(QueueExplanation explained) {
        return explained.limits().stream()
                .filter(QueueExplanation.Bound::binds)
                .map(each -> each.level() + " " + each.directive() + " " + each.value() + " " + each.origin())
                .toList();
    }

    @Test
    void aRateNamesItselfItsLineAndTheInstantOfTheNextPermit() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(10, 600_000, false);
        bench.policies.virtualMtaMaxMsgRate = new Rate(100, 3_600_000, false);
        bench.adopt();
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(30_000);

        QueueExplanation explained = explain(bench, "a.com/m1");
        assertThat(binding(explained)).containsExactly("queue max-msg-rate 10/10m config:2");
        assertThat(explained.limits())
                .extracting(each -> each.level() + " " + each.directive())
                .contains(
                        "queue max-smtp-out",
                        "virtual MTA m1 max-smtp-msg-rate",
                        "server total-max-smtp-out",
                        "queue retry-after",
                        "queue bounce-after");
        long attempted = bench.attempted.size();
        bench.stage.advanceMillis(explained.earliestMillis() - bench.stage.millis() - 10);
        assertThat(bench.attempted).hasSize((int) attempted);
        bench.stage.advanceMillis(1_100);
        assertThat(bench.attempted).hasSize((int) attempted + 1);
    }

    @Test
    void aLimitOfTheVirtualMtaIsNamedAsSuch() {
        var bench = new Bench(2);
        bench.policies.virtualMtaMaxMsgRate = new Rate(6, 3_600_000, false);
        bench.adopt();
        for (int q = 0; q < 4; q++) {
            bench.submit(to("d" + q + ".com/m1", "a@d.com"), to("d" + q + ".com/m1", "b@d.com"));
        }
        bench.stage.advanceMillis(60_000);
        for (int q = 0; q < 4; q++) {
            QueueExplanation explained = explain(bench, "d" + q + ".com/m1");
            if (explained.ready() > 0) {
                assertThat(binding(explained)).containsExactly("virtual MTA m1 max-smtp-msg-rate 6/h config:5");
                assertThat(explained.earliestMillis()).isGreaterThan(bench.stage.millis());
            }
        }
    }

    @Test
    void recipientsThatWaitOutTheirOwnTimeTellTheEarliestOfThem() {
        var bench = new Bench(1);
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.policies.retryRecipientsAfter = List.of(Duration.ofMinutes(7));
        bench.adopt();
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(60_000);
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(60_000);

        QueueExplanation explained = explain(bench, "a.com/m1");
        assertThat(explained.reason().cause()).isEqualTo(Wait.Cause.RECIPIENT_RETRY);
        assertThat(explained.earliestMillis() - bench.stage.millis()).isBetween(299_000L, 300_100L);
    }

    @Test
    void aQueueThatFailedBecauseOfDnsNamesTheWaitForThatAlsoAfterARestart() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) ->
                new QueueFailure(QueueFailure.Kind.DNS, "4.4.3", "", Outcome.RemoteFacts.NONE, "SERVFAIL for a.com");
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(10_000);
        Wait wait = bench.view("a.com/m1").reason();
        assertThat(wait.cause()).isEqualTo(Wait.Cause.QUEUE_RETRY);
        assertThat(wait.directive()).isEqualTo("retry-after-dns-error");
        assertThat(wait.origin()).isEqualTo("config:8");

        var after = new Bench(1, 1 << 20, false);
        bench.spool.queueEvents.forEach(event -> after.loops.getFirst().post(() -> after.room.queue(event)));
        after.start();
        after.submit(to("a.com/m1", "2@a.com"));
        assertThat(after.view("a.com/m1").reason().directive()).isEqualTo("retry-after-dns-error");

        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.stage.advanceMillis(300_000);
        assertThat(bench.view("a.com/m1").reason().directive()).isEqualTo("retry-after");
    }

    @Test
    void backoffIsToldWithItsReasonAndEnd() {
        var bench = new Bench(1);
        bench.policies.backoffMaxMsgRate = new Rate(1, 3_600_000, false);
        bench.adopt();
        bench.actOn = new QueueAction.Backoff(
                new QueueAction.Lasting.For(Duration.ofHours(2)), "\"421 busy\" matches config:9");
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(100);
        bench.actOn = null;
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.submit(to("a.com/m1", "3@a.com"));
        bench.stage.advanceMillis(30_000);

        QueueExplanation explained = explain(bench, "a.com/m1");
        assertThat(explained.isBackoff()).isTrue();
        assertThat(explained.mode()).contains("421 busy", "config:9");
        assertThat(explained.modeUntilMillis() - explained.modeSinceMillis()).isEqualTo(7_200_000);
        assertThat(binding(explained)).containsExactly("queue backoff-max-msg-rate 1/h config:24");
        assertThat(explained.modeNotes()).hasSize(1);
    }

    @Test
    void aMessageTellsWhereEachOfItsRecipientsIs() {
        var bench = new Bench(2);
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        StoredMessage stored = bench.submit(to("a.com/m1", "1@a.com"), to("b.com/m2", "2@b.com"));
        bench.stage.advanceMillis(30_000);

        List<MessageExplanation> found = new ArrayList<>();
        bench.room.explain(stored.message().id(), bench.loops.getFirst(), found::add);
        bench.stage.settle();
        assertThat(found.getFirst().rows())
                .extracting(row -> row.queue() + " " + row.index() + " " + row.state() + " " + row.attempts())
                .containsExactlyInAnyOrder("a.com/m1 0 put off 1", "b.com/m2 1 put off 1");
        assertThat(found.getFirst().rows()).allSatisfy(row -> {
            assertThat(row.lastReply()).isEqualTo("smtp;450 later");
            assertThat(row.dueMillis()).isGreaterThan(bench.stage.millis());
            assertThat(row.expiresMillis()).isEqualTo(row.queuedMillis() + 360_000_000L);
        });

        bench.room.explain(new MessageId(9, 9), bench.loops.getFirst(), found::add);
        bench.stage.settle();
        assertThat(found.getLast().rows()).isEmpty();
    }

    @Test
    void ratesAndTimesAreSpelledAsTheyWouldBeWritten() {
        assertThat(Explaining.spell(new Rate(100, 900_000, false))).isEqualTo("100/15m");
        assertThat(Explaining.spell(new Rate(5000, 3_600_000, false))).isEqualTo("5000/h");
        assertThat(Explaining.spell(new Rate(400, 86_400_000, true))).isEqualTo("400/d");
        assertThat(Explaining.spell(Rate.UNLIMITED)).isEqualTo("unlimited");
        assertThat(Explaining.spell(Duration.ofMinutes(90))).isEqualTo("1h30m");
        assertThat(Explaining.spell(List.of(Duration.ofMinutes(5), Duration.ofHours(1))))
                .isEqualTo("5m,1h");
    }
}
