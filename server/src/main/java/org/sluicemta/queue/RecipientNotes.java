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

    /// In order of time over all queues; what is dropped already is passed over, and taken out when it is the half.
    private final ArrayDeque<Kept> all = new ArrayDeque<>();

    /// Those that are not dropped.
    private int kept;

    /// One note of a queue.
    static final class Kept {
        private final WaitingQueue queue;
        private final RecipientNote note;
        private boolean isDropped;

        Kept(WaitingQueue queue, RecipientNote note) {
            this.queue = queue;
            this.note = note;
        }
    }

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
        ArrayDeque<Kept> own = queue.recipientNotes();
        if (own == null) {
            own = new ArrayDeque<>();
            queue.particulars().recipientNotes = own;
        }
        if (own.size() == MOST_A_QUEUE) {
            drop(own.removeLast());
        }
        var last = new Kept(queue, note);
        own.addFirst(last);
        all.add(last);
        kept++;
        // What a busy queue has dropped does not push out what a quiet one keeps.
        while (kept > MOST || !all.isEmpty() && all.element().isDropped) {
            Kept oldest = all.remove();
            ArrayDeque<Kept> of = oldest.queue.recipientNotes();
            if (!oldest.isDropped && of != null) {
                of.removeLast();
                drop(oldest);
                if (of.isEmpty()) {
                    oldest.queue.particulars().recipientNotes = null;
                }
            }
        }
        if (all.size() > 2 * MOST) {
            all.removeIf(each -> each.isDropped);
        }
    }

    private void drop(Kept note) {
        note.isDropped = true;
        kept--;
    }

    /// The queue goes.
    void forget(WaitingQueue queue) {
        ArrayDeque<Kept> own = queue.recipientNotes();
        if (own != null) {
            queue.particulars().recipientNotes = null;
            own.forEach(this::drop);
        }
    }

    /// Newest first; none where the policy does not want them any more.
    List<RecipientNote> of(WaitingQueue queue) {
        @Nullable ArrayDeque<Kept> own = queue.recipientNotes();
        return own == null || !queue.policy.trackRecipientEvents().value()
                ? List.of()
                : own.stream().map(each -> each.note).toList();
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS - 3) + "...";
    }
}
