package org.sluicemta.world;

/// Other programs, started and spoken to. Never blocks.
public interface ChildProcesses {
    /// Starts a program; `engine` hears `started`, then its output and its end, as turns of `home`. A
    /// program that cannot be started is heard of by `ended` alone ([ChildEnd.NotStarted]).
    void start(Loop home, ChildPlan plan, ChildEngine engine);
}
