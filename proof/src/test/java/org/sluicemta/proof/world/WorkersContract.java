package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Pure work off the loops, and randomness.
abstract class WorkersContract extends WorldContract {
    @Test
    void theResultComesAsATurnOfHome() {
        for (Loop home : java.util.List.of(loop(), otherLoop(), world().lane("lane-under-test"))) {
            assertThat(this.<Integer>ready(home, a -> world().workers().run(home, () -> 6 * 7, a)))
                    .isEqualTo(42);
        }
    }

    @Test
    void workThatThrowsFailsWithWhatItThrew() {
        IoFailure why = this.<Integer>refused(
                loop(),
                a -> world().workers()
                        .run(
                                loop(),
                                () -> {
                                    throw new IllegalStateException("no such key");
                                },
                                a));
        assertThat(why.kind()).isEqualTo(IoFailure.Kind.ERROR);
        assertThat(why.text()).contains("no such key");
    }

    @Test
    void everyPieceOfWorkIsAnsweredOnceTakenOrRefused() {
        var ready = new AtomicInteger();
        var refused = new AtomicInteger();
        var others = new AtomicInteger();
        var answer = new Answer<Integer>() {
            @Override
            public void ready(Integer value) {
                ready.incrementAndGet();
            }

            @Override
            public void failed(IoFailure why) {
                (why.kind() == IoFailure.Kind.EXHAUSTED ? refused : others).incrementAndGet();
            }
        };
        run(loop(), () -> {
            for (int i = 0; i < 20_000; i++) {
                world().workers().run(loop(), () -> 1, answer);
            }
            assertThat(ready.get() + refused.get()).isZero();
        });
        until(() -> ready.get() + refused.get() + others.get() == 20_000);
        assertThat(others).hasValue(0);
        assertThat(ready.get()).isPositive();
        assertThat(world().workers().isFull()).isFalse();
    }

    @Test
    void randomNumbersStayInTheirBounds() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(world().entropy().nextInt(7)).isBetween(0, 6);
        }
        assertThat(world().entropy().nextInt(1)).isZero();
        byte[] bytes = new byte[33];
        world().entropy().fill(bytes);
        assertThat(bytes).isNotEqualTo(new byte[33]);
        assertThat(world().entropy().nextLong()).isNotEqualTo(world().entropy().nextLong());
    }
}
