package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.Survivors;

/// How many queues with mail without end share what is scarce.
class FairnessTest {
    private static final int QUEUES = 100_000;
    private static final int MESSAGES = 5;
    private static final int CONNECTIONS = 1_000;
    /// Longer than a connection may stand while others wait: a turn is one message.
    private static final long SERVICE_SECONDS = 6;

    private static final long ROUND_SECONDS = QUEUES * SERVICE_SECONDS / CONNECTIONS;

    private static QueueKey queue(int number) {
        return new QueueKey("d" + number + ".com", "m1");
    }

    private static Bench backlogged(int connectionsOfAQueue) {
        var bench = new Bench(2);
        bench.policies.maxSmtpOut = connectionsOfAQueue;
        bench.policies.virtualMtaMaxSmtpOut = CONNECTIONS;
        bench.policies.total = CONNECTIONS;
        bench.adopt();
        bench.serviceNanos = SERVICE_SECONDS * 1_000_000_000L;
        bench.submit(Bench.to("first.com/m1", "first@a.com"));
        for (long i = 0; i < (long) QUEUES * MESSAGES; i++) {
            // One message in the spool stands for all.
            bench.spool.messages.put(i, bench.spool.messages.values().iterator().next());
        }
        long now = bench.stage.millis();
        bench.loops.getFirst().turn(() -> {
            for (int i = 0; i < QUEUES * MESSAGES; i++) {
                bench.room.message(
                        new MessageId(1, i),
                        i,
                        now,
                        10_000,
                        List.of(new Survivors.LiveRecipient(0, queue(i % QUEUES), 0, 0, 50, false)));
            }
        });
        bench.stage.settle();
        return bench;
    }

    private static int spread(Bench bench, long fromNanos, long toNanos) {
        Map<QueueKey, Integer> served = new HashMap<>();
        for (int i = 0; i < QUEUES; i++) {
            served.put(queue(i), 0);
        }
        for (Bench.Given each : bench.given) {
            if (each.nanos() > fromNanos && each.nanos() <= toNanos) {
                served.computeIfPresent(each.queue(), (queue, n) -> n + 1);
            }
        }
        var counts = served.values().stream().mapToInt(each -> each).summaryStatistics();
        return counts.getMax() - counts.getMin();
    }

    private static double roundsUntilAllWereServed(Bench bench, long begunNanos) {
        Map<QueueKey, Long> first = new HashMap<>();
        bench.given.forEach(each -> first.putIfAbsent(each.queue(), each.nanos()));
        for (int i = 0; i < QUEUES; i++) {
            assertThat(first).containsKey(queue(i));
        }
        return (Collections.max(first.values()) - begunNanos) / (ROUND_SECONDS * 1e9);
    }

    @Test
    void aHundredThousandQueuesAreServedInTurnFromTheBeginning() {
        Bench bench = backlogged(1);
        long begun = bench.stage.nanos();
        bench.stage.advanceMillis(2_500 * ROUND_SECONDS);
        assertThat(roundsUntilAllWereServed(bench, begun)).isLessThan(1.5);
        assertThat(spread(bench, begun, bench.stage.nanos())).isLessThanOrEqualTo(1);
    }

    /// The first to come take more connections before anybody else is there; from then on all have the same.
    @Test
    void whoeverMayHaveManyConnectionsHasNoMoreTurns() {
        Bench bench = backlogged(20);
        long begun = bench.stage.nanos();
        bench.stage.advanceMillis(3_500 * ROUND_SECONDS);
        assertThat(roundsUntilAllWereServed(bench, begun)).isLessThan(1.5);
        long second = begun + ROUND_SECONDS * 1_000_000_000L;
        assertThat(spread(bench, second, bench.stage.nanos())).isLessThanOrEqualTo(1);
    }
}
