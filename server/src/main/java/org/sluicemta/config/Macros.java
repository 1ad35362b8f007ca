package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Named lists of domains and their expansion: `mail.$isp.$country` is every combination.
/// Owner: the thread that builds the snapshot.
final class Macros {
    /// Names that one pattern may become. The largest list seen in a real file has 600.
    static final int MOST_NAMES = 100_000;
    /// Characters that one pattern may become, so that a long line times a long list stays bounded too.
    private static final long MOST_CHARACTERS = 32_000_000;
    /// Macros that use macros that use macros; it bounds the recursion.
    private static final int DEEPEST = 50;

    /// A macro that cannot be expanded, or a list of names.
    sealed interface Expansion {
        record Names(List<String> names) implements Expansion {}

        record Fault(String id, String what, String mend) implements Expansion {}
    }

    private record Definition(List<String> items, Place place) {}

    private final Map<String, Definition> definitions = new HashMap<>();
    private final Map<String, Expansion> expanded = new HashMap<>();

    static boolean isNameCharacter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
    }

    /// @return where the macro was defined before, or null
    @Nullable
    Place define(String name, List<String> items, Place place) {
        Definition before = definitions.put(name, new Definition(items, place));
        return before == null ? null : before.place();
    }

    Map<String, Place> places() {
        Map<String, Place> all = new HashMap<>();
        definitions.forEach((name, definition) -> all.put(name, definition.place()));
        return all;
    }

    static boolean isUsedIn(String text) {
        return text.indexOf('$') >= 0;
    }

    Expansion expand(String text) {
        return expand(text, new LinkedHashSet<>());
    }

    private Expansion expand(String text, Set<String> path) {
        List<StringBuilder> results = new ArrayList<>();
        results.add(new StringBuilder());
        int i = 0;
        while (i < text.length()) {
            int dollar = text.indexOf('$', i);
            String plain = text.substring(i, dollar < 0 ? text.length() : dollar);
            results.forEach(each -> each.append(plain));
            if (dollar < 0) {
                break;
            }
            int end = dollar + 1;
            while (end < text.length() && isNameCharacter(text.charAt(end))) {
                end++;
            }
            String name = text.substring(dollar + 1, end).toLowerCase(Locale.ROOT);
            switch (valuesOf(name, path)) {
                case Expansion.Fault fault -> {
                    return fault;
                }
                case Expansion.Names(List<String> values) -> {
                    long size = (long) results.size() * values.size();
                    if (size > MOST_NAMES || size * text.length() > MOST_CHARACTERS) {
                        return new Expansion.Fault(
                                "macro-too-large",
                                Problems.quote(text) + " stands for more than " + MOST_NAMES + " domains",
                                "split it");
                    }
                    List<StringBuilder> crossed = new ArrayList<>(results.size() * values.size());
                    for (StringBuilder before : results) {
                        for (String value : values) {
                            crossed.add(new StringBuilder(before).append(value));
                        }
                    }
                    results = crossed;
                }
            }
            i = end;
        }
        return new Expansion.Names(results.stream().map(StringBuilder::toString).toList());
    }

    private Expansion valuesOf(String name, Set<String> path) {
        Definition definition = definitions.get(name);
        if (definition == null) {
            return new Expansion.Fault(
                    "macro-unknown",
                    "there is no macro $" + name,
                    "define it: domain-macro " + (name.isEmpty() ? "NAME" : name) + " example.com, example.net");
        }
        Expansion known = expanded.get(name);
        if (known != null) {
            return known;
        }
        if (!path.add(name)) {
            return new Expansion.Fault(
                    "macro-loop",
                    "the macros " + String.join(" → ", path) + " → " + name + " use each other",
                    "let one of them list its domains");
        }
        if (path.size() > DEEPEST) {
            path.remove(name);
            return new Expansion.Fault(
                    "macro-loop", "macros use each other more than " + DEEPEST + " deep", "list the domains directly");
        }
        Set<String> all = new LinkedHashSet<>();
        Expansion result = null;
        for (String item : definition.items()) {
            Expansion part = isUsedIn(item) ? expand(item, path) : new Expansion.Names(List.of(item));
            if (part instanceof Expansion.Names(List<String> names) && all.size() + names.size() <= MOST_NAMES) {
                all.addAll(names);
                continue;
            }
            result = part instanceof Expansion.Fault
                    ? part
                    : new Expansion.Fault(
                            "macro-too-large",
                            "$" + name + " stands for more than " + MOST_NAMES + " domains",
                            "split it");
            break;
        }
        path.remove(name);
        if (result == null) {
            result = new Expansion.Names(List.copyOf(all));
        }
        // A loop is told to each of its members in its own words, so it is not kept.
        if (!(result instanceof Expansion.Fault(String id, String _, String _) && id.equals("macro-loop"))) {
            expanded.put(name, result);
        }
        return result;
    }
}
