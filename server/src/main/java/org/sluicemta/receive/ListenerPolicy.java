package org.sluicemta.receive;

import java.net.InetAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsPlan;

/// What the configuration says of one listener.
///
/// @param tls how its connections are secured, or null for never
/// @param proxies who connects for others and says for whom, in a header before all else; nobody else is served then.
///     Null: clients connect themselves
public record ListenerPolicy(
        TlsPlan.@Nullable Server tls, @Nullable Predicate<InetAddress> proxies) {
    /// Without TLS, for clients.
    public static final ListenerPolicy PLAIN = new ListenerPolicy(null, null);
}
