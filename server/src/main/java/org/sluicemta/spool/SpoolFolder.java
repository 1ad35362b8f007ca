package org.sluicemta.spool;

import org.sluicemta.journal.Journal;
import org.sluicemta.journal.JournalSettings;

/// One folder of the spool: its journal, its number, and how far its content is durable.
final class SpoolFolder {
    private final int number;
    private final Journal journal;
    private final long roomBytes;
    /// Written by the content lane only.
    private volatile long lastDurable;

    /// @param lastKnown the greatest position that the start met
    SpoolFolder(int number, Journal journal, long lastKnown, JournalSettings settings) {
        this.number = number;
        this.journal = journal;
        this.lastDurable = lastKnown;
        this.roomBytes = settings.freeFloorBytes() + settings.contentSegmentBytes();
    }

    int number() {
        return number;
    }

    Journal journal() {
        return journal;
    }

    String identity() {
        return journal.server().toString();
    }

    /// On the content lane.
    void noteDurable(long position) {
        lastDurable = position;
    }

    /// Every record told as durable stands before this place.
    long cut() {
        return lastDurable + 1;
    }

    boolean takesContent() {
        return !journal.hasFailed() && !journal.isSuspect() && !isFull();
    }

    /// A stream that found no room tries again only when it is given something: so it is given something once there is
    /// room for a segment again.
    boolean isFull() {
        return journal.isShortOfSpace() && journal.freeBytes() < roomBytes;
    }
}
