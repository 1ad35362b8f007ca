package org.sluicemta.mail;

import java.net.Inet6Address;
import java.net.InetAddress;

/// How an IP address is written for people and in records: IPv6 in its one recommended form, lower case, without
/// leading zeros, the longest run of two or more zero groups as `::`, the first of several equal ones.
///
/// Source: RFC 5952 section 4.
public final class IpText {
    private static final int GROUPS = 8;

    private IpText() {}

    /// Without a scope. Pure.
    public static String of(InetAddress address) {
        return address instanceof Inet6Address ? six(address.getAddress()) : address.getHostAddress();
    }

    private static String six(byte[] bytes) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int zeros = 0;
        int length = 1;
        for (int start = 0; start < GROUPS; start++) {
            int end = start;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - start > length) {
                zeros = start;
                length = end - start;
            }
        }
        var text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (length > 1 && i == zeros) {
                text.append("::");
                i += length - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
