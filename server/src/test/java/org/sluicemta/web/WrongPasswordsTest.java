package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WrongPasswordsTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");

    private final WrongPasswords wrong = new WrongPasswords();

    @Test
    void ofWrongOnesThatComeTogetherOneIsLookedAt() throws Exception {
        var looked = new AtomicInteger();
        var begin = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                threads.submit(() -> {
                    begin.await();
                    return wrong.look(HERE, 5_000, () -> looked.incrementAndGet() < 0);
                });
            }
            begin.countDown();
        }

        assertThat(looked).hasValue(1);
    }

    @Test
    void rightOnesMayComeTogether() {
        for (int i = 0; i < 50; i++) {
            assertThat(wrong.look(HERE, 5_000, () -> true)).isEqualTo(WrongPasswords.Verdict.RIGHT);
        }
    }

    @Test
    void theWaitDoublesAndARightOneForgives() {
        assertThat(wrong.look(HERE, 5_000, () -> false)).isEqualTo(WrongPasswords.Verdict.WRONG);
        assertThat(wrong.look(HERE, 5_999, () -> true)).isEqualTo(WrongPasswords.Verdict.NOT_LOOKED_AT);
        assertThat(wrong.look(HERE, 6_000, () -> false)).isEqualTo(WrongPasswords.Verdict.WRONG);
        assertThat(wrong.waitMillis(HERE, 6_000)).isEqualTo(2_000);
        assertThat(wrong.look(HERE, 8_000, () -> true)).isEqualTo(WrongPasswords.Verdict.RIGHT);
        assertThat(wrong.waitMillis(HERE, 8_000)).isZero();
    }
}
