package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.world.Slice;

/// A message's content in memory, ready for the wire, as slices in order. Counted: whoever keeps it retains it.
///
/// @param slices not empty
/// @param lengthBytes of all slices together
public record Content(List<Slice> slices, long lengthBytes) {
    public Content {
        slices = List.copyOf(slices);
    }

    public Content retain() {
        slices.forEach(Slice::retain);
        return this;
    }

    public void release() {
        slices.forEach(Slice::release);
    }
}
