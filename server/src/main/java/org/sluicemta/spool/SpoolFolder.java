package org.sluicemta.spool;

import org.sluicemta.journal.Journal;

/// One folder of the spool: its journal, its number, and how far its content is durable.
final class SpoolFolder {
    private final int number;
    private final Journal journal;
    /// Written by the content lane only.
    private volatile long lastDurable;

    /// @param lastKnown the greatest position that the start met
    SpoolFolder(int number, Journal journal, long lastKnown) {
        this.number = number;
        this.journal = journal;
        this.lastDurable = lastKnown;
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
        return !journal.hasFailed() && !journal.isSuspect() && !journal.isShortOfSpace();
    }
}
