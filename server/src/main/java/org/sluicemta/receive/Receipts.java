package org.sluicemta.receive;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// Records the receipts of one accepted message, then lets its 250 go. So whoever heard 250 has a row for each
/// recipient, and a crash before it leaves rows without 250 at most: the client sends again, as after any lost reply.
///
/// Owner: the session's loop. It outlives the session.
final class Receipts {
    private static final long AGAIN_NANOS = 10_000_000;

    private final Spool spool;
    private final Loop loop;
    private final List<ReceiptEvent> events;
    private final Runnable taken;
    private final Runnable done;
    private @Nullable Alarm again;
    private int next;

    private Receipts(Spool spool, Loop loop, List<ReceiptEvent> events, Runnable taken, Runnable done) {
        this.spool = spool;
        this.loop = loop;
        this.events = events;
        this.taken = taken;
        this.done = done;
    }

    /// @param taken runs on `loop` once, when all are in the stream, or can never be: what is recorded then comes later
    /// @param done runs on `loop` once, when all are durable, or can never be
    static void record(
            Spool spool,
            Loop loop,
            AcceptedMessage message,
            String from,
            String on,
            String user,
            Runnable taken,
            Runnable done) {
        var events = new ArrayList<ReceiptEvent>(message.recipients().size());
        for (AcceptedRecipient each : message.recipients()) {
            events.add(event(message, each, events.size(), from, on, user));
        }
        new Receipts(spool, loop, events, taken, done).goOn();
    }

    private static ReceiptEvent event(
            AcceptedMessage message, AcceptedRecipient recipient, int index, String from, String on, String user) {
        QueueKey queue = recipient.queue();
        return new ReceiptEvent(
                message.id(),
                index,
                message.queuedMillis(),
                message.reversePath(),
                recipient.forwardPath(),
                recipient.originalRecipient(),
                recipient.jobId(),
                recipient.envelopeId(),
                recipient.pool().isEmpty() ? queue.virtualMta() : recipient.pool(),
                recipient.pool(),
                message.sourceType(),
                message.sourceMta(),
                from,
                on,
                user,
                message.headerFacts());
    }

    private void goOn() {
        while (next < events.size()) {
            boolean isLast = next == events.size() - 1;
            // Events become durable in order: the last one tells of all.
            Runnable settled = isLast ? () -> loop.post(done) : () -> {};
            if (!spool.record(events.get(next), settled)) {
                if (spool.takesEvents()) {
                    again().set(loop.nanos() + AGAIN_NANOS);
                    return;
                }
                // The mail is safe; its receipt can be told by nobody.
                taken.run();
                loop.post(done);
                return;
            }
            next++;
        }
        taken.run();
    }

    private Alarm again() {
        Alarm made = again;
        if (made == null) {
            made = loop.alarm(this::goOn);
            again = made;
        }
        return made;
    }
}
