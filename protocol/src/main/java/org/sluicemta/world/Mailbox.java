package org.sluicemta.world;

/// A bounded way into a loop. Any thread may offer; one wake-up serves a burst.
///
/// A full mailbox refuses; nobody waits for it. It may refuse new work, never a result: whoever hands out work takes a
/// credit for its answer, so that the mailbox of answers is at least as large as the work outstanding.
public interface Mailbox<T> {
    /// Never blocks.
    ///
    /// @return false when the mailbox is full or its loop has ended; the item was not taken
    boolean offer(T item);

    /// From now on offers wake nobody: what comes waits until the owner looks, which it must before its loop ends. A
    /// hand-over that was due already still comes. For one who works at its own times. In a turn of the loop.
    void hold();

    /// Hands over what waits, in this very turn or, where it is much, in part; from now on offers wake the loop again.
    /// Nothing happens where it is not held. In a turn of the loop.
    void look();

    /// How many items wait, roughly.
    int size();
}
