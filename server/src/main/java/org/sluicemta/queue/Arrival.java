package org.sluicemta.queue;

import org.sluicemta.spool.StoredMessage;

/// A durable message on its way into its queues. One object per message and shard; the content is retained by it.
///
/// @param indexes the recipients of this shard, numbers within the message
public record Arrival(StoredMessage stored, int[] indexes) {}
