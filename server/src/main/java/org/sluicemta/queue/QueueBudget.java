package org.sluicemta.queue;

import java.time.ZoneId;
import org.sluicemta.world.Memory;

/// What a shard may use.
///
/// @param slots outside the heap, for the tables of waiting messages and recipients; may be shared by the shards
/// @param freshBytes of content kept at hand by one shard; its memory belongs to the budget it was read or received
///     under
/// @param mostQueues of all shards, 1 or more: as many as the heap holds. Beyond it reception refuses new
///     mail; what was accepted before goes on
/// @param zone whose calendar days count for daily rates
public record QueueBudget(Memory slots, long freshBytes, long mostQueues, ZoneId zone) {
    /// What a queue takes of the heap that only waits, with the text of its last failure. Measured: 315 bytes where
    /// many failed in the same way and share it, 462 where it names a host that no other queue
    /// has; some 80 more where all are paused.
    public static final long QUEUE_BYTES = 560;

    /// With as many queues as there may be numbers.
    public QueueBudget(Memory slots, long freshBytes, ZoneId zone) {
        this(slots, freshBytes, Integer.MAX_VALUE, zone);
    }
}
