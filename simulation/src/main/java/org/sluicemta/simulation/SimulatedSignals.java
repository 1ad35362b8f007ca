package org.sluicemta.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Signals;

/// Signals that a test raises.
public final class SimulatedSignals implements Signals {
    private final SimulatedWorld world;
    private final NavigableMap<String, List<Runnable>> listeners = new TreeMap<>();

    SimulatedSignals(SimulatedWorld world) {
        this.world = world;
    }

    @Override
    public void on(String name, Loop home, Runnable task) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        listeners.computeIfAbsent(name, n -> new ArrayList<>()).add(() -> loop.soon(TraceKind.SIGNAL, task));
    }

    /// Sends the process a signal.
    ///
    /// @param name without `SIG`
    public void raise(String name) {
        listeners.getOrDefault(name, List.of()).forEach(Runnable::run);
    }
}
