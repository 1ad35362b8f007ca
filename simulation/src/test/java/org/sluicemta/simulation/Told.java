package org.sluicemta.simulation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// An answer that remembers what it was told; twice is an error.
final class Told<T> implements Answer<T> {
    @Nullable
    T value;

    @Nullable
    IoFailure failure;

    boolean isTold;

    @Nullable
    Loop home;

    @Override
    public void ready(T value) {
        once();
        this.value = value;
    }

    @Override
    public void failed(IoFailure why) {
        once();
        this.failure = why;
    }

    private void once() {
        if (isTold) {
            throw new AssertionError("answered twice");
        }
        if (home != null && !home.isCurrent()) {
            throw new AssertionError("answered elsewhere");
        }
        isTold = true;
    }

    /// Asks on `loop`, waits, and returns what came.
    static <T> Told<T> ask(SimulatedWorld world, Loop loop, java.util.function.Consumer<Answer<T>> call) {
        Told<T> told = new Told<>();
        told.home = loop;
        loop.post(() -> {
            call.accept(told);
            if (told.isTold) {
                throw new AssertionError("answered before the callback returned");
            }
        });
        world.runUntil(() -> told.isTold, Duration.ofMinutes(1));
        return told;
    }

    T wanted() {
        if (failure != null || value == null) {
            throw new AssertionError("failed: " + failure);
        }
        return value;
    }

    IoFailure.Kind refusal() {
        if (failure == null) {
            throw new AssertionError("did not fail: " + value);
        }
        return failure.kind();
    }
}
