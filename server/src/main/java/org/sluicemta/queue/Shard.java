package org.sluicemta.queue;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Loop;

/// The owner of a share of the queues, on one loop. The methods for sessions are called on that loop only.
public interface Shard {
    Loop loop();

    /// The session of `opening` is connected and ready (EHLO done), and wants its next consignment: it gets exactly one
    /// [Carrier#carry] or [Carrier#nothing] for it, in a later turn or from within other calls to the shard, never
    /// from within this call. A session may want one ahead while it still carries one. While it waits for a permit
    /// there is no answer, for `paced-connection-hold` at most. Asking again while an answer is due changes
    /// nothing.
    void wants(Dispatcher.Opening opening, Carrier carrier);

    /// One outcome for each recipient of the consignment, in order. The consignment is dead afterwards.
    ///
    /// @param contentBytes of its message that were sent, also where the remote refused it then: what volumes count
    void settled(Consignment consignment, List<Outcome> outcomes, long contentBytes);

    /// The opening tries another host, or the same one again: that is one connection more for `max-connect-rate`.
    ///
    /// @return when it may, on [Loop#nanos]; now or later. The instant is taken
    long connectsAgain(Dispatcher.Opening opening);

    /// Whether the opening may leave from `address` (null for the system's choice): it is not disabled, and its limits
    /// in this queue leave room.
    boolean mayLeaveFrom(Dispatcher.Opening opening, @Nullable InetAddress address);

    /// The opening leaves from `address`, and counts for it until it ends or names another.
    void leavesFrom(Dispatcher.Opening opening, @Nullable InetAddress address);

    /// The mail hosts of the opening's domain belong to a rollup: its mail goes to that queue. The opening ends.
    ///
    /// @param rollup a queue's name ending in `.rollup`
    void joins(Dispatcher.Opening opening, String rollup);

    /// A remote's reply is to do something to the queue. Before the consignment that it belongs to is settled.
    void act(Dispatcher.Opening opening, QueueAction action);

    /// The session has begun to quit of itself (idle for too long) and takes no more mail; [#ended] follows. A
    /// consignment handed to it meanwhile it settles as [Outcome.Untouched].
    void leaving(Dispatcher.Opening opening);

    /// The opening is over: with a failure of the queue, or null for a session that ended in order. Unsettled
    /// consignments are settled by the caller first.
    void ended(Dispatcher.Opening opening, @Nullable QueueFailure failure);

    /// An event of the queue for its list of the last ten (`show queues --errors`).
    void note(QueueKey queue, String text);

    /// The same for what a remote refused: of all texts that begin with `kind` the list has the newest only, so that a
    /// thousand unknown mailboxes leave room for what else is wrong.
    void noteRefusal(QueueKey queue, String kind, String text);
}
