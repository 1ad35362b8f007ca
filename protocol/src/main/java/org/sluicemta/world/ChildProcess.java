package org.sluicemta.world;

import java.nio.ByteBuffer;

/// A running program. Owner: the loop that started it, the only place to call it from. Never blocks.
/// After its end ([ChildEngine#ended]) every call does nothing.
public interface ChildProcess {
    /// The most bytes that may wait for the program to read them.
    int MOST_UNWRITTEN = 1 << 20;

    /// Copies all of `bytes` to go to the program's input, in order, or takes none of them.
    ///
    /// @return false when more than [#MOST_UNWRITTEN] bytes would wait: then [ChildEngine#writable] is
    ///     told once half
    ///     of the room is free; false too after [#endInput] and after [ChildEngine#inputClosed]
    boolean write(ByteBuffer bytes);

    /// Bytes taken and not yet handed to the system. What was handed over may still be lost with the
    /// program.
    long unwrittenBytes();

    /// Closes the program's input once what was written has gone.
    void endInput();

    /// Stops or resumes the calls of [ChildEngine#output] and [ChildEngine#errorOutput]; the program
    /// then waits when the system's pipe is full. At first they come; one call more of each may come
    /// after a stop.
    void reading(boolean on);

    /// Kills the program and the programs that it started, as far as they can be found. Its end is told
    /// as [ChildEnd.Killed].
    void kill();

    /// The number under which the system knows it.
    long id();
}
