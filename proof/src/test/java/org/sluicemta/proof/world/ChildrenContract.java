package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcess;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Other programs: started, spoken to, bounded, killed.
abstract class ChildrenContract extends WorldContract {
    private static final long NO_BOUND = Long.MAX_VALUE;

    /// An engine that keeps what it hears, and proves that it hears it by the rules.
    static final class Listening implements ChildEngine {
        private final Loop home;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final AtomicInteger outBytes = new AtomicInteger();
        final AtomicBoolean writable = new AtomicBoolean();
        final AtomicBoolean inputClosed = new AtomicBoolean();
        volatile @Nullable ChildProcess child;
        volatile @Nullable ChildEnd end;
        volatile @Nullable String fault;

        Listening(Loop home) {
            this.home = home;
        }

        @Override
        public void started(ChildProcess started) {
            check(child == null, "started twice");
            child = started;
        }

        @Override
        public void output(ByteBuffer lent) {
            take(lent, out);
            outBytes.set(out.size());
        }

        @Override
        public void errorOutput(ByteBuffer lent) {
            take(lent, err);
        }

        private void take(ByteBuffer lent, ByteArrayOutputStream to) {
            check(child != null, "output before the start");
            check(lent.remaining() >= 1 && lent.remaining() <= 65_536, "a piece of " + lent.remaining() + " bytes");
            while (lent.hasRemaining()) {
                to.write(lent.get());
            }
        }

        @Override
        public void writable() {
            check(true, "");
            writable.set(true);
        }

        @Override
        public void inputClosed() {
            check(true, "");
            inputClosed.set(true);
        }

        @Override
        public void ended(ChildEnd how) {
            check(true, "");
            end = how;
        }

        private void check(boolean holds, String otherwise) {
            if (!home.isCurrent()) {
                fault = "heard outside its home loop";
            } else if (end != null) {
                fault = "heard after the end";
            } else if (!holds) {
                fault = otherwise;
            }
        }

        String out() {
            return out.toString(StandardCharsets.UTF_8);
        }

        String err() {
            return err.toString(StandardCharsets.UTF_8);
        }
    }

    private ChildPlan plan(Script script, String... words) {
        return plan(script, NO_BOUND, 0, words);
    }

    private ChildPlan plan(Script script, long mostOutput, long timeoutNanos, String... words) {
        var command = new ArrayList<>(fixture().command(script));
        command.addAll(List.of(words));
        return new ChildPlan(command, Map.of("SLUICE_WORD", "a \"b\" $c"), null, mostOutput, timeoutNanos);
    }

    Listening start(Loop home, ChildPlan plan) {
        var heard = new Listening(home);
        run(home, () -> world().children().start(home, plan, heard));
        return heard;
    }

    static ChildProcess child(Listening heard) {
        return java.util.Objects.requireNonNull(heard.child);
    }

    void untilStarted(Listening heard) {
        until(() -> heard.child != null || heard.end != null);
        assertThat(heard.child).isNotNull();
    }

    ChildEnd end(Listening heard) {
        until(() -> heard.end != null || heard.fault != null);
        assertThat(heard.fault).isNull();
        return java.util.Objects.requireNonNull(heard.end);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void outputErrorOutputAndStatusComeAsTurnsOfHome() {
        for (Loop home : List.of(loop(), otherLoop(), world().lane("lane-under-test"))) {
            Listening heard = start(home, plan(Script.SPEAKS));

            assertThat(end(heard)).isEqualTo(new ChildEnd.Exited(3));
            assertThat(heard.out()).isEqualTo("to output");
            assertThat(heard.err()).isEqualTo("to error");
        }
    }

    @Test
    void wordsAndVariablesArriveAsTheyAre() {
        Listening heard = start(loop(), plan(Script.TELLS, "two words; `no` shell"));

        assertThat(end(heard)).isEqualTo(new ChildEnd.Exited(0));
        assertThat(heard.out()).isEqualTo("two words; `no` shell a \"b\" $c");
    }

    @Test
    void aProgramThatIsNotThereNeverStarts() {
        Listening heard = start(loop(), plan(Script.ABSENT));

        assertThat(end(heard))
                .isInstanceOfSatisfying(
                        ChildEnd.NotStarted.class,
                        failed -> assertThat(failed.why().kind()).isEqualTo(IoFailure.Kind.NOT_FOUND));
        assertThat(heard.child).isNull();
    }

    @Test
    void whatIsWrittenArrivesInOrderAndItsEndIsSeen() {
        Listening heard = start(loop(), plan(Script.ECHOES));
        untilStarted(heard);
        var wanted = new StringBuilder();

        run(loop(), () -> {
            for (int i = 0; i < 500; i++) {
                String line = "line " + i + "\n";
                wanted.append(line);
                assertThat(child(heard).write(bytes(line))).isTrue();
            }
            child(heard).endInput();
            assertThat(child(heard).write(bytes("too late"))).isFalse();
        });

        assertThat(end(heard)).isEqualTo(new ChildEnd.Exited(0));
        assertThat(heard.out()).isEqualTo(wanted.toString());
    }

    @Test
    void aProgramThatDoesNotReadMakesWritesRefusedNotMemoryGrow() {
        Listening heard = start(loop(), plan(Script.HANGS));
        untilStarted(heard);
        ByteBuffer piece = ByteBuffer.allocate(100_000);

        boolean isRefused = on(loop(), () -> {
            for (int i = 0; i < 100; i++) {
                if (!child(heard).write(piece.duplicate())) {
                    return true;
                }
            }
            return false;
        });

        assertThat(isRefused).isTrue();
        assertThat(this.<Long>on(loop(), () -> child(heard).unwrittenBytes()))
                .isBetween(1L, (long) ChildProcess.MOST_UNWRITTEN);
        run(loop(), () -> child(heard).kill());
        assertThat(end(heard)).isEqualTo(new ChildEnd.Killed());
    }

    @Test
    void aRefusedWriterIsToldWhenThereIsRoomAgain() {
        Listening heard = start(loop(), plan(Script.ECHOES));
        untilStarted(heard);
        run(loop(), () -> {
            while (child(heard).write(ByteBuffer.allocate(100_000))) {
                assertThat(child(heard).unwrittenBytes()).isPositive();
            }
        });

        until(heard.writable::get);

        assertThat(this.<Boolean>on(loop(), () -> child(heard).write(ByteBuffer.allocate(1000))))
                .isTrue();
        run(loop(), () -> child(heard).endInput());
        assertThat(end(heard)).isEqualTo(new ChildEnd.Exited(0));
    }

    @Test
    void anEngineThatStopsReadingHearsNoMoreUntilItReadsOn() {
        Listening heard = start(loop(), plan(Script.FLOODS));
        untilStarted(heard);
        until(() -> heard.outBytes.get() > 0);

        run(loop(), () -> child(heard).reading(false));
        int most = heard.outBytes.get() + 65_536;
        letPass(100 * MILLISECOND);
        assertThat(heard.outBytes.get()).isLessThanOrEqualTo(most);

        run(loop(), () -> child(heard).reading(true));
        until(() -> heard.outBytes.get() > most);
        run(loop(), () -> child(heard).kill());
        assertThat(end(heard)).isEqualTo(new ChildEnd.Killed());
    }

    @Test
    void aProgramThatWritesTooMuchIsKilled() {
        Listening heard = start(loop(), plan(Script.FLOODS, 200_000, 0));

        assertThat(end(heard)).isEqualTo(new ChildEnd.TooMuchOutput());
        assertThat(heard.outBytes.get()).isLessThanOrEqualTo(200_000);
    }

    @Test
    void aProgramThatHangsIsKilledWithWhatItStarted() {
        Listening heard = start(
                loop(), plan(Script.HANGS, NO_BOUND, Duration.ofMillis(300).toNanos()));

        assertThat(end(heard)).isEqualTo(new ChildEnd.TimedOut());
    }

    @Test
    void aProgramThatClosesItsInputIsFoundOutByAWrite() {
        Listening heard = start(loop(), plan(Script.DEAF));
        untilStarted(heard);
        until(() -> heard.outBytes.get() == 4);

        run(loop(), () -> child(heard).write(bytes("is anybody there?")));
        until(heard.inputClosed::get);

        assertThat(this.<Boolean>on(loop(), () -> child(heard).write(bytes("no"))))
                .isFalse();
        assertThat(this.<Long>on(loop(), () -> child(heard).unwrittenBytes())).isZero();
        run(loop(), () -> child(heard).kill());
        assertThat(end(heard)).isEqualTo(new ChildEnd.Killed());
    }

    @Test
    void afterTheEndEveryCallDoesNothing() {
        Listening heard = start(loop(), plan(Script.SPEAKS));
        end(heard);

        run(loop(), () -> {
            assertThat(child(heard).write(bytes("x"))).isFalse();
            child(heard).endInput();
            child(heard).reading(false);
            child(heard).kill();
            assertThat(child(heard).unwrittenBytes()).isZero();
        });
        letPass(10 * MILLISECOND);
        assertThat(heard.fault).isNull();
    }

    @Test
    void tooManyProgramsAreRefused() {
        var all = new ArrayList<Listening>();
        for (int i = 0; i < 65; i++) {
            all.add(start(loop(), plan(Script.HANGS)));
        }

        assertThat(end(all.getLast()))
                .isInstanceOfSatisfying(
                        ChildEnd.NotStarted.class,
                        failed -> assertThat(failed.why().kind()).isEqualTo(IoFailure.Kind.EXHAUSTED));
        assertThat(all.subList(0, 64)).allSatisfy(each -> assertThat(each.end).isNull());
    }
}
