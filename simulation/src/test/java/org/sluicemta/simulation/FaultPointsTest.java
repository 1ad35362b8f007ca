package org.sluicemta.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FaultPointsTest {
    @Test
    void aPointThatWasDeclaredAndNeverMetIsReportedAsMissed() {
        FaultPoints points = new FaultPoints();
        points.declare("spool: full", "spool: torn");
        points.mark("spool: full");

        assertThat(points.missed()).containsExactly("spool: torn");
        assertThat(points.hits("spool: full")).isEqualTo(1);
        assertThat(points.report()).contains("1 of 2 fault points covered");
    }

    @Test
    void severalUniversesCountTogether() {
        FaultPoints points = new FaultPoints();
        for (long seed = 0; seed < 3; seed++) {
            SimulatedHost host = SimulatedUniverse.seeded(seed, points).host("server");
            host.boot();
            host.jumpWallClock(Duration.ofHours(1));
            host.cutPower();
        }
        assertThat(points.hits("crash: power cut")).isEqualTo(3);
        assertThat(points.missed()).doesNotContain("clock: jump").contains("disk: full");
    }
}
