package org.sluicemta.world;

import java.nio.ByteBuffer;

/// A piece of memory outside the heap with a count of its holders. Made with one holder; freed when the last releases.
/// Reading and counting are safe from any thread; whoever writes into it does so before handing it on.
public interface Slice {
    int length();

    /// The memory that stays taken while this is held: more than [#length] for a part of a larger slice.
    default int heldBytes() {
        return length();
    }

    /// Copies `to.remaining()` bytes from `at` on.
    void get(int at, ByteBuffer to);

    /// A view on the memory itself, position 0, limit `length`; valid while a holder is left. Little-endian.
    ByteBuffer view(int from, int length);

    Slice retain();

    void release();
}
