package org.sluicemta.route;

import java.util.List;
import java.util.Optional;

/// What routing has to be told, because it remembers nothing: turns, counts of the day, and what DNS has said. Kept
/// by whoever asks.
public interface RouteFacts {
    /// The pool's turn for a domain, counted per (pool, domain); each call takes one.
    long nextTurn(String pool, String domain);

    /// Whether a cold virtual MTA may take one more message of a domain today; if so it is counted.
    ///
    /// @param perDay as [QueueRoute#coldPerDay], not empty
    boolean takesCold(String domain, String coldVirtualMta, List<Long> perDay);

    /// Whether a member of a pool takes mail for a domain now: asked of pools that skip who is paused or disabled.
    /// If no member does, the turn's owner keeps it.
    default boolean isAvailable(String virtualMta, String domain) {
        return true;
    }

    /// The rollup queue that a domain is known to belong to, e.g. `outlook.rollup`. DNS is not asked for it.
    Optional<String> rollup(String domain);

    /// No pool has had a turn, nothing is cold, nothing is known.
    RouteFacts NONE = new RouteFacts() {
        @Override
        public long nextTurn(String pool, String domain) {
            return 0;
        }

        @Override
        public boolean takesCold(String domain, String coldVirtualMta, List<Long> perDay) {
            return false;
        }

        @Override
        public Optional<String> rollup(String domain) {
            return Optional.empty();
        }
    };
}
