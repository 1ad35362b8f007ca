package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.pace.Gcra;

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

    /// The next of those that `mayGo`.
    @Nullable
    Session next(Predicate<Session> mayGo) {
        Session found = last(free, mayGo);
        return found == null ? last(ahead, mayGo) : found;
    }

    private static @Nullable Session last(ArrayList<Session> takers, Predicate<Session> mayGo) {
        for (int i = takers.size() - 1; i >= 0; i--) {
            if (mayGo.test(takers.get(i))) {
                return takers.remove(i);
            }
        }
        return null;
    }

    boolean hasTakers() {
        return !free.isEmpty() || !ahead.isEmpty();
    }

    /// @param onlyFree whether those do not count that still carry something
    boolean hasTakers(boolean onlyFree) {
        return onlyFree ? !free.isEmpty() : hasTakers();
    }

    /// Whether what rides behind a consignment would wait so long for the answer to it that a permit would be used too
    /// late.
    boolean isSlow() {
        return serviceNanos > Gcra.LATE_NANOS;
    }

    /// A retired session that asks all the same is told that there is nothing.
    void answerRetired() {
        for (int i = 0; i < sessions.size(); i++) {
            Session session = sessions.get(i);
            if (session.isRetired && (session.isAsking || session.isIdle)) {
                sendAway(session);
            }
        }
    }

    void sendAway(Session session) {
        withdraws(session);
        session.isLeaving = true;
        Carrier carrier = session.carrier;
        if (carrier == null) {
            return;
        }
        if (session.isAsking) {
            session.isAsking = false;
            carrier.nothing(false);
        } else if (session.isIdle) {
            session.isIdle = false;
            carrier.retire();
        }
    }

    void retire(Session session) {
        if (session.isRetired || session.isLeaving) {
            return;
        }
        if (session.takesMail()) {
            sendAway(session);
            return;
        }
        session.isRetired = true;
        if (session.carrier != null) {
            session.carrier.retire();
        }
    }

    private void rest(ArrayList<Session> takers, int mostMessages) {
        for (int i = takers.size() - 1; i >= 0; i--) {
            Session session = takers.get(i);
            if (session.isRetired || mostMessages > 0 && session.carried >= mostMessages) {
                sendAway(session);
            } else if (session.isAsking && session.carrier != null) {
                session.isAsking = false;
                session.isIdle = true;
                session.carrier.nothing(true);
            }
        }
    }

    /// The youngest go first: the elder ones are known to work.
    void retireSurplus(int surplus) {
        int left = surplus;
        for (int i = sessions.size() - 1; i >= 0 && left > 0; i--) {
            Session session = sessions.get(i);
            if (!session.isRetired && !session.isLeaving) {
                retire(session);
                left--;
            }
        }
    }

    /// There is no mail: who asks may idle, and its asking stands.
    void rest(int mostMessages) {
        rest(free, mostMessages);
        rest(ahead, mostMessages);
    }
}
