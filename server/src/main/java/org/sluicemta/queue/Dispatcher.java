package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;

/// Opens connections when a queue has mail and permits. Implemented by `deliver`, connected by `app`.
public interface Dispatcher {
    /// Starts one connection attempt for `queue`. Every opening ends with exactly one [Shard#ended], whether it ever
    /// became a session or not; until then its permits are held. Called in a turn of the shard's loop; answers only
    /// in later turns.
    ///
    /// @param opening the shard's own handle, given back with every call
    void open(QueueKey queue, Opening opening);

    /// One permitted connection. Compared by identity.
    interface Opening {
        QueueKey queue();

        /// Who follows what happens, or null.
        default @Nullable Trace trace() {
            return null;
        }
    }
}
