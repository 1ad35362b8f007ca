package org.sluicemta.queue;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.world.Loop;

/// What routing is told: turns of pools, counts of cold virtual MTAs, rollups that DNS has shown. Shared by all loops,
/// because a turn and a count must be exact over all of them; nothing here waits for anything.
///
/// Counts of cold virtual MTAs are remembered by the queues they are counted for and so survive a restart; at most one
/// part in a hundred of a day's count is forgotten by a crash. Rollups are found anew.
///
/// Threads: safe from any.
public final class RouteMemory {
    /// Domains come from strangers. Beyond this a domain has no cold mail, and a rollup is found by its first
    /// connection.
    static final int MOST_KEPT = 100_000;

    /// A count that nobody has asked for so long is forgotten, and with it which day of warming it is.
    static final int DAYS_KEPT = 30;

    /// How long a rollup of a domain holds without its mail hosts being looked at again.
    private static final long ROLLUP_MILLIS = 3_600_000;

    private final ZoneId zone;
    private final Keeper keeper;
    private final PoolTurns turns = new PoolTurns();
    private final Map<QueueKey, Cold> colds = new ConcurrentHashMap<>();
    private final Map<String, Known> rollups = new ConcurrentHashMap<>();

    /// Queues that are paused, or of which every source address is disabled.
    private final Set<QueueKey> unavailable = ConcurrentHashMap.newKeySet();

    /// How often that has changed.
    private final AtomicLong changes = new AtomicLong();

    /// Keeps counts beyond a restart.
    @FunctionalInterface
    public interface Keeper {
        void keep(QueueEvent.ColdCounted counted);
    }

    private record Known(String rollup, long untilMillis) {}

    /// @param zone whose calendar days count
    public RouteMemory(ZoneId zone, Keeper keeper) {
        this.zone = zone;
        this.keeper = keeper;
    }

    /// The same as seen at the present moment of a loop; for one turn.
    public RouteFacts at(Loop loop) {
        long now = loop.serverMillis();
        return new RouteFacts() {
            @Override
            public long nextTurn(String pool, String domain) {
                return turns.next(pool, domain);
            }

            @Override
            public boolean takesCold(String domain, String coldVirtualMta, List<Long> perDay) {
                return takes(new QueueKey(domain, coldVirtualMta), perDay, now);
            }

            @Override
            public boolean isAvailable(String virtualMta, String domain) {
                return unavailable.isEmpty() || !unavailable.contains(new QueueKey(domain, virtualMta));
            }

            @Override
            public Optional<String> rollup(String domain) {
                Known known = rollups.get(domain);
                return known == null || known.untilMillis() <= now ? Optional.empty() : Optional.of(known.rollup());
            }
        };
    }

    // ---- members of pools

    void available(QueueKey queue, boolean isAvailable) {
        boolean isChange =
                isAvailable ? unavailable.remove(queue) : unavailable.size() < MOST_KEPT && unavailable.add(queue);
        if (isChange) {
            changes.incrementAndGet();
        }
    }

    /// Another number as soon as pools may skip others than before.
    long changes() {
        return changes.get();
    }

    // ---- rollups

    void joined(String domain, String rollup, long nowMillis) {
        if (rollups.size() >= MOST_KEPT && !rollups.containsKey(domain)) {
            rollups.values().removeIf(known -> known.untilMillis() <= nowMillis);
            if (rollups.size() >= MOST_KEPT) {
                // Rather all are asked for again than that mail of this one cannot move.
                rollups.clear();
            }
        }
        rollups.put(domain, new Known(rollup, nowMillis + ROLLUP_MILLIS));
    }

    /// Other rules hold now.
    void forgetRollups() {
        rollups.clear();
    }

    // ---- cold virtual MTAs

    /// Owner: its own lock; it is held for a few instructions.
    private static final class Cold {
        private long firstDay;
        private long day;
        private long count;
        private long kept;

        Cold(long firstDay, long day, long count) {
            this.firstDay = firstDay;
            this.day = day;
            this.count = count;
            this.kept = count;
        }

        /// @return what is to be kept now; null where nothing is, or nothing was taken
        synchronized Taken take(List<Long> perDay, long today) {
            // A clock that is set back over midnight gives nobody the day once more.
            if (today > day) {
                day = today;
                count = 0;
                kept = 0;
            }
            long number = Math.clamp(day - firstDay, 0, perDay.size() - 1L);
            long most = perDay.get((int) number);
            if (count >= most) {
                return Taken.NO;
            }
            count++;
            boolean isToKeep = count == most || count - kept >= Math.max(1, most / 100);
            if (isToKeep) {
                kept = count;
            }
            return new Taken(true, isToKeep, firstDay, day, count);
        }

        synchronized long day() {
            return day;
        }
    }

    private record Taken(boolean isTaken, boolean isToKeep, long firstDay, long day, long count) {
        static final Taken NO = new Taken(false, false, 0, 0, 0);
    }

    private boolean takes(QueueKey queue, List<Long> perDay, long nowMillis) {
        long today = day(nowMillis);
        Cold cold = cold(queue, today);
        if (cold == null) {
            return false;
        }
        Taken taken = cold.take(perDay, today);
        if (taken.isToKeep()) {
            keeper.keep(new QueueEvent.ColdCounted(queue, nowMillis, taken.firstDay(), taken.day(), taken.count()));
        }
        return taken.isTaken();
    }

    private @Nullable Cold cold(QueueKey queue, long today) {
        Cold known = colds.get(queue);
        if (known != null) {
            return known;
        }
        if (colds.size() >= MOST_KEPT) {
            colds.values().removeIf(each -> each.day() < today - DAYS_KEPT);
            if (colds.size() >= MOST_KEPT) {
                return null;
            }
        }
        return colds.computeIfAbsent(queue, key -> new Cold(today, today, 0));
    }

    private long day(long millis) {
        LocalDate date = Instant.ofEpochMilli(millis).atZone(zone).toLocalDate();
        return date.toEpochDay();
    }

    /// Before the start: what was counted.
    void restore(QueueEvent.ColdCounted counted) {
        if (colds.size() < MOST_KEPT) {
            colds.put(counted.queue(), new Cold(counted.firstDay(), counted.day(), counted.count()));
        }
    }
}
