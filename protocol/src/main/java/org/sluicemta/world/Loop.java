package org.sluicemta.world;

/// One thread of control that owns things: a Netty event loop, a lane's thread, or a turn of the simulation.
///
/// Work reaches a loop as mail, as an alarm, or as bytes of a connection. Each is handled in a turn; turns of one loop
/// never overlap. Only [#post], [#isCurrent] and [Mailbox#offer] may be called from other threads.
public interface Loop {
    /// The monotonic clock in nanoseconds, read once a turn: equal within a turn, never decreasing. Its zero is
    /// arbitrary.
    long nanos();

    /// Server time in milliseconds since 1970, read once a turn: the wall clock at start plus monotonic time since,
    /// slewed by at most 500 ppm. Due times are server time, so a jump of the wall clock moves none of them.
    long serverMillis();

    /// Whether the caller runs in a turn of this loop.
    boolean isCurrent();

    /// A bounded mailbox of this loop.
    ///
    /// @param capacity the most items that may wait, 1 or more
    /// @param drain called in turns of this loop, items in order of arrival (per sender), up to 1 ms of them a turn
    <T> Mailbox<T> mailbox(int capacity, Drain<T> drain);

    /// A reusable alarm of this loop. Few in number: one for each shard or session, never one for each message.
    Alarm alarm(Runnable ring);

    /// Runs `task` once at the end of the present turn, before the loop waits: the place to flush what a turn gathered.
    /// To be called in a turn of this loop only.
    void afterTurn(Runnable task);

    /// Runs `task` as a turn of this loop. From any thread; unbounded, so for wiring, start, stop and operators'
    /// commands only, never for mail.
    void post(Runnable task);

    /// What a mailbox does with an item that arrived.
    @FunctionalInterface
    interface Drain<T> {
        void accept(T item);
    }
}
