package org.sluicemta.world;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/// A stream of bytes to a remote. Owner: its loop, the only place to call it from. Never blocks.
public interface Connection {
    /// The runtime's own buffer for small texts: at least `atLeast` bytes free, at most 64 KiB may be asked for. Put
    /// bytes into it; they go out with the next [#flush], in order with [#send]. Valid until the next call on this
    /// connection.
    ByteBuffer out(int atLeast);

    /// Queues `length` bytes of `content` from `from`, without copying in clear. Retained here, released when written
    /// or closed.
    void send(Slice content, int from, int length);

    /// Hands what is queued to the network. One flush a turn is the rule.
    void flush();

    /// Bytes queued and not yet taken by the system.
    long unsentBytes();

    /// Stops or resumes the calls of [Engine#bytes]: back-pressure. At first they come.
    void reading(boolean on);

    /// Starts a handshake. Bytes of the remote that arrived before it are dropped and counted in [TlsFacts]; what was
    /// queued here is flushed in clear first. Asked for within [Engine#bytes], what the engine left unread of the
    /// lent buffer counts among them, so an engine leaves there what follows the line that it acts on. Under a plan
    /// for immediate TLS those bytes begin the handshake instead.
    void startTls(TlsPlan plan);

    /// Flushes, then closes. The engine hears `failed` with [IoFailure.Kind#CLOSED_HERE].
    void close();

    /// Closes at once, dropping what is unsent.
    void abort();

    SocketAddress remote();

    SocketAddress local();

    Loop loop();
}
