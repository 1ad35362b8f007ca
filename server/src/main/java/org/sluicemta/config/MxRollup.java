package org.sluicemta.config;

import org.sluicemta.settings.Origin;

/// One line of the `<mx-rollup-list>`: domains with a mail host of this name go into one queue.
///
/// @param pattern of a host name in lower case: a name, `*.name`, `[*.]name` or `*`
/// @param queue the name of the joint queue in lower case, ending in `.rollup`
/// @param isByIp whether hosts are compared by address, and each domain keeps its own hosts
/// @param origin the line
public record MxRollup(String pattern, String queue, boolean isByIp, Origin.Line origin) {
    /// What every rollup queue's name ends in.
    public static final String SUFFIX = ".rollup";

    /// Whether the pattern is one host's name: such a host must be among the best hosts of a domain that matches.
    public boolean isOneHost() {
        return pattern.indexOf('*') < 0;
    }

    /// @param host in lower case, without a final dot
    public boolean matches(String host) {
        if (pattern.equals("*")) {
            return true;
        }
        if (pattern.startsWith("[*.]")) {
            return host.equals(pattern.substring(4)) || isBelow(host, pattern.substring(4));
        }
        return pattern.startsWith("*.") ? isBelow(host, pattern.substring(2)) : host.equals(pattern);
    }

    private static boolean isBelow(String host, String suffix) {
        return host.length() > suffix.length() + 1
                && host.endsWith(suffix)
                && host.charAt(host.length() - suffix.length() - 1) == '.';
    }
}
