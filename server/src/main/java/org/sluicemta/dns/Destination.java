package org.sluicemta.dns;

/// What a plan is asked for.
public sealed interface Destination {
    /// The mail hosts of a domain by DNS, or of a literal `[192.0.2.5]`, `[IPv6:2001:db8::1]` as it stands.
    ///
    /// @param name as people write it; any case, U-labels and a final dot are fine
    /// @param port where the hosts are spoken to: 25, or `default-smtp-port`. Source: RFC 5321 section 4.5.4.2
    record Domain(String name, int port) implements Destination {}

    /// A configured host list.
    record Route(HostList hosts) implements Destination {}
}
