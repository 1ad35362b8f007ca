package org.sluicemta.dns;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/// A name and a type, in class IN.
///
/// @param name lower case, A-labels, without the final dot; 1 to 253 octets, labels of 1 to 63 letters, digits, `-`,
///     `_`, `/` (names of hosts are stricter, names of records are not). Source: RFC 1035 section 2.3.4, RFC 2181
///     section 11
public record DnsQuestion(String name, DnsType type) {
    private static final int MAX_NAME_OCTETS = 253;
    private static final int MAX_LABEL_OCTETS = 63;

    public DnsQuestion {
        if (!isName(name)) {
            throw new DnsException("'" + cut(name) + "' is no domain name");
        }
    }

    /// The question for a name as people write it: any case, U-labels, a final dot.
    ///
    /// @return empty when it is no domain name
    public static Optional<DnsQuestion> of(String text, DnsType type) {
        return canonical(text).map(name -> new DnsQuestion(name, type));
    }

    /// Lower case, A-labels, no final dot. U-labels are mapped as IDNA 2003 does it (`java.net.IDN`); the names that
    /// IDNA 2008 maps differently (`ß`, final sigma, joiners) have to be written as A-labels.
    ///
    /// @return empty when it is no domain name
    static Optional<String> canonical(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (name.isEmpty() || name.length() > MAX_NAME_OCTETS) {
            return Optional.empty();
        }
        if (!isAscii(name)) {
            try {
                name = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
            } catch (IllegalArgumentException noName) {
                return Optional.empty(); // the answer to the caller: this text names nothing
            }
        }
        name = name.toLowerCase(Locale.ROOT);
        return isName(name) ? Optional.of(name) : Optional.empty();
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    private static boolean isName(String name) {
        int length = name.length();
        if (length == 0 || length > MAX_NAME_OCTETS) {
            return false;
        }
        int labelStart = 0;
        for (int i = 0; i <= length; i++) {
            if (i == length || name.charAt(i) == '.') {
                if (i == labelStart || i - labelStart > MAX_LABEL_OCTETS) {
                    return false;
                }
                labelStart = i + 1;
            } else if (!isNameCharacter(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
    }

    private static String cut(String text) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return shown.replaceAll("[^\\x20-\\x7e]", "?");
    }

    /// By the number of the type: an enum's own hash differs from run to run.
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + type.code();
    }

    @Override
    public String toString() {
        return name + " " + type;
    }
}
