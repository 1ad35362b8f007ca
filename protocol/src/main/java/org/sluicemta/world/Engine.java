package org.sluicemta.world;

import java.nio.ByteBuffer;

/// A protocol without input or output: bytes and events go in, bytes and requests come out through the [Connection].
/// The same class runs on the real network and in the simulation and cannot tell which. All calls come as turns of one
/// loop, never within a call that the engine itself makes to its connection.
public interface Engine {
    /// The connection stands. First call, unless connecting failed.
    void opened(Connection connection);

    /// Bytes arrived; at least one. The buffer is lent for the call: what is not read is lost, what is kept must be
    /// copied. At most 64 KiB a call.
    void bytes(ByteBuffer lent);

    /// What was unsent has fallen below the runtime's low-water mark after it had been above its high-water mark.
    default void writable() {}

    /// The handshake asked for by [Connection#startTls] is done.
    default void secured(TlsFacts facts) {
        throw new IllegalStateException("no handshake was asked for");
    }

    /// The remote sends no more (half-close). Writing still works.
    void ended();

    /// The end: exactly once, the last call of all, on a failure and after [Connection#close] or [Connection#abort]
    /// too ([IoFailure.Kind#CLOSED_HERE]).
    void failed(IoFailure why);
}
