package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Rate;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.Survivors;
import org.sluicemta.world.Loop;

/// What a million costs.
class ScaleTest {
    private static final int MILLION = 1_000_000;

    private static void wait(Bench bench, int count, QueueKey queue, long dueMillis) {
        long now = bench.stage.millis();
        var one = List.of(new Survivors.LiveRecipient(0, queue, dueMillis == 0 ? 0 : 1, dueMillis, 50, false));
        bench.loops.getFirst().turn(() -> {
            for (int i = 0; i < count; i++) {
                bench.room.message(new MessageId(1, i), i, now, 10_000, one);
            }
        });
        bench.stage.settle();
    }

    @Test
    void aWaitingRecipientCostsSixtyFourBytesAndNobodyWakesWithoutWork() {
        var bench = new Bench(1);
        var queue = Bench.queue("a.com/m1");
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "admin", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        wait(bench, MILLION, queue, 0);
        assertThat(bench.memory.used).isLessThanOrEqualTo(64L * MILLION + (2L << 20));
        bench.stage.advanceMillis(2_000);
        bench.stage.turns = 0;
        bench.stage.advanceMillis(3_600_000);
        assertThat(bench.stage.turns).isZero();
        assertThat(bench.view("a.com/m1").recipients()).isEqualTo(MILLION);
    }

    @Test
    void aMillionBehindOneMessageASecondWakeOnceASecond() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(1, 1000, false);
        bench.adopt();
        bench.submit(Bench.to("a.com/m1", "first@a.com"));
        // The rest is the same message in the spool.
        for (int i = 0; i < 200; i++) {
            bench.spool.messages.put(
                    (long) i, bench.spool.messages.values().iterator().next());
        }
        wait(bench, MILLION, Bench.queue("a.com/m1"), 0);
        bench.stage.advanceMillis(5_000);
        bench.stage.turns = 0;
        bench.stage.advanceMillis(100_000);
        assertThat(bench.attempted.size()).isBetween(100, 107);
        assertThat(bench.stage.turns).isLessThan(1_000);
    }

    @Test
    void manyThatComeDueAtOneMomentAreTakenUpTurnByTurn() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        wait(bench, MILLION / 5, Bench.queue("a.com/m1"), bench.stage.millis() + 60_000);
        bench.stage.turns = 0;
        bench.stage.advanceMillis(59_000);
        assertThat(bench.stage.turns).isLessThan(10);
        bench.stage.advanceMillis(2_000);
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.QUEUE_RETRY);
    }

    @Test
    void aDeadDomainCostsAFewHundredBytes() {
        int count = 100_000;
        long alike = heapOfADeadDomain(count, i -> "mail.example.net");
        long own = heapOfADeadDomain(count, i -> "mail.dead-domain-number-" + i + ".com");
        // 368 and 505 as measured with the ordinary object headers of the test run; 315 and 462 with compact ones.
        assertThat(alike).isLessThan(380);
        assertThat(own).isLessThan(520);
    }

    /// One that holds a recipient who waits for its queue.
    ///
    /// @param host by the domain's number: which of its hosts refused last
    private static long heapOfADeadDomain(int count, IntFunction<String> host) {
        var bench = new Bench(1);
        long now = bench.stage.millis();
        long before = usedHeap() - bench.memory.used;
        bench.loops.getFirst().turn(() -> {
            for (int i = 0; i < count; i++) {
                var queue = new QueueKey("dead-domain-number-" + i + ".com", "m1");
                bench.room.message(
                        new MessageId(1, i),
                        i,
                        now,
                        10_000,
                        List.of(new Survivors.LiveRecipient(0, queue, 0, 0, 50, false)));
                String text = "ECONNREFUSED connecting to " + host.apply(i) + " (192.0.2.1)";
                bench.room.queue(
                        new QueueEvent.Failed(queue, now, now + 600_000, 1, "4.4.1", "", "", "smtp", "", "", text));
            }
        });
        bench.stage.settle();
        long each = (usedHeap() - bench.memory.used - before) / count;
        assertThat(bench.find(QueuePattern.ALL).total()).isEqualTo(count);
        return each;
    }

    @Test
    void moreQueuesThanTheHeapHoldsRefuseNewMailUntilSomeAreGone() {
        var bench = new Bench(1);
        long most = 1_000;
        var room = new QueueRoom(
                List.<Loop>copyOf(bench.loops),
                bench.policies.copy(),
                new QueueBudget(bench.memory, 1 << 20, most, ZoneOffset.UTC),
                RecordedModes.KEPT);
        bench.loops.getFirst().turn(() -> {
            for (int i = 0; i <= most; i++) {
                assertThat(room.full()).isNull();
                var queue = new QueueKey("dead-" + i + ".com", "m1");
                room.queue(new QueueEvent.Failed(queue, 1_000, 600_000, 1, "4.4.1", "", "", "smtp", "", "", text(i)));
            }
        });
        assertThat(room.full()).isEqualTo(Intake.Full.QUEUES);

        room.start(bench.spool, shard -> (queue, opening) -> bench.dial(shard, queue, opening));
        bench.stage.advanceMillis(700_000);
        assertThat(room.full()).isNull();
    }

    /// The same for all, and an object of its own for each, as it comes from each attempt.
    private static String text(int number) {
        return "ECONNREFUSED connecting to mail.example.net (192.0.2." + number / MILLION + ")";
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
