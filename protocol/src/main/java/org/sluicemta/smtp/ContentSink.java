package org.sluicemta.smtp;

import java.nio.ByteBuffer;

/// Where incoming content goes. Owner: the connection's loop. Never blocks.
@FunctionalInterface
public interface ContentSink {
    /// Takes the remaining bytes of `lent`, at least one, at most 64 KiB; they are lent for the call.
    Taken accept(ByteBuffer lent);

    /// What became of the bytes.
    enum Taken {
        /// Go on.
        TAKEN,
        /// Taken, but stop reading until [SubmissionControl#resume]. What was read already (at most 64 KiB) still
        /// comes.
        PAUSE,
        /// There is no memory: the rest of the message is drained and the client is told 452 4.3.1. The transaction is
        /// over for the session by [SubmissionSession#reset].
        NO_MEMORY
    }
}
