package org.sluicemta.spool;

import org.jspecify.annotations.Nullable;
import org.sluicemta.journal.Stream;
import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Loop;

/// The durable store of messages and events, over one or more journals. Any mail loop may call it; nothing blocks.
public interface Spool {
    /// A fresh id of this incarnation.
    MessageId nextId();

    /// Whether new mail may be taken now, and if not why (a full or failing disk, all directories suspect): read
    /// before MAIL is answered and again at the end of data.
    @Nullable
    Refusal refusesNewMail();

    /// Makes a message durable. Called in a turn of `home`. On [Acceptance#accepted] it is synced and its content is
    /// retained by the answer's message; on [Acceptance#refused] nothing of it remains. The content's
    /// holder passes to the spool.
    /// The answer comes on `home`, one wake-up for a batch.
    void accept(Loop home, AcceptedMessage message, Content content, Acceptance answer);

    /// A chunk of a large content while it arrives (over 256 KB). Answers with its position; a chunk that no
    /// acceptance lists is garbage at replay. The slice's holder passes to the spool.
    void acceptChunk(Loop home, MessageId id, int chunk, org.sluicemta.world.Slice bytes, Answer<Long> answer);

    /// As [#accept], for a content whose first part went in chunks.
    void acceptChunked(
            Loop home, AcceptedMessage message, java.util.List<Long> chunkPositions, Content rest, Acceptance answer);

    /// Records an event of a recipient. `releasePosition` is the content's position when this settles the last live
    /// recipient of the message in its shard, else -1: the space is given back once the event is synced.
    /// Nothing waits; false when the event stream's mailbox is full (the caller keeps it and tries in its next
    /// turn).
    boolean record(RecipientEvent event, long releasePosition);

    boolean record(QueueEvent event);

    boolean record(CommandEvent event);

    /// Records that a recipient's owed report is accepted. As [#record(RecipientEvent, long)].
    boolean record(ReportedEvent event, long releasePosition);

    /// Records that a recipient was accepted. `settled` runs on the event lane when it is durable, and also when the
    /// stream has ended and takes nothing any more. False when the event stream's mailbox is full, as for the
    /// others.
    boolean record(ReceiptEvent event, Runnable settled);

    /// Whether events may still be recorded; once false, false until the next start.
    boolean takesEvents();

    /// The largest message that can surely be read back; a larger one must not be accepted.
    default long largestMessageBytes() {
        return Long.MAX_VALUE;
    }

    /// Reads a message back. Fails with [org.sluicemta.world.IoFailure] when it is damaged: the text says where.
    void read(Loop home, long position, Answer<StoredMessage> answer);

    /// Copies a message to a new place, because its segment is being emptied; asked by a shard for each of its messages
    /// there ([LiveSource#evacuate]). The answer is the new position, with one hold for this shard. The shard then
    /// gives one of the two back ([#giveBack]): the old position when the message still lives in it (and from now
    /// on is at the new one), the new one when it was settled meanwhile. After a failure nothing has
    /// changed.
    void move(Loop home, long position, Answer<Long> answer);

    /// Takes one more hold on a place that the caller holds already: another shard gets recipients of the message. At
    /// once; it is given back with the event that settles the last of them there.
    ///
    /// @return false when nothing is stored there
    boolean hold(long position);

    /// Gives back a hold on a place once everything recorded before this call is synced: after a move, and for chunks
    /// of a content that never became a message. False when the event stream's mailbox is full, as for [#record].
    boolean giveBack(long position);

    /// Whether the events recorded last are late to be synced: the oldest waits for longer than a usual sync and the
    /// gathering before it explain. Until it is not, nobody should begin what would be repeated after a crash.
    boolean isLate(long nowMillis);

    SpoolFacts facts();

    /// Why new mail is not taken. `text` follows 452 4.3.1 or 421.
    record Refusal(String text) {}

    /// Hears what became of [#accept].
    interface Acceptance {
        /// The message is on its way to the disk; called before [Spool#accept] returns, unless that refuses at once.
        default void taken() {}

        void accepted(StoredMessage message);

        /// @param text for the reply, e.g. `Insufficient system storage`
        void refused(String text);
    }

    /// For `show status`. Safe from any thread.
    ///
    /// @param findings damage met since the start, see [JournalSpool#findings]
    /// @param content what the streams of messages have written
    /// @param events what the streams of events have written
    record SpoolFacts(
            int directories,
            int suspectDirectories,
            int failedDirectories,
            long freeBytes,
            long acceptedMessages,
            long checkpoints,
            long findings,
            int usedFiles,
            int spareFiles,
            Written content,
            Written events) {}

    /// What was made durable since the start, in all folders.
    ///
    /// @param records 0 or more
    /// @param syncs durable writes, each of all records that had gathered
    /// @param bytes as written, with what fills the last block of each write
    record Written(long records, long syncs, long bytes) {
        public static final Written NOTHING = new Written(0, 0, 0);

        Written plus(Stream stream) {
            return new Written(
                    records + stream.durableRecords(), syncs + stream.durableBatches(), bytes + stream.durableBytes());
        }
    }
}
