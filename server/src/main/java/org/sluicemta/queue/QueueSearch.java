package org.sluicemta.queue;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/// Finds the queues of one shard that an operator asks about. Only those that will be shown are described; the others
/// cost a look at a few fields.
///
/// Owner: the shard.
final class QueueSearch {
    /// Queues described in one turn.
    private static final int VIEWS_A_TURN = 500;

    private final QueueShard shard;
    private final QueueQuery query;
    private final Consumer<QueueQuery.Found> answer;
    /// The last of the best stands first, so that it is the one to go.
    private final PriorityQueue<Candidate> best = new PriorityQueue<>((a, b) -> b.compareTo(a));

    private int matching;
    private long recipients;
    private int withRecipients;

    /// A queue and what it had when it was met: the order must not change while queues do.
    private record Candidate(WaitingQueue queue, long measure) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return compare(queue, measure, other);
        }

        static int compare(WaitingQueue queue, long measure, Candidate other) {
            int byMeasure = Long.compare(other.measure, measure);
            return byMeasure != 0 ? byMeasure : QueueQuery.byName(queue.key, other.queue.key);
        }
    }

    QueueSearch(QueueShard shard, QueueQuery query, Consumer<QueueQuery.Found> answer) {
        this.shard = shard;
        this.query = query;
        this.answer = answer;
    }

    void start() {
        if (query.pattern().isExact()) {
            WaitingQueue only = shard.find(query.pattern().exact());
            if (only != null) {
                look(only);
            }
            describe();
        } else {
            Slices.ofQueues(shard, this::look, () -> {}, this::describe).step();
        }
    }

    private void look(WaitingQueue queue) {
        if (!query.withEmpty() && isIdle(queue)
                || !query.connection().admits(queue.connections() > 0)
                || !query.paused().admits(queue.isPaused())
                || !query.backoff().admits(queue.backoff() != null)
                || !query.pattern().matches(queue.key)) {
            return;
        }
        matching++;
        recipients += queue.live;
        withRecipients += queue.live > 0 ? 1 : 0;
        long measure =
                switch (query.sort()) {
                    case NAME -> 0;
                    case RECIPIENTS -> queue.live;
                    case SIZE -> queue.bytes;
                };
        if (best.size() < query.mostItems()) {
            best.add(new Candidate(queue, measure));
        } else if (query.mostItems() > 0 && Candidate.compare(queue, measure, best.element()) < 0) {
            best.remove();
            best.add(new Candidate(queue, measure));
        }
    }

    /// Nothing waits, and nothing would surprise the mail that comes next.
    private static boolean isIdle(WaitingQueue queue) {
        return queue.live == 0 && queue.connections() == 0 && !queue.isPaused() && queue.backoff() == null;
    }

    private void describe() {
        var views = new QueueView[best.size()];
        new Slices(
                        shard.loop(),
                        () -> views.length,
                        VIEWS_A_TURN,
                        i -> views[views.length - 1 - i] = view(best.remove().queue),
                        () -> {},
                        () -> answer.accept(new QueueQuery.Found(
                                Arrays.asList(views), matching, shard.queueCount(), recipients, withRecipients)))
                .step();
    }

    private QueueView view(WaitingQueue queue) {
        Wait wait = shard.why(queue);
        return new QueueView(
                queue.key,
                queue.live,
                queue.owed,
                queue.bytes,
                queue.connections(),
                queue.isPaused(),
                queue.pausedUntilMillis(),
                queue.backoff() != null,
                wait.cause() == Wait.Cause.QUEUE_RETRY || wait.cause() == Wait.Cause.LIMIT ? wait.untilMillis() : 0,
                queue.notes(),
                queue.modeNotes(),
                shard.recipientNotes.of(queue),
                wait);
    }
}
