package org.sluicemta.proof.world;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// What the contracts share: a fresh world for each test, and ways to act on a loop and wait for it.
abstract class WorldContract {
    static final long MILLISECOND = 1_000_000L;

    private @Nullable WorldUnderTest fixture;

    abstract WorldUnderTest start() throws Exception;

    @BeforeEach
    final void startTheWorld() throws Exception {
        fixture = start();
    }

    @AfterEach
    final void endTheWorld() {
        if (fixture != null) {
            fixture.close();
        }
    }

    final WorldUnderTest fixture() {
        if (fixture == null) {
            throw new IllegalStateException("the world has not started");
        }
        return fixture;
    }

    final World world() {
        return fixture().world();
    }

    final Loop loop() {
        return world().loops().getFirst();
    }

    /// The second mail loop where there is one, else the only one.
    final Loop otherLoop() {
        return world().loops().getLast();
    }

    final void until(java.util.function.BooleanSupplier claim) {
        fixture().until(claim);
    }

    /// Runs `work` in a turn of `loop` and returns what it returned, or throws what it threw.
    final <T> T on(Loop loop, Supplier<T> work) {
        AtomicReference<@Nullable Object> outcome = new AtomicReference<>();
        loop.post(() -> {
            try {
                outcome.set(new Returned<>(work.get()));
            } catch (RuntimeException | Error thrown) {
                outcome.set(thrown);
            }
        });
        until(() -> outcome.get() != null);
        return switch (outcome.get()) {
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            case Returned<?> returned -> {
                @SuppressWarnings("unchecked")
                T value = (T) returned.value();
                yield value;
            }
            case null, default -> throw new IllegalStateException("no outcome");
        };
    }

    final void run(Loop loop, Runnable work) {
        on(loop, () -> {
            work.run();
            return true;
        });
    }

    /// Lets `nanos` of the world's own time pass, so that what should not happen could have happened.
    final void letPass(long nanos) {
        var passed = new java.util.concurrent.atomic.AtomicBoolean();
        Loop loop = loop();
        run(loop, () -> loop.alarm(() -> passed.set(true)).set(loop.nanos() + nanos));
        until(passed::get);
    }

    /// Waits for the answer of a call made in a turn of `home`, and proves that it came by the rules: as a turn of
    /// `home`, once, after the asking turn had returned.
    final <T> Outcome<T> ask(Loop home, java.util.function.Consumer<Answer<T>> call) {
        var kept = new Kept<T>(home);
        home.post(() -> {
            kept.asking = true;
            try {
                call.accept(kept);
            } catch (RuntimeException | Error thrown) {
                kept.fault = "the call threw " + thrown;
            }
            kept.asking = false;
        });
        until(() -> kept.outcome != null || kept.fault != null);
        if (kept.fault != null) {
            throw new AssertionError(kept.fault);
        }
        Outcome<T> outcome = kept.outcome;
        if (outcome == null) {
            throw new IllegalStateException("no outcome");
        }
        return outcome;
    }

    final <T> T ready(Loop home, java.util.function.Consumer<Answer<T>> call) {
        Outcome<T> outcome = ask(home, call);
        if (outcome.failure() != null) {
            throw new AssertionError("failed: " + outcome.failure());
        }
        return java.util.Objects.requireNonNull(outcome.value());
    }

    final <T> IoFailure refused(Loop home, java.util.function.Consumer<Answer<T>> call) {
        Outcome<T> outcome = ask(home, call);
        if (outcome.failure() == null) {
            throw new AssertionError("did not fail, but answered " + outcome.value());
        }
        return outcome.failure();
    }

    private record Returned<T>(T value) {}

    record Outcome<T>(@Nullable T value, @Nullable IoFailure failure) {}

    private static final class Kept<T> implements Answer<T> {
        private final Loop home;
        boolean asking;
        volatile @Nullable Outcome<T> outcome;
        volatile @Nullable String fault;

        Kept(Loop home) {
            this.home = home;
        }

        @Override
        public void ready(T value) {
            keep(new Outcome<>(value, null));
        }

        @Override
        public void failed(IoFailure why) {
            keep(new Outcome<>(null, why));
        }

        private void keep(Outcome<T> answered) {
            if (!home.isCurrent()) {
                fault = "answered outside its home loop";
            } else if (asking) {
                fault = "answered within the call that asked";
            } else if (outcome != null) {
                fault = "answered twice";
            }
            outcome = answered;
        }
    }
}
