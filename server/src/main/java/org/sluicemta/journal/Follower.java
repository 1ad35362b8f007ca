package org.sluicemta.journal;

/// A reader of the event stream with a place of its own. Owner: the loop it was made for.
public final class Follower {
    private volatile long passed;

    Follower(long after) {
        passed = after;
    }

    long passedUpTo() {
        return passed;
    }
}
