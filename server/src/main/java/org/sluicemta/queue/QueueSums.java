package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// Sums by a name over all shards: each walks its queues in slices and sends the sums of a slice, which are added here;
/// then the best are chosen, in slices again. No loop is held for more than a fraction of a millisecond.
///
/// Owner: the loop of whoever asked.
public final class QueueSums {
    /// Names looked at in one turn.
    private static final int NAMES_A_TURN = 1_000;

    private static final int MOST_NOTES = 10;

    private final Query query;
    private final Loop home;
    private final Consumer<Found> answer;
    private final Map<String, Sum> sums = new HashMap<>(1 << 12);
    private int shardsLeft;

    private final PriorityQueue<Sum> best;
    private final Comparator<Sum> order;
    private int matching;
    private long recipients;

    /// By what queues are summed.
    public enum By {
        DOMAIN,
        VIRTUAL_MTA
    }

    /// @param pattern of the queues that count
    /// @param connection of a name as a whole
    /// @param mostItems 0 or more
    /// @param withNotes whether more than the newest event is wanted
    public record Query(
            QueuePattern pattern,
            QueueQuery.Choice connection,
            QueueQuery.Sort sort,
            int mostItems,
            boolean withNotes) {}

    /// @param sums at most as many as asked for
    /// @param matching names that match
    /// @param recipients over all of them
    public record Found(List<QueueSum> sums, int matching, long recipients) {
        public Found {
            sums = List.copyOf(sums);
        }
    }

    /// Owner: the loop that makes it, then `home`.
    private static final class Sum {
        final String name;
        long recipients;
        int queues;
        long bytes;
        int connections;
        List<QueueNote> notes = List.of();

        Sum(String name) {
            this.name = name;
        }

        void note(List<QueueNote> more, int most) {
            if (more.isEmpty()) {
                return;
            }
            if (notes.isEmpty()) {
                notes = more;
                return;
            }
            var all = new ArrayList<>(notes);
            all.addAll(more);
            all.sort(Comparator.comparingLong(QueueNote::atMillis).reversed());
            notes = List.copyOf(all.subList(0, Math.min(most, all.size())));
        }

        void add(Sum other, int mostNotes) {
            recipients += other.recipients;
            queues += other.queues;
            bytes += other.bytes;
            connections += other.connections;
            note(other.notes, mostNotes);
        }

        QueueSum told() {
            return new QueueSum(name, recipients, queues, bytes, connections, notes);
        }
    }

    /// @param answer called on `home`
    QueueSums(Query query, int shards, Loop home, Consumer<Found> answer) {
        this.query = query;
        this.shardsLeft = shards;
        this.home = home;
        this.answer = answer;
        this.order = switch (query.sort()) {
            case NAME -> Comparator.comparing(sum -> sum.name);
            case RECIPIENTS ->
                Comparator.<Sum>comparingLong(sum -> sum.recipients).reversed().thenComparing(sum -> sum.name);
            case SIZE ->
                Comparator.<Sum>comparingLong(sum -> sum.bytes).reversed().thenComparing(sum -> sum.name);
        };
        this.best = new PriorityQueue<>(order.reversed());
    }

    // --- in turns of a shard

    void ofQueues(QueueShard shard, By by) {
        var part = new Part();
        Slices.ofQueues(
                        shard,
                        queue -> {
                            if ((queue.live > 0 || queue.connections() > 0)
                                    && query.pattern().matches(queue.key)) {
                                part.add(queue, by);
                            }
                        },
                        part::send,
                        part::done)
                .step();
    }

    void ofJobs(QueueShard shard) {
        var part = new Part();
        new Slices(
                        shard.loop(),
                        shard.jobs::numbers,
                        NAMES_A_TURN,
                        number -> shard.jobs.tell(number, part),
                        part::send,
                        part::done)
                .step();
    }

    /// The sums of one shard's slice. Owner: the shard.
    final class Part {
        private List<Sum> slice = new ArrayList<>();
        private final Map<String, Sum> byVirtualMta = new HashMap<>();

        private void add(WaitingQueue queue, By by) {
            // Virtual MTAs are few, so a slice has one sum of each; domains are as many as queues.
            Sum sum =
                    switch (by) {
                        case DOMAIN -> sum(queue.key.domain());
                        case VIRTUAL_MTA -> byVirtualMta.computeIfAbsent(queue.key.virtualMta(), this::sum);
                    };
            sum.recipients += queue.live;
            sum.queues += queue.live > 0 ? 1 : 0;
            sum.bytes += queue.bytes;
            sum.connections += queue.connections();
            if (by == By.DOMAIN) {
                sum.note(query.withNotes ? queue.notes() : queue.newestNote(), mostNotes());
            }
        }

        void add(String job, int waiting, long bytes, int carried) {
            Sum sum = sum(job);
            sum.recipients += waiting;
            sum.queues++;
            sum.bytes += bytes;
            sum.connections += carried;
        }

        private Sum sum(String name) {
            var sum = new Sum(name);
            slice.add(sum);
            return sum;
        }

        private void send() {
            if (!slice.isEmpty()) {
                List<Sum> sent = slice;
                slice = new ArrayList<>(sent.size());
                byVirtualMta.clear();
                home.post(() -> take(sent));
            }
        }

        private void done() {
            home.post(() -> {
                if (--shardsLeft == 0) {
                    choose();
                }
            });
        }
    }

    private void take(List<Sum> sent) {
        for (Sum sum : sent) {
            Sum known = sums.putIfAbsent(sum.name, sum);
            if (known != null) {
                known.add(sum, mostNotes());
            }
        }
    }

    private int mostNotes() {
        return query.withNotes ? MOST_NOTES : 1;
    }

    // --- in turns of home

    private void choose() {
        var choosing = new Choosing(sums.values().iterator());
        choosing.step();
    }

    private final class Choosing {
        private final Iterator<Sum> left;
        private final Alarm more = home.alarm(this::step);

        Choosing(Iterator<Sum> left) {
            this.left = left;
        }

        void step() {
            for (int i = 0; i < NAMES_A_TURN && left.hasNext(); i++) {
                Sum sum = left.next();
                if (query.connection().admits(sum.connections > 0)) {
                    consider(sum);
                }
            }
            if (left.hasNext()) {
                more.set(home.nanos());
            } else {
                more.clear();
                tell();
            }
        }
    }

    private void consider(Sum sum) {
        matching++;
        recipients += sum.recipients;
        if (best.size() < query.mostItems()) {
            best.add(sum);
        } else if (query.mostItems() > 0 && order.compare(sum, best.element()) < 0) {
            best.remove();
            best.add(sum);
        }
    }

    private void tell() {
        var told = new QueueSum[best.size()];
        new Slices(
                        home,
                        () -> told.length,
                        NAMES_A_TURN,
                        i -> told[told.length - 1 - i] = best.remove().told(),
                        () -> {},
                        () -> answer.accept(new Found(Arrays.asList(told), matching, recipients)))
                .step();
    }
}
