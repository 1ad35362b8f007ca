package org.sluicemta.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a stream's files say, while a start reads them. Owner: the home loop.
final class Tail {
    /// Headers by segment id.
    final TreeMap<Long, SegmentHeader> headers = new TreeMap<>();

    /// All segments, by id, once the headers are read.
    final List<Segment> segments = new ArrayList<>();

    /// The number of the newest segment's last batch, 0 for none.
    long lastSequence;

    /// The newest segment, if no batch is in it and it may be begun again.
    @Nullable
    Segment empty;

    @Nullable
    Segment newest() {
        return segments.isEmpty() ? null : segments.getLast();
    }
}
