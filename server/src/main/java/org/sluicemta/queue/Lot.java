package org.sluicemta.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.StoredMessage;

/// A consignment: the recipients taken from the ready order, and their message once it is at hand. Owner: the shard.
final class Lot implements Consignment {
    final WaitingQueue queue;
    /// Null where no session is needed (discarded mail).
    final @Nullable Session session;

    final int[] slots;
    final int[] attempts;
    final long takenNanos;
    /// Server time.
    final long takenMillis;

    /// Of its message, counted once.
    final long bytes;

    private @Nullable StoredMessage stored;
    private List<AcceptedRecipient> recipients = List.of();
    boolean isDead;

    Lot(WaitingQueue queue, @Nullable Session session, int[] slots, int[] attempts, Meter.Clock taken, long bytes) {
        this.queue = queue;
        this.session = session;
        this.slots = slots;
        this.attempts = attempts;
        this.takenNanos = taken.nanos();
        this.takenMillis = taken.millis();
        this.bytes = bytes;
    }

    /// @param message its content is retained here until [#end]
    /// @param indexes of the recipients within it
    void load(StoredMessage message, int[] indexes) {
        message.content().retain();
        stored = message;
        List<AcceptedRecipient> all = message.message().recipients();
        if (indexes.length == 1) {
            recipients = List.of(all.get(indexes[0]));
            return;
        }
        var some = new AcceptedRecipient[indexes.length];
        for (int i = 0; i < indexes.length; i++) {
            some[i] = all.get(indexes[i]);
        }
        recipients = List.of(some);
    }

    void end() {
        isDead = true;
        if (stored != null) {
            stored.content().release();
        }
    }

    @Override
    public QueueKey queue() {
        return queue.key;
    }

    @Override
    public StoredMessage stored() {
        if (stored == null || isDead) {
            throw new QueueException("a consignment was used before it was handed out or after it was settled");
        }
        return stored;
    }

    @Override
    public List<AcceptedRecipient> recipients() {
        return recipients;
    }

    @Override
    public int attempt(int i) {
        return attempts[i];
    }
}
