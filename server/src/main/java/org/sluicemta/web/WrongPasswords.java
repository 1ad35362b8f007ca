package org.sluicemta.web;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// Who gave a wrong password or key lately, and how long no other is looked at: 1 s after the first, then twice as long
/// each time, a minute at most. Forgiven by a right one, and after an hour. Of IPv6 the first 64 bits are an address,
/// as a client may have the rest. Bounded: the longest unseen is forgotten first.
///
/// Threads: safe from any thread; a lock is held for a look-up.
final class WrongPasswords {
    static final int MOST_KEPT = 10_000;
    private static final long FIRST_MILLIS = 1_000;
    private static final long MOST_MILLIS = 60_000;
    private static final long FORGIVEN_MILLIS = 3_600_000;

    private static final class Tries {
        int inARow;
        long lastMillis;
        long notBeforeMillis;
    }

    private final Map<Object, Tries> tries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Tries> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /// How long nothing from there is looked at; 0 for not at all.
    synchronized long waitMillis(InetAddress client, long nowMillis) {
        Tries known = tries.get(network(client));
        return known == null ? 0 : Math.max(0, known.notBeforeMillis - nowMillis);
    }

    synchronized void wrong(InetAddress client, long nowMillis) {
        Tries known = tries.computeIfAbsent(network(client), _ -> new Tries());
        if (nowMillis - known.lastMillis >= FORGIVEN_MILLIS) {
            known.inARow = 0;
        }
        long wait = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(known.inARow, 20));
        known.inARow++;
        known.lastMillis = nowMillis;
        known.notBeforeMillis = nowMillis + wait;
    }

    synchronized void right(InetAddress client) {
        tries.remove(network(client));
    }

    /// What became of a try.
    enum Verdict {
        RIGHT,
        WRONG,
        NOT_LOOKED_AT
    }

    /// Looks at one password or key, if it is time. Of several that come together one is looked at, unless they are
    /// right: otherwise as many could be tried at one time as there are connections.
    ///
    /// @param isRight takes microseconds
    synchronized Verdict look(InetAddress client, long nowMillis, BooleanSupplier isRight) {
        if (waitMillis(client, nowMillis) > 0) {
            return Verdict.NOT_LOOKED_AT;
        }
        if (isRight.getAsBoolean()) {
            right(client);
            return Verdict.RIGHT;
        }
        wrong(client, nowMillis);
        return Verdict.WRONG;
    }

    /// What counts as one address.
    static Object network(InetAddress client) {
        byte[] octets = client.getAddress();
        return octets.length == 4 ? client : ByteBuffer.wrap(octets).getLong();
    }
}
