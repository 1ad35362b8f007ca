package org.sluicemta.world;

/// Signals of the operating system.
public interface Signals {
    /// Runs `task` as a turn of `home` each time signal `name` arrives.
    ///
    /// @param name without `SIG`: `TERM`, `INT`, `HUP`
    void on(String name, Loop home, Runnable task);
}
