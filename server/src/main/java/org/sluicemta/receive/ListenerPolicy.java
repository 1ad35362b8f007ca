package org.sluicemta.receive;

import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsPlan;

/// What the configuration says of one listener.
///
/// @param tls how its connections are secured, or null for never
public record ListenerPolicy(TlsPlan.@Nullable Server tls) {
    /// Without TLS.
    public static final ListenerPolicy PLAIN = new ListenerPolicy(null);
}
