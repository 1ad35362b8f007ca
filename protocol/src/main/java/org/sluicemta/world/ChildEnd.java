package org.sluicemta.world;

/// How a child process ended.
public sealed interface ChildEnd {
    /// By itself.
    ///
    /// @param status 0 for success by custom; 128 + n for one that a signal n ended which was not ours
    record Exited(int status) implements ChildEnd {}

    /// By [ChildProcess#kill].
    record Killed() implements ChildEnd {}

    /// It ran longer than its plan allows, and was killed.
    record TimedOut() implements ChildEnd {}

    /// It wrote more than its plan allows, and was killed.
    record TooMuchOutput() implements ChildEnd {}

    /// @param why [IoFailure.Kind#NOT_FOUND] for no such program, `DENIED`, `EXHAUSTED` when too many
    ///     run, or `ERROR`
    record NotStarted(IoFailure why) implements ChildEnd {}
}
