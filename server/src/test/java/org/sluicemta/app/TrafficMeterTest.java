package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sluicemta.control.Operations.Flow;

class TrafficMeterTest {
    @Test
    void afterAResetOnlyWhatCameSinceIsCounted() {
        var meter = new TrafficMeter();
        for (int i = 1; i <= 90; i++) {
            meter.read(10L * i, 5L * i, 100L * i, i, i, i, 0, 0);
        }
        meter.reset();
        assertThat(meter.total().in()).isEqualTo(new Flow(0, 0, 0));
        assertThat(meter.topHour().out()).isEqualTo(new Flow(0, 0, 0));
        for (int i = 91; i <= 93; i++) {
            meter.read(10L * i, 5L * i, 100L * i, i, i, i, 0, 0);
        }
        assertThat(meter.total().in()).isEqualTo(new Flow(30, 15, 300));
        assertThat(meter.lastMinute().out()).isEqualTo(new Flow(3, 3, 3));
        assertThat(meter.topMinute().out()).isEqualTo(new Flow(3, 3, 3));
        assertThat(meter.lastHour().in()).isEqualTo(new Flow(30, 15, 300));
    }
}
