package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Hears, at start, what still waits: queues first, then messages. Implemented by `queue`. Called on the spool's home
/// lane before the start answers, so the shards' tables may be filled directly: their loops have no mail yet.
///
/// A message whose recipients were in two shards may be told in two parts, each with its own recipients. Each call has
/// as many holds on `position` as there are shards ([LiveSource#shardOf]) among the recipients of that call.
public interface Survivors {
    /// @param recipients the live ones only
    void message(MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients);

    /// The last state of a queue that has something to remember (pause, mode, retry clock).
    void queue(QueueEvent last);

    /// A job that was paused last, told before any message.
    default void job(CommandEvent.JobPaused paused) {}

    /// @param index within the message
    /// @param attempts made so far
    /// @param dueMillis server time of the next attempt; 0 for at once
    /// @param jobId empty for none
    record LiveRecipient(
            int index, QueueKey queue, int attempts, long dueMillis, int priority, boolean isReportOwed, String jobId) {
        /// Of no job.
        public LiveRecipient(
                int index, QueueKey queue, int attempts, long dueMillis, int priority, boolean isReportOwed) {
            this(index, queue, attempts, dueMillis, priority, isReportOwed, "");
        }
    }
}
