package org.sluicemta.world;

import java.net.InetAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// How to connect.
///
/// @param remote an internet or a Unix address
/// @param local the address to connect from, or null for the system's choice. The port is chosen at connect, not at
///     bind (IP_BIND_ADDRESS_NO_PORT), so that many connections can leave one address
/// @param timeoutNanos until connected; over 0
public record ConnectPlan(SocketAddress remote, @Nullable InetAddress local, long timeoutNanos) {}
