package org.sluicemta.pace;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/// What one rate has given out: smoothly by [Gcra], or as a count per window of the calendar (a day, so many hours).
/// It survives new numbers, and a change from one way to the other, without forgiving what is owed.
///
/// Owner: whoever holds it. The time is an argument.
public final class Meter {
    private static final long DAY_MILLIS = 86_400_000L;

    private Rate rate;
    private Gcra smooth;
    private long windowEndMillis = Long.MIN_VALUE;
    private long windowMillis;
    private long usedInWindow;
    /// When the window was begun here; what was paid before belongs to another.
    private long windowBegunMillis = Long.MIN_VALUE;

    /// @param rate limited
    public Meter(Rate rate) {
        this.rate = rate;
        this.smooth = new Gcra(rate);
    }

    /// Takes new numbers.
    public void bind(Rate changed) {
        if (!changed.equals(rate)) {
            rate = changed;
            smooth.bind(changed);
        }
    }

    /// Takes new numbers for what is counted in amounts ([#pay]): what is owed is paid off at the new rate.
    public void bindAmounts(Rate changed, Clock clock) {
        if (!changed.equals(rate)) {
            rate = changed;
            smooth.bindAmounts(changed, clock.nanos());
        }
    }

    public Rate rate() {
        return rate;
    }

    /// The first instant at which a permit is free.
    ///
    /// @param since when the taker began to wait; `clock.nanos` if it did not
    public long earliest(Clock clock, long since) {
        if (!rate.isWindow()) {
            return smooth.earliest(clock.nanos(), since);
        }
        roll(clock);
        return usedInWindow < rate.count()
                ? clock.nanos()
                : clock.nanos() + Math.multiplyExact(windowEndMillis - clock.millis(), 1_000_000L);
    }

    /// How many permits may be used now.
    public int free(Clock clock, long since) {
        long free;
        if (rate.isWindow()) {
            roll(clock);
            free = rate.count() - usedInWindow;
        } else {
            free = smooth.free(clock.nanos(), since);
        }
        return (int) Math.clamp(free, 0, most());
    }

    /// The most permits to be granted at one time: 10 ms of the rate, at least one; of a window's count any number.
    public int most() {
        return rate.isWindow() ? 1_000 : smooth.most(Pacer.AHEAD_NANOS);
    }

    /// Takes `k` permits, the first at `start`.
    ///
    /// @return a mark for [#giveBack]
    public long take(Clock clock, long start, int k) {
        if (rate.isWindow()) {
            roll(clock);
            usedInWindow += k;
            // A rate that is later written smoothly must find the last permit where it was.
            smooth.take(start, 1);
            return windowEndMillis;
        }
        if (clock.millis() >= windowEndMillis) {
            usedInWindow = 0;
        }
        usedInWindow += k;
        smooth.take(start, k);
        return smooth.end();
    }

    /// Gives back `k` unused permits of the taking that returned `mark`.
    public void giveBack(long mark, int k) {
        if (!rate.isWindow()) {
            if (smooth.giveBack(mark, k)) {
                usedInWindow = Math.max(0, usedInWindow - k);
            }
        } else if (mark == windowEndMillis) {
            usedInWindow = Math.max(0, usedInWindow - k);
        }
    }

    /// The distance of two instants, rounded up; 0 for a window's count, which has none.
    public long spacingNanos() {
        return rate.isWindow() ? 0 : smooth.spacingNanos();
    }

    /// Whether forgetting this would forgive something.
    public boolean isInDebt(Clock clock) {
        return rate.isWindow() ? usedInWindow > 0 && clock.millis() < windowEndMillis : smooth.isInDebt(clock.nanos());
    }

    /// Counts `amount` that was used without having been asked for, such as bytes, from now or from the last such use
    /// on: what follows waits until it is paid for.
    public void pay(Clock clock, long amount) {
        if (rate.isWindow()) {
            roll(clock);
        } else {
            smooth.pay(clock.nanos(), amount);
        }
        usedInWindow += amount;
    }

    /// Takes back `amount` of what was paid, because it was not used after all. What was paid in a window that is over,
    /// or for which time has been waited already, gives nobody more than the rate in this one.
    ///
    /// @param paidMillis when it was paid, server time
    public void refund(Clock clock, long amount, long paidMillis) {
        if (rate.isWindow()) {
            roll(clock);
            if (paidMillis >= windowBegunMillis) {
                usedInWindow = Math.max(0, usedInWindow - amount);
            }
        } else {
            usedInWindow = Math.max(0, usedInWindow - amount);
            smooth.refund(amount, clock.nanos() - (clock.millis() - paidMillis) * 1_000_000L);
        }
    }

    /// Starts a new window if the old one is over, or if the window has become another. Days begin where the
    /// calendar of the zone says, so that a day of 23 or 25 hours is one day; shorter windows begin with the hours
    /// of its clock.
    private void roll(Clock clock) {
        if (clock.millis() < windowEndMillis && windowMillis == rate.unitMillis()) {
            return;
        }
        windowMillis = rate.unitMillis();
        windowEndMillis = windowMillis % DAY_MILLIS == 0 ? endOfDays(clock) : endOfPart(clock);
        windowBegunMillis = clock.millis();
        usedInWindow = 0;
    }

    private long endOfDays(Clock clock) {
        long days = windowMillis / DAY_MILLIS;
        LocalDate today =
                Instant.ofEpochMilli(clock.millis()).atZone(clock.zone()).toLocalDate();
        long firstDay = Math.floorDiv(today.toEpochDay(), days) * days;
        return LocalDate.ofEpochDay(firstDay + days)
                .atStartOfDay(clock.zone())
                .toInstant()
                .toEpochMilli();
    }

    private long endOfPart(Clock clock) {
        long offset = 1000L
                * clock.zone()
                        .getRules()
                        .getOffset(Instant.ofEpochMilli(clock.millis()))
                        .getTotalSeconds();
        long local = clock.millis() + offset;
        return (Math.floorDiv(local, windowMillis) + 1) * windowMillis - offset;
    }

    /// One reading of the clocks.
    ///
    /// @param nanos of the owner's [org.sluicemta.world.Loop#nanos]
    /// @param millis server time
    /// @param zone whose calendar days count
    public record Clock(long nanos, long millis, ZoneId zone) {}
}
