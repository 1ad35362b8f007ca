package org.sluicemta.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// A host as operators write it: `name`, `name:port`, `192.0.2.5`, `192.0.2.5:port`, `[192.0.2.5]:port`,
/// `[IPv6:2001:db8::1]:port`, `2001:db8::1`. Never asks DNS.
///
/// @param host without brackets and port
/// @param literal the address, or null for a name
/// @param port 1 to 65535
/// @param hasPort whether the text said the port
record HostText(String host, @Nullable InetAddress literal, int port, boolean hasPort) {
    static HostText parse(String text, int defaultPort) {
        String host;
        String rest;
        if (text.startsWith("[")) {
            int close = text.indexOf(']');
            if (close < 0) {
                throw new DnsException(
                        "'" + text + "' has no closing bracket; write [192.0.2.5] or [IPv6:2001:db8::1]");
            }
            host = text.substring(1, close);
            rest = text.substring(close + 1);
            if (literal(host) == null) {
                throw new DnsException("'" + host + "' in brackets is no IP address; write a name without brackets");
            }
        } else {
            int colon = text.indexOf(':');
            boolean isOneColon = colon >= 0 && colon == text.lastIndexOf(':');
            host = isOneColon ? text.substring(0, colon) : text;
            rest = isOneColon ? text.substring(colon) : "";
        }
        if (host.isEmpty()) {
            throw new DnsException("'" + text + "' names no host");
        }
        return new HostText(host, literal(host), port(text, rest, defaultPort), !rest.isEmpty());
    }

    private static int port(String text, String rest, int defaultPort) {
        if (rest.isEmpty()) {
            return defaultPort;
        }
        try {
            int port = Integer.parseInt(rest.substring(1));
            if (rest.charAt(0) == ':' && port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as for a number out of range.
            throw wrongPort(text);
        }
        throw wrongPort(text);
    }

    private static DnsException wrongPort(String text) {
        return new DnsException("'" + text + "' has no valid port; write host:port with a port from 1 to 65535");
    }

    /// The address of a literal with or without the tag `IPv6:`; null where it is none. Dotted quads must have four
    /// decimal parts: `10.1` and `0177.0.0.1` are no addresses here.
    static @Nullable InetAddress literal(String text) {
        boolean isTagged = text.regionMatches(true, 0, "IPv6:", 0, 5);
        String bare = isTagged ? text.substring(5) : text;
        boolean looksV6 = bare.indexOf(':') >= 0;
        if (bare.indexOf('%') >= 0 || (isTagged && !looksV6) || (!looksV6 && !isDottedQuad(bare))) {
            return null;
        }
        try {
            InetAddress address = InetAddress.ofLiteral(bare);
            // A v4-mapped address becomes an Inet4Address; whoever wrote the tag did not mean that.
            return isTagged && !(address instanceof Inet6Address) ? null : address;
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    static boolean isDottedQuad(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            boolean isPart = !part.isEmpty()
                    && part.length() <= 3
                    && part.chars().allMatch(c -> c >= '0' && c <= '9')
                    && Integer.parseInt(part) <= 255
                    && (part.length() == 1 || part.charAt(0) != '0');
            if (!isPart) {
                return false;
            }
        }
        return true;
    }
}
