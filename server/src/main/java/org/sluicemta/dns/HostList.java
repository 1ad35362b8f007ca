package org.sluicemta.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// The value of `smtp-hosts` (formerly `route`): where mail goes in place of a domain's MX records.
///
/// Grammar: levels separated by `;`, tried one after the other; hosts of one level separated by `,`, equal to each
/// other. A host is `[192.0.2.5]`, `[IPv6:2001:db8::1]`, a bare address, `name`, or `lookup-mx:domain`, each with
/// `:port` behind it or not. Blanks around separators do not matter.
///
/// A **name with a port** is a host: its addresses are used. A **bare name** is taken as a domain is: its MX records
/// if it has any, else its addresses; both uses are common (`route yahoo.com`, `smtp-hosts relay.example.com`), and a
/// relay has no MX records of its own.
///
/// @param levels one or more, none empty; hosts at most [#MAX_HOSTS] together
public record HostList(List<List<Host>> levels) {
    /// A bound for a line of configuration.
    public static final int MAX_HOSTS = 100;

    public HostList {
        levels = levels.stream().map(List::copyOf).toList();
    }

    /// One entry.
    ///
    /// @param port 1 to 65535
    public sealed interface Host {
        int port();

        record Literal(InetAddress address, int port) implements Host {}

        /// The addresses of `name`.
        record Named(String name, int port) implements Host {}

        /// The mail hosts of `domain`; the implicit one too.
        record MailOf(String domain, int port) implements Host {}
    }

    /// @param defaultPort for hosts without a port, 1 to 65535
    /// @throws DnsException saying which entry is wrong and how to write it
    public static HostList parse(String text, int defaultPort) {
        var levels = new ArrayList<List<Host>>();
        int count = 0;
        for (String level : text.split(";", -1)) {
            var hosts = new ArrayList<Host>();
            for (String entry : level.split(",", -1)) {
                hosts.add(host(entry.strip(), defaultPort, text));
            }
            count += hosts.size();
            levels.add(hosts);
        }
        if (count > MAX_HOSTS) {
            throw new DnsException("the host list has " + count + " hosts; write at most " + MAX_HOSTS);
        }
        return new HostList(levels);
    }

    private static Host host(String entry, int defaultPort, String whole) {
        if (entry.isEmpty()) {
            throw new DnsException("the host list '" + whole + "' has an empty entry; write host or [address] between "
                    + "commas and semicolons");
        }
        boolean asksMx = entry.regionMatches(true, 0, "lookup-mx:", 0, 10);
        HostText host = HostText.parse(asksMx ? entry.substring(10).strip() : entry, defaultPort);
        InetAddress literal = host.literal();
        if (literal != null) {
            if (asksMx) {
                throw new DnsException("'" + entry + "' asks for the MX of an address; write lookup-mx:domain");
            }
            return new Host.Literal(literal, host.port());
        }
        String name = DnsQuestion.canonical(host.host())
                .orElseThrow(() -> new DnsException("'" + entry + "' is no host name and no address"));
        return asksMx || !host.hasPort() ? new Host.MailOf(name, host.port()) : new Host.Named(name, host.port());
    }
}
