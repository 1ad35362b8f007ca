package org.sluicemta.queue;

import java.time.ZoneId;
import org.sluicemta.world.Memory;

/// What a shard may use.
///
/// @param slots outside the heap, for the tables of waiting messages and recipients; may be shared by the shards
/// @param freshBytes of content kept at hand by one shard; its memory belongs to the budget it was read or received
///     under
/// @param zone whose calendar days count for daily rates
public record QueueBudget(Memory slots, long freshBytes, ZoneId zone) {}
