package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Where the waiting recipients of a message are and what each waits for.
///
/// @param rows those that wait; settled ones are in the accounting
public record MessageExplanation(MessageId id, List<Row> rows) {
    /// Recipients told of one message.
    static final int MOST = 1_000;

    public MessageExplanation {
        rows = List.copyOf(rows);
    }

    /// @param index of the recipient within the message
    /// @param state one word: ready, put off, being delivered, ending, report owed
    /// @param attempts made so far
    /// @param dueMillis server time of its own retry clock; 0 where it does not run
    /// @param expiresMillis server time at which it bounces
    /// @param queueReason what holds its queue
    public record Row(
            int index,
            QueueKey queue,
            String state,
            int attempts,
            int priority,
            long queuedMillis,
            long dueMillis,
            long expiresMillis,
            String lastReply,
            Wait queueReason) {}

    MessageExplanation plus(MessageExplanation other) {
        var all = new java.util.ArrayList<>(rows);
        all.addAll(other.rows);
        return new MessageExplanation(id, all.subList(0, Math.min(all.size(), MOST)));
    }
}
