package org.sluicemta.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/// Reads the addresses of name servers.
public final class NameServers {
    private static final int DNS_PORT = 53;

    /// resolv.conf(5) of the C library uses three; a longer list is an operator's choice of ours, not of the file.
    private static final int MAX_OF_RESOLV_CONF = 3;

    private NameServers() {}

    /// An address with or without a port: `192.0.2.1`, `127.0.0.1:5353`, `::1`, `[::1]:5353`.
    ///
    /// @throws DnsException when it is none
    public static InetSocketAddress parse(String text) {
        HostText host = HostText.parse(text.strip(), DNS_PORT);
        InetAddress address = host.literal();
        if (address == null) {
            throw new DnsException("name-server '" + text + "' is no IP address; write 192.0.2.1, or 192.0.2.1:5353");
        }
        return new InetSocketAddress(address, host.port());
    }

    /// The name servers of a resolv.conf text: its `nameserver` lines, at most 3; unreadable ones are passed over, as
    /// the C library does. Without any: `127.0.0.1`.
    public static List<InetSocketAddress> ofResolvConf(String text) {
        var servers = new ArrayList<InetSocketAddress>();
        for (String line : text.split("\n")) {
            String[] words = line.strip().split("\\s+");
            if (words.length < 2 || !words[0].equals("nameserver") || servers.size() == MAX_OF_RESOLV_CONF) {
                continue;
            }
            InetAddress address = HostText.literal(words[1]);
            if (address != null) {
                servers.add(new InetSocketAddress(address, DNS_PORT));
            }
        }
        if (servers.isEmpty()) {
            servers.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), DNS_PORT));
        }
        return List.copyOf(servers);
    }
}
