package org.sluicemta.spool;

import java.util.function.Consumer;
import org.sluicemta.journal.EventBatch;
import org.sluicemta.journal.Follower;
import org.sluicemta.journal.Position;
import org.sluicemta.journal.StoredHead;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

/// A reader of events with a place of its own. It pulls, so a slow one holds nobody up. Every durable event comes once,
/// in order; what was taken but not [#passed] comes again after a restart. Owner: the loop it was made for.
public final class EventFollower {
    private final Follower follower;
    private final Consumer<String> findings;
    private final Wish wish;

    /// Takes a batch of events.
    public interface Taker {
        void recipient(long position, RecipientEvent event);

        void queue(long position, QueueEvent event);

        void receipt(long position, ReceiptEvent event);

        /// The batch is over.
        ///
        /// @param last where its last event stands, of any kind
        /// @param hasNews whether there was more in it than marks and places of readers
        void end(long last, boolean hasNews);

        /// Not now; the same batch comes with the next asking.
        void failed(IoFailure why);
    }

    /// What a reader wants to be given.
    public enum Wish {
        EVERYTHING,
        /// Events of recipients that say that a report is owed; of queues, changes of mode and source addresses.
        REPORTABLE
    }

    EventFollower(Follower follower, Consumer<String> findings, Wish wish) {
        this.follower = follower;
        this.findings = findings;
        this.wish = wish;
    }

    Follower follower() {
        return follower;
    }

    /// Asks for the next batch; the taker hears of it in a later turn, when there is one. One asking at a time.
    public void next(Taker taker) {
        follower.next(new Answer<>() {
            @Override
            public void ready(EventBatch batch) {
                boolean[] hasNews = {false};
                batch.forEach((position, head) -> hasNews[0] |= give(position, head, taker));
                long last = batch.last();
                batch.release();
                taker.end(last, hasNews[0]);
            }

            @Override
            public void failed(IoFailure why) {
                taker.failed(why);
            }
        });
    }

    /// @return whether it was news
    private boolean give(long position, StoredHead head, Taker taker) {
        if (wish == Wish.REPORTABLE && !EventEncoding.isReportable(head.type(), head.head())) {
            return head.type() == RecordTypes.RECIPIENT_EVENT || head.type() == RecordTypes.QUEUE_EVENT;
        }
        try {
            switch (head.type()) {
                case RecordTypes.RECIPIENT_EVENT ->
                    taker.recipient(position, EventEncoding.recipientEvent(head.head()));
                case RecordTypes.QUEUE_EVENT -> taker.queue(position, EventEncoding.queueEvent(head.head()));
                case RecordTypes.RECEIPT_EVENT -> taker.receipt(position, EventEncoding.receiptEvent(head.head()));
                default -> {
                    // Marks and readers' places are nobody's news.
                    return false;
                }
            }
        } catch (SpoolException unreadable) {
            findings.accept("event at " + Position.text(position) + ": " + unreadable.getMessage());
        }
        return true;
    }

    /// Everything up to here is dealt with for ever.
    public void passed(long position) {
        follower.passed(position);
    }

    public void close() {
        follower.close();
    }
}
