package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.StoredMessage;

/// Recipients of one message whose report is owed, and the message to be quoted.
///
/// @param indexes those of the recipients that were asked for whose report is still owed; empty when there is nothing
///     left to do
/// @param stored its content is retained for whoever gets this; null when there is nothing to do or the message cannot
///     be read
/// @param isForNow whether it could not be read for want of memory: ask again later
public record OwedMail(List<Integer> indexes, @Nullable StoredMessage stored, boolean isForNow) {
    static final OwedMail NONE = new OwedMail(List.of(), null, false);

    public OwedMail {
        indexes = List.copyOf(indexes);
    }

    /// Recipients of one message may be in several shards.
    OwedMail plus(OwedMail other) {
        if (other.indexes.isEmpty()) {
            return this;
        }
        if (indexes.isEmpty()) {
            return other;
        }
        var all = new ArrayList<>(indexes);
        all.addAll(other.indexes);
        StoredMessage second = other.stored;
        if (stored == null) {
            return new OwedMail(all, second, isForNow && second == null);
        }
        if (second != null) {
            second.content().release();
        }
        return new OwedMail(all, stored, false);
    }
}
