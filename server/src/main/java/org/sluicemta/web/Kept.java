package org.sluicemta.web;

import java.util.function.Supplier;

/// An answer that is costly to make and is made once for all who ask within a short time.
///
/// Threads: safe from any thread; who comes while it is made waits for it.
final class Kept {
    private final long freshMillis;
    private final Object oneAtATime = new Object();
    private volatile Made newest = new Made(0, "");

    private record Made(long madeMillis, String text) {}

    /// @param freshMillis how long an answer stands
    Kept(long freshMillis) {
        this.freshMillis = freshMillis;
    }

    /// Blocks while it is made.
    ///
    /// @param making answers a text that is not empty
    String text(long nowMillis, Supplier<String> making) {
        Made made = newest;
        if (!isFresh(made, nowMillis)) {
            synchronized (oneAtATime) {
                made = newest;
                if (!isFresh(made, nowMillis)) {
                    made = new Made(nowMillis, making.get());
                    newest = made;
                }
            }
        }
        return made.text;
    }

    private boolean isFresh(Made made, long nowMillis) {
        return !made.text.isEmpty() && nowMillis - made.madeMillis < freshMillis;
    }
}
