package org.sluicemta.queue;

/// Why a queue's ready mail is not going out at this moment.
///
/// @param directive the setting that binds, or empty
/// @param origin where it was set, e.g. `/etc/sluice/config:41`, or empty
/// @param text one line for a person
/// @param untilMillis server time when it ends; 0 where nobody can tell
public record Wait(Cause cause, String directive, String origin, String text, long untilMillis) {
    /// Kinds of reasons, from the most to the least lasting.
    public enum Cause {
        /// Nothing is ready and nothing waits.
        EMPTY,
        /// It goes out now.
        MOVING,
        /// Its virtual MTA is no longer configured (`removed-virtual-mta hold`).
        FROZEN,
        PAUSED,
        /// All of its mail that is ready is of jobs that are paused.
        JOBS_PAUSED,
        /// The server is starting.
        STARTING,
        /// The server is stopping.
        STOPPING,
        /// The queue failed as a whole and waits out `retry-after`.
        QUEUE_RETRY,
        /// Its mail goes to another queue, which cannot take it for the moment.
        MOVE_HELD,
        /// Every source address of the queue is disabled.
        SOURCES_DISABLED,
        /// A message or connect rate, or a number of connections.
        LIMIT,
        /// Connections are being made.
        CONNECTING,
        /// A connection ended without having carried anything; the next is made a moment later.
        CALMING,
        /// Its sessions are busy.
        BUSY,
        /// Its messages are being read from the spool.
        READING,
        /// The spool takes no more events for the moment.
        SPOOL_BUSY,
        /// Every recipient waits out its own retry time, or its not-before.
        RECIPIENT_RETRY
    }
}
