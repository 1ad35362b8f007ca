package org.sluicemta.queue;

import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a remote's reply is to do to a queue, as the operator's reply rules say.
public sealed interface QueueAction {
    /// Enter backoff mode, or stay in it for longer.
    record Backoff(Lasting lasting, String reason) implements QueueAction {}

    /// Leave backoff mode.
    record Normal(String reason) implements QueueAction {}

    /// Use the source address no more in this queue.
    ///
    /// @param address null for the system's choice
    record DisableSource(@Nullable InetAddress address, Lasting lasting, String reason) implements QueueAction {}

    /// Try the whole queue again later, as if it had failed.
    record Defer(QueueFailure failure) implements QueueAction {}

    /// Bounce everything that waits in the queue.
    ///
    /// @param status of the matching reply, class 5
    record BounceAll(String status, String diagnostic) implements QueueAction {}

    /// How long something lasts.
    sealed interface Lasting {
        /// As the queue's own settings say.
        enum AsConfigured implements Lasting {
            AS_CONFIGURED
        }

        /// Until somebody ends it.
        enum ForEver implements Lasting {
            FOR_EVER
        }

        record For(Duration time) implements Lasting {}
    }
}
