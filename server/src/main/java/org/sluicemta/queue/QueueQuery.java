package org.sluicemta.queue;

import java.util.Comparator;
import java.util.List;
import org.sluicemta.mail.QueueKey;

/// Which queues are asked for.
///
/// @param connection whether connected queues only, others only, or both; likewise `paused` and `backoff`
/// @param sort the order of the answer
/// @param mostItems 0 or more
/// @param withEmpty whether queues without recipients and connections are told too; paused ones and those in backoff
///     always are
public record QueueQuery(
        QueuePattern pattern,
        Choice connection,
        Choice paused,
        Choice backoff,
        Sort sort,
        int mostItems,
        boolean withEmpty) {
    /// A filter by a yes or no of the queue.
    public enum Choice {
        YES,
        NO,
        EITHER;

        boolean admits(boolean value) {
            return switch (this) {
                case YES -> value;
                case NO -> !value;
                case EITHER -> true;
            };
        }
    }

    /// Ties go by name.
    public enum Sort {
        NAME,
        RECIPIENTS,
        SIZE;

        Comparator<QueueView> order() {
            Comparator<QueueView> byName = (a, b) -> QueueQuery.byName(a.key(), b.key());
            return switch (this) {
                case NAME -> byName;
                case RECIPIENTS ->
                    Comparator.comparingInt(QueueView::recipients).reversed().thenComparing(byName);
                case SIZE ->
                    Comparator.comparingLong(QueueView::bytes).reversed().thenComparing(byName);
            };
        }
    }

    /// By domain, then virtual MTA.
    static int byName(QueueKey a, QueueKey b) {
        int byDomain = a.domain().compareTo(b.domain());
        return byDomain != 0 ? byDomain : a.virtualMta().compareTo(b.virtualMta());
    }

    /// The answer.
    ///
    /// @param views at most as many as asked for
    /// @param matching queues that match
    /// @param total queues there are
    /// @param recipients over all queues that match
    /// @param queuesWithRecipients among those that match
    public record Found(List<QueueView> views, int matching, int total, long recipients, int queuesWithRecipients) {
        static final Found NOTHING = new Found(List.of(), 0, 0, 0, 0);

        public Found {
            views = List.copyOf(views);
        }

        Found plus(Found other, QueueQuery query) {
            List<QueueView> all = new java.util.ArrayList<>(views);
            all.addAll(other.views);
            all.sort(query.sort().order());
            return new Found(
                    all.subList(0, Math.min(all.size(), query.mostItems())),
                    matching + other.matching,
                    total + other.total,
                    recipients + other.recipients,
                    queuesWithRecipients + other.queuesWithRecipients);
        }
    }
}
