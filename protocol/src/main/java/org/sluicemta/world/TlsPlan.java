package org.sluicemta.world;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How to secure a connection.
public sealed interface TlsPlan {
    /// The longest that the handshake may take, over 0.
    long timeoutNanos();

    /// @param protocols e.g. `TLSv1.2`, `TLSv1.3`; not empty
    record Server(TlsIdentity identity, List<String> protocols, long timeoutNanos) implements TlsPlan {
        public Server {
            protocols = List.copyOf(protocols);
        }
    }

    /// @param serverName sent as SNI; empty for an address
    /// @param verify whether the chain and the name must hold; false takes any certificate
    /// @param identity shown to a server that asks, or null
    /// @param ticketKey sessions are resumed among connections of one key (virtual MTA, host, name, policy)
    record Client(
            String serverName,
            boolean verify,
            List<String> protocols,
            @Nullable TlsIdentity identity,
            String ticketKey,
            long timeoutNanos)
            implements TlsPlan {
        public Client {
            protocols = List.copyOf(protocols);
        }
    }
}
