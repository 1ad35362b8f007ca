package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// Turns, clocks and alarms, of mail loops and of lanes.
abstract class LoopContract extends WorldContract {
    enum Kind {
        MAIL_LOOP,
        LANE
    }

    private Loop made(Kind kind) {
        return switch (kind) {
            case MAIL_LOOP -> loop();
            case LANE -> world().lane("lane-under-test");
        };
    }

    @ParameterizedTest
    @EnumSource
    void aTurnIsCurrentOnItsOwnLoopOnly(Kind kind) {
        Loop loop = made(kind);
        Loop stranger = world().lane("stranger");
        assertThat(loop.isCurrent()).isFalse();
        assertThat(on(loop, loop::isCurrent)).isTrue();
        assertThat(on(stranger, loop::isCurrent)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void postedTasksRunInOrderAndNeverWithinTheTurnThatPosted(Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        loop.post(() -> {
            heard.add("first begins");
            loop.post(() -> heard.add("second"));
            loop.post(() -> heard.add("third"));
            heard.add("first ends");
        });
        until(() -> heard.size() == 4);
        assertThat(heard).containsExactly("first begins", "first ends", "second", "third");
    }

    @ParameterizedTest
    @EnumSource
    void turnsNeverOverlap(Kind kind) {
        Loop loop = made(kind);
        var inside = new AtomicBoolean();
        var overlaps = new AtomicInteger();
        var turns = new AtomicInteger();
        Runnable turn = () -> {
            if (inside.getAndSet(true)) {
                overlaps.incrementAndGet();
            }
            loop.nanos();
            inside.set(false);
            turns.incrementAndGet();
        };
        var mailbox = loop.<Runnable>mailbox(1024, Runnable::run);
        for (Loop sender : List.of(loop(), otherLoop(), world().lane("sender"))) {
            sender.post(() -> {
                for (int i = 0; i < 100; i++) {
                    loop.post(turn);
                    assertThat(mailbox.offer(turn)).isTrue();
                }
            });
        }
        until(() -> turns.get() == 600);
        assertThat(overlaps).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource
    void aTurnThatThrowsDoesNotEndTheLoop(Kind kind) {
        Loop loop = made(kind);
        loop.post(() -> {
            throw new IllegalStateException("thrown by a test, to see the loop live on");
        });
        assertThat(on(loop, loop::isCurrent)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void theClocksStandStillWithinATurnAndNeverFallBack(Kind kind) {
        Loop loop = made(kind);
        var last = new AtomicLong(Long.MIN_VALUE);
        var lastMillis = new AtomicLong(Long.MIN_VALUE);
        for (int i = 0; i < 50; i++) {
            run(loop, () -> {
                long nanos = loop.nanos();
                long millis = loop.serverMillis();
                double busy = 1;
                for (int k = 0; k < 1000; k++) {
                    busy = Math.sqrt(busy + k);
                }
                assertThat(busy).isPositive();
                assertThat(loop.nanos()).isEqualTo(nanos).isGreaterThanOrEqualTo(last.get());
                assertThat(loop.serverMillis()).isEqualTo(millis).isGreaterThanOrEqualTo(lastMillis.get());
                last.set(nanos);
                lastMillis.set(millis);
            });
        }
        assertThat(lastMillis.get()).isGreaterThan(1_577_836_800_000L); // 2020: a date, not an uptime
    }

    @ParameterizedTest
    @EnumSource
    void whatIsAskedForAfterTheTurnRunsOnceAfterItOnTheLoop(Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        loop.post(() -> {
            loop.afterTurn(() -> heard.add("after " + loop.isCurrent()));
            heard.add("turn");
        });
        until(() -> heard.size() == 2);
        letPass(5 * MILLISECOND);
        assertThat(heard).containsExactly("turn", "after true");
    }

    @ParameterizedTest
    @EnumSource
    void afterTurnMayAskForMoreAfterTheTurn(Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        loop.post(() -> loop.afterTurn(() -> {
            loop.afterTurn(() -> heard.add("inner"));
            heard.add("outer");
        }));
        until(() -> heard.size() == 2);
        assertThat(heard).containsExactly("outer", "inner");
    }

    @ParameterizedTest
    @EnumSource
    void afterTurnOutsideATurnIsRefused(Kind kind) {
        Loop loop = made(kind);
        assertThatThrownBy(() -> loop.afterTurn(() -> {})).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    void anAlarmRingsOnceAtOrAfterItsTime(Kind kind) {
        Loop loop = made(kind);
        List<Long> rings = new CopyOnWriteArrayList<>();
        long due = on(loop, () -> {
            long at = loop.nanos() + 5 * MILLISECOND;
            loop.alarm(() -> rings.add(loop.nanos())).set(at);
            return at;
        });
        until(() -> !rings.isEmpty());
        letPass(20 * MILLISECOND);
        assertThat(rings).hasSize(1);
        assertThat(rings.getFirst()).isGreaterThanOrEqualTo(due);
    }

    @ParameterizedTest
    @EnumSource
    void anAlarmInThePastRingsSoonButNotWithinTheTurn(Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        loop.post(() -> {
            loop.alarm(() -> heard.add("ring")).set(loop.nanos() - 1);
            heard.add("turn");
        });
        until(() -> heard.size() == 2);
        assertThat(heard).containsExactly("turn", "ring");
    }

    @ParameterizedTest
    @EnumSource
    void aClearedAlarmDoesNotRingEvenWhenItWasDue(Kind kind) {
        Loop loop = made(kind);
        var rings = new AtomicInteger();
        run(loop, () -> {
            Alarm alarm = loop.alarm(rings::incrementAndGet);
            alarm.set(loop.nanos() - 1);
            alarm.clear();
            Alarm later = loop.alarm(rings::incrementAndGet);
            later.set(loop.nanos() + 2 * MILLISECOND);
            later.clear();
        });
        letPass(20 * MILLISECOND);
        assertThat(rings).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource
    void anAlarmClearedByAnotherThatIsDueAtTheSameTimeDoesNotRing(Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        run(loop, () -> {
            Alarm[] second = new Alarm[1];
            Alarm first = loop.alarm(() -> {
                heard.add("first");
                second[0].clear();
            });
            second[0] = loop.alarm(() -> heard.add("second"));
            long at = loop.nanos() + MILLISECOND;
            first.set(at);
            second[0].set(at + 1);
        });
        letPass(20 * MILLISECOND);
        assertThat(heard).containsExactly("first");
    }

    @ParameterizedTest
    @EnumSource
    void settingAgainReplacesTheEarlierTimeBothWays(Kind kind) {
        Loop loop = made(kind);
        var postponed = new AtomicInteger();
        var broughtForward = new AtomicInteger();
        run(loop, () -> {
            Alarm later = loop.alarm(postponed::incrementAndGet);
            later.set(loop.nanos() + 2 * MILLISECOND);
            later.set(loop.nanos() + 3_600_000 * MILLISECOND);
            Alarm sooner = loop.alarm(broughtForward::incrementAndGet);
            sooner.set(loop.nanos() + 3_600_000 * MILLISECOND);
            sooner.set(loop.nanos() + 2 * MILLISECOND);
        });
        until(() -> broughtForward.get() == 1);
        letPass(20 * MILLISECOND);
        assertThat(postponed).hasValue(0);
        assertThat(broughtForward).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void anAlarmMayBeSetAgainFromItsOwnRing(Kind kind) {
        Loop loop = made(kind);
        var rings = new AtomicInteger();
        run(loop, () -> {
            Alarm[] self = new Alarm[1];
            self[0] = loop.alarm(() -> {
                if (rings.incrementAndGet() < 3) {
                    self[0].set(loop.nanos() + MILLISECOND);
                }
            });
            self[0].set(loop.nanos());
        });
        until(() -> rings.get() == 3);
        letPass(10 * MILLISECOND);
        assertThat(rings).hasValue(3);
    }

    @ParameterizedTest
    @EnumSource
    void alarmsRingInTheOrderOfTheirTimes(Kind kind) {
        Loop loop = made(kind);
        List<Integer> heard = new CopyOnWriteArrayList<>();
        run(loop, () -> {
            List<Alarm> alarms = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int number = i;
                alarms.add(loop.alarm(() -> heard.add(number)));
            }
            long base = loop.nanos() + MILLISECOND;
            for (int i = 0; i < 50; i++) {
                int scattered = i * 37 % 50;
                alarms.get(scattered).set(base + scattered * 1000L);
            }
        });
        until(() -> heard.size() == 50);
        assertThat(heard).isSorted();
    }
}
