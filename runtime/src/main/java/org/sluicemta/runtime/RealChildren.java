package org.sluicemta.runtime;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Programs started by the JDK. Each has a few threads of its own, which only move bytes: the JDK knows
/// pipes no other way. They are few and not on mail's way.
final class RealChildren implements ChildProcesses {
    /// Programs that run at one time: pipes of accounting files, one pull. More is a defect that would
    /// eat the machine.
    static final int MOST = 64;

    private final Set<RealChild> running = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean isEnding;

    @Override
    public void start(Loop home, ChildPlan plan, ChildEngine engine) {
        TurnLoop loop = RealWorld.own(home);
        if (isEnding || count.incrementAndGet() > MOST) {
            if (!isEnding) {
                count.decrementAndGet();
            }
            loop.later(() -> engine.ended(new ChildEnd.NotStarted(
                    new IoFailure(IoFailure.Kind.EXHAUSTED, "more than " + MOST + " programs run already"))));
            return;
        }
        RealChild child = new RealChild(loop, plan, engine, this::gone);
        running.add(child);
        child.begin();
        if (isEnding) {
            child.killNow();
        }
    }

    private void gone(RealChild child) {
        if (running.remove(child)) {
            count.decrementAndGet();
        }
    }

    /// Kills what runs: nobody is left to hear it.
    void end() {
        isEnding = true;
        running.forEach(RealChild::killNow);
    }
}
