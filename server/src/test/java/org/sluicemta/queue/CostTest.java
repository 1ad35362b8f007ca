package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sluicemta.spool.StoredMessage;

/// A coarse guard on what a message costs here, bench and all; the exact number belongs to the benchmarks.
class CostTest {
    @Test
    void aMessageInOutAndSettledCostsMicrosecondsNotMilliseconds() {
        var bench = new Bench(1);
        bench.serviceNanos = 1_000;
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            int count = 20_000;
            var mail = new StoredMessage[count];
            for (int i = 0; i < count; i++) {
                mail[i] = bench.store("s@example.org", bench.stage.millis(), Bench.to("d" + i % 50 + ".com/m1", "x@y"));
            }
            long before = System.nanoTime();
            for (int i = 0; i < count; i++) {
                StoredMessage each = mail[i];
                bench.loops.getFirst().turn(() -> bench.room.arrived(each));
                if (i % 100 == 99) {
                    bench.stage.advanceNanos(50_000);
                }
            }
            bench.stage.advanceMillis(20);
            best = Math.min(best, (System.nanoTime() - before) / 1e3 / count);
        }
        System.out.println("microseconds for each message, with the test's own loops: " + best);
        assertThat(bench.spool.events).hasSize(160_000);
        assertThat(best).isLessThan(200);
    }
}
