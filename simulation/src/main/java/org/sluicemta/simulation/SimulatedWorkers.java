package org.sluicemta.simulation;

import java.util.function.Supplier;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Workers;

/// Workers that take as long as the seed says and finish in any order.
final class SimulatedWorkers implements Workers {
    private static final int MOST_WORKS = 1_024;
    private static final long LEAST_NANOS = 5_000;
    private static final long MOST_NANOS = 2_000_000;

    private final SimulatedWorld world;
    private final Seed seed;
    private int works;

    SimulatedWorkers(SimulatedWorld world, Seed seed) {
        this.world = world;
        this.seed = seed;
    }

    @Override
    public <T> void run(Loop home, Supplier<T> pureWork, Answer<T> answer) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        if (isFull()) {
            world.universe().faultPoints().mark("workers: full");
            loop.soon(
                    TraceKind.ANSWER,
                    () -> answer.failed(new IoFailure(IoFailure.Kind.EXHAUSTED, "the workers are full")));
            return;
        }
        works++;
        world.universe().schedule(seed.between(LEAST_NANOS, MOST_NANOS), world, null, TraceKind.WORK, () -> {
            works--;
            Runnable told = outcome(pureWork, answer);
            loop.soon(TraceKind.ANSWER, told);
        });
    }

    private static <T> Runnable outcome(Supplier<T> pureWork, Answer<T> answer) {
        try {
            T result = pureWork.get();
            return () -> answer.ready(result);
        } catch (RuntimeException broken) {
            return () -> answer.failed(new IoFailure(IoFailure.Kind.ERROR, broken.toString()));
        }
    }

    @Override
    public boolean isFull() {
        return works >= MOST_WORKS;
    }
}
