package org.sluicemta.config;

import java.util.List;
import java.util.Map;

/// Finds the ways by which strangers may send to everywhere.
final class OpenRelays {
    /// A wider range of public addresses than this belongs to no one sender.
    private static final int WIDEST_IPV4 = 8;
    private static final int WIDEST_IPV6 = 20;
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

    private OpenRelays() {}

    private static Cidr range(String text) {
        return Cidr.parse(text).orElseThrow();
    }

    static void check(Configuration configuration, Problems problems) {
        Configuration.Parts parts = configuration.parts();
        boolean listensOnlyHere = configuration.listeners().stream().allMatch(OpenRelays::isOnLoopback);
        if (listensOnlyHere) {
            return;
        }
        for (Map.Entry<Cidr, SettingsBlock> each : parts.sourcesByAddress().entrySet()) {
            SettingsBlock.Assigned relaying = each.getValue().get(Directives.ALWAYS_ALLOW_RELAYING);
            if (relaying != null
                    && Boolean.TRUE.equals(relaying.value())
                    && isForStrangers(each.getKey())
                    && isOpen(configuration.source(each.getKey().first(), List.of()))) {
                tell(relaying, each.getValue().scope() + " allows relaying", problems);
            }
        }
        for (Listener listener : parts.listeners()) {
            SettingsBlock named = parts.sourcesByName().get(Configuration.canonicalName(listener.source()));
            if (named == null) {
                continue;
            }
            SettingsBlock.Assigned relaying = named.get(Directives.ALWAYS_ALLOW_RELAYING);
            if (relaying != null
                    && Boolean.TRUE.equals(relaying.value())
                    && !isOnLoopback(listener)
                    && isOpen(configuration.source(Cidr.EVERYTHING.first(), List.of(listener.source())))) {
                tell(
                        relaying,
                        named.scope() + " allows relaying, and every client of the listener " + Spelling.of(listener)
                                + " has it",
                        problems);
            }
        }
        relayDomains(parts, problems);
    }

    private static void relayDomains(Configuration.Parts parts, Problems problems) {
        SettingsBlock.Assigned lines = parts.global().get(Directives.RELAY_DOMAIN);
        if (parts.relayDomains().listedAny() != null && lines != null) {
            tell(lines, "relay-domain * takes mail for every domain from any client", problems);
        }
    }

    private static void tell(SettingsBlock.Assigned line, String how, Problems problems) {
        problems.warning(
                "open-relay",
                line.place(),
                "everybody may send to everywhere: " + how,
                RULE,
                "allow relaying for the addresses of your own senders only");
    }

    private static boolean isOnLoopback(Listener listener) {
        return !listener.isOnAllAddresses() && listener.address().first().isLoopbackAddress();
    }

    private static boolean isForStrangers(Cidr range) {
        boolean isWide = range.prefixLength() <= (range.isIpv6() ? WIDEST_IPV6 : WIDEST_IPV4);
        return isWide && PRIVATE.stream().noneMatch(each -> ShadowedLines.contains(each, range));
    }

    private static boolean isOpen(Configuration.SourceView client) {
        return client.value(Directives.SMTP_SERVICE)
                && client.value(Directives.ALWAYS_ALLOW_RELAYING)
                && !client.isSet("require-auth");
    }
}
