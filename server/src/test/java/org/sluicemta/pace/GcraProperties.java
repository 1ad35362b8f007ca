package org.sluicemta.pace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/// What one rate gives out, whatever is asked of it.
class GcraProperties {
    @Property(tries = 300, seed = "42")
    void noWindowOfTheUnitHoldsMoreThanTheCount(
            @ForAll @IntRange(min = 1, max = 3_000) int count,
            @ForAll @LongRange(min = 1, max = 3_600) long unitSeconds,
            @ForAll long seed) {
        var gcra = new Gcra(new Rate(count, unitSeconds * 1000, false));
        var random = new Random(seed);
        List<Long> instants = new ArrayList<>();
        long now = random.nextLong(1L << 50) - (1L << 49);
        long since = Long.MAX_VALUE;
        long unit = unitSeconds * 1_000_000_000L;
        for (int i = 0; i < 500; i++) {
            now += random.nextBoolean() ? random.nextLong(1_000_000) : random.nextLong(Math.max(2, 3 * unit / count));
            since = random.nextInt(4) == 0 ? Long.MAX_VALUE : Math.min(since, now);
            long start = gcra.earliest(now, since);
            if (start <= now + Pacer.AHEAD_NANOS) {
                int k = 1 + random.nextInt(gcra.most(Pacer.AHEAD_NANOS));
                long before = gcra.end();
                gcra.take(start, k);
                assertThat(gcra.end()).isGreaterThan(before);
                for (int j = 0; j < k; j++) {
                    instants.add(start + (long) ((double) unit / count * j));
                }
                if (random.nextInt(5) == 0) {
                    int back = random.nextInt(k + 1);
                    assertThat(gcra.giveBack(gcra.end(), back)).isTrue();
                    for (int j = 0; j < back; j++) {
                        instants.removeLast();
                    }
                }
            }
        }
        for (int i = 0; i + count < instants.size(); i++) {
            // Two nanoseconds for the instants that this test rounds itself.
            assertThat(instants.get(i + count) - instants.get(i)).isGreaterThanOrEqualTo(unit - 2);
        }
    }

    @Example
    void aTakerThatComesLateEachTimeLosesNothing() {
        var gcra = new Gcra(new Rate(100, 1000, false));
        long now = 0;
        int given = 0;
        while (now < 60_000_000_000L) {
            now = Math.max(now, gcra.earliest(now, 0)) + 3_000_000L;
            gcra.take(gcra.earliest(now, 0), 1);
            given++;
        }
        assertThat(given).isBetween(5_940, 6_001);
    }

    @Example
    void instantsThatNobodyWantedAreGone() {
        var gcra = new Gcra(new Rate(10, 1000, false));
        gcra.take(0, 1);
        assertThat(gcra.earliest(5_000_000_000L, Long.MAX_VALUE)).isEqualTo(5_000_000_000L);
        assertThat(gcra.free(5_000_000_000L, Long.MAX_VALUE)).isEqualTo(1);
    }

    @Example
    void aFastRateMayUseAMillisecondOfItselfAtOnce() {
        var gcra = new Gcra(new Rate(10_000, 1000, false));
        assertThat(gcra.free(0, Long.MAX_VALUE)).isEqualTo(11);
        gcra.take(0, 11);
        assertThat(gcra.free(0, 0)).isZero();
    }

    @Example
    void aRateThatIsLoweredForgivesNothing() {
        var gcra = new Gcra(new Rate(1000, 1000, false));
        gcra.take(0, 1);
        gcra.bind(new Rate(1, 60_000, false));
        assertThat(gcra.earliest(0, Long.MAX_VALUE)).isEqualTo(60_000_000_000L);
    }

    @Example
    void aRateThatIsRaisedNoLongerWaitsAsTheOldOneDid() {
        var gcra = new Gcra(new Rate(1, 3_600_000, false));
        gcra.take(0, 1);
        gcra.bind(new Rate(10, 1000, false));
        assertThat(gcra.earliest(0, Long.MAX_VALUE)).isEqualTo(100_000_000L);
    }

    @Property(tries = 300, seed = "42")
    void howeverTheRateChangesAPermitKeepsThePresentDistanceFromTheLast(@ForAll long seed) {
        var random = new Random(seed);
        var gcra = new Gcra(new Rate(1, 1000, false));
        long now = 0;
        long last = Long.MIN_VALUE / 2;
        for (int i = 0; i < 200; i++) {
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                gcra.bind(new Rate(1 + random.nextInt(1_000), 1000L * (1 + random.nextInt(3_600)), false));
            }
            now += random.nextLong(2_000_000_000L);
            long start = gcra.earliest(now, 0);
            // Instants are whole; the remainder of the distance is carried on.
            assertThat(start - last).isGreaterThanOrEqualTo(gcra.spacingNanos() - 1);
            if (start <= now) {
                gcra.take(start, 1);
                last = start;
            }
        }
    }

    @Example
    void aDailyCountMayBeUsedAtAnyPace() {
        var meter = new Meter(new Rate(3, 86_400_000, true));
        var zone = ZoneOffset.UTC;
        var morning = clock(ZonedDateTime.of(2026, 3, 10, 9, 0, 0, 0, zone));
        assertThat(meter.free(morning, Long.MAX_VALUE)).isEqualTo(3);
        meter.take(morning, morning.nanos(), 3);
        assertThat(meter.free(morning, Long.MAX_VALUE)).isZero();
        assertThat(meter.earliest(morning, Long.MAX_VALUE) - morning.nanos()).isEqualTo(15 * 3_600_000_000_000L);
    }

    @Example
    void aDayOfTwentyThreeHoursIsOneDay() {
        var zone = ZoneId.of("Europe/Berlin");
        var meter = new Meter(new Rate(5, 86_400_000, true));
        // Clocks go forward on 29 March 2026: midnight is 23 hours after midnight.
        var midnight = clock(ZonedDateTime.of(2026, 3, 29, 0, 0, 0, 0, zone));
        meter.take(midnight, midnight.nanos(), 5);
        assertThat(meter.earliest(midnight, Long.MAX_VALUE) - midnight.nanos()).isEqualTo(23 * 3_600_000_000_000L);
        var later = clock(ZonedDateTime.of(2026, 3, 30, 0, 0, 0, 0, zone));
        assertThat(meter.free(later, Long.MAX_VALUE)).isEqualTo(5);
    }

    @Example
    void aDayOfTwentyFiveHoursIsOneDay() {
        var zone = ZoneId.of("Europe/Berlin");
        var meter = new Meter(new Rate(5, 86_400_000, true));
        var midnight = clock(ZonedDateTime.of(2026, 10, 25, 0, 0, 0, 0, zone));
        meter.take(midnight, midnight.nanos(), 5);
        assertThat(meter.earliest(midnight, Long.MAX_VALUE) - midnight.nanos()).isEqualTo(25 * 3_600_000_000_000L);
    }

    private static Meter.Clock clock(ZonedDateTime at) {
        long millis = at.toInstant().toEpochMilli();
        return new Meter.Clock(millis * 1_000_000L, millis, at.getZone());
    }
}
