package org.sluicemta.queue;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Counts the round robin of each pool by domain, over all loops. Owner: none; each count is one atomic number, the
/// only thing that receiving loops share, since a turn must be exact over all of them and waits for nothing.
final class PoolTurns {
    /// Domains come from strangers: when so many are counted, all counts begin anew. The turn is fairness, not state.
    static final int MAX_COUNTED = 100_000;

    private record Key(String pool, String domain) {}

    private final ConcurrentHashMap<Key, AtomicLong> turns = new ConcurrentHashMap<>();

    /// The next turn of `pool` for `domain`, from 0. Never blocks.
    long next(String pool, String domain) {
        if (turns.size() >= MAX_COUNTED) {
            turns.clear();
        }
        return turns.computeIfAbsent(new Key(pool, domain), k -> new AtomicLong())
                .getAndIncrement();
    }
}
