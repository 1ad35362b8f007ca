package org.sluicemta.pace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One question to the [Pacer], compared by identity. It is made by a shard, belongs to the pacer until it is answered
/// or withdrawn, and is used once.
public final class Ask {
    /// What is asked for.
    public enum Purpose {
        /// To open connections: counts them, and takes a turn at each rate, so that no more connections are opened
        /// than the rates can use.
        OPENING,
        /// To attempt recipients (or whatever the rates count).
        PERMITS
    }

    final Purpose purpose;
    final List<Limit> limits;
    final int wanted;
    final long waitedNanos;
    final Answer.@Nullable Opened turn;
    final Object context;

    /// The pacer's own: where this waits and what it already holds. Owner: the pacer's loop.
    boolean isWithdrawn;

    @Nullable
    LimitKey waitsAt;

    int heldConnections;
    int passedTurns;
    long order;

    private Ask(
            Purpose purpose,
            List<Limit> limits,
            int wanted,
            long waitedNanos,
            Answer.@Nullable Opened turn,
            Object context) {
        this.purpose = purpose;
        this.limits = List.copyOf(limits);
        this.wanted = Math.clamp(wanted, 1, 1_000);
        this.waitedNanos = Math.max(0, waitedNanos);
        this.turn = turn;
        this.context = context;
    }

    /// Asks to open up to `wanted` connections under all of `limits`.
    ///
    /// @param limits connection counts from the narrowest to the widest scope, then rates: everybody must name them
    ///     in this order, because a waiting ask keeps what it took on the way
    /// @param context the asker's own
    public static Ask toOpen(List<Limit> limits, int wanted, Object context) {
        // A turn at a rate is one connection's.
        boolean isPaced = limits.stream().anyMatch(Limit.OfRate.class::isInstance);
        return new Ask(Purpose.OPENING, limits, isPaced ? 1 : wanted, 0, null, context);
    }

    /// Asks for up to `wanted` permits of all of `limits`, which are rates.
    ///
    /// @param waitedNanos how long the asker has wanted them without a pause
    /// @param turn the opening that led to this, the first time it asks; served in the order of that opening
    public static Ask forPermits(
            List<Limit> limits, int wanted, long waitedNanos, Answer.@Nullable Opened turn, Object context) {
        return new Ask(Purpose.PERMITS, limits, wanted, waitedNanos, turn, context);
    }

    public Object context() {
        return context;
    }

    public List<Limit> limits() {
        return limits;
    }
}
