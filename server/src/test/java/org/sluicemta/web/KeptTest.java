package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KeptTest {
    private final AtomicInteger made = new AtomicInteger();
    private final Kept kept = new Kept(1_000);

    private String ask(long nowMillis) {
        return kept.text(nowMillis, () -> "answer " + made.incrementAndGet());
    }

    @Test
    void whoeverAsksWithinASecondHearsTheSame() {
        assertThat(ask(5_000)).isEqualTo("answer 1");
        assertThat(ask(5_999)).isEqualTo("answer 1");
        assertThat(ask(6_000)).isEqualTo("answer 2");
    }
}
