package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    private static final InetAddress SOURCE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress HOST = InetAddress.ofLiteral("198.51.100.1");
    private static final long START = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos(); // the clock may wrap

    private final HostMemory memory = new HostMemory(3);

    @Test
    void aHostRestsFiveMinutesForTheSourceThatFailed() {
        memory.failed(SOURCE, HOST, START);

        assertThat(memory.isResting(SOURCE, HOST, START + Duration.ofMinutes(5).toNanos() - 1))
                .isTrue();
        assertThat(memory.isResting(null, HOST, START)).isFalse();
        assertThat(memory.isResting(SOURCE, HOST, START + Duration.ofMinutes(5).toNanos()))
                .isFalse();
        assertThat(memory.size()).isZero();
    }

    @Test
    void aConnectionEndsTheRest() {
        memory.failed(SOURCE, HOST, START);
        memory.reached(SOURCE, HOST);

        assertThat(memory.isResting(SOURCE, HOST, START)).isFalse();
    }

    @Test
    void theOldestFailureIsForgottenFirst() {
        for (int i = 1; i <= 3; i++) {
            memory.failed(SOURCE, InetAddress.ofLiteral("198.51.100." + i), START + i);
        }
        memory.failed(SOURCE, HOST, START + 4);
        memory.failed(SOURCE, InetAddress.ofLiteral("198.51.100.4"), START + 5);

        assertThat(memory.size()).isEqualTo(3);
        assertThat(memory.isResting(SOURCE, HOST, START + 6)).isTrue();
        assertThat(memory.isResting(SOURCE, InetAddress.ofLiteral("198.51.100.2"), START + 6))
                .isFalse();
    }
}
