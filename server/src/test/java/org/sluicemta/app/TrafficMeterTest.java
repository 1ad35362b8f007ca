package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sluicemta.control.Operations;

class TrafficMeterTest {
    @Test
    void afterAResetOnlyWhatCameSinceIsCounted() {
        var meter = new TrafficMeter();
        for (int i = 1; i <= 90; i++) {
            meter.read(10L * i, 5L * i, 100L * i, i, i, i, 0, 0);
        }
        meter.reset();
        assertThat(meter.total().in()).isEqualTo(new Operations.Flow(0, 0, 0));
        assertThat(meter.topHour().out()).isEqualTo(new Operations.Flow(0, 0, 0));
        for (int i = 91; i <= 93; i++) {
            meter.read(10L * i, 5L * i, 100L * i, i, i, i, 0, 0);
        }
        assertThat(meter.total().in()).isEqualTo(new Operations.Flow(30, 15, 300));
        assertThat(meter.lastMinute().out()).isEqualTo(new Operations.Flow(3, 3, 3));
        assertThat(meter.topMinute().out()).isEqualTo(new Operations.Flow(3, 3, 3));
        assertThat(meter.lastHour().in()).isEqualTo(new Operations.Flow(30, 15, 300));
    }

    @Test
    void whatMessagesTookIsTheMeanOfTheLastMinute() {
        var meter = new TrafficMeter();
        meter.read(0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(meter.performance()).isEqualTo(new Operations.Performance(0, 0, 0));

        meter.read(4, 2, 100, 0, 0, 0, 8_000, 60_000);
        assertThat(meter.performance()).isEqualTo(new Operations.Performance(2, 4, 30));

        for (int second = 0; second < 60; second++) {
            meter.read(4, 2, 100, 0, 0, 0, 8_000, 60_000);
        }
        assertThat(meter.performance()).isEqualTo(new Operations.Performance(0, 0, 0));
    }
}
