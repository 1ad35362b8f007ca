package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;

/// Waiting mail that goes into another queue: reroutes, rollups, virtual MTAs that are gone; and what cold ones count.
class MovesTest {
    private static void fill(Bench bench, String queue, int from, int to) {
        for (int i = from; i < to; i++) {
            bench.submit(to(queue, i + "@a.com"));
        }
    }

    private static int waiting(Bench bench, String queue) {
        return bench.find(QueuePattern.of(queue)).views().stream()
                .mapToInt(QueueView::recipients)
                .sum();
    }

    private static List<String> deliveredBy(Bench bench) {
        return bench.events(RecipientEvent.What.DELIVERED).stream()
                .map(event -> event.queue().toString())
                .distinct()
                .sorted()
                .toList();
    }

    private static void pause(Bench bench, String pattern, boolean isPaused) {
        bench.room.pause(QueuePattern.of(pattern), isPaused, "test", bench.loops.getFirst(), count -> {});
        bench.stage.settle();
    }

    @Test
    void aRerouteAppliesToWaitingMailAtOnceOnWhateverLoopItsNewQueueIs() {
        for (int loops = 1; loops <= 3; loops++) {
            var bench = new Bench(loops);
            bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4"));
            bench.connecting = (queue, n) -> queue.virtualMta().equals("m1") ? Bench.DEAD : null;
            bench.adopt();
            fill(bench, "a.com/m1", 0, 700);
            bench.stage.advanceMillis(5_000);
            assertThat(waiting(bench, "a.com/m1")).isEqualTo(700);

            bench.policies.reroutes.put("m1", "m3");
            bench.adopt();
            bench.stage.advanceMillis(60_000);
            assertThat(waiting(bench, "*/*")).isZero();
            assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(700);
            assertThat(deliveredBy(bench)).containsExactly("a.com/m3");
            assertThat(bench.spool.released).hasSize(700).doesNotHaveDuplicates();
            assertThat(bench.spool.held).as("contents that nobody let go").isZero();
        }
    }

    @Test
    void aMessageThatLeavesSomeRecipientsBehindIsHeldOnceMore() {
        // Two loops: one of these pairs of queues is on different ones.
        var bench = new Bench(2);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5", "m6"));
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.adopt();
        String there = List.of("m2", "m3", "m4", "m5", "m6").stream()
                .filter(name ->
                        bench.room.shardOf(Bench.queue("a.com/" + name)) != bench.room.shardOf(Bench.queue("a.com/m1")))
                .findFirst()
                .orElseThrow();
        String here = List.of("m2", "m3", "m4", "m5", "m6").stream()
                .filter(name ->
                        bench.room.shardOf(Bench.queue("a.com/" + name)) == bench.room.shardOf(Bench.queue("a.com/m1")))
                .findFirst()
                .orElseThrow();
        var stored = bench.submit(to("a.com/m1", "1@a.com"), to("a.com/" + here, "2@a.com"));
        bench.stage.advanceMillis(1_000);
        bench.policies.reroutes.put("m1", there);
        bench.adopt();
        bench.stage.advanceMillis(1_000);
        assertThat(bench.spool.extraHolds).containsEntry(stored.position(), 1);

        bench.connecting = (queue, n) -> null;
        bench.stage.advanceMillis(3_600_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(2);
        assertThat(bench.spool.released).as("one for each hold").containsExactly(stored.position(), stored.position());
    }

    private static AcceptedRecipient[] recipients(String queue, int count) {
        var all = new AcceptedRecipient[count];
        for (int i = 0; i < count; i++) {
            all[i] = to(queue, i + "@a.com");
        }
        return all;
    }

    private static int transactions(Bench bench) {
        return bench.remotes.stream().mapToInt(remote -> remote.carried).sum();
    }

    @Test
    void recipientsOfOneMessageGoTogetherAndToOneMemberOfAPool() {
        for (int loops = 1; loops <= 3; loops++) {
            var bench = new Bench(loops);
            List<String> members = List.of("m2", "m3", "m4", "m5");
            bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5"));
            bench.policies.pools.put("pool", members);
            bench.policies.reroutes.put("m1", "pool");
            bench.adopt();
            for (int i = 0; i < 8; i++) {
                bench.submit(recipients("a.com/m1", 120));
            }
            bench.stage.advanceMillis(60_000);
            assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(8 * 120);
            assertThat(transactions(bench))
                    .as("50, 50 and 20 of each message, on %d loops", loops)
                    .isEqualTo(8 * 3);
            assertThat(deliveredBy(bench)).containsExactly("a.com/m2", "a.com/m3", "a.com/m4", "a.com/m5");
            bench.events(RecipientEvent.What.DELIVERED).stream()
                    .collect(Collectors.groupingBy(
                            RecipientEvent::id, Collectors.mapping(RecipientEvent::queue, Collectors.toSet())))
                    .forEach((id, queues) -> assertThat(queues).hasSize(1));
        }
    }

    @Test
    void recipientsOfOneMessageGoHomeTogetherAlsoWhenTheirMessageHasToBeRead() {
        for (long freshBytes : new long[] {1 << 20, 1}) {
            var bench = new Bench(3, freshBytes);
            pause(bench, "big.rollup/m1", true);
            bench.submit(recipients("big.rollup/m1", 120));
            bench.stage.advanceMillis(60_000);
            assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(120);
            assertThat(deliveredBy(bench)).containsExactly("a.com/m1");
            assertThat(transactions(bench)).as("50, 50 and 20").isEqualTo(3);
        }
    }

    @Test
    void mailOnItsWayToAnotherLoopIsBoundedAndTheBoundHoldsNothingForEver() {
        var bench = new Bench(2);
        QueueKey to = Bench.queue("a.com/m2");
        List<Transfer.Moved> thousand = IntStream.range(0, 1_000)
                .mapToObj(i -> new Transfer.Moved(i, 0, 50, "", 0, ""))
                .toList();
        pause(bench, "a.com/m2", true);
        int handed = 0;
        while (bench.room.held(to).isEmpty()) {
            var stored = bench.store("sender@example.org", bench.stage.millis(), recipients("a.com/m2", 1_000));
            bench.room.hand(new Transfer(
                    to,
                    stored.message().id(),
                    stored.position(),
                    stored.message().queuedMillis(),
                    1_000,
                    thousand,
                    Set.of()));
            handed++;
            assertThat(handed).as("messages on their way").isLessThan(20);
        }
        assertThat(handed).isGreaterThan(10);
        bench.stage.settle();
        assertThat(bench.room.held(to)).isEmpty();
        assertThat(waiting(bench, "a.com/m2")).isEqualTo(handed * 1_000);
    }

    @Test
    void moreMailThanMayBeOnItsWayAtOnceAllArrives() {
        var bench = new Bench(3);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5"));
        bench.policies.pools.put("pool", List.of("m2", "m3", "m4", "m5"));
        pause(bench, "a.com/m1", true);
        for (int i = 0; i < 60; i++) {
            bench.submit(recipients("a.com/m1", 1_000));
        }
        bench.policies.reroutes.put("m1", "pool");
        bench.adopt();
        pause(bench, "a.com/m1", false);
        bench.stage.advanceMillis(120_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(60_000);
        assertThat(transactions(bench)).isEqualTo(60 * 20);
    }

    @Test
    void whatWaitsOutItsOwnTimeMovesWhenThatIsOver() {
        var bench = new Bench(2);
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        fill(bench, "a.com/m1", 0, 10);
        bench.stage.advanceMillis(1_000);
        bench.answers = (message, recipient) -> Bench.DELIVERED;
        bench.policies.reroutes.put("m1", "m2");
        bench.adopt();
        bench.stage.advanceMillis(Duration.ofMinutes(5).toMillis());
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).isEmpty();
        bench.stage.advanceMillis(Duration.ofMinutes(6).toMillis());
        assertThat(bench.events(RecipientEvent.What.DELIVERED))
                .hasSize(10)
                .allSatisfy(event -> assertThat(event.attempt()).isEqualTo(2));
        assertThat(deliveredBy(bench)).containsExactly("a.com/m2");
    }

    @Test
    void chainsAreFollowedAndACircleIsIgnoredWhereItWouldClose() {
        var bench = new Bench(3);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3"));
        bench.policies.reroutes.put("m1", "m2");
        bench.policies.reroutes.put("m2", "m3");
        bench.adopt();
        fill(bench, "a.com/m1", 0, 20);
        bench.stage.advanceMillis(10_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m3");

        bench.policies.reroutes.put("m3", "m1");
        bench.adopt();
        fill(bench, "b.com/m1", 0, 20);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(40);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m3", "b.com/m3");
        assertThat(bench.view("b.com/m3").notes()).anyMatch(note -> note.text().contains("in a circle"));
    }

    @Test
    void aReloadWithoutADisabledAddressEnablesItsQueuesAndOpensTheCircle() {
        var bench = new Bench(2);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        var two = java.net.InetAddress.ofLiteral("198.51.100.2");
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3"));
        bench.policies.sources = List.of(one);
        bench.policies.pools.put("pool", List.of("m3", "m1"));
        bench.policies.poolsSkipUnavailable = true;
        bench.policies.reroutes.put("m1", "m2");
        bench.policies.reroutes.put("m2", "pool");
        bench.adopt();
        bench.room.setSource(
                QueuePattern.of("a.com/m3"),
                one,
                false,
                QueueAction.Lasting.ForEver.FOR_EVER,
                "test",
                bench.loops.getFirst(),
                count -> {});
        bench.stage.settle();
        fill(bench, "a.com/m1", 0, 10);
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m2");

        bench.policies.sources = List.of(two);
        bench.adopt();
        bench.stage.advanceMillis(100);
        assertThat(bench.spool.queueEvents.getLast())
                .isInstanceOfSatisfying(QueueEvent.SourceChanged.class, changed -> {
                    assertThat(changed.isDisabled()).isFalse();
                    assertThat(changed.address()).isEqualTo("198.51.100.1");
                });
        assertThat(bench.room.facts(bench.loops.getFirst()).isAvailable("m3", "a.com"))
                .isTrue();
        bench.spool.events.clear();
        fill(bench, "a.com/m1", 10, 20);
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m3");
    }

    @Test
    void aCircleThatAPoolClosedOpensWhenItsMemberIsBack() {
        var bench = new Bench(2);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3"));
        bench.policies.pools.put("pool", List.of("m3", "m1"));
        bench.policies.poolsSkipUnavailable = true;
        bench.policies.reroutes.put("m1", "m2");
        bench.policies.reroutes.put("m2", "pool");
        bench.adopt();
        pause(bench, "a.com/m3", true);
        fill(bench, "a.com/m1", 0, 10);
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m2");

        pause(bench, "a.com/m3", false);
        bench.spool.events.clear();
        fill(bench, "a.com/m1", 10, 20);
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m3");
    }

    @Test
    void mailReroutedInBackoffDoesNotComeBackWhenTheModeEnds() {
        var bench = new Bench(2);
        bench.policies.backoffRerouteTo = "m2";
        bench.adopt();
        pause(bench, "a.com/m2", true);
        bench.room.setMode(QueuePattern.of("a.com/m1"), true, "test", bench.loops.getFirst(), count -> {});
        bench.stage.settle();
        fill(bench, "a.com/m1", 0, 30);
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m2")).isEqualTo(30);

        bench.room.setMode(QueuePattern.of("a.com/m1"), false, "test", bench.loops.getFirst(), count -> {});
        bench.stage.settle();
        fill(bench, "a.com/m1", 30, 40);
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m2")).isEqualTo(30);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(10);
    }

    @Test
    void aPausedQueueKeepsItsMail() {
        var bench = new Bench(1);
        pause(bench, "a.com/m1", true);
        fill(bench, "a.com/m1", 0, 5);
        bench.policies.reroutes.put("m1", "m2");
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m1")).isEqualTo(5);
    }

    @Test
    void whileACheckpointIsToldNothingGoesToAnotherLoop() {
        var bench = new Bench(2);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5", "m6"));
        bench.connecting = (queue, n) -> Bench.DEAD;
        String there = List.of("m2", "m3", "m4", "m5", "m6").stream()
                .filter(name ->
                        bench.room.shardOf(Bench.queue("a.com/" + name)) != bench.room.shardOf(Bench.queue("a.com/m1")))
                .findFirst()
                .orElseThrow();
        bench.adopt();
        fill(bench, "a.com/m1", 0, 50);
        bench.stage.advanceMillis(1_000);
        bench.loops.getFirst().turn(() -> bench.room.whenTakenIn(bench.loops.getFirst(), () -> {}));
        bench.policies.reroutes.put("m1", there);
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m1")).isEqualTo(50);
        Wait wait = bench.view("a.com/m1").reason();
        assertThat(wait.cause()).isEqualTo(Wait.Cause.MOVE_HELD);
        assertThat(wait.text()).contains("a.com/" + there, "a checkpoint of the spool is being written");

        var told = new int[1];
        var sink = new LiveSource.LiveSink() {
            @Override
            public void message(org.sluicemta.mail.MessageId id, long position, long queuedMillis, long sizeBytes) {}

            @Override
            public void recipient(
                    int index,
                    QueueKey queue,
                    int attempts,
                    long dueMillis,
                    int priority,
                    boolean isReportOwed,
                    String job) {
                told[0]++;
            }

            @Override
            public void queue(QueueEvent last) {}

            @Override
            public void job(org.sluicemta.spool.CommandEvent.JobPaused paused) {}
        };
        for (int shard = 0; shard < 2; shard++) {
            int each = shard;
            var at = new long[1];
            while (at[0] != LiveSource.END) {
                bench.loops.get(each).turn(() -> at[0] = bench.room.dump(each, at[0], 10, sink));
                bench.stage.settle();
            }
        }
        assertThat(told[0]).isEqualTo(50);
        bench.stage.advanceMillis(Duration.ofMinutes(30).toMillis());
        assertThat(waiting(bench, "a.com/m1")).isZero();
    }

    @Test
    void whatWasRecordedLastIsTakenBeforeMailGoesToAnotherLoop() {
        var bench = new Bench(2);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5", "m6"));
        String there = List.of("m2", "m3", "m4", "m5", "m6").stream()
                .filter(name ->
                        bench.room.shardOf(Bench.queue("a.com/" + name)) != bench.room.shardOf(Bench.queue("a.com/m1")))
                .findFirst()
                .orElseThrow();
        bench.policies.retryRecipientsAfter = List.of(Duration.ofSeconds(1));
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.serviceNanos = 100_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 0, 1);
        bench.stage.advanceMillis(50);
        bench.spool.isFull = true;
        bench.stage.advanceMillis(200);
        bench.policies.reroutes.put("m1", there);
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m1")).isEqualTo(1);

        bench.answers = (message, recipient) -> Bench.DELIVERED;
        bench.spool.isFull = false;
        bench.stage.advanceMillis(5_000);
        assertThat(bench.spool.events)
                .extracting(RecipientEvent::what)
                .containsExactly(RecipientEvent.What.DEFERRED, RecipientEvent.What.DELIVERED);
        assertThat(deliveredBy(bench)).containsExactly("a.com/" + there);
    }

    @Test
    void aDomainJoinsARollupWithItsWaitingMailAndIsKnownAfterwards() {
        var bench = new Bench(2);
        bench.policies.rollups.add("big.rollup");
        bench.adopt();
        pause(bench, "big.rollup/m1", true);
        bench.joins = "big.rollup";
        fill(bench, "a.com/m1", 0, 20);
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "big.rollup/m1")).isEqualTo(20);
        RouteFacts facts = bench.room.facts(bench.loops.getFirst());
        assertThat(facts.rollup("a.com")).contains("big.rollup");
        assertThat(facts.rollup("b.com")).isEmpty();

        bench.joins = "";
        bench.policies.rollups.clear();
        bench.adopt();
        assertThat(bench.room.facts(bench.loops.getFirst()).rollup("a.com")).isEmpty();
        bench.stage.advanceMillis(60_000);
        assertThat(waiting(bench, "big.rollup/m1"))
                .as("sent home by a reload without the rollup")
                .isZero();
        assertThat(deliveredBy(bench)).containsExactly("a.com/m1");
    }

    @Test
    void nothingIsSentFromARollupThatIsGoneWheneverItsMailCame() {
        var bench = new Bench(2);
        bench.connecting = (queue, n) -> queue.domain().endsWith(".rollup")
                ? new QueueFailure(QueueFailure.Kind.PERMANENT, "5.1.2", "", Outcome.RemoteFacts.NONE, "no such domain")
                : null;
        fill(bench, "big.rollup/m1", 0, 20);
        bench.stage.advanceMillis(60_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).isEmpty();
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(20);
        assertThat(deliveredBy(bench)).containsExactly("a.com/m1");
        assertThat(bench.spool.released).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void whetherADomainBelongsToARollupIsLookedAtAgainAfterAnHour() {
        var bench = new Bench(1);
        bench.policies.rollups.add("big.rollup");
        bench.adopt();
        bench.joins = "big.rollup";
        fill(bench, "a.com/m1", 0, 5);
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("big.rollup/m1");

        // Its mail hosts are others now; mail keeps the queue from being forgotten.
        bench.joins = "";
        for (int minute = 0; minute < 130; minute++) {
            bench.submit(to("a.com/m1", "m" + minute + "@a.com"));
            bench.stage.advanceMillis(30_000);
        }
        assertThat(deliveredBy(bench)).containsExactly("a.com/m1", "big.rollup/m1");
    }

    @Test
    void aCheckpointThatWasGivenUpHoldsNoMail() {
        var bench = new Bench(2);
        bench.policies.virtualMtas = new ArrayList<>(List.of("m1", "m2", "m3", "m4", "m5", "m6"));
        String there = List.of("m2", "m3", "m4", "m5", "m6").stream()
                .filter(name ->
                        bench.room.shardOf(Bench.queue("a.com/" + name)) != bench.room.shardOf(Bench.queue("a.com/m1")))
                .findFirst()
                .orElseThrow();
        bench.policies.reroutes.put("m1", there);
        bench.adopt();
        bench.loops.getFirst().turn(() -> bench.room.whenTakenIn(bench.loops.getFirst(), () -> {}));
        fill(bench, "a.com/m1", 0, 5);
        bench.stage.advanceMillis(5_000);
        assertThat(waiting(bench, "a.com/m1")).isEqualTo(5);
        bench.room.checkpointEnded();
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactly("a.com/" + there);
    }

    @Test
    void poolsAreToldWhichQueuesArePausedOrHaveNoSourceAddressLeft() {
        var bench = new Bench(2);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        bench.policies.sources = List.of(one);
        bench.adopt();
        RouteFacts facts = bench.room.facts(bench.loops.getFirst());
        assertThat(facts.isAvailable("m1", "a.com")).isTrue();
        pause(bench, "a.com/m1", true);
        assertThat(facts.isAvailable("m1", "a.com")).isFalse();
        assertThat(facts.isAvailable("m1", "b.com")).isTrue();
        pause(bench, "a.com/m1", false);
        assertThat(facts.isAvailable("m1", "a.com")).isTrue();

        for (boolean isEnabled : new boolean[] {false, true}) {
            bench.room.setSource(
                    QueuePattern.of("b.com/m2"),
                    one,
                    isEnabled,
                    QueueAction.Lasting.AsConfigured.AS_CONFIGURED,
                    "test",
                    bench.loops.getFirst(),
                    count -> {});
            bench.stage.settle();
            assertThat(facts.isAvailable("m2", "b.com")).isEqualTo(isEnabled);
        }
    }

    @Test
    void mailThatComesIntoADissolvedRollupGoesHomeToo() {
        for (int loops = 1; loops <= 3; loops++) {
            var bench = new Bench(loops);
            bench.adopt();
            fill(bench, "big.rollup/m1", 0, 20);
            bench.stage.advanceMillis(10_000);
            assertThat(deliveredBy(bench)).containsExactly("a.com/m1");
            assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(20);
        }
    }

    @Test
    void mailThatCannotGoHomeNowIsLookedAtOnceASecond() {
        var bench = new Bench(2);
        String away = java.util.stream.IntStream.range(0, 40)
                .mapToObj(i -> "d" + i + ".com")
                .filter(each -> bench.room.shardOf(Bench.queue(each + "/m1"))
                        != bench.room.shardOf(Bench.queue("big.rollup/m1")))
                .findFirst()
                .orElseThrow();
        bench.adopt();
        bench.spool.isHoldRefused = true;
        bench.submit(to("big.rollup/m1", "1@" + away), to("big.rollup/m1", "2@other.com"));
        bench.stage.advanceMillis(5_000);
        assertThat(bench.spool.refusedHolds).isBetween(1, 12);
        bench.spool.isHoldRefused = false;
        bench.stage.advanceMillis(5_000);
        assertThat(deliveredBy(bench)).containsExactlyInAnyOrder(away + "/m1", "other.com/m1");
    }

    @Test
    void mailForADomainThatIsCalledLikeARollupStaysWhereItIs() {
        var bench = new Bench(1);
        bench.adopt();
        bench.submit(to("b.rollup/m1", "1@b.rollup"));
        bench.stage.advanceMillis(10_000);
        assertThat(deliveredBy(bench)).containsExactly("b.rollup/m1");
    }

    @Test
    void mailOnItsWayHomeDoesNotBounceBecauseNoHostBearsTheNameOfTheRollup() {
        var bench = new Bench(1, 100);
        bench.policies.rollups.add("big.rollup");
        bench.connectNanos = 2_000_000_000L;
        bench.connecting = (queue, n) -> queue.domain().equals("big.rollup")
                ? new QueueFailure(QueueFailure.Kind.PERMANENT, "5.1.2", "", Outcome.RemoteFacts.NONE, "no such domain")
                : null;
        bench.adopt();
        bench.spool.readNanos = 5_000_000_000L;
        fill(bench, "big.rollup/m1", 0, 20);
        bench.stage.advanceMillis(1_000);
        bench.policies.rollups.clear();
        bench.adopt();
        bench.stage.advanceMillis(Duration.ofMinutes(10).toMillis());
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).isEmpty();
        assertThat(deliveredBy(bench)).containsExactly("a.com/m1");
    }

    @Test
    void aQueueWhoseRerouteIsIgnoredStillJoinsItsRollup() {
        var bench = new Bench(1);
        bench.policies.rollups.add("big.rollup");
        bench.policies.reroutes.put("m1", "m2");
        bench.policies.reroutes.put("m2", "m1");
        bench.adopt();
        fill(bench, "a.com/m1", 0, 20);
        bench.stage.advanceMillis(1_000);
        bench.joins = "big.rollup";
        fill(bench, "a.com/m1", 20, 40);
        bench.stage.advanceMillis(30_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(40);
    }

    @Test
    void mailOfARemovedVirtualMtaIsHeldOrBouncesAsConfigured() {
        var bench = new Bench(1);
        pause(bench, "a.com/m2", true);
        fill(bench, "a.com/m2", 0, 5);
        bench.policies.virtualMtas.remove("m2");
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(bench.view("a.com/m2").reason().cause()).isEqualTo(Wait.Cause.FROZEN);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).isEmpty();

        bench.policies.bouncesRemoved = true;
        bench.adopt();
        bench.stage.advanceMillis(60_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .hasSize(5)
                .allSatisfy(event -> assertThat(event.status()).isEqualTo("5.3.5"));
    }

    @Test
    void mailForAVirtualMtaThatNeverWasBounces() {
        var bench = new Bench(1);
        fill(bench, "a.com/nobody", 0, 3);
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .hasSize(3)
                .allSatisfy(event -> assertThat(event.status()).isEqualTo("5.3.5"));
    }

    // ---- cold virtual MTAs

    @Test
    void aColdVirtualMtaTakesItsCountOfEachDayAndTheListGoesOnDayByDay() {
        var bench = new Bench(1);
        List<Long> perDay = List.of(2L, 5L);
        assertThat(taken(bench, perDay, 10)).isEqualTo(2);
        bench.stage.advanceMillis(untilMidnight(bench));
        assertThat(taken(bench, perDay, 10)).isEqualTo(5);
        bench.stage.advanceMillis(86_400_000);
        assertThat(taken(bench, perDay, 10)).as("the last number holds on").isEqualTo(5);
        bench.stage.advanceMillis(86_400_000 - 1);
        assertThat(taken(bench, perDay, 10)).as("the same day still").isZero();
    }

    private static long untilMidnight(Bench bench) {
        return 86_400_000 - bench.stage.millis() % 86_400_000;
    }

    private static int taken(Bench bench, List<Long> perDay, int asked) {
        var count = new int[1];
        bench.loops.getFirst().turn(() -> {
            RouteFacts facts = bench.room.facts(bench.loops.getFirst());
            for (int i = 0; i < asked; i++) {
                count[0] += facts.takesCold("a.com", "cold", perDay) ? 1 : 0;
            }
        });
        bench.stage.settle();
        return count[0];
    }

    @Test
    void aClockThatIsSetBackOverMidnightGivesNoDayTwice() {
        var bench = new Bench(1, 1 << 20, false);
        long tomorrow = bench.stage.millis() / 86_400_000 + 1;
        var counted = new QueueEvent.ColdCounted(
                Bench.queue("a.com/cold"), bench.stage.millis() + 86_400_000, tomorrow, tomorrow, 10);
        bench.loops.getFirst().post(() -> bench.room.queue(counted));
        bench.start();
        assertThat(taken(bench, List.of(10L), 7)).isZero();
        bench.stage.advanceMillis(untilMidnight(bench));
        assertThat(taken(bench, List.of(10L), 7)).isZero();
        bench.stage.advanceMillis(86_400_000);
        assertThat(taken(bench, List.of(10L), 7)).isEqualTo(7);
    }

    @Test
    void countsOfColdVirtualMtasSurviveARestart() {
        var bench = new Bench(1);
        assertThat(taken(bench, List.of(10L), 7)).isEqualTo(7);
        List<QueueEvent> events = List.copyOf(bench.spool.queueEvents);

        var after = new Bench(1, 1 << 20, false);
        events.forEach(event -> after.loops.getFirst().post(() -> after.room.queue(event)));
        after.start();
        assertThat(taken(after, List.of(10L), 7)).isEqualTo(3);

        // And once more by what a checkpoint would tell.
        List<QueueEvent> told = new ArrayList<>();
        after.loops
                .getFirst()
                .turn(() -> after.room.dump(0, 0, 10, new LiveSource.LiveSink() {
                    @Override
                    public void message(
                            org.sluicemta.mail.MessageId id, long position, long queuedMillis, long sizeBytes) {}

                    @Override
                    public void recipient(
                            int index,
                            QueueKey queue,
                            int attempts,
                            long dueMillis,
                            int priority,
                            boolean isReportOwed,
                            String job) {}

                    @Override
                    public void queue(QueueEvent last) {
                        told.add(last);
                    }

                    @Override
                    public void job(org.sluicemta.spool.CommandEvent.JobPaused paused) {}
                }));
        assertThat(told)
                .singleElement()
                .isInstanceOfSatisfying(
                        QueueEvent.ColdCounted.class,
                        counted -> assertThat(counted.count()).isEqualTo(10));
    }

    @Test
    void largeCountsAreKeptInStepsOfOnePartInAHundred() {
        List<QueueEvent.ColdCounted> kept = new ArrayList<>();
        var memory = new RouteMemory(ZoneOffset.UTC, kept::add);
        var bench = new Bench(1);
        bench.loops.getFirst().turn(() -> {
            RouteFacts facts = memory.at(bench.loops.getFirst());
            for (int i = 0; i < 24_000; i++) {
                facts.takesCold("a.com", "cold", List.of(24_000L));
            }
        });
        assertThat(kept).hasSize(100);
        assertThat(kept.getLast().count()).isEqualTo(24_000);
    }
}
