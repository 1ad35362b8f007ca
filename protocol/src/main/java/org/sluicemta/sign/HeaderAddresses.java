package org.sluicemta.sign;

import java.util.Optional;

/// The address in a field such as From. Source: RFC 5322 section 3.4.
public final class HeaderAddresses {
    private HeaderAddresses() {}

    /// The first address of the first field of that name, without display name and comments; empty if there is none.
    ///
    /// @param header the header section, lines ending in CRLF
    /// @param name in lower case
    public static Optional<String> first(byte[] header, String name) {
        for (HeaderField field : HeaderField.all(header)) {
            if (field.name().equals(name)) {
                return address(field.value());
            }
        }
        return Optional.empty();
    }

    /// How many fields of that name are there.
    ///
    /// @param name in lower case
    public static long count(byte[] header, String name) {
        return HeaderField.all(header).stream()
                .filter(field -> field.name().equals(name))
                .count();
    }

    /// One pass: quoted strings and comments are skipped, angle brackets win over what stands outside, a comma ends
    /// the first address, a colon begins a group's.
    static Optional<String> address(String value) {
        var bare = new StringBuilder();
        int comments = 0;
        boolean isQuoted = false;
        boolean isInAngles = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' && (isQuoted || comments > 0) && i + 1 < value.length()) {
                if (isQuoted && comments == 0) {
                    bare.append(c).append(value.charAt(i + 1));
                }
                i++;
            } else if (comments > 0) {
                comments += c == '(' ? 1 : c == ')' ? -1 : 0;
            } else if (c == '"') {
                isQuoted = !isQuoted;
                bare.append(c);
            } else if (isQuoted) {
                bare.append(c);
            } else if (c == '(') {
                comments++;
            } else if (c == '<') {
                isInAngles = true;
                bare.setLength(0);
            } else if (c == '>' || c == ',' || c == ';') {
                if (isInAngles || bare.indexOf("@") >= 0) {
                    break;
                }
                bare.setLength(0);
            } else if (c == ':') {
                // Before it stood a group's name, or a source route. Source: RFC 5322 sections 3.4 and 4.4.
                bare.setLength(0);
            } else if (c != ' ' && c != '\t') {
                bare.append(c);
            }
        }
        int at = bare.lastIndexOf("@");
        return at > 0 && at < bare.length() - 1 ? Optional.of(bare.toString()) : Optional.empty();
    }
}
