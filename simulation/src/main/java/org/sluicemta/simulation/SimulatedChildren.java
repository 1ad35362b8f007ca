package org.sluicemta.simulation;

import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Starts the programs that the host has.
final class SimulatedChildren implements ChildProcesses {
    private static final int MOST = 64;

    private final SimulatedWorld world;
    private final Seed seed;
    private int running;
    private long started;

    SimulatedChildren(SimulatedWorld world, Seed seed) {
        this.world = world;
        this.seed = seed;
    }

    @Override
    public void start(Loop home, ChildPlan plan, ChildEngine engine) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        SimulatedProgram program = world.host().program(plan.command().getFirst());
        if (running == MOST) {
            refuse(loop, engine, IoFailure.Kind.EXHAUSTED, "more than " + MOST + " programs run already");
        } else if (program == null) {
            refuse(
                    loop,
                    engine,
                    IoFailure.Kind.NOT_FOUND,
                    "cannot start " + plan.command().getFirst() + ": No such file or directory");
        } else {
            running++;
            started++;
            new SimulatedChild(world, loop, plan, engine, seed.fork(), 1_000 + started, () -> running--).begin(program);
        }
    }

    private static void refuse(SimulatedLoop loop, ChildEngine engine, IoFailure.Kind kind, String text) {
        loop.soon(TraceKind.CHILD, () -> engine.ended(new ChildEnd.NotStarted(new IoFailure(kind, text))));
    }
}
