package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sluicemta.control.Operations;

class TrafficMeterTest {
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
