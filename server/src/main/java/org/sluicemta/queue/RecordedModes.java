package org.sluicemta.queue;

/// What a start does with backoff modes, pauses and disabled source addresses that were recorded before it.
public enum RecordedModes {
    /// They go on, with the time that is left to them.
    KEPT,
    /// They are ended, and that is recorded: the next start does not bring them back.
    FORGOTTEN
}
