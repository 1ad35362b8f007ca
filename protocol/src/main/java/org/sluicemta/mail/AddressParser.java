package org.sluicemta.mail;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads one mailbox from bytes: `local@domain`, quoted local parts, address literals, UTF-8. Source: RFC 5321 section
/// 4.1.2, RFC 6531 section 3.3.
///
/// Two liberties, both because such addresses exist and are delivered every day: dots may stand anywhere in an unquoted
/// local part (`a..b@` at Japanese carriers), and a domain label may hold an underscore. Everything that could be taken
/// for another command, another address or another line (control characters, unquoted blanks and brackets) is refused.
///
/// Reused for address after address. Owner: whoever made it; not for two threads.
public final class AddressParser {
    /// Accepted local parts end here; the protocol demands 64. Source: RFC 5321 section 4.5.3.1.1.
    public static final int MAX_LOCAL_PART = 255;
    /// Source: RFC 5321 section 4.5.3.1.2.
    public static final int MAX_DOMAIN = 255;

    private static final int MAX_LABEL = 63;
    private static final boolean[] ATEXT = table("!#$%&'*+-/=?^_`{|}~.");
    private static final boolean[] LABEL = table("-_");

    private @Nullable Address address;
    private int end;

    /// Reads a mailbox that starts at `from` and ends at the first byte that cannot belong to it.
    ///
    /// @param to where the readable bytes end
    /// @return whether there is one; then [#address] and [#end] hold it. A domain is needed, but for `postmaster`
    public boolean parse(byte[] bytes, int from, int to) {
        address = null;
        end = from;
        int at = localPart(bytes, from, to);
        if (at <= from || at - from > MAX_LOCAL_PART) {
            return false;
        }
        String local = text(bytes, from, at);
        if (isUnreadable(local)) {
            return false;
        }
        if (at == to || bytes[at] != '@') {
            end = at;
            // Source: RFC 5321 section 4.1.1.3: postmaster needs no domain, in any case of letters.
            if (!local.equalsIgnoreCase("postmaster")) {
                return false;
            }
            address = new Address(local, "");
            return true;
        }
        int stop = at + 1 < to && bytes[at + 1] == '[' ? literal(bytes, at + 1, to) : domain(bytes, at + 1, to);
        if (stop < 0 || stop - at - 1 > MAX_DOMAIN) {
            return false;
        }
        String domain = text(bytes, at + 1, stop);
        if (isUnreadable(domain)) {
            return false;
        }
        end = stop;
        address = new Address(local, domain);
        return true;
    }

    /// Not UTF-8, or with characters that no name has; those of ASCII have been looked at.
    private static boolean isUnreadable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 127 && (c == '\uFFFD' || Steering.isSteering(c))) {
                return true;
            }
        }
        return false;
    }

    /// The mailbox that [#parse] found.
    public Address address() {
        if (address == null) {
            throw new IllegalStateException("no address was read");
        }
        return address;
    }

    /// The first byte behind the mailbox that [#parse] found.
    public int end() {
        return end;
    }

    /// The mailbox that is the whole of `text`, if it is one.
    public static Optional<Address> parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var parser = new AddressParser();
        boolean isWhole = parser.parse(bytes, 0, bytes.length) && parser.end == bytes.length;
        return isWhole ? Optional.of(parser.address()) : Optional.empty();
    }

    /// Reads `domain` or an address literal from `from` on.
    ///
    /// @return the first byte behind it, or -1 when there is none
    public static int domainOrLiteral(byte[] bytes, int from, int to) {
        return from < to && bytes[from] == '[' ? literal(bytes, from, to) : domain(bytes, from, to);
    }

    private static int localPart(byte[] bytes, int from, int to) {
        if (from < to && bytes[from] == '"') {
            return quoted(bytes, from, to);
        }
        int at = from;
        while (at < to && (bytes[at] < 0 || ATEXT[bytes[at]])) {
            at++;
        }
        return at;
    }

    /// Source: RFC 5321 section 4.1.2, Quoted-string: printable characters and blanks, `\` before any of them.
    private static int quoted(byte[] bytes, int from, int to) {
        int at = from + 1;
        while (at < to) {
            byte b = bytes[at];
            if (b == '"') {
                return at + 1;
            }
            if (b == '\\') {
                at++;
                if (at == to || bytes[at] < ' ' || bytes[at] == 127) {
                    return -1;
                }
            } else if (b >= 0 && b < ' ' || b == 127) {
                return -1;
            }
            at++;
        }
        return -1;
    }

    private static int domain(byte[] bytes, int from, int to) {
        int at = from;
        int label = from;
        while (at < to) {
            byte b = bytes[at];
            if (b == '.') {
                if (!isLabel(bytes, label, at)) {
                    return -1;
                }
                label = at + 1;
            } else if (b >= 0 && !LABEL[b]) {
                break;
            }
            at++;
        }
        return isLabel(bytes, label, at) ? at : -1;
    }

    private static boolean isLabel(byte[] bytes, int from, int to) {
        return to > from && to - from <= MAX_LABEL * 3 && bytes[from] != '-' && bytes[to - 1] != '-';
    }

    /// `[192.0.2.1]` or `[IPv6:2001:db8::1]`. Source: RFC 5321 section 4.1.3. Other tags are not known to anybody.
    private static int literal(byte[] bytes, int from, int to) {
        int close = from;
        while (close < to && bytes[close] != ']') {
            close++;
        }
        if (close == to) {
            return -1;
        }
        String inside = new String(bytes, from + 1, close - from - 1, StandardCharsets.ISO_8859_1);
        boolean isSixth = inside.regionMatches(true, 0, "IPv6:", 0, 5);
        boolean isGood = isSixth ? isIpv6(inside.substring(5)) : isIpv4(inside);
        return isGood ? close + 1 : -1;
    }

    static boolean isIpv4(String text) {
        int parts = 0;
        int value = -1;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? '.' : text.charAt(i);
            if (c == '.') {
                if (value < 0 || value > 255) {
                    return false;
                }
                parts++;
                value = -1;
            } else if (c >= '0' && c <= '9' && value < 1000) {
                value = Math.max(value, 0) * 10 + c - '0';
            } else {
                return false;
            }
        }
        return parts == 4;
    }

    static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text) == 8;
        }
        int before = gap == 0 ? 0 : groups(text.substring(0, gap));
        String rest = text.substring(gap + 2);
        int after = rest.isEmpty() ? 0 : groups(rest);
        return before >= 0 && after >= 0 && before + after <= 7;
    }

    /// How many 16-bit groups `text` spells, or -1; a final IPv4 address counts for two.
    private static int groups(String text) {
        int count = 0;
        int start = 0;
        while (true) {
            int colon = text.indexOf(':', start);
            String group = text.substring(start, colon < 0 ? text.length() : colon);
            if (colon < 0 && group.indexOf('.') >= 0) {
                return isIpv4(group) ? count + 2 : -1;
            }
            if (group.isEmpty() || group.length() > 4) {
                return -1;
            }
            for (int i = 0; i < group.length(); i++) {
                if (Character.digit(group.charAt(i), 16) < 0 || group.charAt(i) > 127) {
                    return -1;
                }
            }
            count++;
            if (colon < 0) {
                return count;
            }
            start = colon + 1;
        }
    }

    private static String text(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                return new String(bytes, from, to - from, StandardCharsets.UTF_8);
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean[] table(String specials) {
        var table = new boolean[128];
        for (char c = '0'; c <= '9'; c++) {
            table[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            table[c] = true;
            table[c - 32] = true;
        }
        for (int i = 0; i < specials.length(); i++) {
            table[specials.charAt(i)] = true;
        }
        return table;
    }
}
