package org.sluicemta.queue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.sluicemta.world.Loop;

/// Sums by a name over all shards: each walks its queues in slices and sends the sums of a slice, which are added here;
/// then the best are chosen, in slices again. No loop is held for more than a fraction of a millisecond.
///
/// Owner: the loop of whoever asked.
public final class QueueSums {
    /// Names looked at in one turn.
    private static final int NAMES_A_TURN = 1_000;

    private static final int MOST_NOTES = 10;

    private static final int FIRST_NAMES = 1 << 12;

    private final Query query;
    private final Loop home;
    private final Consumer<Found> answer;
    private final SumTable sums;
    private int shardsLeft;

    /// Rows of the best so far, the worst of them first.
    private final PriorityQueue<Integer> best;

    private final Comparator<Integer> order;
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

    /// @param answer called on `home`
    QueueSums(Query query, int shards, Loop home, Consumer<Found> answer) {
        this.query = query;
        this.shardsLeft = shards;
        this.home = home;
        this.answer = answer;
        this.sums = new SumTable(FIRST_NAMES, mostNotes());
        Comparator<Integer> byName = Comparator.comparing(sums::name);
        this.order = switch (query.sort()) {
            case NAME -> byName;
            case RECIPIENTS ->
                Comparator.<Integer>comparingLong(sums::recipients).reversed().thenComparing(byName);
            case SIZE ->
                Comparator.<Integer>comparingLong(sums::bytes).reversed().thenComparing(byName);
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
        private SumTable slice = newSlice();

        private SumTable newSlice() {
            return new SumTable(NAMES_A_TURN, mostNotes());
        }

        private void add(WaitingQueue queue, By by) {
            String name =
                    switch (by) {
                        case DOMAIN -> queue.key.domain();
                        case VIRTUAL_MTA -> queue.key.virtualMta();
                    };
            int row = slice.row(name);
            slice.add(row, queue.live, queue.live > 0 ? 1 : 0, queue.bytes, queue.connections());
            if (by == By.DOMAIN) {
                slice.note(row, query.withNotes ? queue.notes() : queue.newestNote());
            }
        }

        void add(String job, int waiting, long bytes, int carried) {
            slice.add(slice.row(job), waiting, 1, bytes, carried);
        }

        private void send() {
            if (slice.size() > 0) {
                SumTable sent = slice;
                slice = newSlice();
                home.post(() -> sums.addAll(sent));
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

    private int mostNotes() {
        return query.withNotes ? MOST_NOTES : 1;
    }

    // --- in turns of home

    private void choose() {
        new Slices(home, sums::size, NAMES_A_TURN, this::consider, () -> {}, this::tell).step();
    }

    private void consider(int row) {
        if (!query.connection().admits(sums.connections(row) > 0)) {
            return;
        }
        matching++;
        recipients += sums.recipients(row);
        if (best.size() < query.mostItems()) {
            best.add(row);
        } else if (query.mostItems() > 0 && order.compare(row, best.element()) < 0) {
            best.remove();
            best.add(row);
        }
    }

    private void tell() {
        var told = new QueueSum[best.size()];
        new Slices(
                        home,
                        () -> told.length,
                        NAMES_A_TURN,
                        i -> told[told.length - 1 - i] = sums.told(best.remove()),
                        () -> {},
                        () -> answer.accept(new Found(Arrays.asList(told), matching, recipients)))
                .step();
    }
}
