package org.sluicemta.queue;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Who follows delivery attempts of a queue while they happen, line by line. Implemented by `control`; told by the
/// queue's shard and by the attempts, on the shard's loop. Nothing here blocks or throws.
public interface Trace {
    /// What is to be told.
    ///
    /// @param hasData whether the bytes of the dialogue are told too, content among them
    /// @param hasResolution whether each question to DNS is told
    /// @param source the address that the attempt has to leave from; null for the turn's
    record Wishes(
            boolean hasData,
            boolean hasResolution,
            @Nullable InetAddress source) {
        /// The dialogue without the content.
        public static final Wishes DIALOGUE = new Wishes(false, false, null);
    }

    Wishes wishes();

    /// One line, without its end; what a stranger wrote in it is escaped.
    void line(String text);

    /// The traced attempt is over, or was not made. Nothing comes after it. Not told to who only watches.
    ///
    /// @param refusal why no attempt was made; empty after one
    void over(String refusal);

    /// Whether the attempt was not made for this trace, and goes on as it would without.
    default boolean isPassive() {
        return false;
    }

    /// Whether nobody listens any more: what is told then is lost, and need not be made.
    boolean isGone();
}
