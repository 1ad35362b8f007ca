package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Which recipients are asked for (`list`, `delete`). A text is matched with `*` for any part, whatever the case;
/// empty matches all.
///
/// @param originator the reverse-path
/// @param recipient the forward-path
/// @param olderThanMillis accepted at least so long ago; 0 for any
/// @param mostItems of the answer
public record MailQuery(
        QueuePattern queue,
        String originator,
        String recipient,
        String jobId,
        String envelopeId,
        long olderThanMillis,
        int mostItems) {
    /// Whether the messages' own texts are needed to tell.
    boolean readsMessages() {
        return !originator.isEmpty() || !recipient.isEmpty() || !jobId.isEmpty() || !envelopeId.isEmpty();
    }

    /// One recipient.
    ///
    /// @param dueMillis server time of its own next attempt, 0 where it waits for its queue only
    public record Row(
            MessageId id,
            QueueKey queue,
            String originator,
            String recipient,
            String jobId,
            String envelopeId,
            long queuedMillis,
            long dueMillis,
            int attempts,
            int priority,
            String subject) {}

    /// @param rows at most as many as asked for
    /// @param unreadable messages that could not be read, and so are missing
    public record Found(List<Row> rows, int unreadable) {
        public Found {
            rows = List.copyOf(rows);
        }
    }
}
