package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;

/// What operators and the spool ask of the queues.
class OperatorsTest {
    private static Bench paused(long freshBytes) {
        var bench = new Bench(2, freshBytes);
        bench.connecting = (queue, n) -> Bench.DEAD;
        for (int i = 0; i < 10; i++) {
            bench.submit(
                    to("a" + i % 3 + ".com/m" + (1 + i % 2), "r" + i + "@a.com", i < 5 ? "news" : "", 50),
                    to("b.com/m1", "x" + i + "@b.com"));
        }
        bench.stage.advanceMillis(1_000);
        return bench;
    }

    private static MailQuery query(String queue, String recipient, String job, int most) {
        return new MailQuery(QueuePattern.of(queue), "", recipient, job, "", 0, most);
    }

    @Test
    void queuesAreFoundByPatternOrderedAndCut() {
        var bench = paused(1 << 20);
        var all = bench.find(QueuePattern.ALL);
        assertThat(all.recipients()).isEqualTo(20);
        assertThat(all.views().getFirst().key()).isEqualTo(Bench.queue("b.com/m1"));
        assertThat(all.views().getFirst().recipients()).isEqualTo(10);
        assertThat(all.views().getFirst().bytes()).isEqualTo(10_000);
        assertThat(bench.find(QueuePattern.of("a*.com/m2")).recipients()).isEqualTo(5);
        List<QueueQuery.Found> top = new ArrayList<>();
        bench.room.find(
                new QueueQuery(
                        QueuePattern.ALL,
                        QueueQuery.Choice.NO,
                        QueueQuery.Choice.NO,
                        QueueQuery.Choice.NO,
                        QueueQuery.Sort.NAME,
                        2,
                        false),
                bench.loops.get(1),
                top::add);
        bench.stage.settle();
        assertThat(top.getFirst().views())
                .extracting(v -> v.key().toString())
                .containsExactly("a0.com/m1", "a0.com/m2");
        assertThat(top.getFirst().matching()).isEqualTo(7);
    }

    @Test
    void whatASnapshotWouldStrandIsCountedByVirtualMta() {
        var bench = new Bench(2);
        bench.connecting = (queue, n) -> Bench.DEAD;
        for (int i = 0; i < 10_000; i++) {
            bench.submit(to("d" + i + ".com/m" + (1 + i % 2), "a@d.com"), to("d" + i + ".com/m2", "b@d.com"));
        }
        assertThat(stranded(bench)).isEmpty();

        bench.policies.virtualMtas.remove("m2");
        assertThat(stranded(bench)).containsExactly(Map.entry("m2", 15_000L));
        bench.policies.virtualMtas.remove("m1");
        assertThat(stranded(bench)).containsExactly(Map.entry("m1", 5_000L), Map.entry("m2", 15_000L));

        bench.adopt();
        assertThat(stranded(bench)).as("what is held may still bounce").hasSize(2);
        bench.policies.bouncesRemoved = true;
        bench.adopt();
        assertThat(stranded(bench)).as("what bounces already").isEmpty();
    }

    private static Map<String, Long> stranded(Bench bench) {
        List<Map<String, Long>> answers = new ArrayList<>();
        bench.room.stranded(bench.policies.copy(), bench.loops.getFirst(), answers::add);
        bench.stage.settle();
        bench.stage.advanceMillis(1);
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }

    @Test
    void totalsAreSums() {
        var bench = paused(1 << 20);
        List<QueueTotals> totals = new ArrayList<>();
        bench.room.totals(bench.loops.getFirst(), totals::add);
        bench.stage.settle();
        assertThat(totals.getFirst().recipients()).isEqualTo(20);
        assertThat(totals.getFirst().queues()).isEqualTo(7);
        assertThat(totals.getFirst().overdrawnBytes()).isZero();
    }

    @Test
    void whatHasBeenMovedMeanwhileIsNotListedInItsOldQueue() {
        var bench = new Bench(1, 100);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.spool.readNanos = 1_000_000_000L;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(5_000);
        List<MailQuery.Found> found = new ArrayList<>();
        bench.room.list(query("a.com/m1", "", "", 100), bench.loops.getFirst(), found::add);
        bench.stage.advanceMillis(10);
        bench.policies.reroutes.put("m1", "m2");
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(found.getFirst().rows()).isEmpty();
    }

    @Test
    void recipientsAreListedThoughTheirMessagesMustBeRead() {
        var bench = paused(100);
        List<MailQuery.Found> found = new ArrayList<>();
        bench.room.list(query("*/*", "R*@a.com", "news", 100), bench.loops.getFirst(), found::add);
        bench.stage.advanceMillis(100);
        assertThat(found.getFirst().rows()).hasSize(5).allSatisfy(row -> {
            assertThat(row.jobId()).isEqualTo("news");
            assertThat(row.originator()).isEqualTo("sender@example.org");
            assertThat(row.subject()).startsWith("number");
        });
        assertThat(bench.spool.reads).isPositive();
        found.clear();
        bench.room.list(query("*", "", "", 3), bench.loops.getFirst(), found::add);
        bench.stage.advanceMillis(100);
        assertThat(found.getFirst().rows()).hasSize(3);
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void deletedRecipientsBounceWithTheirReason() {
        var bench = paused(1 << 20);
        List<Integer> counts = new ArrayList<>();
        bench.room.delete(query("b.com/*", "x1@*", "", 0), bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(100);
        assertThat(counts).containsExactly(1);
        bench.room.delete(query("a*/m2", "", "", 0), bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(100);
        assertThat(counts).containsExactly(1, 5);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).hasSize(6).allSatisfy(event -> {
            assertThat(event.status()).isEqualTo("5.0.0");
            assertThat(event.diagnostic()).isEqualTo("deleted by administrator");
        });
        assertThat(bench.find(QueuePattern.ALL).recipients()).isEqualTo(14);
    }

    @Test
    void aDiscardQueueSettlesWithoutAConnection() {
        var bench = new Bench(1, 100);
        bench.policies.deliveryType = QueuePolicy.DeliveryType.DISCARD;
        bench.adopt();
        for (int i = 0; i < 500; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.openings).isEmpty();
        assertThat(bench.events(RecipientEvent.What.DELIVERED))
                .hasSize(500)
                .allSatisfy(event -> assertThat(event.deliveryType()).isEqualTo("discard"));
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void contentsBeyondTheBudgetAreReadBackWhenTheirTurnComes() {
        var bench = new Bench(1, 10_000);
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "test", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        for (int i = 0; i < 100; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        assertThat(bench.spool.held).isLessThanOrEqualTo(10);
        bench.room.pause(QueuePattern.ALL, false, "test", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(100);
        assertThat(bench.spool.reads).isBetween(85, 130);
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void aDamagedMessageIsNamedAndTheRestIsDelivered() {
        var bench = new Bench(1, 100);
        var damaged = bench.submit(to("a.com/m1", "bad@a.com"));
        bench.spool.damaged = damaged.position();
        bench.submit(to("a.com/m1", "good@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
        assertThat(bench.view("a.com/m1").recipients()).isEqualTo(1);
        assertThat(bench.view("a.com/m1").notes().getFirst().text()).contains("checksum of record at");
    }

    @Test
    void eventsThatTheSpoolDoesNotTakeAreKeptAndNoMailGoesOutMeanwhile() {
        var bench = new Bench(1);
        bench.serviceNanos = 100_000_000L;
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(50);
        bench.spool.isFull = true;
        bench.stage.advanceMillis(100);
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.attempted).hasSize(1);
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.SPOOL_BUSY);
        bench.spool.isFull = false;
        bench.stage.advanceMillis(3_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(21);
    }

    @Test
    void whileEventsAreLateToBeSyncedNothingNewIsHandedOut() {
        var bench = new Bench(1);
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(500);
        bench.spool.isLate = true;
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.attempted).hasSize(1);
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.SPOOL_BUSY);
        bench.spool.isLate = false;
        bench.stage.advanceMillis(3_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(21);
    }

    @Test
    void aStopLetsSessionsFinishAndSaysWhenAllIsQuiet() {
        var bench = new Bench(2);
        bench.serviceNanos = 500_000_000L;
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a" + i % 5 + ".com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(100);
        List<String> drained = new ArrayList<>();
        bench.room.stop(bench.loops.getFirst(), () -> drained.add("drained"));
        bench.stage.advanceMillis(200);
        assertThat(drained).isEmpty();
        bench.stage.advanceMillis(1_000);
        assertThat(drained).containsExactly("drained");
        assertThat(bench.open).isZero();
        assertThat(bench.spool.events.size()).isBetween(5, 49);
    }

    @Test
    void nothingGoesOutBeforeTheSpoolIsOpen() {
        var bench = new Bench(1, 1 << 20, false);
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(bench.openings).isEmpty();
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.STARTING);
        bench.start();
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void aCheckpointIsToldEverythingThatLives() {
        var bench = paused(1 << 20);
        bench.room.pause(QueuePattern.of("b.com/m1"), true, "admin", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        List<String> told = new ArrayList<>();
        List<QueueEvent> queues = new ArrayList<>();
        var sink = new LiveSource.LiveSink() {
            private MessageId id = new MessageId(0, 0);

            @Override
            public void message(MessageId message, long position, long queuedMillis, long sizeBytes) {
                assertThat(position).isBetween(1_000L, 1_010L);
                id = message;
            }

            @Override
            public void recipient(
                    int index, QueueKey queue, int tried, long due, int priority, boolean isOwed, String job) {
                told.add(id.sequence() + "/" + index);
            }

            @Override
            public void queue(QueueEvent last) {
                queues.add(last);
            }

            @Override
            public void job(org.sluicemta.spool.CommandEvent.JobPaused paused) {}
        };
        for (int shard = 0; shard < bench.room.shards(); shard++) {
            int number = shard;
            var loop = bench.loops.get(shard);
            long[] cursor = {0};
            while (cursor[0] != LiveSource.END) {
                loop.turn(() -> cursor[0] = bench.room.dump(number, cursor[0], 3, sink));
            }
        }
        assertThat(told).hasSize(20).doesNotHaveDuplicates();
        assertThat(queues.stream().filter(QueueEvent.Paused.class::isInstance)).hasSize(1);
        assertThat(queues.stream().filter(QueueEvent.Failed.class::isInstance)).hasSize(7);
        List<String> marks = new ArrayList<>();
        bench.loops.getFirst().turn(() -> bench.room.whenTakenIn(bench.loops.getFirst(), () -> marks.add("mark")));
        bench.stage.settle();
        assertThat(marks).containsExactly("mark");
    }

    @Test
    void patternsMatchEitherHalf() {
        var key = Bench.queue("mail.example.com/mta12");
        assertThat(QueuePattern.of("*.example.com").matches(key)).isTrue();
        assertThat(QueuePattern.of("*/MTA1*").matches(key)).isTrue();
        assertThat(QueuePattern.of("*ex*le.*/mta12").matches(key)).isTrue();
        assertThat(QueuePattern.of("example.com/*").matches(key)).isFalse();
        assertThat(QueuePattern.of("*/mta1").matches(key)).isFalse();
    }

    @Test
    void anEmptyQueueIsForgottenAfterAMinute() {
        var bench = new Bench(1);
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(30_000);
        assertThat(bench.find(QueuePattern.ALL).total()).isEqualTo(1);
        bench.stage.advanceMillis(40_000);
        assertThat(bench.find(QueuePattern.ALL).total()).isZero();
        assertThat(bench.stage.nextAlarm()).isEqualTo(Long.MAX_VALUE);
    }

    /// Two hundred queues are changed in a turn; so no loop is held, and mail goes on between.
    @Test
    void whatConcernsManyQueuesIsDoneInSlices() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.policies.sources = List.of(java.net.InetAddress.ofLiteral("192.0.2.1"));
        bench.adopt();
        for (int i = 0; i < 3_000; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com"));
        }
        bench.stage.advanceMillis(2_000);
        var home = bench.loops.getFirst();

        List<Integer> counts = new ArrayList<>();
        assertSliced(bench, () -> bench.room.pause(QueuePattern.ALL, true, "test", home, counts::add));
        assertThat(bench.find(QueuePattern.ALL).views()).allMatch(QueueView::isPaused);
        assertSliced(bench, () -> bench.room.pause(QueuePattern.of("d*.com/m1"), false, "test", home, counts::add));
        assertSliced(bench, () -> bench.room.setMode(QueuePattern.ALL, true, "test", home, counts::add));
        assertSliced(
                bench,
                () -> bench.room.setSource(
                        QueuePattern.ALL,
                        bench.policies.sources.getFirst(),
                        false,
                        QueueAction.Lasting.ForEver.FOR_EVER,
                        "test",
                        home,
                        counts::add));
        assertThat(counts).containsExactly(3_000, 3_000, 3_000, 3_000);

        List<List<QueueRoom.DisabledSource>> disabled = new ArrayList<>();
        assertSliced(bench, () -> bench.room.disabledSources(QueuePattern.ALL, home, disabled::add));
        assertThat(disabled.getFirst()).hasSize(3_000);
        List<QueueRoom.Scheduled> scheduled = new ArrayList<>();
        assertSliced(bench, () -> bench.room.schedule(QueuePattern.ALL, false, home, scheduled::add));
        assertThat(scheduled).containsExactly(new QueueRoom.Scheduled(3_000, 3_000));
        List<QueueRoom.Resumed> resumed = new ArrayList<>();
        assertSliced(bench, () -> bench.room.resume(QueuePattern.ALL, "test", home, resumed::add));
        assertThat(resumed).extracting(QueueRoom.Resumed::queues).containsExactly(3_000);
    }

    private static void assertSliced(Bench bench, Runnable command) {
        bench.stage.settle();
        bench.stage.turns = 0;
        command.run();
        bench.stage.advanceMillis(1);
        assertThat(bench.stage.turns).isGreaterThanOrEqualTo(15);
    }

    /// What the spool has not taken is kept in memory, so a command does not go on meanwhile; but it ends.
    @Test
    void aCommandWaitsForTheSpoolToTakeItsEventsAndNotForEver() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        for (int i = 0; i < 1_000; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com"));
        }
        bench.stage.advanceMillis(2_000);
        bench.spool.isFull = true;
        List<Integer> counts = new ArrayList<>();
        bench.room.pause(QueuePattern.ALL, true, "test", bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(500);
        assertThat(bench.find(QueuePattern.ALL).views().stream().filter(QueueView::isPaused))
                .hasSize(Slices.CHANGES_A_TURN);
        assertThat(counts).isEmpty();

        bench.spool.isFull = false;
        bench.stage.advanceMillis(100);
        assertThat(counts).containsExactly(1_000);

        bench.spool.isFull = true;
        bench.room.pause(QueuePattern.ALL, false, "test", bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(5_000);
        assertThat(counts).containsExactly(1_000, 1_000);
    }
}
