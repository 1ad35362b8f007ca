package org.sluicemta.world;

import java.net.InetSocketAddress;

/// Listening, connecting, datagrams.
public interface Network {
    /// Binds and listens. Blocks until bound; for the start and for a reload.
    ///
    /// @param home the loop on which `dealer` is asked
    /// @throws NetworkException when the address cannot be bound; the text says which and why
    Listener listen(Loop home, ListenPlan plan, Dealer dealer);

    /// Opens a connection; `engine` hears `opened` or `failed` on `home`. Never blocks.
    void connect(Loop home, ConnectPlan plan, Engine engine);

    /// A datagram socket of `home`.
    ///
    /// @param local the address to bind; port 0 takes any
    /// @throws NetworkException when the address cannot be bound
    Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink);

    /// A certificate made here for `host`, signed by itself, P-256, for at least a year: what a server offers when
    /// none is configured. Takes milliseconds; not for the mail path.
    TlsIdentity selfSigned(String host);

    /// An open listener.
    interface Listener {
        /// Where it listens; the port that was taken if the plan said 0.
        java.net.SocketAddress local();

        /// Stops listening; connections stay. Never blocks.
        void close();
    }

    /// Decides which loop and engine serve an accepted connection. Asked on the listener's home loop.
    @FunctionalInterface
    interface Dealer {
        /// @return the seat, or null to close the connection at once
        @org.jspecify.annotations.Nullable
        Seat deal(java.net.SocketAddress remote, java.net.SocketAddress local);
    }

    /// Where an accepted connection is served.
    record Seat(Loop loop, Engine engine) {}

    /// A datagram socket. Owner: its loop.
    interface Datagrams {
        InetSocketAddress local();

        /// Copies `data` and sends it; false when it could not be handed to the system (the caller's time-out decides).
        boolean send(InetSocketAddress to, java.nio.ByteBuffer data);

        void close();
    }

    /// Hears arriving datagrams, as turns of the home loop. `lent` is valid during the call only.
    @FunctionalInterface
    interface DatagramSink {
        void arrived(InetSocketAddress from, java.nio.ByteBuffer lent);
    }
}
