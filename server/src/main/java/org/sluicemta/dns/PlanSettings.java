package org.sluicemta.dns;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Which hosts found by DNS are fit for mail. Hosts that the operator wrote into a route are not judged.
///
/// @param ownNames names of this server; MX records with these names lead back to us
/// @param ownAddresses addresses on which this server takes mail from others
/// @param allowsLoopback whether an MX may point to 127.0.0.0/8 or ::1: for tests and demonstrations; a stranger's
///     domain could otherwise talk to what listens on this machine
/// @param allowsPrivate whether an MX may point to 10/8, 172.16/12, 192.168/16, fc00::/7
/// @param cacheEntries the most plans kept, 1 or more
public record PlanSettings(
        Set<String> ownNames,
        Set<InetAddress> ownAddresses,
        boolean allowsLoopback,
        boolean allowsPrivate,
        int cacheEntries) {
    public PlanSettings {
        ownNames = ownNames.stream().map(n -> n.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        ownAddresses = Set.copyOf(ownAddresses);
    }

    /// Loopback refused, private addresses allowed, 20,000 plans.
    public static PlanSettings of(Set<String> ownNames, Set<InetAddress> ownAddresses) {
        return new PlanSettings(ownNames, ownAddresses, false, true, 20_000);
    }

    public PlanSettings allowingLoopback() {
        return new PlanSettings(ownNames, ownAddresses, true, true, cacheEntries);
    }

    /// Whether an address found in DNS is one that mail may be sent to: never an unspecified, multicast, link-local,
    /// `0/8` or broadcast one.
    boolean isFit(InetAddress address) {
        if (address.isLoopbackAddress()) {
            return allowsLoopback;
        }
        if (isPrivate(address)) {
            return allowsPrivate;
        }
        byte[] octets = address.getAddress();
        boolean isReservedV4 = octets.length == 4 && (octets[0] == 0 || (octets[0] & 0xf0) == 0xf0);
        return !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && !address.isLinkLocalAddress()
                && !isReservedV4;
    }

    private static boolean isPrivate(InetAddress address) {
        byte[] octets = address.getAddress();
        boolean isUniqueLocal = octets.length == 16 && (octets[0] & 0xfe) == 0xfc;
        return address.isSiteLocalAddress() || isUniqueLocal;
    }

    boolean isOurs(InetAddress address) {
        return ownAddresses.contains(address);
    }

    boolean isOurs(String name) {
        return ownNames.contains(name);
    }
}
