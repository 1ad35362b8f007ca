package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.CommandEvent;

/// An order that leaves out lines where it can, against one that always has them.
class ReadyOrderProperties {
    private static final List<String> JOBS = List.of("", "a", "b", "c");

    /// Tables that the same is done to as to others have the same numbers.
    private static final class Side {
        final Bench.BenchMemory memory = new Bench.BenchMemory();
        final Recipients recipients = new Recipients(memory);
        final Messages messages = new Messages(memory);
        final Jobs jobs = new Jobs();
        final ReadyOrder.Tables tables = new ReadyOrder.Tables(recipients, messages, jobs);

        Side() {
            // Their numbers stay.
            JOBS.forEach(jobs::enter);
        }

        int recipient(int message, int index, int priority, String job) {
            return recipients.add(message, index, 0, 0, priority, jobs.enter(job));
        }

        boolean isPaused(int slot) {
            return jobs.isPaused(recipients.job(slot));
        }
    }

    @Property(tries = 500)
    void itTellsTheSameOrder(@ForAll long seed) {
        var random = new Random(seed);
        var one = new Side();
        var other = new Side();
        var order = new ReadyOrder(one.tables);
        var ready = new Bands(other.tables);
        var held = new Bands(other.tables);
        List<Integer> standing = new ArrayList<>();
        List<Integer> away = new ArrayList<>();
        // Few stand at a time in half of the runs: that is where the two differ inside.
        int most = random.nextBoolean() ? 3 : 12;
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    long age = random.nextInt(40);
                    int message = one.messages.add(new MessageId(1, step), step, age, 100);
                    other.messages.add(new MessageId(1, step), step, age, 100);
                    String job = JOBS.get(random.nextInt(JOBS.size()));
                    int priority = 50 + 10 * random.nextInt(2);
                    for (int i = random.nextInt(3); i >= 0 && standing.size() < most; i--) {
                        int slot = one.recipient(message, i, priority, job);
                        assertThat(other.recipient(message, i, priority, job)).isEqualTo(slot);
                        order.add(slot);
                        (other.isPaused(slot) ? held : ready).add(slot);
                        standing.add(slot);
                    }
                }
                case 2 -> {
                    if (!away.isEmpty() && standing.size() < most) {
                        int slot = away.removeLast();
                        order.add(slot);
                        (other.isPaused(slot) ? held : ready).add(slot);
                        standing.add(slot);
                    }
                }
                case 3, 4 -> {
                    int count = 1 + random.nextInt(3);
                    int[] mine = new int[3];
                    int[] theirs = new int[3];
                    int taken = order.take(count, mine);
                    assertThat(taken).isEqualTo(ready.take(count, theirs));
                    assertThat(mine).isEqualTo(theirs);
                    Arrays.stream(mine, 0, taken).forEach(slot -> {
                        standing.remove((Integer) slot);
                        away.add(slot);
                    });
                }
                case 5 -> {
                    if (!standing.isEmpty()) {
                        int slot = standing.remove(random.nextInt(standing.size()));
                        order.remove(slot);
                        (other.isPaused(slot) ? held : ready).remove(slot);
                        away.add(slot);
                    }
                }
                case 6 -> {
                    String name = JOBS.get(1 + random.nextInt(3));
                    int job = one.jobs.number(name);
                    var pause = new CommandEvent.JobPaused(name, 1, !one.jobs.isPaused(job), "test");
                    one.jobs.pause(pause);
                    other.jobs.pause(pause);
                    (pause.isPaused() ? ready : held).giveLines(job, pause.isPaused() ? held : ready);
                    assertThat(order.jobChanged(job)).isEqualTo((pause.isPaused() ? held : ready).bear(job));
                }
                default -> order.rest();
            }
            assertThat(order.size()).isEqualTo(ready.size());
            assertThat(order.held()).isEqualTo(held.size());
            int[] mine = new int[4];
            int[] theirs = new int[4];
            assertThat(order.ahead(mine)).isEqualTo(ready.ahead(theirs));
            assertThat(mine).isEqualTo(theirs);
        }
    }
}
