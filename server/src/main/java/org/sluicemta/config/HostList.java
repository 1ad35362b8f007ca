package org.sluicemta.config;

import java.net.InetAddress;
import java.util.List;

/// Fixed routing: hosts in levels of preference.
///
/// @param levels the most preferred first, each with at least one host; empty means the MX records of the domain
public record HostList(List<List<Host>> levels) {
    public static final HostList NONE = new HostList(List.of());

    public HostList {
        levels = levels.stream().map(List::copyOf).toList();
    }

    public boolean isEmpty() {
        return levels.isEmpty();
    }

    /// One destination. A port of 0 means the domain's `default-smtp-port`.
    public sealed interface Host {
        int port();

        /// A host by name.
        record Named(String name, int port) implements Host {}

        /// An address, with or without brackets in the file.
        record Literal(InetAddress address, int port) implements Host {}

        /// The MX hosts of a domain: `lookup-mx:example.com`.
        record MxOf(String domain, int port) implements Host {}
    }
}
