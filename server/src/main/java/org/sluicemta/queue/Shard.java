package org.sluicemta.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Loop;

/// The owner of a share of the queues, on one loop. The methods for sessions are called on that loop only.
public interface Shard {
    Loop loop();

    /// The session of `opening` is connected and ready (EHLO done), and wants its next consignment: it gets exactly one
    /// [Carrier#carry] or [Carrier#nothing] for it, in a later turn or from within other calls to the shard, never
    /// from within this call. A session may want one ahead while it still carries one.
    void wants(Dispatcher.Opening opening, Carrier carrier);

    /// One outcome for each recipient of the consignment, in order. The consignment is dead afterwards.
    void settled(Consignment consignment, List<Outcome> outcomes);

    /// The opening is over: with a failure of the queue, or null for a session that ended in order. Unsettled
    /// consignments are settled by the caller first.
    void ended(Dispatcher.Opening opening, @Nullable QueueFailure failure);

    /// An event of the queue for its list of the last ten (`show queues --errors`).
    void note(QueueKey queue, String text);
}
