package org.sluicemta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ServerClockProperties {
    private static final long START = 1_800_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @Test
    void withoutObservationItRunsWithTheMonotonicClock() {
        ServerClock clock = ServerClock.startingAt(5 * SECOND, START);
        assertThat(clock.millisAt(5 * SECOND)).isEqualTo(START);
        assertThat(clock.millisAt(65 * SECOND)).isEqualTo(START + 60_000);
    }

    @Test
    void aSmallDifferenceIsMadeUpAtNoMoreThan500Ppm() {
        ServerClock clock = ServerClock.startingAt(0, START);
        // The wall clock is one second ahead from now on: 2,000 s are the least that 500 ppm need.
        for (int second = 1; second <= 1_900; second++) {
            clock = clock.observe(second * SECOND, START + second * 1_000L + 1_000);
            assertThat(clock.ratePpm()).isBetween(0L, 500L);
            assertThat(clock.jumpNanos()).isZero();
        }
        long ahead = clock.millisAt(1_900 * SECOND) - START - 1_900_000;
        assertThat(ahead).isBetween(900L, 950L);
        for (int second = 1_901; second <= 4_000; second++) {
            clock = clock.observe(second * SECOND, START + second * 1_000L + 1_000);
        }
        assertThat(clock.millisAt(4_000 * SECOND) - START - 4_000_000).isBetween(998L, 1_000L);
    }

    @Test
    void aJumpIsReportedOnceAndMovesNothing() {
        ServerClock clock = ServerClock.startingAt(0, START);
        clock = clock.observe(SECOND, START + 1_000 + 3_600_000);
        assertThat(clock.jumpNanos()).isEqualTo(3_600 * SECOND);
        assertThat(clock.millisAt(SECOND)).isEqualTo(START + 1_000);
        clock = clock.observe(2 * SECOND, START + 2_000 + 3_600_000);
        assertThat(clock.jumpNanos()).isZero();
        assertThat(clock.ratePpm()).isZero();
        assertThat(clock.millisAt(2 * SECOND)).isEqualTo(START + 2_000);
    }

    @Test
    void aJumpBackIsReportedToo() {
        ServerClock clock = ServerClock.startingAt(0, START).observe(SECOND, START - 86_400_000);
        assertThat(clock.jumpNanos()).isNegative();
        assertThat(clock.millisAt(10 * SECOND)).isEqualTo(START + 10_000);
    }

    @Property(seed = "42")
    void whateverTheWallClockDoesServerTimeKeepsWithin500PpmOfTheMonotonicClock(
            @ForAll @Size(min = 1, max = 200) java.util.List<@LongRange(min = -10_000, max = 10_000) Long> wallErrors,
            @ForAll @IntRange(min = 1, max = 3_000) int stepMillis) {
        ServerClock clock = ServerClock.startingAt(0, START);
        long step = stepMillis * 1_000_000L;
        long now = 0;
        long before = clock.nanosAt(0);
        for (long error : wallErrors) {
            now += step;
            clock = clock.observe(now, START + now / 1_000_000 + error);
            long server = clock.nanosAt(now);
            long ran = server - before;
            assertThat(ran).isBetween(step - step * 500 / 1_000_000 - 2, step + step * 500 / 1_000_000 + 2);
            before = server;
        }
    }
}
