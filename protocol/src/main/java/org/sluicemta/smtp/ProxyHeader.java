package org.sluicemta.smtp;

import java.net.InetSocketAddress;

/// What a proxy says of the connection that it hands on. Source: the PROXY protocol, versions 1 and 2, section 2.
public sealed interface ProxyHeader {
    /// Handed on for a client.
    ///
    /// @param client who connected to the proxy
    /// @param server where the client connected to
    record Proxied(InetSocketAddress client, InetSocketAddress server) implements ProxyHeader {}

    /// The proxy speaks for itself (a health check), or does not know the client: the connection's own addresses hold.
    record Own() implements ProxyHeader {}
}
