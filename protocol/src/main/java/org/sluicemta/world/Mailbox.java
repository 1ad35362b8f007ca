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

    /// How many items wait, roughly.
    int size();
}
