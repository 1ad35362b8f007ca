package org.sluicemta.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Slice;

class SimulatedLoopTest {
    private final SimulatedWorld world = SimulatedWorld.seeded(7);
    private final Loop loop = world.loops().getFirst();
    private final Loop other = world.loops().getLast();

    @Test
    void mailComesInOrderAndAFullMailboxRefuses() {
        List<Integer> got = new ArrayList<>();
        Mailbox<Integer> box = loop.mailbox(100, got::add);
        for (int i = 0; i < 100; i++) {
            assertThat(box.offer(i)).isTrue();
        }
        assertThat(box.offer(100)).isFalse();
        assertThat(box.size()).isEqualTo(100);
        assertThat(got).isEmpty();

        world.advance(Duration.ofMillis(10));

        assertThat(got).hasSize(100).isSorted();
        assertThat(box.offer(100)).isTrue();
    }

    @Test
    void twoLoopsAreInterleavedDifferentlyUnderDifferentSeeds() {
        Set<List<String>> orders = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            SimulatedWorld seeded = SimulatedWorld.seeded(seed);
            List<String> order = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                seeded.loops().getFirst().post(() -> order.add("a"));
                seeded.loops().getLast().post(() -> order.add("b"));
            }
            seeded.advance(Duration.ofMillis(10));
            orders.add(order);
        }
        assertThat(orders.size()).isGreaterThan(5);
    }

    @Test
    void anAlarmRingsOnceAtItsTime() {
        List<Long> rings = new ArrayList<>();
        long start = loop.nanos();
        Alarm alarm = loop.alarm(() -> rings.add(loop.nanos()));
        loop.post(() -> alarm.set(start + Duration.ofMinutes(10).toNanos()));
        world.advance(Duration.ofMinutes(10).minusNanos(1));
        assertThat(rings).isEmpty();

        world.advance(Duration.ofMillis(1));

        assertThat(rings)
                .singleElement()
                .satisfies(at -> assertThat(at)
                        .isGreaterThanOrEqualTo(start + Duration.ofMinutes(10).toNanos()));
    }

    @Test
    void anAlarmSetAnewForgetsTheEarlierSettingAndAClearedOneIsSilent() {
        List<Long> rings = new ArrayList<>();
        Alarm alarm = loop.alarm(() -> rings.add(loop.nanos()));
        Alarm cleared = loop.alarm(() -> rings.add(-1L));
        long start = loop.nanos();
        loop.post(() -> {
            alarm.set(start + 1_000_000);
            alarm.set(start + 2_000_000);
            cleared.set(start + 1_000);
            cleared.clear();
        });
        world.advance(Duration.ofSeconds(1));

        assertThat(rings).singleElement().satisfies(at -> assertThat(at).isGreaterThanOrEqualTo(start + 2_000_000));
    }

    @Test
    void anAlarmInThePastRingsInALaterTurn() {
        List<String> order = new ArrayList<>();
        Alarm alarm = loop.alarm(() -> order.add("ring"));
        loop.post(() -> {
            alarm.set(loop.nanos() - 1);
            order.add("set");
            loop.afterTurn(() -> order.add("after"));
        });
        world.advance(Duration.ofMillis(1));

        assertThat(order).containsExactly("set", "after", "ring");
    }

    @Test
    void timeStandsStillWithinATurnAndTurnsDoNotOverlap() {
        List<Long> turns = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            loop.post(() -> {
                long at = loop.nanos();
                turns.add(at);
                assertThat(loop.isCurrent()).isTrue();
                assertThat(other.isCurrent()).isFalse();
                assertThat(loop.nanos()).isEqualTo(at);
            });
        }
        world.advance(Duration.ofMillis(10));

        assertThat(turns).hasSize(50).isSorted().doesNotHaveDuplicates();
        assertThat(loop.isCurrent()).isFalse();
    }

    @Test
    void aCallFromAWrongLoopIsRefused() {
        Alarm alarm = loop.alarm(() -> {});
        assertThatThrownBy(() -> alarm.set(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.afterTurn(() -> {})).isInstanceOf(IllegalStateException.class);
        other.post(alarm::clear);
        assertThatThrownBy(() -> world.advance(Duration.ofSeconds(1)))
                .isInstanceOf(SimulationException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("seed 7");
    }

    @Test
    void aTurnCannotMoveTimeOn() {
        loop.post(() -> world.advance(Duration.ofSeconds(1)));
        other.post(() -> {});
        assertThatThrownBy(() -> world.advance(Duration.ofSeconds(1))).isInstanceOf(SimulationException.class);
    }

    @Test
    void aDeadProcessTakesNoMailAndHasNoTurns() {
        List<String> got = new ArrayList<>();
        Mailbox<String> box = loop.mailbox(10, got::add);
        box.offer("early");
        world.kill();

        assertThat(box.offer("late")).isFalse();
        loop.post(() -> got.add("post"));
        world.advance(Duration.ofSeconds(1));

        assertThat(got).isEmpty();
        assertThat(world.reboot().isAlive()).isTrue();
    }

    @Test
    void workersAnswerInAnyOrderAndNeverAtOnce() {
        Set<List<Integer>> orders = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            SimulatedWorld seeded = SimulatedWorld.seeded(seed);
            Loop home = seeded.loops().getFirst();
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                seeded.workers().run(home, () -> number, new Answer<>() {
                    @Override
                    public void ready(Integer value) {
                        assertThat(home.isCurrent()).isTrue();
                        order.add(value);
                    }

                    @Override
                    public void failed(IoFailure why) {
                        throw new AssertionError(why.text());
                    }
                });
            }
            seeded.advance(Duration.ofSeconds(1));
            assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3);
            orders.add(order);
        }
        assertThat(orders.size()).isGreaterThan(5);
    }

    @Test
    void workThatThrowsFails() {
        Told<String> told = Told.ask(
                world,
                loop,
                a -> world.workers()
                        .run(
                                loop,
                                () -> {
                                    throw new IllegalArgumentException("broken");
                                },
                                a));

        assertThat(told.refusal()).isEqualTo(IoFailure.Kind.ERROR);
    }

    @Test
    void aSignalIsATurnOfItsHome() {
        List<String> got = new ArrayList<>();
        world.signals().on("TERM", loop, () -> {
            assertThat(loop.isCurrent()).isTrue();
            got.add("TERM");
        });
        world.signals().raise("TERM");
        world.signals().raise("HUP");
        world.advance(Duration.ofMillis(1));

        assertThat(got).containsExactly("TERM");
    }

    @Test
    void aJumpOfTheWallClockMovesNoServerTime() {
        loop.post(() -> {});
        world.advance(Duration.ofSeconds(1));
        long before = loop.serverMillis();
        world.host().jumpWallClock(Duration.ofHours(1));
        loop.post(() -> {});
        world.advance(Duration.ofSeconds(10));
        loop.post(() -> {});
        world.advance(Duration.ofSeconds(1));

        assertThat(loop.serverMillis() - before).isBetween(9_900L, 11_100L);
        assertThat(world.clockJumps())
                .singleElement()
                .satisfies(jump -> assertThat(jump).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61)));
    }

    @Test
    void aSmallStepOfTheWallClockIsFollowedSlowly() {
        loop.post(() -> {});
        world.advance(Duration.ofSeconds(1));
        long before = loop.serverMillis();
        world.host().jumpWallClock(Duration.ofSeconds(1));
        for (int i = 0; i < 1_000; i++) {
            loop.post(() -> {});
            world.advance(Duration.ofSeconds(1));
        }
        assertThat(loop.serverMillis() - before - 1_000_000).isBetween(400L, 501L);
        for (int i = 0; i < 3_000; i++) {
            loop.post(() -> {});
            world.advance(Duration.ofSeconds(1));
        }
        assertThat(loop.serverMillis() - before - 4_000_000).isBetween(990L, 1_001L);
        assertThat(world.clockJumps()).isEmpty();
    }

    @Test
    void memoryIsCountedAndWatched() {
        var memory = world.memory("content", 1_000);
        Slice slice = memory.take(600);
        assertThat(slice).isNotNull();
        assertThat(memory.take(401)).isNull();
        slice.retain();
        slice.release();
        assertThat(memory.usedBytes()).isEqualTo(600);
        assertThat(world.slicesOut()).isEqualTo(1);
        slice.release();
        assertThat(memory.usedBytes()).isZero();
        assertThatThrownBy(slice::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.view(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(world.slicesOut()).isZero();
    }

    @Test
    void oneSeedGivesOneHistoryAndAnotherSeedAnother() {
        assertThat(history(1)).isEqualTo(history(1));
        assertThat(history(1)).isNotEqualTo(history(2));
    }

    private static long history(long seed) {
        SimulatedWorld seeded = SimulatedWorld.seeded(seed);
        Mailbox<Integer> box = seeded.loops().getLast().mailbox(1_000, i -> {});
        for (int i = 0; i < 100; i++) {
            int number = i;
            seeded.loops().getFirst().post(() -> box.offer(number));
        }
        seeded.advance(Duration.ofSeconds(1));
        return seeded.universe().traceHash();
    }
}
