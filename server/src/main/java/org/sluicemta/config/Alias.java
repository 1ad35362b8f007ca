package org.sluicemta.config;

import java.util.List;
import java.util.Locale;

/// One line `alias SOURCE TARGET,TARGET`.
///
/// @param source an address, a local part of this server's own domains, or `*@domain`, in lower case
/// @param targets addresses; local parts alone are mailboxes of this server
public record Alias(String source, List<String> targets) {
    public Alias {
        targets = List.copyOf(targets);
    }

    static Parsed<Alias> parse(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.size() < 2) {
            return Parsed.bad("a target is missing", "write alias SOURCE TARGET, such as alias abuse ops@example.com");
        }
        Words.Word source = words.getFirst();
        if (source.text().indexOf('*') >= 0
                && !(source.text().startsWith("*@") && source.text().lastIndexOf('*') == 0)) {
            return Parsed.bad(
                    source,
                    Problems.quote(source.text()) + " is no address that an alias can be of",
                    "write an address, a local part, or *@domain");
        }
        List<String> targets = Words.items(text.substring(source.offset() + source.length())).stream()
                .map(Words.Word::text)
                .toList();
        for (String each : targets) {
            if (each.indexOf(' ') >= 0 || each.indexOf('*') >= 0 || each.startsWith("@") || each.endsWith("@")) {
                return Parsed.bad(Problems.quote(each) + " is no address", "write addresses with commas between them");
            }
        }
        return targets.isEmpty()
                ? Parsed.bad("a target is missing", "write alias SOURCE TARGET")
                : Parsed.good(new Alias(source.text().toLowerCase(Locale.ROOT), targets));
    }
}
