package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Loop;

/// The way of a durable message into its queues. Called from any mail loop, after the sync.
public interface Intake {
    /// Never blocks and never refuses: its mailboxes hold more than the sessions that can be waiting for a sync.
    void arrived(StoredMessage stored);

    /// What routing is told at the present moment of a loop; for one turn.
    default RouteFacts facts(Loop loop) {
        return RouteFacts.NONE;
    }

    /// What [#behind] tells at most.
    int MOST_BEHIND = 9;

    /// How far the owner of a queue is behind with mail that could go at once: 0 for not at all, [#MOST_BEHIND] where
    /// contents no longer stay at hand until their turn. Safe from any thread.
    default int behind(QueueKey queue) {
        return 0;
    }

    /// What no more mail can wait for.
    enum Full {
        /// The tables of waiting mail have outgrown their budget.
        TABLES,
        /// There are as many queues as the heap holds.
        QUEUES
    }

    /// Asked before a message is taken, and answered to the client with 452. Safe from any thread.
    ///
    /// @return null where there is room
    default @Nullable Full full() {
        return null;
    }
}
