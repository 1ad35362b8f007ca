package org.sluicemta.spool;

import org.sluicemta.mail.QueueKey;

/// Something that happened to a queue as a whole.
public sealed interface QueueEvent {
    QueueKey queue();

    long atMillis();

    /// An attempt of the whole queue failed (an accounting row `tq`), or its retry clock was set.
    ///
    /// @param nextDueMillis when the queue is tried again
    /// @param failures in a row, from 1
    record Failed(
            QueueKey queue,
            long atMillis,
            long nextDueMillis,
            int failures,
            String status,
            String diagnostic,
            String remoteMta,
            String deliveryType,
            String sourceIp,
            String remoteIp,
            String text)
            implements QueueEvent {}

    /// An operator paused or resumed it; survives a restart.
    record Paused(QueueKey queue, long atMillis, boolean isPaused, long untilMillis, String by) implements QueueEvent {}

    /// Its mode changed; survives a restart with its remaining time.
    record ModeChanged(QueueKey queue, long atMillis, boolean isBackoff, long untilMillis, String reason)
            implements QueueEvent {}

    /// A cold virtual MTA has taken so many messages of a domain today; survives a restart.
    ///
    /// @param firstDay the day on which it began to take them, counted from 1970-01-01
    /// @param day the day that is counted
    record ColdCounted(QueueKey queue, long atMillis, long firstDay, long day, long count) implements QueueEvent {}

    /// One of its source addresses was disabled or enabled again; survives a restart with its remaining time.
    ///
    /// @param untilMillis 0 for ever
    /// @param address as text; empty for the system's choice
    record SourceChanged(
            QueueKey queue, long atMillis, boolean isDisabled, long untilMillis, String address, String reason)
            implements QueueEvent {}
}
