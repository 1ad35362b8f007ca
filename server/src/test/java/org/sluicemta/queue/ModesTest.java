package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.pace.Rate;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;

/// Backoff mode and disabled source addresses: SEMANTICS, "Replies"; syntax reference, section 9.
class ModesTest {
    private static final QueueAction.Lasting AS_CONFIGURED = QueueAction.Lasting.AsConfigured.AS_CONFIGURED;
    private static final InetAddress ONE = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("198.51.100.2");

    private static QueueAction.Lasting minutes(int minutes) {
        return new QueueAction.Lasting.For(Duration.ofMinutes(minutes));
    }

    /// Has a session of the queue hear a reply that does something to the queue.
    private static void act(Bench bench, QueueAction action) {
        bench.actOn = action;
        bench.submit(to("a.com/m1", "trigger@a.com"));
        bench.stage.advanceMillis(50);
        bench.actOn = null;
    }

    private static void backoff(Bench bench, QueueAction.Lasting lasting) {
        act(bench, new QueueAction.Backoff(lasting, "a rule"));
    }

    private static String mode(Bench bench) {
        return bench.view("a.com/m1").mode();
    }

    @Test
    void backoffHasLimitsOfItsOwnAndEndsAfterTheTimeOfTheRule() {
        var bench = new Bench(1);
        bench.policies.backoffMaxMsgRate = new Rate(60, 3_600_000, false);
        bench.policies.toNormalAfter = Optional.of(Duration.ofHours(5));
        bench.adopt();

        backoff(bench, minutes(10));
        assertThat(mode(bench)).isEqualTo("backoff");
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(570_000);
        assertThat(bench.attempted).hasSizeBetween(9, 11);
        assertThat(bench.view("a.com/m1").reason().directive()).isEqualTo("backoff-max-msg-rate");
        assertThat(bench.view("a.com/m1").reason().text()).isEqualTo("backoff-max-msg-rate of queue a.com/m1");
        assertThat(bench.view("a.com/m1").notes())
                .anyMatch(note -> note.text().contains("queue's backoff-max-msg-rate in configuration"));

        bench.stage.advanceMillis(40_000);
        assertThat(mode(bench)).isEqualTo("normal");
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(51);
    }

    @Test
    void aModeThatManyRepliesProlongIsNotRecordedForEach() {
        var bench = new Bench(1);
        bench.actOn = new QueueAction.Backoff(minutes(10), "a rule");
        for (int i = 0; i < 200; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
            bench.stage.advanceMillis(100);
        }
        long from = bench.stage.millis();
        assertThat(bench.spool.queueEvents.stream().filter(QueueEvent.ModeChanged.class::isInstance))
                .hasSizeBetween(3, 6);
        bench.actOn = null;
        bench.stage.advanceMillis(599_000);
        assertThat(mode(bench)).as("since %s", from).isEqualTo("backoff");
        bench.stage.advanceMillis(2_000);
        assertThat(mode(bench)).isEqualTo("normal");
    }

    @Test
    void aQueueIsPutOffOnceAndNotCalledBackByWhatBeganBefore() {
        var bench = new Bench(1);
        bench.policies.retryAfter = List.of(Duration.ofMinutes(10), Duration.ofHours(4));
        bench.adopt();
        var later = new QueueFailure(
                QueueFailure.Kind.TRANSIENT, "4.7.0", "smtp;450 later", Bench.REMOTE, "the queue is put off");
        bench.serviceNanos = 5_000_000L;
        bench.actOn = new QueueAction.Defer(later);
        for (int i = 0; i < 10; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(200);
        bench.actOn = null;
        int before = bench.attempted.size();
        assertThat(bench.spool.queueEvents.stream().filter(QueueEvent.Failed.class::isInstance))
                .hasSize(1);
        bench.submit(to("a.com/m1", "more@a.com"));
        bench.stage.advanceMillis(590_000);
        assertThat(bench.attempted).hasSize(before);
        bench.stage.advanceMillis(20_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(11);
    }

    @Test
    void aQueueThatLeavesItGoesOnAtItsUsualRateAtOnce() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(10, 1_000, false);
        bench.policies.backoffMaxMsgRate = new Rate(1, 3_600_000, false);
        bench.adopt();
        backoff(bench, minutes(10));
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(570_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSizeLessThan(3);

        bench.stage.advanceMillis(40_000);

        assertThat(mode(bench)).isEqualTo("normal");
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(21);
    }

    @Test
    void withoutATimeOfTheRuleTheDomainsHolds() {
        var bench = new Bench(1);
        bench.policies.toNormalAfter = Optional.of(Duration.ofMinutes(3));
        bench.adopt();
        backoff(bench, AS_CONFIGURED);
        bench.stage.advanceMillis(179_000);
        assertThat(mode(bench)).isEqualTo("backoff");
        bench.stage.advanceMillis(3_000);
        assertThat(mode(bench)).isEqualTo("normal");
    }

    @Test
    void withoutAnyTimeItLastsUntilSomebodyEndsIt() {
        var bench = new Bench(1);
        backoff(bench, AS_CONFIGURED);
        bench.stage.advanceMillis(100L * 24 * 3_600_000);
        assertThat(mode(bench)).isEqualTo("backoff");
        act(bench, new QueueAction.Normal("another rule"));
        assertThat(mode(bench)).isEqualTo("normal");
    }

    @Test
    void aRepeatedMatchSetsTheEndToTheLaterOfBoth() {
        var bench = new Bench(1);
        backoff(bench, minutes(10));
        bench.stage.advanceMillis(300_000);
        backoff(bench, minutes(2));
        bench.stage.advanceMillis(200_000);
        assertThat(mode(bench)).as("a shorter one takes nothing away").isEqualTo("backoff");
        backoff(bench, minutes(10));
        bench.stage.advanceMillis(500_000);
        assertThat(mode(bench)).isEqualTo("backoff");
        bench.stage.advanceMillis(110_000);
        assertThat(mode(bench)).isEqualTo("normal");
    }

    @Test
    void aDeliveryEndsItIfConfigured() {
        var bench = new Bench(1);
        bench.policies.toNormalAfterDelivery = true;
        bench.adopt();
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        backoff(bench, minutes(600));
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(mode(bench)).isEqualTo("backoff");
        bench.answers = (message, recipient) -> Bench.DELIVERED;
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(mode(bench)).isEqualTo("normal");
    }

    @Test
    void aQueueInItIsListedThoughNoMailWaits() {
        var bench = new Bench(1);
        backoff(bench, minutes(600));
        bench.stage.advanceMillis(60_000);
        List<QueueQuery.Found> found = new ArrayList<>();

        bench.room.find(
                new QueueQuery(
                        QueuePattern.ALL,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.YES,
                        QueueQuery.Sort.NAME,
                        10,
                        false),
                bench.loops.getFirst(),
                found::add);
        bench.stage.settle();

        assertThat(found.getFirst().views()).singleElement().satisfies(view -> {
            assertThat(view.key()).isEqualTo(Bench.queue("a.com/m1"));
            assertThat(view.recipients()).isZero();
        });
    }

    @Test
    void enteringDoesNotPutTheQueueInRetryAndAFailureInItWaitsItsOwnTime() {
        var bench = new Bench(1);
        bench.policies.backoffRetryAfter = List.of(Duration.ofHours(2));
        bench.adopt();
        backoff(bench, minutes(6_000));
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(2);

        bench.stage.advanceMillis(60_000);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(1_000);
        Wait wait = bench.view("a.com/m1").reason();
        assertThat(wait.cause()).isEqualTo(Wait.Cause.QUEUE_RETRY);
        assertThat(wait.directive()).isEqualTo("backoff-retry-after");
        assertThat(wait.untilMillis() - bench.stage.millis()).isBetween(7_190_000L, 7_200_000L);
    }

    @Test
    void sessionsAboveTheCapOfTheModeEndAfterTheirTransaction() {
        var bench = new Bench(1);
        bench.policies.backoffMaxSmtpOut = 1;
        bench.policies.maxSmtpOut = 4;
        bench.serviceNanos = 500_000_000L;
        bench.adopt();
        for (int i = 0; i < 40; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_200);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(4);
        bench.actOn = new QueueAction.Backoff(minutes(60), "a rule");
        bench.stage.advanceMillis(1_500);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(1);
        assertThat(bench.events(RecipientEvent.What.DEFERRED)).isEmpty();
    }

    @Test
    void backoffAndDisabledSourcesSurviveARestartWithTheirRemainingTime() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.adopt();
        backoff(bench, minutes(10));
        act(bench, new QueueAction.DisableSource(ONE, minutes(20), "a rule"));
        var events = List.copyOf(bench.spool.queueEvents);

        var after = new Bench(1, 1 << 20, false);
        after.policies.sources = List.of(ONE, TWO);
        after.room.adopt(after.policies.copy());
        after.stage.advanceMillis(bench.stage.millis() - after.stage.millis() + 60_000);
        events.forEach(event -> after.loops.getFirst().post(() -> after.room.queue(event)));
        after.start();
        after.submit(to("a.com/m1", "1@a.com"));
        assertThat(mode(after)).isEqualTo("backoff");
        assertThat(after.mayLeaveFrom("a.com/m1", ONE)).isFalse();
        after.stage.advanceMillis(9 * 60_000);
        assertThat(mode(after)).isEqualTo("normal");
        assertThat(after.mayLeaveFrom("a.com/m1", ONE)).isFalse();
        after.stage.advanceMillis(10 * 60_000);
        assertThat(after.mayLeaveFrom("a.com/m1", ONE)).isTrue();
    }

    @Test
    void aStartWithFreshModesForgetsThemAndRecordsThat() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.adopt();
        backoff(bench, minutes(10));
        act(bench, new QueueAction.DisableSource(ONE, minutes(20), "a rule"));
        bench.room.pause(QueuePattern.of("b.com/m1"), true, "command", bench.loops.getFirst(), _ -> {});
        bench.stage.advanceMillis(10_000);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(10_000);
        var events = List.copyOf(bench.spool.queueEvents);
        assertThat(events).hasAtLeastOneElementOfType(QueueEvent.Failed.class);

        var fresh = restarted(bench, events, RecordedModes.FORGOTTEN);
        assertThat(mode(fresh)).isEqualTo("normal");
        assertThat(fresh.mayLeaveFrom("a.com/m1", ONE)).isTrue();
        assertThat(fresh.find(QueuePattern.of("b.com/m1")).views()).isEmpty();
        assertThat(fresh.view("a.com/m1").reason().cause())
                .as("a retry clock is no mode")
                .isEqualTo(Wait.Cause.QUEUE_RETRY);

        var told = new ArrayList<>(events);
        told.addAll(fresh.spool.queueEvents);
        var again = restarted(fresh, told, RecordedModes.KEPT);
        assertThat(mode(again)).isEqualTo("normal");
        assertThat(again.mayLeaveFrom("a.com/m1", ONE)).isTrue();
        assertThat(again.find(QueuePattern.of("b.com/m1")).views()).noneMatch(QueueView::isPaused);
    }

    private static Bench restarted(Bench before, List<QueueEvent> events, RecordedModes recorded) {
        var after = new Bench(1, 1 << 20, false, recorded);
        after.policies.sources = List.of(ONE, TWO);
        after.room.adopt(after.policies.copy());
        after.stage.advanceMillis(before.stage.millis() - after.stage.millis() + 1_000);
        lastOf(events).forEach(event -> after.loops.getFirst().post(() -> after.room.queue(event)));
        after.start();
        after.submit(to("a.com/m1", "2@a.com"));
        after.stage.advanceMillis(100);
        return after;
    }

    /// As the spool tells them: the last of each kind, queue and address.
    private static List<QueueEvent> lastOf(List<QueueEvent> events) {
        var last = new LinkedHashMap<String, QueueEvent>();
        for (QueueEvent event : events) {
            String address = event instanceof QueueEvent.SourceChanged changed ? changed.address() : "";
            last.put(event.getClass() + " " + event.queue() + " " + address, event);
        }
        return List.copyOf(last.values());
    }

    @Test
    void whenAllSourcesAreDisabledNothingIsOpenedAndTheQueueSaysSo() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.policies.uponAllSourcesDisabled = true;
        bench.policies.reenableAfter = Optional.of(Duration.ofMinutes(30));
        bench.adopt();
        act(bench, new QueueAction.DisableSource(ONE, AS_CONFIGURED, "a rule"));
        assertThat(mode(bench)).isEqualTo("normal");
        act(bench, new QueueAction.DisableSource(TWO, minutes(60), "a rule"));
        assertThat(mode(bench)).isEqualTo("backoff");
        bench.stage.advanceMillis(10_000);
        int before = bench.openings.get(Bench.queue("a.com/m1"));

        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(60_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isEqualTo(before);
        Wait wait = bench.view("a.com/m1").reason();
        assertThat(wait.cause()).isEqualTo(Wait.Cause.SOURCES_DISABLED);
        assertThat(bench.view("a.com/m1").notes())
                .anyMatch(note -> note.text().equals("All SMTP sources for queue a.com/m1 are now disabled."));

        bench.stage.advanceMillis(30 * 60_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(3);
    }

    @Test
    void whereOnlyADisabledAddressReachesTheHostsNothingIsTriedUntilItIsEnabled() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.unreachable.add(TWO);
        bench.adopt();
        act(bench, new QueueAction.DisableSource(ONE, minutes(10), "a rule"));
        bench.stage.advanceMillis(10_000);
        int before = bench.openings.get(Bench.queue("a.com/m1"));
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(180_000);

        assertThat(bench.openings.get(Bench.queue("a.com/m1")) - before)
                .as("one, and one a minute")
                .isBetween(1, 4);
        Wait wait = bench.view("a.com/m1").reason();
        assertThat(wait.cause()).isEqualTo(Wait.Cause.SOURCES_DISABLED);
        assertThat(wait.untilMillis()).isPositive();

        int disabledFor = 180_000 + 10_000 + 50;
        bench.stage.advanceMillis(600_000 - disabledFor + 200);
        assertThat(bench.view("a.com/m1").recipients())
                .as("at once when it is over")
                .isZero();
    }

    @Test
    void whereOnlyAnAddressAtItsLimitReachesTheHostsNothingIsTriedBeforeAConnectionEnds() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.policies.sourceLimits.put(ONE, RatesTest.sourceLimits(1, Rate.UNLIMITED));
        bench.policies.maxMsgPerConnection = 1;
        bench.unreachable.add(TWO);
        bench.serviceNanos = 50_000_000_000L;
        bench.adopt();
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(45_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isBetween(1, 3);
        assertThat(bench.view("a.com/m1").reason().directive()).isEqualTo("source-ip-max-smtp-out");

        bench.stage.advanceMillis(5_500);
        assertThat(bench.leftFrom).containsExactly(ONE, ONE);
    }

    @Test
    void aSessionThatStandsEndsWhenItsAddressIsDisabled() {
        var bench = new Bench(1);
        bench.policies.sources = List.of(ONE, TWO);
        bench.policies.maxSmtpOut = 1;
        bench.serviceNanos = 100_000_000L;
        bench.adopt();
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.leftFrom).hasSize(1);
        InetAddress first = bench.leftFrom.getFirst();
        int before = bench.given.size();

        bench.room.setSource(
                QueuePattern.of("a.com/m1"), first, false, minutes(60), "test", bench.loops.getFirst(), _ -> {});
        bench.stage.advanceMillis(10_000);

        assertThat(bench.leftFrom).hasSize(2).element(1).isNotEqualTo(first);
        assertThat(bench.given).hasSize(50);
        assertThat(before).isLessThan(15);
    }

    @Test
    void oneReplyNeverBouncesMoreThanTheLimit() {
        var bench = new Bench(1);
        bench.policies.massActionLimit = 10;
        bench.policies.maxSmtpOut = 1;
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.actOn = new QueueAction.BounceAll("5.7.1", "smtp;550 blocked");
        bench.stage.advanceMillis(25);
        bench.actOn = null;
        bench.stage.advanceMillis(10_000);

        assertThat(bench.events(RecipientEvent.What.BOUNCED)).isEmpty();
        assertThat(bench.view("a.com/m1").isPaused()).isTrue();
        assertThat(bench.view("a.com/m1").notes()).anyMatch(note -> note.text().contains("mass-action-limit"));
    }

    @Test
    void belowTheLimitTheWholeQueueBounces() {
        var bench = new Bench(1);
        bench.policies.maxSmtpOut = 1;
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.actOn = new QueueAction.BounceAll("5.7.1", "smtp;550 blocked");
        bench.stage.advanceMillis(25);
        bench.actOn = null;
        bench.stage.advanceMillis(10_000);

        assertThat(bench.events(RecipientEvent.What.BOUNCED).size()).isGreaterThan(45);
        assertThat(bench.view("a.com/m1").recipients()).isZero();
    }

    @Test
    void aBouncedQueueKeepsWhatIsDeferredAfterwards() {
        var bench = new Bench(1);
        bench.answers = (message, recipient) ->
                recipient.forwardPath().startsWith("trigger") ? Bench.DELIVERED : Bench.DEFERRED;
        var bounce = new QueueAction.BounceAll("5.7.1", "smtp;550 blocked");
        // The first makes the search of the second wait a second.
        for (int i = 0; i < 2; i++) {
            fill(bench, "before" + i, 5);
            bench.stage.advanceMillis(20);
            act(bench, bounce);
        }
        fill(bench, "after", 5);
        bench.stage.advanceMillis(5_000);

        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .hasSize(10)
                .allSatisfy(event -> assertThat(event.forwardPath()).startsWith("before"));
        assertThat(bench.view("a.com/m1").recipients()).isEqualTo(5);
    }

    @Test
    void whatIsToBounceDoesNotGoOutBecauseItsOwnTimeIsOverFirst() {
        var bench = new Bench(1);
        bench.policies.retryRecipientsAfter = List.of(Duration.ofMillis(500), Duration.ofMinutes(10));
        bench.adopt();
        bench.answers = (message, recipient) ->
                recipient.forwardPath().startsWith("trigger") ? Bench.DELIVERED : Bench.DEFERRED;
        var bounce = new QueueAction.BounceAll("5.7.1", "smtp;550 blocked");
        for (int i = 0; i < 2; i++) {
            fill(bench, "before" + i, 5);
            bench.stage.advanceMillis(20);
            act(bench, bounce);
        }
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).hasSize(10);
        assertThat(bench.events(RecipientEvent.What.DEFERRED))
                .as("no second attempt")
                .hasSize(10);
    }

    private static void fill(Bench bench, String name, int count) {
        for (int i = 0; i < count; i++) {
            bench.submit(to("a.com/m1", name + "-" + i + "@a.com"));
        }
    }

    @Test
    void aModeThatEndsIsRecordedSoThatARestartDoesNotBringItBack() {
        var bench = new Bench(1);
        backoff(bench, minutes(1));
        bench.stage.advanceMillis(120_000);
        assertThat(bench.spool.queueEvents)
                .filteredOn(QueueEvent.ModeChanged.class::isInstance)
                .extracting(event -> ((QueueEvent.ModeChanged) event).isBackoff())
                .containsExactly(true, false);
    }
}
