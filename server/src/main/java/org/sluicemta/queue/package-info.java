/// When each recipient is tried: queues, their two retry clocks, order, permits asked and given, outcomes.
///
/// Lives here: the shards (one per loop; a queue has one owner shard), the flat tables of waiting recipients, retry
/// wheel, expiry, failures and pauses of queues, pauses of jobs, and what is told to the spool. Must not:
/// connections, protocol text, names of hosts. Imports: `spool`, `route`, `pace`, `mail`, `settings`, `world`.
/// Threads: a shard belongs to one loop; everything reaches it by mailbox or by a direct call on that loop.
@NullMarked
package org.sluicemta.queue;

import org.jspecify.annotations.NullMarked;
