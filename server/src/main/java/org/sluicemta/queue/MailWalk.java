package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.IoFailure;

/// A walk through a shard's waiting recipients for an operator: slice by slice, so that mail goes on between, reading
/// messages back where their texts are asked for, a few at one time.
///
/// A recipient may be settled, and its slot used again, while its message is being read; so it is looked at again
/// afterwards by its message's id. Owner: the shard.
final class MailWalk {
    private static final int SLOTS_A_TURN = 8_192;
    private static final int MOST_READING = 16;

    private final QueueShard shard;
    private final MailQuery query;
    private final Visitor visitor;
    private final boolean reads;
    private final Alarm next;
    private int at;
    private int reading;
    private int unreadable;
    private boolean isOver;

    /// What was asked for last.
    private @Nullable Awaited awaited;

    /// What is done with each recipient found.
    interface Visitor {
        /// @param stored lent; null where the query reads no messages and the visitor asked for none
        /// @return whether the walk goes on
        boolean found(int slot, @Nullable StoredMessage stored);

        /// No more is found in this turn.
        default void sliceEnds() {}

        void done(int unreadable);
    }

    /// @param reads whether the visitor needs the messages
    MailWalk(QueueShard shard, MailQuery query, boolean reads, Visitor visitor) {
        this.shard = shard;
        this.query = query;
        this.reads = reads || query.readsMessages();
        this.visitor = visitor;
        this.next = shard.loop().alarm(this::step);
    }

    void start() {
        step();
    }

    private void step() {
        int end = Math.min(shard.recipients.end(), at + SLOTS_A_TURN);
        long youngest =
                query.olderThanMillis() == 0 ? Long.MAX_VALUE : shard.loop().serverMillis() - query.olderThanMillis();
        while (at < end && !isOver && reading < MOST_READING) {
            int slot = at++;
            if (isWaiting(slot)
                    && shard.messages.queuedMillis(shard.recipients.message(slot)) <= youngest
                    && isAskedFor(slot)) {
                visit(slot);
            }
        }
        visitor.sliceEnds();
        if (isOver || at >= shard.recipients.end()) {
            finishIfOver();
        } else if (reading < MOST_READING) {
            next.set(shard.loop().nanos());
        }
    }

    private boolean isWaiting(int slot) {
        return switch (shard.recipients.state(slot)) {
            case Recipients.State.READY, Recipients.State.SORTED, Recipients.State.ASIDE, Recipients.State.CARRIED ->
                true;
            default -> false;
        };
    }

    /// It may have been moved into another queue while its message was read.
    private boolean isAskedFor(int slot) {
        return query.queue().matches(shard.queue(shard.recipients.queue(slot)).key);
    }

    private void visit(int slot) {
        if (!reads) {
            isOver |= !visitor.found(slot, null);
            return;
        }
        int message = shard.recipients.message(slot);
        StoredMessage stored = shard.cache.find(message);
        if (stored != null) {
            meet(slot, stored);
            return;
        }
        Awaited last = awaited;
        if (last == null || !last.isFor(message)) {
            reading++;
            last = new Awaited(message);
            awaited = last;
            last.add(slot);
            shard.readings.want(message, last);
        } else {
            last.add(slot);
        }
    }

    /// Recipients, found one after the other, whose message is being read.
    private final class Awaited implements Readings.Reader {
        private final int message;
        private final MessageId id;
        private final List<Integer> slots = new ArrayList<>(1);
        private final List<Integer> indexes = new ArrayList<>(1);
        private boolean isRead;

        Awaited(int message) {
            this.message = message;
            this.id = shard.messages.id(message);
        }

        boolean isFor(int other) {
            return !isRead && message == other && shard.messages.id(other).equals(id);
        }

        void add(int slot) {
            slots.add(slot);
            indexes.add(shard.recipients.index(slot));
        }

        @Override
        public void read(StoredMessage read) {
            reading--;
            isRead = true;
            for (int i = 0; i < slots.size(); i++) {
                int slot = slots.get(i);
                if (!isOver
                        && isWaiting(slot)
                        && isAskedFor(slot)
                        && shard.recipients.index(slot) == indexes.get(i)
                        && shard.messages.id(shard.recipients.message(slot)).equals(id)) {
                    meet(slot, read);
                }
            }
            visitor.sliceEnds();
            goOn();
        }

        @Override
        public void unreadable(IoFailure why) {
            reading--;
            isRead = true;
            unreadable += slots.size();
            goOn();
        }
    }

    private void goOn() {
        if (isOver || at >= shard.recipients.end()) {
            finishIfOver();
        } else {
            next.set(shard.loop().nanos());
        }
    }

    private void finishIfOver() {
        if (reading == 0) {
            next.clear();
            isOver = true;
            at = Integer.MAX_VALUE;
            visitor.done(unreadable);
        }
    }

    private void meet(int slot, StoredMessage stored) {
        AcceptedMessage message = stored.message();
        AcceptedRecipient recipient = message.recipients().get(shard.recipients.index(slot));
        if (matches(query.originator(), message.reversePath())
                && matches(query.recipient(), recipient.forwardPath())
                && matches(query.jobId(), recipient.jobId())
                && matches(query.envelopeId(), recipient.envelopeId())) {
            isOver |= !visitor.found(slot, stored);
        }
    }

    private static boolean matches(String pattern, String text) {
        return pattern.isEmpty() || QueuePattern.glob(pattern.toLowerCase(Locale.ROOT), text.toLowerCase(Locale.ROOT));
    }

    /// Collects rows.
    static final class Listing implements Visitor {
        private final QueueShard shard;
        private final MailQuery query;
        private final java.util.function.Consumer<MailQuery.Found> answer;
        private final List<MailQuery.Row> rows = new ArrayList<>();

        Listing(QueueShard shard, MailQuery query, java.util.function.Consumer<MailQuery.Found> answer) {
            this.shard = shard;
            this.query = query;
            this.answer = answer;
        }

        @Override
        public boolean found(int slot, @Nullable StoredMessage stored) {
            if (stored != null && rows.size() < query.mostItems()) {
                rows.add(row(slot, stored.message()));
            }
            return rows.size() < query.mostItems();
        }

        private MailQuery.Row row(int slot, AcceptedMessage message) {
            AcceptedRecipient recipient = message.recipients().get(shard.recipients.index(slot));
            boolean isAside = shard.recipients.state(slot) == Recipients.State.ASIDE;
            String subject = message.headerFacts().stream()
                    .filter(fact -> fact.regionMatches(true, 0, "Subject:", 0, 8))
                    .map(fact -> fact.substring(8).strip())
                    .findFirst()
                    .orElse("");
            return new MailQuery.Row(
                    shard.messages.id(shard.recipients.message(slot)),
                    shard.queue(shard.recipients.queue(slot)).key,
                    message.reversePath(),
                    recipient.forwardPath(),
                    recipient.jobId(),
                    recipient.envelopeId(),
                    message.queuedMillis(),
                    isAside ? shard.wheel.dueMillis(slot) : 0,
                    shard.recipients.attempts(slot),
                    shard.recipients.priority(slot),
                    subject);
        }

        @Override
        public void done(int unreadable) {
            answer.accept(new MailQuery.Found(rows, unreadable));
        }
    }
}
