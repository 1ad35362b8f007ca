package org.sluicemta.web;

import java.util.LinkedHashMap;
import java.util.Map;

/// Who has logged in: cookies with their times. A session ends after 30 minutes without a request, after 12 hours in
/// any case, when it is ended, and when the password changes. Bounded: the longest unused goes first.
///
/// Threads: safe from any thread; a lock is held for a look-up.
final class Sessions {
    /// Of people who log in; more are somebody's program that does not keep its cookie.
    static final int MOST = 1_000;

    static final long IDLE_MILLIS = 30L * 60_000;
    static final long LONGEST_MILLIS = 12L * 3_600_000;

    private static final class Session {
        final long sinceMillis;
        long usedMillis;

        Session(long nowMillis) {
            this.sinceMillis = nowMillis;
            this.usedMillis = nowMillis;
        }

        boolean isOver(long nowMillis) {
            return nowMillis - usedMillis >= IDLE_MILLIS || nowMillis - sinceMillis >= LONGEST_MILLIS;
        }
    }

    private final Map<String, Session> open = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Session> eldest) {
            return size() > MOST;
        }
    };

    synchronized void begin(String id, long nowMillis) {
        open.put(id, new Session(nowMillis));
    }

    /// Whether the session stands; if so it was used now.
    synchronized boolean use(String id, long nowMillis) {
        Session session = open.get(id);
        if (session == null) {
            return false;
        }
        if (session.isOver(nowMillis)) {
            open.remove(id);
            return false;
        }
        session.usedMillis = nowMillis;
        return true;
    }

    /// Whether the session stands, without using it: a page that is only open keeps no session alive.
    synchronized boolean stands(String id, long nowMillis) {
        Session session = open.get(id);
        return session != null && !session.isOver(nowMillis);
    }

    synchronized void end(String id) {
        open.remove(id);
    }

    synchronized void endAll() {
        open.clear();
    }
}
