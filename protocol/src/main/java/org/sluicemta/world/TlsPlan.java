package org.sluicemta.world;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How to secure a connection.
public sealed interface TlsPlan {
    /// Versions and suites.
    TlsTerms terms();

    /// The longest that the handshake may take, over 0.
    long timeoutNanos();

    /// e.g. `TLSv1.2`, `TLSv1.3`; not empty.
    default List<String> protocols() {
        return terms().protocols();
    }

    /// @param clients a client's certificate is asked for, and one that does not lead to these ends the handshake; null
    ///     to ask for none. A client without one is served
    /// @param isImmediate whether the handshake begins with the first byte that the engine has not read: nothing is
    ///     dropped. Source: RFC 8314 section 3
    record Server(
            TlsIdentity identity, TlsTerms terms, @Nullable TlsTrust clients, boolean isImmediate, long timeoutNanos)
            implements TlsPlan {
        /// For STARTTLS, without asking for a certificate.
        public Server(TlsIdentity identity, List<String> protocols, long timeoutNanos) {
            this(identity, new TlsTerms(protocols, ""), null, false, timeoutNanos);
        }
    }

    /// @param serverName sent as SNI where it is a name; empty for none
    /// @param verify whether the chain and `serverName` must hold; false takes any certificate
    /// @param trust where a chain that must hold may end; null for the platform's authorities
    /// @param identity shown to a server that asks, or null
    /// @param ticketKey sessions are resumed among connections of one key (virtual MTA, host, name, policy)
    record Client(
            String serverName,
            boolean verify,
            @Nullable TlsTrust trust,
            TlsTerms terms,
            @Nullable TlsIdentity identity,
            String ticketKey,
            long timeoutNanos)
            implements TlsPlan {
        public Client {
            if (verify && serverName.isEmpty()) {
                throw new IllegalArgumentException("a certificate is verified against a name; give one");
            }
        }

        /// With the platform's authorities and the library's own suites.
        public Client(
                String serverName,
                boolean verify,
                List<String> protocols,
                @Nullable TlsIdentity identity,
                String ticketKey,
                long timeoutNanos) {
            this(serverName, verify, null, new TlsTerms(protocols, ""), identity, ticketKey, timeoutNanos);
        }
    }
}
