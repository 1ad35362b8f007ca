package org.sluicemta.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Who may give which command. What is not known here needs [AccessLevel#ADMIN].
final class CommandLevels {
    /// A list of more rows is for somebody who may stop the server too.
    static final int MOST_ITEMS = 10_000;

    private static final Set<String> OPERATORS = Set.of(
            "pause queue",
            "resume queue",
            "pause job",
            "resume job",
            "set queue",
            "set priority",
            "schedule",
            "trace",
            "disable source",
            "enable source",
            "clear dnscache",
            "reset counters",
            "reset status",
            "resolve",
            "config status");
    /// With one of these, a list changes what it lists.
    private static final Set<String> CHANGING = Set.of("pause", "priority", "schedule");

    private CommandLevels() {}

    /// @param name of the command, spelled out; empty where there is none, which anybody may be told
    /// @param words with their options
    static AccessLevel needed(String name, List<String> words) {
        if (words.stream().anyMatch(CommandLevels::isLong)) {
            return AccessLevel.ADMIN;
        }
        if (name.isEmpty() || name.equals("help") || name.startsWith("show ") || name.startsWith("explain ")) {
            return AccessLevel.MONITOR;
        }
        if (name.equals("list")) {
            return words.stream().map(CommandLevels::option).anyMatch(CHANGING::contains)
                    ? AccessLevel.OPERATOR
                    : AccessLevel.MONITOR;
        }
        return OPERATORS.contains(name) ? AccessLevel.OPERATOR : AccessLevel.ADMIN;
    }

    private static boolean isLong(String word) {
        if (!option(word).equals("maxitems")) {
            return false;
        }
        String value = word.substring(word.indexOf('=') + 1);
        // Numbers have more spellings than these: a sign, digits of other scripts.
        return !value.matches("[0-9]{1,9}") || Integer.parseInt(value) > MOST_ITEMS;
    }

    /// The command as it is given: lists that are endless where nobody says how long end at [#MOST_ITEMS].
    static List<String> bounded(String name, List<String> words) {
        boolean isEndless = name.equals("show vmtas") || name.equals("show jobs");
        if (!isEndless || words.stream().anyMatch(each -> option(each).equals("maxitems"))) {
            return words;
        }
        var more = new ArrayList<>(words);
        more.add("--maxitems=" + MOST_ITEMS);
        return List.copyOf(more);
    }

    /// The name of an option; empty for a word.
    private static String option(String word) {
        if (!word.startsWith("--")) {
            return "";
        }
        int equals = word.indexOf('=');
        return word.substring(2, equals < 0 ? word.length() : equals).toLowerCase(Locale.ROOT);
    }
}
