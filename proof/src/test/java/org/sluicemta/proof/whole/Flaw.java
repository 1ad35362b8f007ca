package org.sluicemta.proof.whole;

/// A mistake planted between the server and its world, to prove that the seeds would find it.
enum Flaw {
    NONE,
    /// Content is written and not synced: 250 is said before the message is durable.
    UNSYNCED_CONTENT,
    /// Events are written and not synced.
    UNSYNCED_EVENTS,
    /// A sync of an accounting file is answered and not made.
    UNSYNCED_ROWS,
    /// Now and then a byte of a message is changed on its way out.
    CHANGED_BYTES,
    /// Connections leave by the address of another virtual MTA.
    FOREIGN_ADDRESS,
    /// Connections leave by the first address of their virtual MTA, as if none were limited or disabled.
    FIRST_ADDRESS,
    /// Checkpoints tell every queue in normal mode.
    FORGOTTEN_MODES
}
