package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;

/// One attempt that an operator wants to see, from the asking to its end. Owner: the queue's shard.
final class Trial {
    final Trace trace;

    /// Recipients that were put aside are being gathered first.
    boolean isGathering;

    /// The attempt, once it was permitted.
    @Nullable
    Session session;

    private String held = "";

    Trial(Trace trace) {
        this.trace = trace;
    }

    /// Whether it may have a connection.
    boolean wantsSession() {
        return session == null && !isGathering;
    }

    /// Tells what holds the session back, once for each reason; an empty text for nothing.
    void holds(String text) {
        if (!text.equals(held)) {
            held = text;
            if (!text.isEmpty()) {
                trace.line(text);
            }
        }
    }
}
