package org.sluicemta.sign;

import java.util.Locale;

/// In whose name a signature is made.
///
/// @param domain `d=`, where the key is published: ASCII, lower case
/// @param selector `s=`
/// @param agent `i=`: empty, `@domain` or an address, in `domain` or below it
public record Identity(String domain, String selector, String agent) {
    private static final int MAX_NAME = 253;

    public Identity {
        domain = domain.toLowerCase(Locale.ROOT);
        if (!isName(domain)) {
            throw new SignException("\"" + domain + "\" is no domain that a signature can name");
        }
        if (!isName(selector)) {
            throw new SignException("\"" + selector + "\" is no selector: letters, digits, hyphens and dots");
        }
        if (!agent.isEmpty()) {
            int at = agent.lastIndexOf('@');
            String agentDomain = agent.substring(at + 1).toLowerCase(Locale.ROOT);
            // Source: RFC 6376 section 3.5, i=.
            if (at < 0 || !agentDomain.equals(domain) && !agentDomain.endsWith("." + domain)) {
                throw new SignException("the identity " + agent + " is not in the domain " + domain);
            }
        }
    }

    /// Whether it can stand as `d=` or `s=`: dot-separated labels of letters, digits, hyphens and underscores.
    public static boolean isName(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            return false;
        }
        boolean isStart = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean isLetter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
            if (c == '.' ? isStart : !isLetter && c != '-') {
                return false;
            }
            isStart = c == '.';
        }
        return !isStart;
    }
}
