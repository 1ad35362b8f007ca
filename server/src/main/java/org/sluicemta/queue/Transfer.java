package org.sluicemta.queue;

import java.util.List;
import java.util.Set;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Recipients of one message on their way from a queue into one of another shard. The hold on the message's place goes
/// with them.
///
/// @param queue where to
/// @param passed the queues that they have been moved out of in this one go, so that a circle is found
record Transfer(
        QueueKey queue,
        MessageId id,
        long position,
        long queuedMillis,
        long sizeBytes,
        List<Moved> recipients,
        Set<QueueKey> passed) {
    Transfer {
        recipients = List.copyOf(recipients);
        passed = Set.copyOf(passed);
    }

    /// @param dueMillis of its own retry clock; 0 where it does not run
    record Moved(int index, int attempts, int priority, String job, long dueMillis, String lastReply) {}
}
