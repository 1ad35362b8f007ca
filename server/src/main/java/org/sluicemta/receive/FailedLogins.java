package org.sluicemta.receive;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who failed to log in lately: an address's or a name's next failure is answered later and later. An address above its
/// rate is not heard, nor one that has failed often while its last failure's wait lasts, so that new connections do not
/// get around the waiting. Names are never barred: else a stranger could lock a user out. Bounded: the longest unseen
/// is forgotten first. Of IPv6 the first 64 bits are an address, as a client may have the rest.
///
/// Threads: safe from any thread; a lock is held for some hash look-ups, and only when somebody logs in.
final class FailedLogins {
    private static final int MOST_KEPT = 20_000;
    private static final long FIRST_DELAY_MILLIS = 500;
    private static final long MOST_DELAY_MILLIS = 16_000;
    /// After so long without a failure all is forgiven.
    private static final long FORGIVEN_MILLIS = 600_000;

    /// From so many failures in a row on an address is not heard before the wait is over.
    private static final int MANY = 5;

    private static final class Failures {
        long notBeforeMillis;
        int inARow;
        long lastMillis;
        long windowStart;
        long inWindow;
    }

    private final Map<Object, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Failures> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /// Whether the address has used up its rate.
    synchronized boolean isBarred(InetAddress client, Optional<LoginPolicy.FailureRate> rate, long nowMillis) {
        Failures known = failures.get(network(client));
        if (known == null) {
            return false;
        }
        boolean isAboveRate = rate.isPresent()
                && nowMillis - known.windowStart < rate.get().per().toMillis()
                && known.inWindow >= rate.get().count();
        return isAboveRate || known.inARow >= MANY && nowMillis < known.notBeforeMillis;
    }

    private static Object network(InetAddress client) {
        byte[] octets = client.getAddress();
        return octets.length == 4 ? client : ByteBuffer.wrap(octets).getLong();
    }

    /// Notes a failure.
    ///
    /// @return for how long its answer is to wait, in milliseconds
    synchronized long failed(InetAddress client, String user, Optional<LoginPolicy.FailureRate> rate, long nowMillis) {
        long window = rate.map(each -> each.per().toMillis()).orElse(FORGIVEN_MILLIS);
        return Math.max(noted(network(client), window, nowMillis), noted(user, window, nowMillis));
    }

    private long noted(Object who, long windowMillis, long nowMillis) {
        Failures known = failures.computeIfAbsent(who, _ -> new Failures());
        if (nowMillis - known.lastMillis > FORGIVEN_MILLIS) {
            known.inARow = 0;
        }
        if (nowMillis - known.windowStart >= windowMillis) {
            known.windowStart = nowMillis;
            known.inWindow = 0;
        }
        known.inWindow++;
        known.lastMillis = nowMillis;
        long delay = Math.min(MOST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(known.inARow++, 10));
        known.notBeforeMillis = nowMillis + delay;
        return delay;
    }

    /// A log-in was right: of what the address and the name have failed half is forgiven. All of it would let who has
    /// one account guess at others without a wait, and tell which names are in use.
    synchronized void succeeded(InetAddress client, String user) {
        for (Object who : List.of(network(client), user)) {
            Failures known = failures.get(who);
            if (known != null) {
                known.inARow /= 2;
            }
        }
    }
}
