package org.sluicemta.pace;

/// The generic cell rate algorithm with a burst of one, exact in nanoseconds: permits stand at instants spaced U/N
/// apart, and no half-open window of length U holds more than N of them.
///
/// U/N is seldom a whole number of nanoseconds, so the remainder is kept as a fraction over N: the (i+N)th instant is
/// exactly U after the ith, however often that happens. Instants are handed out, not counted: whoever takes a permit
/// uses it at its instant or shortly after.
///
/// A taker that has been waiting since before the next instant gets that instant, though its turn comes a little late
/// (up to [#LATE_NANOS]): otherwise every late alarm would slow the rate for good. A taker that did not wait starts
/// now: an unused instant is gone.
///
/// Owner: whoever holds it. No clocks: the time is an argument, in nanoseconds of [org.sluicemta.world.Loop#nanos].
public final class Gcra {
    /// How far before now an instant may lie for somebody who waited for it. Well under the 250 ms by which a
    /// receiver's window may differ from ours.
    public static final long LATE_NANOS = 150_000_000L;

    /// The instants of a rate above 1,000/s may be used together if they lie within this.
    public static final long COALESCE_NANOS = 1_000_000L;

    /// Before any clock value, far enough from the end of the range to be compared by subtraction.
    private static final long LONG_AGO = Long.MIN_VALUE / 4;

    private long unitNanos;
    private long count;
    private long next = LONG_AGO;
    private long fraction;
    /// Since when amounts are owed without a pause.
    private long owesSince = LONG_AGO;

    /// @param rate limited; a rate over one permit a nanosecond is none
    public Gcra(Rate rate) {
        bind(rate);
    }

    /// Takes new numbers: the next permit follows the last one by their spacing.
    public void bind(Rate rate) {
        if (rate.isUnlimited()) {
            throw new PaceException("an unlimited rate needs no pacing; leave the limit out");
        }
        long unit = Math.multiplyExact(rate.unitMillis(), 1_000_000L);
        if (unit == unitNanos && rate.count() == count) {
            return;
        }
        if (fraction > 0) {
            next++;
            fraction = 0;
        }
        long oldSpacing = count == 0 ? 0 : unitNanos / count;
        unitNanos = unit;
        count = rate.count();
        if (oldSpacing > 0 && next != LONG_AGO) {
            // The last permit is one old spacing before `next`, and the one after it follows at a new one: later under
            // a slower rate, and sooner under a faster. Else a queue that leaves backoff at 1/h would wait its hour.
            next += spacingNanos() - oldSpacing;
        }
    }

    /// Takes new numbers for amounts: what is owed at `now` stays owed, and is paid off at the new rate.
    void bindAmounts(Rate rate, long now) {
        long waits = next - now;
        double owed = (double) waits * count / unitNanos;
        bind(rate);
        if (waits > 0) {
            next = now + (long) Math.min(owed * unitNanos / count, Long.MAX_VALUE / 8.0);
        }
    }

    /// The first instant that is free, for a taker who has wanted one since `since` (now, if it did not wait).
    public long earliest(long now, long since) {
        return Math.max(next, floor(now, since));
    }

    /// Whether somebody who comes at `now` would have to wait.
    public boolean isInDebt(long now) {
        return next > now;
    }

    private static long floor(long now, long since) {
        return Math.max(Math.min(since, now), now - LATE_NANOS);
    }

    /// How many permits have instants at or before `now` (for a fast rate: within the next millisecond).
    public long free(long now, long since) {
        long start = earliest(now, since);
        long until = now + (unitNanos / count < COALESCE_NANOS ? COALESCE_NANOS : 0);
        if (start > until) {
            return 0;
        }
        long span = until - start;
        // Exact where it fits (the span is under 2^27); a rate over 6·10^10 in a unit may be off by one in 10^15.
        return 1 + (count < 1L << 36 ? span * count / unitNanos : (long) ((double) span * count / unitNanos));
    }

    /// Takes `k` permits, the first at `start` or later.
    ///
    /// @param start not before [#earliest]
    public void take(long start, int k) {
        if (start > next) {
            next = start;
            fraction = 0;
        }
        long total = Math.multiplyExact(unitNanos, (long) k) + fraction;
        next += total / count;
        fraction = total % count;
    }

    /// Gives back the last `k` permits taken, if nothing was taken after them.
    ///
    /// @param end [#end] as it was after taking them
    /// @return whether they could be given back; else their instants stay unused
    public boolean giveBack(long end, int k) {
        if (end != next) {
            return false;
        }
        long total = Math.multiplyExact(unitNanos, (long) k) - fraction;
        next -= Math.ceilDiv(total, count);
        fraction = Math.floorMod(-total, count);
        return true;
    }

    /// Takes `k` at once, however many: for amounts such as bytes, whose instants nobody waits for singly. Right to one
    /// part in 10^15.
    void pay(long now, long k) {
        if (now >= next) {
            next = now;
            fraction = 0;
            owesSince = now;
        }
        next += spanNanos(k);
    }

    /// Takes back `k` of what was paid at `paid`, whatever was paid since. What was paid before all that is owed
    /// now has been waited out: it is gone like an instant that nobody used.
    void refund(long k, long paid) {
        // Clocks in milliseconds tell `paid` no better.
        if (paid + 1_000_000L >= owesSince) {
            next -= spanNanos(k);
        }
    }

    private long spanNanos(long k) {
        return (long) Math.min((double) unitNanos * k / count, Long.MAX_VALUE / 8.0);
    }

    /// The instant after the last permit taken.
    public long end() {
        return next;
    }

    /// U/N rounded up, in nanoseconds; 1 or more.
    public long spacingNanos() {
        return count == 0 ? 0 : Math.max(1, Math.ceilDiv(unitNanos, count));
    }

    /// The most permits to be granted at one time: what the rate gives in `nanos`, at least one.
    public int most(long nanos) {
        double permits = (double) count * nanos / unitNanos;
        return (int) Math.clamp((long) permits, 1, Math.clamp(Long.MAX_VALUE / unitNanos / 2, 1, 1_000));
    }
}
