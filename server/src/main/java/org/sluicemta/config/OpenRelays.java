package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Finds the ways by which strangers may send to everywhere. Pure.
///
/// Two ask. A check warns where everybody may: it must not cry about the ranges of a sender with many machines. Who
/// takes over a configuration unseen asks about every range of public addresses that is new; only a single address is
/// somebody's own machine, however public. Where the server listens on loopback only nobody can come in.
public final class OpenRelays {
    /// A wider range of public addresses than this belongs to no one sender.
    private static final int WIDEST_IPV4 = 8;
    private static final int WIDEST_IPV6 = 20;
    /// What is not routed on the Internet. Source: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.
    private static final List<Cidr> PRIVATE = List.of(
            range("10.0.0.0/8"),
            range("127.0.0.0/8"),
            range("172.16.0.0/12"),
            range("192.168.0.0/16"),
            range("169.254.0.0/16"),
            range("100.64.0.0/10"),
            range("fc00::/7"),
            range("fe80::/10"),
            range("::1/128"));

    private static final String RULE = "an open relay is found within hours and listed by every block list";

    /// One way in.
    ///
    /// @param name tells it from others across configurations
    /// @param line the line that opens it
    /// @param isForEverybody whether a check warns
    /// @param isAskedAbout whether it is asked about where it is new
    private record Way(
            String name, SettingsBlock.Assigned line, String how, boolean isForEverybody, boolean isAskedAbout) {}

    private OpenRelays() {}

    private static Cidr range(String text) {
        return Cidr.parse(text).orElseThrow(() -> new ConfigException("no range: " + text));
    }

    /// The ranges of public addresses from which relaying is allowed, as written in their blocks; the names of sources
    /// with which a listener allows it to everybody; and the directive that takes mail for all domains. Sorted.
    public static Set<String> of(Configuration configuration) {
        Set<String> names = new TreeSet<>();
        for (Way each : ways(configuration)) {
            if (each.isAskedAbout()) {
                names.add(each.name());
            }
        }
        return names;
    }

    static void check(Configuration configuration, Problems problems) {
        for (Way each : ways(configuration)) {
            if (each.isForEverybody()) {
                problems.warning(
                        "open-relay",
                        each.line().place(),
                        "everybody may send to everywhere: " + each.how(),
                        RULE,
                        "allow relaying for the addresses of your own senders only");
            }
        }
    }

    private static List<Way> ways(Configuration configuration) {
        List<Way> ways = new ArrayList<>();
        if (configuration.listeners().stream().allMatch(OpenRelays::isOnLoopback)) {
            return ways;
        }
        Configuration.Parts parts = configuration.parts();
        for (Map.Entry<Cidr, SettingsBlock> each : parts.sourcesByAddress().entrySet()) {
            Cidr range = each.getKey();
            SettingsBlock.Assigned relaying = each.getValue().get(Directives.ALWAYS_ALLOW_RELAYING);
            if (relaying != null
                    && Boolean.TRUE.equals(relaying.value())
                    && !isPrivate(range)
                    && isOpen(configuration.source(range.first(), List.of()))) {
                boolean isWide = range.prefixLength() <= (range.isIpv6() ? WIDEST_IPV6 : WIDEST_IPV4);
                String how = each.getValue().scope() + " allows relaying";
                ways.add(new Way(range.toString(), relaying, how, isWide, !range.isSingleAddress()));
            }
        }
        for (Listener listener : configuration.listeners()) {
            throughListener(configuration, listener, ways);
        }
        SettingsBlock.Assigned domains = parts.global().get(Directives.RELAY_DOMAIN);
        if (parts.relayDomains().listedAny() != null && domains != null) {
            String how = "relay-domain * takes mail for every domain from any client";
            ways.add(new Way("relay-domain *", domains, how, true, true));
        }
        return ways;
    }

    private static void throughListener(Configuration configuration, Listener listener, List<Way> ways) {
        SettingsBlock named = configuration.parts().sourcesByName().get(Configuration.canonicalName(listener.source()));
        SettingsBlock.Assigned relaying = named == null ? null : named.get(Directives.ALWAYS_ALLOW_RELAYING);
        if (named != null
                && relaying != null
                && Boolean.TRUE.equals(relaying.value())
                && !isOnLoopback(listener)
                && isOpen(configuration.source(Cidr.EVERYTHING.first(), List.of(listener.source())))) {
            String how = named.scope() + " allows relaying, and every client of the listener " + Spelling.of(listener)
                    + " has it";
            // A private address may be a public one behind a translation, so a check tells it too.
            ways.add(new Way(listener.source(), relaying, how, true, !isPrivate(listener.address())));
        }
    }

    private static boolean isOnLoopback(Listener listener) {
        return !listener.isOnAllAddresses() && listener.address().first().isLoopbackAddress();
    }

    private static boolean isPrivate(Cidr range) {
        return PRIVATE.stream().anyMatch(each -> ShadowedLines.contains(each, range));
    }

    private static boolean isOpen(Configuration.SourceView client) {
        return client.value(Directives.SMTP_SERVICE)
                && client.value(Directives.ALWAYS_ALLOW_RELAYING)
                && !client.isSet("require-auth");
    }
}
