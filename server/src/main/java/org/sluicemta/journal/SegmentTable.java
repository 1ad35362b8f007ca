package org.sluicemta.journal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The segments of one stream, by id. Read from any thread; changed once per segment, so each change copies.
final class SegmentTable {
    private volatile Segment[] sorted = new Segment[0];

    Segment[] all() {
        return sorted;
    }

    @Nullable
    Segment find(long id) {
        Segment[] all = sorted;
        int low = 0;
        int high = all.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            long found = all[middle].id;
            if (found == id) {
                return all[middle];
            }
            if (found < id) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    /// The least one with an id of at least `id`.
    @Nullable
    Segment atOrAfter(long id) {
        for (Segment each : sorted) {
            if (each.id >= id) {
                return each;
            }
        }
        return null;
    }

    synchronized void add(Segment segment) {
        Segment[] all = sorted;
        if (all.length > 0 && all[all.length - 1].id >= segment.id) {
            throw new JournalException("segment " + segment.id + " is not the newest");
        }
        Segment[] more = Arrays.copyOf(all, all.length + 1);
        more[all.length] = segment;
        sorted = more;
    }

    synchronized void remove(Segment segment) {
        sorted = Arrays.stream(sorted).filter(each -> each != segment).toArray(Segment[]::new);
    }
}
