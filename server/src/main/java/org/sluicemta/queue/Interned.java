package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;

/// Values that are kept for many queues and mostly say the same: one of each is enough. It knows the last few
/// hundred and forgets whom another takes the place of.
///
/// Owner: its shard.
final class Interned<T> {
    private static final int PLACES = 512;

    private final @Nullable Object[] known = new @Nullable Object[PLACES];

    /// The value itself, or the one that equals it and came before.
    T of(T value) {
        T before = find(value);
        return before == null ? keep(value) : before;
    }

    /// The one that equals a value and came before, if it is still known.
    @Nullable
    T find(T value) {
        Object before = known[place(value)];
        if (!value.equals(before)) {
            return null;
        }
        @SuppressWarnings("unchecked") // nothing else was kept, and it equals one
        T same = (T) before;
        return same;
    }

    T keep(T value) {
        known[place(value)] = value;
        return value;
    }

    private static int place(Object value) {
        return (value.hashCode() * 0x9E3779B9 >>> 8) % PLACES;
    }
}
