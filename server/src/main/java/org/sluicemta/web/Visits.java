package org.sluicemta.web;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/// The connections of the management port, and how long each may take. Whoever opens many and says little, or says it
/// slowly, or does not read what is answered, must not keep others out:
///
/// - an address has a bound ([#begin]); of IPv6 its first 64 bits are meant, as a client may have the rest;
/// - a request is read whole [#REQUEST_MILLIS] after its first byte, however steadily it trickles;
/// - a piece of an answer is taken within [#PIECE_MILLIS];
/// - a connection is let in (a request that needs no log-in any more) within [#STRANGER_MILLIS], and of those that are
///   not the oldest goes when there are more than [#MOST_STRANGERS]: a browser is let in long before.
///
/// Threads: safe from any thread; a lock is held for a look-up. Connections are ended by closing their sockets, outside
/// the lock, by [#look] and [#begin].
final class Visits {
    static final long REQUEST_MILLIS = 30_000;
    static final long PIECE_MILLIS = 30_000;
    static final long STRANGER_MILLIS = 60_000;
    /// Half of what the port takes, so that there are places for those who are let in.
    static final int MOST_STRANGERS = 128;

    private static final long NEVER = Long.MAX_VALUE;

    private final LongSupplier nowMillis;
    private final ToIntFunction<InetAddress> most;
    /// Only addresses with a connection are here, and connections are bounded.
    private final Map<Object, Integer> byNetwork = new HashMap<>();
    private final Set<Visit> all = new LinkedHashSet<>();
    /// The oldest first.
    private final Set<Visit> strangers = new LinkedHashSet<>();

    /// @param nowMillis a clock for any thread
    /// @param most connections that an address may have at one time
    Visits(LongSupplier nowMillis, ToIntFunction<InetAddress> most) {
        this.nowMillis = nowMillis;
        this.most = most;
    }

    /// One connection. Its times are guarded by the lock of all visits.
    final class Visit implements AutoCloseable {
        private final Object network;
        private final Runnable hangUp;
        private final long strangerUntilMillis;
        private boolean isLetIn;
        private long readUntilMillis = NEVER;
        private long writtenUntilMillis = NEVER;
        private boolean isOver;

        private Visit(Object network, Runnable hangUp, long strangerUntilMillis) {
            this.network = network;
            this.hangUp = hangUp;
            this.strangerUntilMillis = strangerUntilMillis;
        }

        /// Bytes have come: a request has begun, unless it had before.
        void heard() {
            synchronized (Visits.this) {
                if (readUntilMillis == NEVER) {
                    readUntilMillis = nowMillis.getAsLong() + REQUEST_MILLIS;
                }
            }
        }

        /// A request has been read whole.
        void understood() {
            synchronized (Visits.this) {
                readUntilMillis = NEVER;
            }
        }

        void letIn() {
            synchronized (Visits.this) {
                isLetIn = true;
                strangers.remove(this);
            }
        }

        void writing() {
            synchronized (Visits.this) {
                writtenUntilMillis = nowMillis.getAsLong() + PIECE_MILLIS;
            }
        }

        void written() {
            synchronized (Visits.this) {
                writtenUntilMillis = NEVER;
            }
        }

        private boolean isTooLong(long now) {
            return now >= readUntilMillis || now >= writtenUntilMillis || !isLetIn && now >= strangerUntilMillis;
        }

        /// Gives its place back.
        @Override
        public void close() {
            synchronized (Visits.this) {
                if (isOver) {
                    return;
                }
                isOver = true;
                all.remove(this);
                strangers.remove(this);
                byNetwork.computeIfPresent(network, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /// @param hangUp closes the socket, from any thread, without waiting
    /// @return empty where the address has too many
    Optional<Visit> begin(InetAddress client, Runnable hangUp) {
        Object network = WrongPasswords.network(client);
        Visit visit;
        Visit oldest = null;
        synchronized (this) {
            int now = byNetwork.getOrDefault(network, 0) + 1;
            if (now > most.applyAsInt(client)) {
                return Optional.empty();
            }
            byNetwork.put(network, now);
            visit = new Visit(network, hangUp, nowMillis.getAsLong() + STRANGER_MILLIS);
            all.add(visit);
            if (strangers.size() >= MOST_STRANGERS) {
                Iterator<Visit> first = strangers.iterator();
                oldest = first.next();
                // It is ended once; its place comes back when its thread has seen that.
                first.remove();
            }
            strangers.add(visit);
        }
        if (oldest != null) {
            oldest.hangUp.run();
        }
        return Optional.of(visit);
    }

    /// Ends those that take too long; from time to time.
    void look() {
        List<Visit> late;
        synchronized (this) {
            long now = nowMillis.getAsLong();
            late = all.stream().filter(each -> each.isTooLong(now)).toList();
        }
        late.forEach(each -> each.hangUp.run());
    }

    /// Connections that are open.
    synchronized int open() {
        return all.size();
    }
}
