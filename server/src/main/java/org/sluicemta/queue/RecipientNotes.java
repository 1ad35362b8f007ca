package org.sluicemta.queue;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.RecipientEvent;

/// The last recipient events of queues with `track-recipient-events`: 50 of each, and no more than 20,000 in a shard,
/// which is some 20 MB at worst. When there are more, the oldest go, whichever queue they are of.
///
/// Owner: its shard.
final class RecipientNotes {
    static final int MOST_A_QUEUE = 50;
    static final int MOST = 20_000;
    private static final int MOST_CHARACTERS = 500;

    /// In order of time over all queues; what its queue has dropped already is passed over.
    private final ArrayDeque<Kept> all = new ArrayDeque<>();

    private record Kept(WaitingQueue queue, RecipientNote note) {}

    /// Takes note of an event, if the queue's policy wants it.
    void note(WaitingQueue queue, RecipientEvent event) {
        if (!queue.policy.trackRecipientEvents().value()) {
            return;
        }
        RecipientNote.What what =
                switch (event.what()) {
                    case DELIVERED -> RecipientNote.What.DELIVERED;
                    case BOUNCED -> RecipientNote.What.BOUNCED;
                    case DEFERRED -> RecipientNote.What.DEFERRED;
                };
        var note = new RecipientNote(
                what,
                event.atMillis(),
                event.sourceIp(),
                event.forwardPath(),
                event.jobId(),
                event.remoteMta(),
                cut(event.diagnostic()));
        ArrayDeque<RecipientNote> own = queue.recipientNotes;
        if (own == null) {
            own = new ArrayDeque<>();
            queue.recipientNotes = own;
        }
        if (own.size() == MOST_A_QUEUE) {
            own.removeLast();
        }
        own.addFirst(note);
        all.add(new Kept(queue, note));
        if (all.size() > MOST) {
            Kept oldest = all.remove();
            ArrayDeque<RecipientNote> of = oldest.queue.recipientNotes;
            if (of != null && of.peekLast() == oldest.note) {
                of.removeLast();
            }
        }
    }

    /// Newest first; none where the policy does not want them any more.
    List<RecipientNote> of(WaitingQueue queue) {
        @Nullable ArrayDeque<RecipientNote> own = queue.recipientNotes;
        return own == null || !queue.policy.trackRecipientEvents().value() ? List.of() : List.copyOf(own);
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS - 3) + "...";
    }
}
