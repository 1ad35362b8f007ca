package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

class EasingTest {
    /// A loop whose alarms ring as late as a test says.
    private static final class LateLoop implements Loop {
        private static final class Bell implements Alarm {
            final Runnable ring;
            long at = Long.MAX_VALUE;

            Bell(Runnable ring) {
                this.ring = ring;
            }

            @Override
            public void set(long nanos) {
                at = nanos;
            }

            @Override
            public void clear() {
                at = Long.MAX_VALUE;
            }
        }

        final List<Bell> bells = new ArrayList<>();
        long now = 1_000_000_000L;

        /// Until all alarms up to a moment have rung, each so much too late.
        void runUntil(long moment, long lateNanos) {
            while (true) {
                Bell next = bells.stream()
                        .min(Comparator.comparingLong(bell -> bell.at))
                        .orElseThrow();
                if (next.at > moment) {
                    now = Math.max(now, moment);
                    return;
                }
                now = Math.max(now, next.at + lateNanos);
                next.clear();
                next.ring.run();
            }
        }

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public long serverMillis() {
            return now / 1_000_000;
        }

        @Override
        public boolean isCurrent() {
            return true;
        }

        @Override
        public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Alarm alarm(Runnable ring) {
            var bell = new Bell(ring);
            bells.add(bell);
            return bell;
        }

        @Override
        public void afterTurn(Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void post(Runnable task) {
            throw new UnsupportedOperationException();
        }
    }

    private static final long MS = 1_000_000;

    private final LateLoop loop = new LateLoop();
    private final Easing easing = new Easing(loop);
    private final List<Long> answered = new ArrayList<>();

    private void ease(int behind) {
        easing.ease(behind, () -> answered.add(loop.now));
    }

    @Test
    void aLoopWithTimeToSpareDelaysNobody() {
        for (int i = 0; i < 50; i++) {
            ease(9);
            loop.runUntil(loop.now + MS, 0);
        }
        assertThat(answered).hasSize(50);
    }

    @Test
    void aBusyLoopThatIsNotBehindDelaysNobody() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        answered.clear();
        ease(0);
        assertThat(answered).hasSize(1);
    }

    @Test
    void aBusyLoopThatIsBehindAnswersLaterTheMoreItIsBehind() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        answered.clear();
        long asked = loop.now;

        ease(4);
        assertThat(answered).isEmpty();
        loop.runUntil(asked + 3 * MS, 0);
        assertThat(answered).isEmpty();
        loop.runUntil(asked + 5 * MS, 0);
        assertThat(answered).hasSize(1);
    }

    @Test
    void everybodyIsAnsweredInTheEndAndOnce() {
        for (int i = 0; i < 1_000; i++) {
            ease(i % 10);
            if (i % 7 == 0) {
                loop.runUntil(loop.now + MS, (i % 3) * MS);
            }
        }
        loop.runUntil(loop.now + 500 * MS, 0);
        assertThat(answered).hasSize(1_000);
    }

    @Test
    void aLargeCrowdWaitsLonger() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        answered.clear();
        long asked = loop.now;
        for (int i = 0; i < 320; i++) {
            ease(4);
        }
        loop.runUntil(asked + 5 * MS, 0);
        int soon = answered.size();
        assertThat(soon).isBetween(1, 100);
        loop.runUntil(asked + 45 * MS, 0);
        assertThat(answered).hasSize(320);
    }

    @Test
    void anAnswerThatFailsSilencesNobodyElse() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        answered.clear();
        easing.ease(4, () -> {
            throw new IllegalStateException("broken");
        });
        for (int i = 0; i < 100; i++) {
            ease(4);
        }
        assertThatThrownBy(() -> loop.runUntil(loop.now + 100 * MS, 0)).hasMessage("broken");
        loop.runUntil(loop.now + 500 * MS, 0);
        assertThat(answered).hasSize(100);
    }

    @Test
    void whoeverWaitsLongHoldsNobodyUp() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        answered.clear();
        long asked = loop.now;
        easing.ease(9, () -> {});
        ease(1);
        loop.runUntil(asked + MS, 0);
        assertThat(answered).hasSize(1);
    }

    @Test
    void whatWasSeenLongAgoDelaysNobody() {
        ease(1);
        loop.runUntil(loop.now + 2 * MS, 2 * MS);
        loop.now += 30 * MS;
        answered.clear();
        ease(9);
        assertThat(answered).hasSize(1);
    }
}
