package org.sluicemta.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsTrust;

/// How the management port is secured.
///
/// @param identity the configured certificate; null: one is made
/// @param versions as the JDK names them; empty for no TLS at all
/// @param clients where certificates of clients must end; null: they are asked for none
public record WebTls(
        @Nullable TlsIdentity identity,
        List<String> versions,
        @Nullable TlsTrust clients) {
    public WebTls {
        versions = List.copyOf(versions);
    }
}
