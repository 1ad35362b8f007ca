package org.sluicemta.world;

import java.nio.ByteBuffer;

/// Hears what a child process does. All calls come as turns of the loop that started it, never within a
/// call that the engine itself makes.
public interface ChildEngine {
    /// The program runs. First call, unless it could not be started.
    void started(ChildProcess child);

    /// Bytes of its output; at least one, at most 64 KiB. The buffer is lent for the call.
    void output(ByteBuffer lent);

    /// Bytes of its error output; as above.
    void errorOutput(ByteBuffer lent);

    /// Half of the room for its input is free again after a write was refused.
    default void writable() {}

    /// The program reads its input no more: what was not yet written is dropped, and writes are refused.
    /// Told only when a write found it out; a program that ends is told by `ended` in any case.
    default void inputClosed() {}

    /// The end: exactly once, the last call of all, after all output that came.
    void ended(ChildEnd how);
}
