package org.sluicemta.smtp;

import org.sluicemta.mail.Address;

/// What may stand in a command line that we send. The last guard against injection: whatever reaches the socket as a
/// command has passed here, so that no address, name or parameter can end its line or its bracket.
/// Source: RFC 5321 section 2.3.8, 4.1.2.
final class WireText {
    private WireText() {}

    /// @throws SmtpException when the path has a control character, or a blank or bracket outside of quotes
    static void requirePath(Address address) {
        requireLocalPart(address.localPart());
        String domain = address.domain();
        for (int i = 0; i < domain.length(); i++) {
            char c = domain.charAt(i);
            if (c <= ' ' || c == 127 || c == '<' || c == '>' || c == '"' || c == '@' || c == '\\' || c == ',') {
                throw unsendable("domain", domain, i);
            }
        }
    }

    private static void requireLocalPart(String local) {
        boolean isQuoted = local.startsWith("\"");
        if (isQuoted && (local.length() < 2 || !local.endsWith("\""))) {
            throw unsendable("local part", local, local.length() - 1);
        }
        int end = isQuoted ? local.length() - 1 : local.length();
        for (int i = isQuoted ? 1 : 0; i < end; i++) {
            char c = local.charAt(i);
            if (c < ' ' || c == 127) {
                throw unsendable("local part", local, i);
            }
            if (isQuoted && c == '\\') {
                i++;
                if (i == end || local.charAt(i) < ' ' || local.charAt(i) == 127) {
                    throw unsendable("local part", local, i);
                }
            } else if (isQuoted ? c == '"' : c == ' ' || c == '<' || c == '>' || c == '"' || c == '\\' || c == '@') {
                throw unsendable("local part", local, i);
            }
        }
    }

    /// A parameter's value or a name: printable ASCII without blanks.
    ///
    /// @throws SmtpException when it has any other character
    static void requireParameter(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= ' ' || c >= 127) {
                throw unsendable(what, value, i);
            }
        }
    }

    private static SmtpException unsendable(String what, String text, int at) {
        var quoted = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), 80); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 127) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return new SmtpException(what + " \"" + quoted + "\" cannot be sent: see character " + (at + 1));
    }
}
