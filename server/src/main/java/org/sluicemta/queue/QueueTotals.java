package org.sluicemta.queue;

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
        long unreadable) {
    static final QueueTotals NONE = new QueueTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

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
                unreadable + o.unreadable);
    }
}
