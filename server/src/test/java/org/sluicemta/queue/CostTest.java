package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.pace.Stage;
import org.sluicemta.spool.StoredMessage;

/// A coarse guard on what a message costs here; the exact number belongs to the benchmarks.
class CostTest {
    private static final int COUNT = 20_000;
    private static final List<Outcome> DELIVERED = List.of(Bench.DELIVERED);

    private final Bench store = new Bench(1, 1);
    private final Stage stage = new Stage();
    private final Stage.StageLoop loop = stage.loop();
    private final List<Runnable> asks = new ArrayList<>();
    private final List<Out> outs = new ArrayList<>();

    private record Out(Shard shard, Dispatcher.Opening opening, Carrier carrier, Consignment consignment) {}

    private final class Session implements Carrier {
        final Shard shard;
        final Dispatcher.Opening opening;

        Session(Shard shard, Dispatcher.Opening opening) {
            this.shard = shard;
            this.opening = opening;
        }

        @Override
        public void carry(Consignment consignment) {
            outs.add(new Out(shard, opening, this, consignment));
        }

        @Override
        public void nothing(boolean mayIdle) {}

        @Override
        public void retire() {}
    }

    @Test
    void aFreshMessageIsNeverReadBackAndWhatItCostsIsPrinted() {
        var room = new QueueRoom(
                List.of(loop),
                new Bench.Policies().copy(),
                new QueueBudget(new Bench.BenchMemory(), 64 << 20, ZoneOffset.UTC),
                RecordedModes.KEPT);
        room.start(
                store.spool,
                shard -> (queue, opening) -> asks.add(() -> shard.wants(opening, new Session(shard, opening))));
        stage.settle();
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 6; round++) {
            var mail = new StoredMessage[COUNT];
            for (int i = 0; i < COUNT; i++) {
                mail[i] = store.store("s@example.org", stage.millis(), Bench.to("d" + i % 50 + ".com/m1", "x@y"));
            }
            long before = System.nanoTime();
            for (int i = 0; i < COUNT; ) {
                int first = i;
                loop.turn(() -> {
                    for (int k = 0; k < 20; k++) {
                        room.arrived(mail[first + k]);
                    }
                });
                i += 20;
                drain();
            }
            best = Math.min(best, (System.nanoTime() - before) / 1e3 / COUNT);
            assertThat(store.spool.events.size()).isEqualTo(COUNT);
            store.spool.events.clear();
            store.spool.messages.clear();
        }
        assertThat(store.spool.reads).isZero();
    }

    private void drain() {
        while (!asks.isEmpty() || !outs.isEmpty()) {
            List<Runnable> asked = List.copyOf(asks);
            List<Out> carried = List.copyOf(outs);
            asks.clear();
            outs.clear();
            loop.turn(() -> {
                asked.forEach(Runnable::run);
                for (Out out : carried) {
                    out.shard.settled(out.consignment, DELIVERED, 1_000);
                    out.shard.wants(out.opening, out.carrier);
                }
            });
        }
    }
}
