package org.sluicemta.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sluicemta.web.Access;
import org.sluicemta.web.AccessLevel;

/// A line of `http-access`: who may do how much on the management port.
///
/// @param range of clients
/// @param clients the range as it is written
/// @param level as it is written
public record HttpAccess(Cidr range, Access access, String clients, String level) {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_]{32,128}");
    private static final String LEVELS = "write none, monitor, monitor,deny-logs, operator or admin";
    private static final Map<String, Access> KNOWN = Map.of(
            "none", Access.NONE,
            "monitor", new Access(AccessLevel.MONITOR, false),
            "monitor,deny-logs", new Access(AccessLevel.MONITOR, true),
            "operator", new Access(AccessLevel.OPERATOR, false),
            "admin", new Access(AccessLevel.ADMIN, false));

    static Parsed<HttpAccess> parse(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return Parsed.bad("the value is missing", "write e.g. http-access 192.0.2.0/24 monitor");
        }
        if (words.size() < 2) {
            return Parsed.bad(
                    "a range and a level are needed",
                    "write e.g. http-access 192.0.2.0/24 monitor; for the level " + LEVELS);
        }
        Words.Word first = words.getFirst();
        Optional<Cidr> range = Cidr.parse(first.text());
        if (range.isEmpty()) {
            return Parsed.bad(
                    first,
                    Problems.quote(first.text()) + " is not an address or range",
                    "write one such as 192.0.2.0/24, or 0/0 for everybody");
        }
        var level = new StringBuilder();
        words.subList(1, words.size()).forEach(each -> level.append(each.text().toLowerCase(Locale.ROOT)));
        Access access = KNOWN.get(level.toString());
        return access == null
                ? Parsed.bad(words.get(1), Problems.quote(level.toString()) + " is no level of access", LEVELS)
                : Parsed.good(new HttpAccess(range.get(), access, first.text(), level.toString()));
    }

    static Parsed<Secret> parseApiKey(String text) {
        String key = Words.whole(text);
        return KEY.matcher(key).matches()
                ? Parsed.good(new Secret(key))
                : Parsed.bad(
                        "the key is not 32 to 128 letters, digits and _", "make one, e.g. with: openssl rand -hex 32");
    }

    @Override
    public String toString() {
        return clients + " " + level;
    }
}
