package org.sluicemta.world;

import org.jspecify.annotations.Nullable;

/// A named budget of memory outside the heap. Safe from any thread; never blocks.
public interface Memory {
    /// A slice of exactly `bytes`, contents arbitrary.
    ///
    /// @return null when the budget has no room: the caller answers 452, waits, or gives something back
    @Nullable
    Slice take(int bytes);

    String name();

    long usedBytes();

    long limitBytes();
}
