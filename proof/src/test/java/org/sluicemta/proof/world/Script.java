package org.sluicemta.proof.world;

/// Programs that a world under test has, by what they do.
enum Script {
    /// Copies its input to its output, and exits with 0 at the input's end.
    ECHOES,
    /// Writes `to output` and `to error`, and exits with 3.
    SPEAKS,
    /// Writes its first argument, a blank, and the variable `SLUICE_WORD`; exits with 0.
    TELLS,
    /// Writes without end.
    FLOODS,
    /// Neither reads nor writes nor ends, and has a program of its own that does not end either.
    HANGS,
    /// Closes its input, writes `deaf`, and hangs.
    DEAF,
    /// Is not there.
    ABSENT
}
