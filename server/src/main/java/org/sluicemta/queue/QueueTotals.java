package org.sluicemta.queue;

import java.util.EnumMap;
import java.util.Map;

/// Sums over queues, for `show status` and for counters.
///
/// @param recipients waiting or being delivered
/// @param reportsOwed failed recipients whose report is not accepted yet
/// @param queues with recipients
/// @param bytes of the recipients' messages
/// @param connections open or being opened
/// @param messages that have a recipient here
/// @param slotBytes memory of the tables
/// @param overdrawnBytes of them, beyond their budget: reception should refuse
/// @param freshBytes of content at hand
/// @param paused queues, with recipients or without
/// @param backoff queues in backoff mode, with recipients or without
/// @param unreadable readings of messages that failed since the start
/// @param byType what waits, by how it leaves; all types are there
public record QueueTotals(
        long recipients,
        long reportsOwed,
        int queues,
        long bytes,
        int connections,
        long messages,
        long slotBytes,
        long overdrawnBytes,
        long freshBytes,
        int paused,
        int backoff,
        long unreadable,
        Map<QueuePolicy.DeliveryType, Share> byType) {
    public QueueTotals {
        byType = Map.copyOf(byType);
    }

    /// Of the queues of one type.
    ///
    /// @param queues with recipients
    public record Share(long recipients, int queues, long bytes) {
        Share plus(Share o) {
            return new Share(recipients + o.recipients, queues + o.queues, bytes + o.bytes);
        }
    }

    QueueTotals plus(QueueTotals o) {
        return new QueueTotals(
                recipients + o.recipients,
                reportsOwed + o.reportsOwed,
                queues + o.queues,
                bytes + o.bytes,
                connections + o.connections,
                messages + o.messages,
                slotBytes + o.slotBytes,
                overdrawnBytes + o.overdrawnBytes,
                freshBytes + o.freshBytes,
                paused + o.paused,
                backoff + o.backoff,
                unreadable + o.unreadable,
                sum(byType, o.byType));
    }

    private static Map<QueuePolicy.DeliveryType, Share> sum(
            Map<QueuePolicy.DeliveryType, Share> a, Map<QueuePolicy.DeliveryType, Share> b) {
        var both = new EnumMap<QueuePolicy.DeliveryType, Share>(QueuePolicy.DeliveryType.class);
        both.putAll(a);
        b.forEach((type, share) -> both.merge(type, share, Share::plus));
        return both;
    }

    /// Counts a shard's queues. Owner: the shard.
    static final class Count {
        private static final int TYPES = QueuePolicy.DeliveryType.values().length;
        private final long[] recipients = new long[TYPES];
        private final int[] queues = new int[TYPES];
        private final long[] bytes = new long[TYPES];
        private long owed;
        private int paused;
        private int backoff;

        void add(WaitingQueue queue) {
            int type = queue.policy.deliveryType().value().ordinal();
            recipients[type] += queue.live;
            queues[type] += queue.live > 0 ? 1 : 0;
            bytes[type] += queue.bytes;
            owed += queue.owed;
            paused += queue.isPaused() ? 1 : 0;
            backoff += queue.backoff() != null ? 1 : 0;
        }

        QueueTotals of(QueueShard shard) {
            var byType = new EnumMap<QueuePolicy.DeliveryType, Share>(QueuePolicy.DeliveryType.class);
            var all = new Share(0, 0, 0);
            for (QueuePolicy.DeliveryType type : QueuePolicy.DeliveryType.values()) {
                var share = new Share(recipients[type.ordinal()], queues[type.ordinal()], bytes[type.ordinal()]);
                byType.put(type, share);
                all = all.plus(share);
            }
            return new QueueTotals(
                    all.recipients,
                    owed,
                    all.queues,
                    all.bytes,
                    shard.sessions(),
                    shard.messages.count(),
                    shard.messages.bytes() + shard.recipients.bytes(),
                    shard.overdrawnBytes(),
                    shard.cache.bytes(),
                    paused,
                    backoff,
                    shard.unreadable(),
                    byType);
        }
    }
}
