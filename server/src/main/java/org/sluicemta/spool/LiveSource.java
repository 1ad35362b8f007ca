package org.sluicemta.spool;

import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Loop;

/// Who holds the live recipients, as the spool sees it: shards, each with a loop and a table that can be walked by a
/// cursor. Implemented by `queue`.
///
/// Each shard that holds recipients of a message has one hold on its place: it gives it back with its last recipient
/// ([Spool#record] with a release position, or [Spool#giveBack]).
public interface LiveSource {
    /// The cursor of a walk that is over.
    long END = -1;

    /// How many, 1 or more; fixed.
    int shards();

    Loop loop(int shard);

    /// Which shard holds the recipients of `queue`. Pure; from any thread.
    int shardOf(QueueKey queue);

    /// Called in a turn of a mail loop. Runs `done`, on any loop, once every message that was given out as accepted in
    /// earlier turns of `loop` stands in its shards' tables: a checkpoint must not miss what is on its way.
    void whenTakenIn(Loop loop, Runnable done);

    /// Tells `sink` the next slice of a shard's live recipients, message by message; with the first slice also what is
    /// remembered of its queues. Called in turns of the shard's loop. Between slices recipients may come and go;
    /// one that lives all the while must be told at least once. Before the last slice returns [#END],
    /// every event
    /// of the shard that waits because [Spool#record] was full must have been recorded: if one waits, return the
    /// same cursor.
    ///
    /// @param cursor 0 to begin, else what the slice before returned
    /// @param atMost messages to tell
    /// @return where to go on, or [#END]
    long dump(int shard, long cursor, int atMost, LiveSink sink);

    /// A checkpoint is over, written or given up: nothing more of it is told. From any loop.
    default void checkpointEnded() {}

    /// Asks a shard to have messages moved ([Spool#move]) whose place is from `from` up to but not including `to`.
    /// Called in turns of the shard's loop.
    ///
    /// @param cursor 0 to begin, else what the call before returned
    /// @param atMost moves to ask for in this call
    /// @return where to go on, or [#END]
    long evacuate(int shard, long cursor, long from, long to, int atMost);

    /// Takes what a shard tells. Calls are made within [#dump] only.
    interface LiveSink {
        /// Begins a message; its recipients follow.
        void message(MessageId id, long position, long queuedMillis, long sizeBytes);

        /// A recipient of the message begun last. Arguments as in [Survivors.LiveRecipient].
        void recipient(
                int index,
                QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String jobId);

        /// The last state of a queue that has something to remember.
        void queue(QueueEvent last);

        /// A job that is paused. One shard tells of all.
        void job(CommandEvent.JobPaused paused);
    }
}
