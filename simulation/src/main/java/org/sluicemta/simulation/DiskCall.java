package org.sluicemta.simulation;

/// A call on a disk that was asked for and has not been answered. Begins, takes time, ends with an answer.
///
/// @param <T> what the answer brings
abstract class DiskCall<T> {
    /// @param ended runs when the call is over, its answer being on its way
    abstract void begin(Runnable ended);
}
