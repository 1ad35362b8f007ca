package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.Survivors;

/// The two retry clocks, expiry, pause: SEMANTICS, "Two retry clocks".
class ClocksTest {
    private static final long MINUTE = 60_000;

    @Test
    void aQueueThatFailsOpensNoConnectionDuringItsRetryThoughMailArrives() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        int openings = bench.openings.get(Bench.queue("a.com/m1"));
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
            bench.stage.advanceMillis(1_000);
        }
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isEqualTo(openings);
        var view = bench.view("a.com/m1");
        assertThat(view.reason().cause()).isEqualTo(Wait.Cause.QUEUE_RETRY);
        assertThat(view.reason().origin()).isEqualTo("config:6");
        assertThat(view.notes().getFirst().text()).contains("ETIMEDOUT connecting to");
        bench.stage.advanceMillis(10 * MINUTE);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isGreaterThan(openings);
    }

    @Test
    void refusalsOfOneKindTakeOnePlaceAmongTheEventsOfAQueue() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        Shard shard = bench.room.owners().getFirst();
        bench.loops.getFirst().turn(() -> {
            for (int i = 0; i < 100; i++) {
                shard.noteRefusal(
                        Bench.queue("a.com/m1"), "Error: \"550 5.1.1", "Error: \"550 5.1.1 no user " + i + "\"");
                shard.noteRefusal(Bench.queue("a.com/m1"), "Error: \"450", "Error: \"450 busy " + i + "\"");
            }
        });

        assertThat(bench.view("a.com/m1").notes())
                .extracting(QueueNote::text)
                .startsWith("Error: \"450 busy 99\"", "Error: \"550 5.1.1 no user 99\"")
                .hasSize(3)
                .last()
                .asString()
                .contains("ETIMEDOUT connecting to");
    }

    @Test
    void aFailureThatASessionHasNotedAsItsErrorIsNotNotedAgain() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> {
            bench.room.owners().getFirst().note(queue, "Error: " + Bench.DEAD.text());
            return Bench.DEAD;
        };
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);

        assertThat(bench.view("a.com/m1").notes()).hasSize(1);
        assertThat(bench.view("a.com/m1").reason().text()).contains("the queue failed once");
    }

    @Test
    void eachFurtherFailureTakesTheNextIntervalAndADeliveryResetsTheList() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> n <= 3 || n == 5 ? Bench.DEAD : null;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(lastWait(bench)).isEqualTo(10 * MINUTE);
        bench.stage.advanceMillis(10 * MINUTE);
        assertThat(lastWait(bench)).isEqualTo(20 * MINUTE);
        bench.stage.advanceMillis(20 * MINUTE);
        assertThat(lastWait(bench)).isEqualTo(20 * MINUTE);
        bench.stage.advanceMillis(20 * MINUTE + 1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
        bench.loops.getFirst().turn(() -> bench.remotes.getFirst().end(null));
        bench.stage.settle();
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(lastWait(bench)).isEqualTo(10 * MINUTE);
    }

    private static long lastWait(Bench bench) {
        var failed = (QueueEvent.Failed) bench.spool.queueEvents.getLast();
        return failed.nextDueMillis() - failed.atMillis();
    }

    @Test
    void openingsThatFailTogetherCountAsOneFailure() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isGreaterThan(1);
        assertThat(bench.spool.queueEvents).hasSize(1);
    }

    @Test
    void newMailWakesAQueueInRetryOnlyWhereItMay() {
        var bench = new Bench(1);
        bench.policies.retryUponNewMail = true;
        bench.adopt();
        bench.connecting = (queue, n) -> n == 1 ? Bench.DEAD : null;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(2);
    }

    @Test
    void oneMailboxFullRecipientAmongAThousandDelaysNobody() {
        var bench = new Bench(1);
        bench.answers = (message, recipient) ->
                recipient.forwardPath().startsWith("full") && bench.stage.nanos() < 300_000L * 1_000_000L
                        ? Bench.DEFERRED
                        : Bench.DELIVERED;
        bench.submit(to("a.com/m1", "full@a.com"));
        for (int i = 0; i < 999; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(999);
        assertThat(bench.view("a.com/m1").recipients()).isEqualTo(1);
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.RECIPIENT_RETRY);
        bench.stage.advanceMillis(10 * MINUTE);
        assertThat(bench.events(RecipientEvent.What.DELIVERED))
                .hasSize(1000)
                .last()
                .satisfies(event -> {
                    assertThat(event.attempt()).isEqualTo(2);
                    assertThat(event.forwardPath()).isEqualTo("full@a.com");
                });
    }

    @Test
    void aDeferredRecipientWaitsOutItsRetryTime() {
        var bench = new Bench(1);
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(bench.attempted).hasSize(1);
        long due = bench.spool.events.getFirst().nextDueMillis();
        bench.stage.advanceMillis(due - bench.stage.millis() - 1);
        assertThat(bench.attempted).hasSize(1);
        bench.stage.advanceMillis(200);
        assertThat(bench.attempted).hasSize(2);
    }

    @Test
    void eachDeferralOfARecipientTakesTheNextOfItsWaits() {
        var bench = new Bench(1);
        bench.policies.retryRecipientsAfter = List.of(Duration.ofMinutes(1), Duration.ofMinutes(5));
        bench.adopt();
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(Duration.ofMinutes(13).toMillis());

        List<RecipientEvent> deferred = bench.events(RecipientEvent.What.DEFERRED);
        assertThat(deferred).hasSize(4);
        assertThat(deferred.stream()
                        .map(each -> Duration.ofMillis(each.nextDueMillis() - each.atMillis())
                                .toMinutes()))
                .containsExactly(1L, 5L, 5L, 5L);
    }

    @Test
    void scheduleClearsTheQueueClockAndOnRequestTheRecipients() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> n == 1 ? Bench.DEAD : null;
        bench.answers = (message, recipient) -> bench.attempted.size() <= 1 ? Bench.DEFERRED : Bench.DELIVERED;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        bench.room.schedule(
                QueuePattern.of("*/m1"),
                false,
                bench.loops.getFirst(),
                s -> assertThat(s).isEqualTo(new QueueRoom.Scheduled(1, 1)));
        bench.room.schedule(
                QueuePattern.ALL,
                false,
                bench.loops.getFirst(),
                s -> assertThat(s).as("it waits for no clock any more").isEqualTo(new QueueRoom.Scheduled(0, 1)));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DEFERRED)).hasSize(1);
        bench.room.schedule(QueuePattern.of("a.com"), true, bench.loops.getFirst(), s -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void expiryComesWithinAMinuteInRetryPauseAndReady() {
        var bench = new Bench(1);
        bench.policies.bounceAfter = Duration.ofHours(1);
        bench.adopt();
        bench.connecting = (queue, n) -> queue.domain().startsWith("dead") ? Bench.DEAD : null;
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.room.pause(QueuePattern.of("paused.com/m1"), true, "admin", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        bench.submit(to("dead.com/m1", "1@dead.com"));
        bench.submit(to("paused.com/m1", "1@paused.com"));
        bench.submit(to("full.com/m1", "1@full.com"));
        bench.stage.advanceMillis(59 * MINUTE);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).isEmpty();
        bench.stage.advanceMillis(2 * MINUTE);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).hasSize(3).allSatisfy(event -> {
            assertThat(event.status()).isEqualTo("4.4.7");
            assertThat(event.attempt()).isZero();
            assertThat(event.diagnostic()).isEqualTo(event.forwardPath().equals("1@full.com") ? "smtp;450 later" : "");
        });
        assertThat(bench.find(QueuePattern.ALL).recipients()).isZero();
    }

    @Test
    void aMessageInMidTransferIsNotExpired() {
        var bench = new Bench(1);
        bench.policies.bounceAfter = Duration.ofMinutes(10);
        bench.serviceNanos = 20 * MINUTE * 1_000_000L;
        bench.adopt();
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(19 * MINUTE);
        assertThat(bench.spool.events).isEmpty();
        bench.stage.advanceMillis(2 * MINUTE);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void aPausedQueueSendsNothingAndIsRememberedAndResumes() {
        var bench = new Bench(1);
        bench.room.pause(
                QueuePattern.of("a.com/m1"),
                true,
                "admin",
                bench.loops.getFirst(),
                n -> assertThat(n).isEqualTo(1));
        bench.stage.settle();
        assertThat(bench.spool.queueEvents).singleElement().isInstanceOf(QueueEvent.Paused.class);
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(MINUTE);
        assertThat(bench.spool.events).isEmpty();
        assertThat(bench.view("a.com/m1").reason().text()).isEqualTo("paused by admin");
        bench.room.pause(QueuePattern.of("*/*"), false, "admin", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void aDomainThatTakesNoMailBouncesAllThatWaitsForItAtOnce() {
        var bench = new Bench(1);
        var nobody =
                new QueueFailure(QueueFailure.Kind.PERMANENT, "5.1.2", "", Outcome.RemoteFacts.NONE, "no such domain");
        bench.connecting = (queue, n) -> n == 1 ? null : nobody;
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.isIdling = false;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).hasSize(2).allSatisfy(event -> {
            assertThat(event.status()).isEqualTo("5.1.2");
            assertThat(event.isReportOwed()).isTrue();
        });
        assertThat(bench.view("a.com/m1").recipients()).isZero();
        assertThat(bench.view("a.com/m1").reportsOwed()).isEqualTo(2);
        assertThat(bench.spool.released).isEmpty();
    }

    @Test
    void aFailureForTheNullReversePathOwesNoReport() {
        var bench = new Bench(1);
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        bench.submitFrom("", to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED).getFirst().isReportOwed())
                .isFalse();
        assertThat(bench.spool.released).hasSize(1);
    }

    @Test
    void aRecipientWithANotBeforeWaitsForIt() {
        var bench = new Bench(1);
        bench.submit(Bench.notBefore("a.com/m1", "1@a.com", bench.stage.millis() + 5_000));
        bench.stage.advanceMillis(4_999);
        assertThat(bench.openings).isEmpty();
        bench.stage.advanceMillis(300);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void aFailureWhileOtherSessionsDeliverIsNotTheQueues() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> n > 1 ? Bench.DEAD : null;
        bench.serviceNanos = 50_000_000L;
        bench.connectNanos = 20_000_000L;
        bench.submit(to("a.com/m1", "0@a.com"));
        bench.stage.advanceMillis(200);
        for (int i = 0; i < 40; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(41);
        assertThat(bench.spool.queueEvents).isEmpty();
    }

    @Test
    void whatWaitedBeforeTheStartIsTakenUpAtItsTime() {
        var bench = new Bench(1);
        var queue = Bench.queue("a.com/m1");
        long now = bench.stage.millis();
        var one = bench.store("s@example.org", now - 1_000, to("a.com/m1", "1@a.com"), to("a.com/m1", "2@a.com"));
        bench.room.message(
                new MessageId(1, 1),
                one.position(),
                now - 1_000,
                1_000,
                List.of(
                        new Survivors.LiveRecipient(0, queue, 3, now + 1_000, 50, false),
                        new Survivors.LiveRecipient(1, queue, 3, now + 1_000_000_000_000L, 50, false)));
        one.content().release();
        bench.room.queue(new QueueEvent.Failed(
                queue, now - 5_000, now + 60_000, 2, "4.4.1", "", "", "smtp", "", "", "ETIMEDOUT"));
        bench.stage.settle();
        bench.stage.advanceMillis(59_000);
        assertThat(bench.openings).isEmpty();
        bench.stage.advanceMillis(2_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED))
                .singleElement()
                .satisfies(event -> assertThat(event.attempt()).isEqualTo(4));
        // A due time of a wrong clock is cut to the longest retry.
        bench.stage.advanceMillis(10 * MINUTE);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(2);
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void aCheckpointTellsTheLastFailureAsItWasRecorded() {
        var bench = new Bench(1);
        var refused = new QueueFailure(
                QueueFailure.Kind.TRANSIENT, "4.4.2", "smtp;421 busy", Bench.REMOTE, "421 from mx.example.net");
        bench.connecting = (queue, n) -> queue.domain().equals("b.com") ? refused : Bench.DEAD;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.submit(to("b.com/m1", "1@b.com"));
        bench.stage.advanceMillis(11 * MINUTE);
        assertThat(bench.spool.queueEvents).hasSize(4);
        assertThat(checkpoint(bench)).containsExactlyInAnyOrderElementsOf(bench.spool.queueEvents.subList(2, 4));
        assertThat(checkpoint(bench))
                .extracting(event -> ((QueueEvent.Failed) event).failures())
                .containsOnly(2);

        bench.connecting = (queue, n) -> null;
        bench.stage.advanceMillis(30 * MINUTE);
        assertThat(checkpoint(bench)).as("what has worked since").isEmpty();
    }

    @Test
    void queuesThatFailInTheSameWayKeepOneFailureAndNoMoreThanItsEventTells() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> new QueueFailure(
                QueueFailure.Kind.TRANSIENT,
                "4.4.2",
                "smtp;421 busy",
                new Outcome.RemoteFacts("mx", "192.0.2.1", "192.0.2.9", "KEYWORDS-OF-" + queue, "smtp"),
                "421 " + "busy ".repeat(3));
        bench.submit(to("a.com/m1", "1@a.com"), to("b.com/m1", "1@b.com"));
        bench.stage.advanceMillis(1_000);
        var shard = (QueueShard) bench.room.owners().getFirst();
        QueueFailure one = found(shard, "a.com/m1").lastFailure;
        assertThat(one).isNotNull().isSameAs(found(shard, "b.com/m1").lastFailure);
        assertThat(one.remote().capabilities()).isEmpty();
        assertThat(one.remote().sourceIp()).isEqualTo("192.0.2.9");
    }

    private static WaitingQueue found(QueueShard shard, String queue) {
        return Objects.requireNonNull(shard.find(Bench.queue(queue)));
    }

    @Test
    void aQueueThatWasScheduledBeforeACheckpointWaitsNoMoreAfterARestart() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.room.pause(QueuePattern.ALL, false, "test", bench.loops.getFirst(), n -> {});
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        var failed = (QueueEvent.Failed) checkpoint(bench).getFirst();
        assertThat(failed.nextDueMillis()).isEqualTo(failed.atMillis() + 10 * MINUTE);
        bench.room.pause(QueuePattern.ALL, true, "test", bench.loops.getFirst(), n -> {});
        bench.room.schedule(QueuePattern.ALL, false, bench.loops.getFirst(), s -> {});
        bench.stage.settle();
        failed = checkpoint(bench).stream()
                .filter(QueueEvent.Failed.class::isInstance)
                .map(QueueEvent.Failed.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(failed.nextDueMillis()).isEqualTo(failed.atMillis());
        assertThat(failed.text()).isEqualTo(Bench.DEAD.text());

        var after = new Bench(1, 1 << 20, false);
        after.room.queue(failed);
        after.start();
        after.submit(to("a.com/m1", "2@a.com"));
        after.stage.advanceMillis(1_000);
        assertThat(after.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    private static List<QueueEvent> checkpoint(Bench bench) {
        List<QueueEvent> told = new ArrayList<>();
        var sink = new LiveSource.LiveSink() {
            @Override
            public void message(MessageId id, long position, long queuedMillis, long sizeBytes) {}

            @Override
            public void recipient(
                    int index, QueueKey queue, int tried, long due, int priority, boolean isOwed, String job) {}

            @Override
            public void queue(QueueEvent last) {
                told.add(last);
            }

            @Override
            public void job(CommandEvent.JobPaused paused) {}
        };
        bench.loops.getFirst().turn(() -> bench.room.dump(0, 0, 1, sink));
        return told;
    }
}
