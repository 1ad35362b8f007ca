package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Buffers for input that comes while a message waits for its answer. A client that pipelines needs one with each
/// message, so each thread keeps a bounded number of them for its connections.
final class HeldBuffers {
    /// An envelope of a few recipients.
    static final int SMALL_BYTES = 2 << 10;
    /// What is held before reading stops, and one more buffer of the network.
    static final int LARGE_BYTES = 32 << 10;

    /// 0.5 MB of each size for each thread.
    private static final int MOST_SMALL = 256;

    private static final int MOST_LARGE = 16;

    private static final ThreadLocal<HeldBuffers> OF_THREAD = ThreadLocal.withInitial(HeldBuffers::new);

    private final ArrayDeque<ByteBuffer> small = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> large = new ArrayDeque<>();

    private HeldBuffers() {}

    /// An empty buffer.
    ///
    /// @param atLeast bytes that it must hold; above [#LARGE_BYTES] it is made for this one use
    static ByteBuffer take(int atLeast) {
        HeldBuffers mine = OF_THREAD.get();
        if (atLeast <= SMALL_BYTES) {
            ByteBuffer spare = mine.small.poll();
            return spare == null ? ByteBuffer.allocate(SMALL_BYTES) : spare;
        }
        if (atLeast <= LARGE_BYTES) {
            ByteBuffer spare = mine.large.poll();
            return spare == null ? ByteBuffer.allocate(LARGE_BYTES) : spare;
        }
        return ByteBuffer.allocate(atLeast);
    }

    /// Gives a buffer back that nobody looks into any more.
    static void giveBack(ByteBuffer buffer) {
        HeldBuffers mine = OF_THREAD.get();
        if (buffer.capacity() == SMALL_BYTES && mine.small.size() < MOST_SMALL) {
            mine.small.push(buffer.clear());
        } else if (buffer.capacity() == LARGE_BYTES && mine.large.size() < MOST_LARGE) {
            mine.large.push(buffer.clear());
        }
    }
}
