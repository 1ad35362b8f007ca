package org.sluicemta.receive;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Who failed to log in lately: an address's or a name's next failure is answered later and later, and an address above
/// its rate is not heard. Right passwords are never delayed. Bounded: the longest unseen is forgotten first.
///
/// Threads: safe from any thread; a lock is held for some hash look-ups, and only when somebody logs in.
final class FailedLogins {
    private static final int MOST_KEPT = 20_000;
    private static final long FIRST_DELAY_MILLIS = 500;
    private static final long MOST_DELAY_MILLIS = 16_000;
    /// After so long without a failure all is forgiven.
    private static final long FORGIVEN_MILLIS = 600_000;

    private static final class Failures {
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
        Failures known = failures.get(client);
        return known != null
                && rate.isPresent()
                && nowMillis - known.windowStart < rate.get().per().toMillis()
                && known.inWindow >= rate.get().count();
    }

    /// Notes a failure.
    ///
    /// @return for how long its answer is to wait, in milliseconds
    synchronized long failed(InetAddress client, String user, Optional<LoginPolicy.FailureRate> rate, long nowMillis) {
        long window = rate.map(each -> each.per().toMillis()).orElse(FORGIVEN_MILLIS);
        return Math.max(noted(client, window, nowMillis), noted(user, window, nowMillis));
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
        return Math.min(MOST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(known.inARow++, 10));
    }

    /// A log-in was right: the address and the name begin anew; what counts for a rate stays.
    synchronized void succeeded(InetAddress client, String user) {
        failures.remove(user);
        Failures known = failures.get(client);
        if (known != null) {
            known.inARow = 0;
        }
    }
}
