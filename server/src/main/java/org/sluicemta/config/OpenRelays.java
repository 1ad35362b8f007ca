package org.sluicemta.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Which ranges of public addresses may send to everywhere. Pure.
///
/// A single address is somebody's own machine, however public; a range of them is asked about where it
/// is new. An address that cannot come in, because the server listens on loopback only, does not count.
public final class OpenRelays {
    /// What is not routed on the Internet. Source: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.
    private static final List<Cidr> PRIVATE = List.of(
            range("10.0.0.0/8"),
            range("172.16.0.0/12"),
            range("192.168.0.0/16"),
            range("100.64.0.0/10"),
            range("169.254.0.0/16"),
            range("127.0.0.0/8"),
            range("fc00::/7"),
            range("fe80::/10"),
            range("::1/128"));

    private OpenRelays() {}

    private static Cidr range(String text) {
        return Cidr.parse(text).orElseThrow(() -> new ConfigException("no range: " + text));
    }

    /// The ranges of public addresses from which relaying is allowed, as written in their blocks; and
    /// the names of sources with which a listener allows it to everybody. Sorted.
    public static Set<String> of(Configuration configuration) {
        Set<String> open = new TreeSet<>();
        if (configuration.listeners().stream().allMatch(OpenRelays::isOnLoopback)) {
            return open;
        }
        for (Map.Entry<Cidr, SettingsBlock> each :
                configuration.parts().sourcesByAddress().entrySet()) {
            Cidr range = each.getKey();
            if (!range.isSingleAddress() && !isPrivate(range) && allows(each.getValue())) {
                open.add(range.toString());
            }
        }
        for (Listener listener : configuration.listeners()) {
            SettingsBlock named =
                    configuration.parts().sourcesByName().get(Configuration.canonicalName(listener.source()));
            if (named != null && !isPrivate(listener.address()) && allows(named)) {
                open.add(listener.source());
            }
        }
        return open;
    }

    private static boolean allows(SettingsBlock block) {
        SettingsBlock.Assigned relaying = block.get(Directives.ALWAYS_ALLOW_RELAYING);
        SettingsBlock.Assigned serves = block.get(Directives.SMTP_SERVICE);
        return relaying != null
                && Boolean.TRUE.equals(relaying.value())
                && (serves == null || Boolean.TRUE.equals(serves.value()));
    }

    private static boolean isOnLoopback(Listener listener) {
        InetAddress first = listener.address().first();
        return !listener.isOnAllAddresses() && first.isLoopbackAddress();
    }

    private static boolean isPrivate(Cidr range) {
        return range.prefixLength() > 0
                && PRIVATE.stream()
                        .anyMatch(each -> each.prefixLength() <= range.prefixLength() && each.contains(range.first()));
    }
}
