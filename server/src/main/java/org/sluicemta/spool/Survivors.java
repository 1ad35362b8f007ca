package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Hears, at start, what still waits. Implemented by `queue`.
public interface Survivors {
    /// @param recipients the live ones only
    void message(MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients);

    /// The last state of a queue that has something to remember (pause, mode, retry clock).
    void queue(QueueEvent last);

    /// @param index within the message
    /// @param attempts made so far
    /// @param dueMillis server time of the next attempt; 0 for at once
    record LiveRecipient(int index, QueueKey queue, int attempts, long dueMillis, int priority, boolean isReportOwed) {}
}
