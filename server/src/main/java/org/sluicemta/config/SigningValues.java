package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sluicemta.match.MatchException;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.sign.Identity;

/// Reads what the directives of signing take.
final class SigningValues {
    /// Where the identity comes from the message.
    static final String SENDER_OR_FROM = "sender-or-from";

    static final String STRICT_FROM = "strict-from";
    /// Every domain.
    static final String ANY = "*";

    /// @param domain canonical, [#ANY], or with macros as written
    /// @param file as written
    record KeyLine(String selector, String domain, String file) {
        /// A key in a store of keys, named `{vault}:…`.
        boolean isInVault() {
            return file.startsWith("{");
        }

        /// A path may hold what separates words.
        private static String quoted(String path) {
            return path.chars().noneMatch(c -> c == ',' || c == ' ' || c == '"' || c == '#')
                    ? path
                    : '"' + path.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        }

        @Override
        public String toString() {
            return selector + ", " + domain + ", " + quoted(file);
        }
    }

    private SigningValues() {}

    static Parsed<KeyLine> key(String text) {
        List<Words.Word> words = Words.items(text);
        if (words.size() != 3) {
            return Parsed.bad(
                    words.size() < 3 ? "a selector, a domain and a file are wanted" : "there are more than three words",
                    "write domain-key SELECTOR, DOMAIN, FILE, such as domain-key s1, example.com, /etc/sluice/s1.pem");
        }
        String selector = words.get(0).text();
        if (!Identity.isName(selector)) {
            return Parsed.bad(
                    words.get(0),
                    Problems.quote(selector) + " is no selector",
                    "write letters, digits, hyphens and dots");
        }
        String domain = words.get(1).text();
        boolean isOpen = domain.equals(ANY) || Macros.isUsedIn(domain);
        if (!isOpen && !Identity.isName(DomainPattern.canonical(domain))) {
            return Parsed.bad(
                    words.get(1),
                    Problems.quote(domain) + " is no domain",
                    "write the domain that signs, such as example.com (it serves the domains below it too), or *");
        }
        return Parsed.good(new KeyLine(
                selector,
                isOpen ? domain : DomainPattern.canonical(domain),
                words.get(2).text()));
    }

    static Parsed<String> identity(String text) {
        String word = Words.whole(text);
        String lower = word.toLowerCase(Locale.ROOT);
        if (lower.equals(SENDER_OR_FROM) || lower.equals(STRICT_FROM)) {
            return Parsed.good(lower);
        }
        if (lower.isEmpty() || lower.equals("none")) {
            return Parsed.good("");
        }
        int at = word.lastIndexOf('@');
        String domain = DomainPattern.canonical(word.substring(at + 1));
        if (at < 0 || word.indexOf(' ') >= 0 || !Identity.isName(domain)) {
            return Parsed.bad(
                    Problems.quote(word) + " is no identity",
                    "write @example.com, an address, " + SENDER_OR_FROM + " or " + STRICT_FROM);
        }
        return Parsed.good(word.substring(0, at + 1) + domain);
    }

    /// @param takesPatterns whether an item may be `/regex/`
    static Parsed<List<String>> headers(String text, boolean takesPatterns) {
        var names = new ArrayList<String>();
        for (Words.Word each : Words.items(text)) {
            String item = each.text();
            if (item.isEmpty() || item.equalsIgnoreCase("none")) {
                continue;
            }
            if (takesPatterns && isPattern(item)) {
                try {
                    OperatorPattern.of(item.substring(1, item.length() - 1));
                } catch (MatchException broken) {
                    return Parsed.bad(each, item + " is no pattern: " + broken.getMessage(), "mend the pattern");
                }
                names.add(item);
                continue;
            }
            if (!item.chars().allMatch(c -> c > ' ' && c < 127 && c != ':' && c != ';')) {
                return Parsed.bad(
                        each,
                        Problems.quote(item) + " is no name of a header field",
                        takesPatterns ? "write names such as X-Mailer, or /regex/" : "write names such as X-Mailer");
            }
            names.add(item.toLowerCase(Locale.ROOT));
        }
        return Parsed.good(List.copyOf(names));
    }

    static boolean isPattern(String item) {
        return item.length() > 2 && item.startsWith("/") && item.endsWith("/");
    }

    static Parsed<String> algorithm(String text) {
        String word = Words.whole(text).toLowerCase(Locale.ROOT);
        return switch (word) {
            case "rsa-sha256" -> Parsed.good(word);
            case "rsa-sha1" ->
                new Parsed.Odd<>(
                        "rsa-sha256",
                        "rsa-sha1",
                        "rsa-sha1 is no longer made: mail is signed with rsa-sha256",
                        "receivers take signatures with SHA-1 for none (RFC 8301)",
                        "write rsa-sha256, or leave the line out");
            default ->
                Parsed.bad(
                        Problems.quote(word) + " is no algorithm",
                        "leave the line out: an RSA key signs with rsa-sha256, an Ed25519 key with ed25519-sha256");
        };
    }
}
