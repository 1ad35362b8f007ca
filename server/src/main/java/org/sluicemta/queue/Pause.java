package org.sluicemta.queue;

/// That a queue is paused, by whom and for how long. Apart from the queue, as few are. Owner: its shard.
final class Pause {
    final long atMillis;
    /// Server time at which it ends by itself; 0 where it does not.
    final long untilMillis;
    final String by;
    /// Recipients that expired since then; a start forgets the number.
    int expired;

    Pause(long atMillis, long untilMillis, String by) {
        this.atMillis = atMillis;
        this.untilMillis = untilMillis;
        this.by = by;
    }
}
