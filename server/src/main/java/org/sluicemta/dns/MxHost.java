package org.sluicemta.dns;

import java.net.InetAddress;
import java.util.List;

/// A host that takes the mail of a destination.
///
/// @param name lower case without final dot; `[192.0.2.5]` for an address that has no name here
/// @param preference lower first, equal ones in any order: the MX preference, 0 for an implicit MX; in a static route
///     65536 for each level passed, and the MX preference inside the level
/// @param port 1 to 65535
/// @param addresses one or more, those of the family to be tried first in front
public record MxHost(String name, int preference, int port, List<InetAddress> addresses) {
    public MxHost {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("a host in a plan has an address; " + name + " has none");
        }
    }

    public boolean isLiteral() {
        return name.startsWith("[");
    }
}
