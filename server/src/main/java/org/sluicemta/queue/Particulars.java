package org.sluicemta.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.QueueEvent;

/// What few queues have, so that the others do without: modes, operators' doings, mail that moves. Made when a queue
/// gets the first of it ([WaitingQueue#particulars]), let go when it rests and nothing is left.
///
/// Owner: the queue's shard.
final class Particulars {
    /// In backoff mode since when; null in normal mode.
    @Nullable
    Backoff backoff;

    @Nullable
    Pause pause;

    /// There if addresses are limited or disabled in this queue.
    @Nullable
    Sources sources;

    /// The last count of a cold virtual MTA's day, to be remembered.
    QueueEvent.@Nullable ColdCounted cold;

    /// Why every recipient that waits out its own clock is to end; found by the next scan.
    Endings.@Nullable Doom doom;

    /// An attempt that an operator wants to see: [Trials].
    @Nullable
    Trial trial;

    @Nullable
    Passage passage;

    /// A rollup that is gone: whether its mail is being sent home, whether mail was moved here meanwhile, and whether
    /// all that is left belongs here: [Moves].
    boolean isGoingHome;

    boolean hasMovedIn;
    boolean isAtHome;

    /// What became of its last recipients, newest first: [RecipientNotes]. Null where nothing is kept.
    @Nullable
    ArrayDeque<RecipientNotes.Kept> recipientNotes;

    @Nullable
    Note modeNotes;

    boolean areNone() {
        return backoff == null
                && pause == null
                && sources == null
                && cold == null
                && doom == null
                && trial == null
                && passage == null
                && !isGoingHome
                && !hasMovedIn
                && !isAtHome
                && recipientNotes == null
                && modeNotes == null;
    }
}
