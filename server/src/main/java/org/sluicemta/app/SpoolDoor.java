package org.sluicemta.app;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;

/// The spool as the queues know it, who must be there before it: they take what it recovers. Until it is open, readings
/// wait, events are not taken yet (the shards keep them and try again), and no mail is accepted.
final class SpoolDoor implements Spool {
    private record Reading(Loop home, long position, Answer<StoredMessage> answer) {}

    private final List<Reading> waiting = new ArrayList<>();
    private volatile @Nullable Spool spool;

    /// Lets through whoever waits. Any thread; once.
    void open(Spool opened) {
        List<Reading> readings;
        synchronized (waiting) {
            spool = opened;
            readings = List.copyOf(waiting);
            waiting.clear();
        }
        readings.forEach(r -> r.home.post(() -> opened.read(r.home, r.position, r.answer)));
    }

    private Spool present() {
        Spool opened = spool;
        if (opened == null) {
            throw new IllegalStateException("the spool is not open yet");
        }
        return opened;
    }

    @Override
    public MessageId nextId() {
        return present().nextId();
    }

    @Override
    public @Nullable Refusal refusesNewMail() {
        Spool opened = spool;
        return opened == null ? new Refusal("the server is starting") : opened.refusesNewMail();
    }

    @Override
    public void accept(Loop home, AcceptedMessage message, Content content, Acceptance answer) {
        present().accept(home, message, content, answer);
    }

    @Override
    public void acceptChunk(Loop home, MessageId id, int chunk, Slice bytes, Answer<Long> answer) {
        present().acceptChunk(home, id, chunk, bytes, answer);
    }

    @Override
    public void acceptChunked(
            Loop home, AcceptedMessage message, List<Long> chunkPositions, Content rest, Acceptance answer) {
        present().acceptChunked(home, message, chunkPositions, rest, answer);
    }

    @Override
    public boolean record(RecipientEvent event, long releasePosition) {
        Spool opened = spool;
        return opened != null && opened.record(event, releasePosition);
    }

    @Override
    public boolean record(QueueEvent event) {
        Spool opened = spool;
        return opened != null && opened.record(event);
    }

    @Override
    public boolean giveBack(long position) {
        Spool opened = spool;
        return opened != null && opened.giveBack(position);
    }

    @Override
    public void read(Loop home, long position, Answer<StoredMessage> answer) {
        Spool opened = spool;
        if (opened == null) {
            synchronized (waiting) {
                opened = spool;
                if (opened == null) {
                    waiting.add(new Reading(home, position, answer));
                    return;
                }
            }
        }
        opened.read(home, position, answer);
    }

    @Override
    public void move(Loop home, long position, Answer<Long> answer) {
        present().move(home, position, answer);
    }

    @Override
    public SpoolFacts facts() {
        return present().facts();
    }
}
