package org.sluicemta.smtp;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What a server offered in its last EHLO reply; forgotten and read again after STARTTLS.
/// Source: RFC 5321 section 4.1.1.1, RFC 3207 section 4.2.
///
/// @param offered the extensions known here; unknown keywords are ignored
/// @param sizeLimit the most bytes that a message may have, 0 when there is no fixed limit. Source: RFC 1870 section 4
/// @param authMechanisms upper case, as listed
/// @param maxRecipients the most recipients of a transaction, 0 when the server did not say. Source: RFC 9422
/// @param maxTransactions the most transactions of a session, 0 when the server did not say. Source: RFC 9422
public record Capabilities(
        Set<Extension> offered, long sizeLimit, List<String> authMechanisms, int maxRecipients, int maxTransactions) {
    /// After HELO: nothing.
    public static final Capabilities NONE = new Capabilities(Set.of(), 0, List.of(), 0, 0);

    public Capabilities {
        // Not Set.copyOf: an EnumSet answers contains() from a bit.
        offered = java.util.Collections.unmodifiableSet(
                offered.isEmpty() ? EnumSet.noneOf(Extension.class) : EnumSet.copyOf(offered));
        authMechanisms = List.copyOf(authMechanisms);
    }

    public boolean has(Extension extension) {
        return offered.contains(extension);
    }

    /// Reads the keyword lines of a positive reply to EHLO. The first line is the server's name and greeting, never a
    /// keyword; case does not matter. Later lines win.
    public static Capabilities ofEhlo(Reply reply) {
        var offered = EnumSet.noneOf(Extension.class);
        long size = 0;
        int recipients = 0;
        int transactions = 0;
        List<String> mechanisms = List.of();
        List<String> lines = reply.lines();
        for (int i = 1; i < lines.size(); i++) {
            String[] words = lines.get(i).trim().toUpperCase(Locale.ROOT).split("[ \t]+");
            for (Extension extension : Extension.values()) {
                if (extension.keyword().equals(words[0])) {
                    offered.add(extension);
                }
            }
            if (words[0].equals("SIZE") && words.length > 1) {
                size = number(words[1]);
            } else if (words[0].equals("AUTH")) {
                mechanisms = List.of(words).subList(1, words.length);
            } else if (words[0].equals("LIMITS")) {
                for (String word : words) {
                    if (word.startsWith("RCPTMAX=")) {
                        recipients = (int) Math.min(Integer.MAX_VALUE, number(word.substring(8)));
                    } else if (word.startsWith("MAILMAX=")) {
                        transactions = (int) Math.min(Integer.MAX_VALUE, number(word.substring(8)));
                    }
                }
            }
        }
        return new Capabilities(offered, size, mechanisms, recipients, transactions);
    }

    /// A number of up to 20 digits; what is none counts as "did not say".
    private static long number(String digits) {
        if (digits.isEmpty() || digits.length() > 20 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }
}
