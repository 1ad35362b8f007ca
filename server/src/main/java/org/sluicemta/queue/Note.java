package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One of the notes that a queue keeps, and those before it: a chain, for most queues have one. Owner: the queue's
/// shard.
final class Note {
    private long atMillis;
    private final String text;
    private @Nullable Note older;

    private Note(long atMillis, String text, @Nullable Note older) {
        this.atMillis = atMillis;
        this.text = text;
        this.older = older;
    }

    /// The same text again only renews its time.
    ///
    /// @param newest null where there is none yet
    /// @param most that are kept; 0 for none
    /// @return the newest from now on
    static @Nullable Note add(@Nullable Note newest, int most, long atMillis, String text) {
        if (newest != null && newest.text.equals(text)) {
            newest.atMillis = atMillis;
            return newest;
        }
        return cut(new Note(atMillis, text, newest), most);
    }

    private static @Nullable Note cut(Note newest, int most) {
        if (most == 0) {
            return null;
        }
        Note last = newest;
        for (int i = 1; i < most && last.older != null; i++) {
            last = last.older;
        }
        last.older = null;
        return newest;
    }

    /// In the place of an earlier one whose text begins with `kind`.
    static @Nullable Note replace(@Nullable Note newest, int most, long atMillis, String kind, String text) {
        Note younger = null;
        for (Note each = newest; each != null; younger = each, each = each.older) {
            if (each.text.startsWith(kind)) {
                if (younger == null) {
                    return new Note(atMillis, text, each.older);
                }
                younger.older = each.older;
                return new Note(atMillis, text, newest);
            }
        }
        return add(newest, most, atMillis, text);
    }

    boolean says(String other) {
        return text.equals(other);
    }

    QueueNote told() {
        return new QueueNote(atMillis, text);
    }

    /// Newest first.
    static List<QueueNote> all(@Nullable Note newest) {
        List<QueueNote> all = new ArrayList<>();
        for (Note each = newest; each != null; each = each.older) {
            all.add(each.told());
        }
        return List.copyOf(all);
    }
}
