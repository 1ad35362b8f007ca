package org.sluicemta.dns;

import java.net.InetAddress;

/// What a record says, in the room's words.
public sealed interface DnsRecord {
    /// @param preference 0 to 65535, lower first
    /// @param host lower case without the final dot; empty for `.`; as the wire had it otherwise, so not always a
    ///     name that can be asked for
    record Mx(int preference, String host) implements DnsRecord {}

    /// Of an A or AAAA record.
    record Ip(InetAddress address) implements DnsRecord {}

    /// The strings of a TXT record joined, each octet a character.
    record Text(String text) implements DnsRecord {}

    /// Of a PTR record.
    record Pointer(String host) implements DnsRecord {}
}
