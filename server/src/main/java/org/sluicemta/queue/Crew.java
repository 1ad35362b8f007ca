package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sessions of a queue that has any. Owner: the queue's shard.
final class Crew {
    private static final double FIRST_SERVICE_NANOS = 1e9;

    final List<Session> sessions = new ArrayList<>(2);
    /// Who can take mail now: those with nothing to carry, and those that ask ahead. Used from the end, so that
    /// sessions that are not needed fall idle and leave.
    final ArrayList<Session> free = new ArrayList<>(2);

    final ArrayList<Session> ahead = new ArrayList<>(2);
    int connected;

    /// How long a consignment takes, smoothed: how many sessions a rate can keep busy.
    double serviceNanos = FIRST_SERVICE_NANOS;

    void served(long nanos) {
        serviceNanos += (nanos - serviceNanos) / 8;
    }

    /// Sessions that count for new mail: all but those that are going.
    int staying() {
        int count = 0;
        for (Session session : sessions) {
            if (!session.isRetired && !session.isLeaving) {
                count++;
            }
        }
        return count;
    }

    int connecting() {
        return sessions.size() - connected;
    }

    void offers(Session session) {
        (session.carrying == 0 ? free : ahead).add(session);
    }

    void withdraws(Session session) {
        if (!free.remove(session)) {
            ahead.remove(session);
        }
    }

    @Nullable
    Session next() {
        return free.isEmpty() ? ahead.isEmpty() ? null : ahead.removeLast() : free.removeLast();
    }

    boolean hasTakers() {
        return !free.isEmpty() || !ahead.isEmpty();
    }
}
