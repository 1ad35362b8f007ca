package org.sluicemta.queue;

import java.util.Set;
import org.sluicemta.mail.QueueKey;

/// What [Moves] knows of a queue whose mail moves, under the present settings; a queue whose mail stays has none.
///
/// Owner: its shard.
final class Passage {
    /// The rollup queue that its mail goes to since DNS has shown it; empty for none.
    String rollup = "";

    /// Queues that mail has been moved here from.
    Set<QueueKey> from = Set.of();

    /// Whether the queue's own reroute would close a circle through them.
    boolean isCircular;

    /// [RouteMemory#changes] when that was found: pools that skip who is unavailable may choose others since.
    long circleChanges;

    /// The circle that was told last.
    String circle = "";

    /// Why mail that is to move stays for the moment; empty where none does.
    String held = "";
}
