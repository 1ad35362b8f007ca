package org.sluicemta.config;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/// Which recipient domains a block is about.
sealed interface DomainPattern {
    /// `*`
    enum Any implements DomainPattern {
        ANY;

        @Override
        public String toString() {
            return "*";
        }
    }

    /// One domain, or a name in braces.
    record Exact(String name) implements DomainPattern {
        @Override
        public String toString() {
            return name;
        }
    }

    /// `*.example.com`: its sub-domains only.
    record Below(String suffix) implements DomainPattern {
        @Override
        public String toString() {
            return "*." + suffix;
        }
    }

    /// `[*.]example.com`: it and its sub-domains.
    record AtAndBelow(String suffix) implements DomainPattern {
        @Override
        public String toString() {
            return "[*.]" + suffix;
        }
    }

    /// `[10/8]`: domain literals with an address in the range.
    record Literals(Cidr range) implements DomainPattern {
        @Override
        public String toString() {
            return "[" + range + "]";
        }
    }

    /// @param text with its macros expanded; empty result for what is no pattern
    static Optional<DomainPattern> parse(String text) {
        if (text.equals("*")) {
            return Optional.of(Any.ANY);
        }
        if (text.startsWith("[*.]")) {
            return name(text.substring(4)).map(AtAndBelow::new);
        }
        if (text.startsWith("*.")) {
            return name(text.substring(2)).map(Below::new);
        }
        if (text.startsWith("[") && text.endsWith("]")) {
            String inside = text.substring(1, text.length() - 1);
            return Cidr.parse(inside.regionMatches(true, 0, "ipv6:", 0, 5) ? inside.substring(5) : inside)
                    .map(Literals::new);
        }
        if (text.startsWith("{") && text.endsWith("}") && text.length() > 2) {
            return Optional.of(new Exact(text.toLowerCase(Locale.ROOT)));
        }
        return name(text).map(Exact::new);
    }

    private static Optional<String> name(String text) {
        return ValueType.isHostName(text) && text.indexOf('{') < 0 ? Optional.of(canonical(text)) : Optional.empty();
    }

    /// As in queue names: lower case, A-labels, without a final dot.
    static String canonical(String domain) {
        String lower = domain.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".")) {
            lower = lower.substring(0, lower.length() - 1);
        }
        for (int i = 0; i < lower.length(); i++) {
            if (lower.charAt(i) > 127) {
                return toAscii(lower);
            }
        }
        return lower;
    }

    private static String toAscii(String domain) {
        try {
            return IDN.toASCII(domain, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException notADomain) {
            // Nothing in DNS has this name; as it stands it matches itself and does no harm.
            return domain;
        }
    }
}
