package org.sluicemta.spool;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.journal.Entry;
import org.sluicemta.world.IoFailure;

/// A record on its way into the event stream, and what is to be done when it is there.
final class EventEntry extends Entry {
    private final int type;
    private final byte[] head;
    private final JournalSpool spool;
    private final long releasePlace;
    private final @Nullable Runnable then;
    private final @Nullable Runnable otherwise;

    /// @param releasePlace given back when the event is durable, or -1
    /// @param then run on the event lane when it is durable; not when it was refused
    EventEntry(int type, byte[] head, JournalSpool spool, long releasePlace, @Nullable Runnable then) {
        this(type, head, spool, releasePlace, then, null);
    }

    /// @param otherwise run on the event lane when it was refused
    EventEntry(
            int type,
            byte[] head,
            JournalSpool spool,
            long releasePlace,
            @Nullable Runnable then,
            @Nullable Runnable otherwise) {
        this.type = type;
        this.head = head;
        this.spool = spool;
        this.releasePlace = releasePlace;
        this.then = then;
        this.otherwise = otherwise;
    }

    @Override
    public int type() {
        return type;
    }

    @Override
    public int version() {
        return EventEncoding.VERSION;
    }

    @Override
    public int flags() {
        return type == RecordTypes.MARK || type == RecordTypes.RECEIPT_EVENT ? IGNORABLE : 0;
    }

    @Override
    public int headLength() {
        return head.length;
    }

    @Override
    public void writeHead(ByteBuffer to) {
        to.put(head);
    }

    @Override
    public void durable(long position) {
        spool.eventDurable(head.length);
        if (releasePlace >= 0 && !spool.hasLostEvents()) {
            spool.release(releasePlace);
        }
        if (then != null) {
            then.run();
        }
    }

    /// The stream has ended, and with it what this process may promise: the message stays where it is and is found by
    /// the next start, as if the attempt had not been.
    @Override
    public void refused(IoFailure why) {
        spool.eventRefused(why);
        if (otherwise != null) {
            otherwise.run();
        }
    }
}
