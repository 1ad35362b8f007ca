package org.sluicemta.config;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.settings.Origin;

/// Finds lines of ordered lists that can never match, because an earlier line takes all that they would match. Only
/// what is certain is told: equal patterns, the empty pattern, a plain text that an earlier pattern is found in, and
/// wider ranges and domains.
final class ShadowedLines {
    /// Patterns of one list that are held against all later ones; beyond it only equal ones are found.
    private static final int MOST_COMPARED = 1_000;
    /// Comparisons of one check, half a second of work; beyond it only equal lines are found.
    private static final int MOST_STEPS = 500_000;

    private final Problems problems;
    private int steps;

    private ShadowedLines(Problems problems) {
        this.problems = problems;
    }

    static void check(
            Configuration configuration,
            Map<String, List<SettingsBlock.Assigned>> keys,
            Function<Origin.Line, Place> places,
            Problems problems) {
        ShadowedLines shadows = new ShadowedLines(problems);
        configuration.smtpPatternLists().forEach((name, rules) -> shadows.replies(name, rules, places));
        shadows.categories(configuration.bounceCategories(), places);
        configuration.patternLists().forEach((name, rules) -> shadows.patterns(name, rules, places));
        shadows.access(configuration.parts().global());
        keys.forEach(shadows::keys);
    }

    private void tell(String group, Place place, String line, String earlier, String rule) {
        problems.grouped(
                "shadow " + group,
                "never-matches",
                Problem.Severity.WARNING,
                place,
                line + " never has an effect: " + earlier + " takes all that it would match",
                rule,
                "remove the line, or put it before the other");
    }

    // ---- patterns

    /// The earlier patterns of one list, asked whether one of them takes all that a later one would match.
    private final class Earlier {
        private record Pattern(String regex, Origin.Line origin, com.google.re2j.@Nullable Pattern plain) {}

        private final Map<String, Origin.Line> equal = new HashMap<>();
        private final List<Pattern> compared = new ArrayList<>();

        Optional<Origin.Line> taking(String regex) {
            Origin.Line same = equal.get(key(regex));
            if (same != null) {
                return Optional.of(same);
            }
            Optional<String> text = literal(regex);
            for (Pattern each : compared) {
                if (++steps > MOST_STEPS) {
                    break;
                }
                if (each.regex().isEmpty()
                        || text.isPresent()
                                && each.plain() != null
                                && each.plain().matcher(text.get()).find()) {
                    return Optional.of(each.origin());
                }
            }
            return Optional.empty();
        }

        void add(String regex, Origin.Line origin) {
            equal.putIfAbsent(key(regex), origin);
            if (compared.size() < MOST_COMPARED) {
                compared.add(new Pattern(regex, origin, unanchored(regex)));
            }
        }

        private static String key(String regex) {
            return regex.startsWith("(?-i)") ? regex : "\n" + regex.toLowerCase(Locale.ROOT);
        }

        /// The text that a pattern without any operator stands for. What differs in case matches all the same.
        private static Optional<String> literal(String regex) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < regex.length(); i++) {
                char c = regex.charAt(i);
                if (c == '\\' && i + 1 < regex.length() && !Character.isLetterOrDigit(regex.charAt(i + 1))) {
                    text.append(regex.charAt(++i));
                } else if ("\\^$.|?*+()[]{}".indexOf(c) >= 0) {
                    return Optional.empty();
                } else {
                    text.append(c);
                }
            }
            return text.isEmpty() ? Optional.empty() : Optional.of(text.toString());
        }

        /// A pattern that, once found in a text, is found in every text around it: it looks at nothing outside of what
        /// it matches.
        private static com.google.re2j.@Nullable Pattern unanchored(String regex) {
            if (regex.isEmpty()
                    || regex.indexOf('^') >= 0
                    || regex.indexOf('$') >= 0
                    || regex.contains("\\b")
                    || regex.contains("\\B")
                    || regex.contains("\\A")
                    || regex.contains("\\z")
                    || regex.contains("\\Z")
                    || regex.contains("(?")) {
                return null;
            }
            try {
                return com.google.re2j.Pattern.compile(regex, com.google.re2j.Pattern.CASE_INSENSITIVE);
            } catch (com.google.re2j.PatternSyntaxException notLinear) {
                return null;
            }
        }
    }

    /// The first match counts for each kind of action, so a rule is idle only when all its kinds are taken.
    private enum Kind {
        MODE,
        HOST,
        FATE,
        SOURCE,
        DEFER;

        static Kind of(ReplyAction action) {
            return switch (action) {
                case ReplyAction.EnterBackoff _, ReplyAction.LeaveBackoff _ -> MODE;
                case ReplyAction.SkipMx _ -> HOST;
                case ReplyAction.BounceQueue _, ReplyAction.BounceRecipient _ -> FATE;
                case ReplyAction.DisableSource _ -> SOURCE;
                case ReplyAction.DeferQueue _ -> DEFER;
            };
        }
    }

    private void replies(String name, List<ReplyRule> rules, Function<Origin.Line, Place> places) {
        Map<Kind, Earlier> earlier = new HashMap<>();
        for (ReplyRule rule : rules) {
            Set<Kind> kinds = EnumSet.noneOf(Kind.class);
            rule.actions().forEach(action -> kinds.add(Kind.of(action)));
            Origin.Line by = null;
            boolean isIdle = !kinds.isEmpty();
            for (Kind kind : kinds) {
                Optional<Origin.Line> taking =
                        earlier.computeIfAbsent(kind, _ -> new Earlier()).taking(rule.regex());
                isIdle &= taking.isPresent();
                by = taking.orElse(by);
            }
            if (isIdle && by != null) {
                tell(
                        "reply " + name,
                        places.apply(rule.origin()),
                        "this reply rule",
                        "the one in " + by,
                        "of the rules that match the first one counts, for each kind of action");
            }
            for (Kind kind : kinds) {
                earlier.computeIfAbsent(kind, _ -> new Earlier()).add(rule.regex(), rule.origin());
            }
        }
    }

    private void categories(List<BounceCategory> categories, Function<Origin.Line, Place> places) {
        Earlier earlier = new Earlier();
        for (BounceCategory each : categories) {
            earlier.taking(each.regex())
                    .ifPresent(by -> tell(
                            "category",
                            places.apply(each.origin()),
                            "this bounce pattern",
                            "the one in " + by,
                            "the first pattern that matches names the category"));
            earlier.add(each.regex(), each.origin());
        }
    }

    private void patterns(String name, List<PatternRule> rules, Function<Origin.Line, Place> places) {
        Map<String, Earlier> earlier = new HashMap<>();
        for (PatternRule rule : rules) {
            String about = rule.subject() + " " + rule.header();
            Earlier same = earlier.computeIfAbsent(about, _ -> new Earlier());
            same.taking(rule.regex())
                    .ifPresent(by -> tell(
                            "pattern " + name,
                            places.apply(rule.origin()),
                            "this pattern",
                            "the one in " + by,
                            "the first pattern that matches decides"));
            same.add(rule.regex(), rule.origin());
            patterns(name + " nested", rule.nested(), places);
        }
    }

    // ---- ranges and domains

    /// `http-access RANGE LEVEL`.
    private void access(SettingsBlock block) {
        SettingsBlock.Assigned lines = block.get(Directives.HTTP_ACCESS);
        if (lines == null || !(lines.value() instanceof List<?> all)) {
            return;
        }
        List<Place> places = block.places(Directives.HTTP_ACCESS);
        List<HttpAccess> earlier = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (!(all.get(i) instanceof HttpAccess line)) {
                continue;
            }
            for (HttpAccess wide : earlier) {
                if (++steps > MOST_STEPS) {
                    break;
                }
                if (contains(wide.range(), line.range())) {
                    tell(
                            "access",
                            places.get(i),
                            "http-access " + line.clients(),
                            "http-access " + wide.clients() + " before it",
                            "the first line whose range holds the client decides");
                    break;
                }
            }
            if (earlier.size() < MOST_COMPARED) {
                earlier.add(line);
            }
        }
    }

    static boolean contains(Cidr wide, Cidr narrow) {
        return wide.prefixLength() <= narrow.prefixLength()
                && wide.contains(narrow.first())
                && (wide.isIpv6() == narrow.isIpv6() || wide.equals(Cidr.EVERYTHING));
    }

    /// Keys of one scope: the first whose domain is the signing domain or a parent of it is used.
    private void keys(String scope, List<SettingsBlock.Assigned> blocks) {
        Map<String, String> earlier = new HashMap<>();
        for (SettingsBlock.Assigned lines : blocks) {
            for (Object each : lines.value() instanceof List<?> all ? all : List.of()) {
                if (!(each instanceof Located(String value, Place place))) {
                    continue;
                }
                List<Words.Word> words = Words.items(value);
                if (words.size() < 3) {
                    continue;
                }
                String domain = DomainPattern.canonical(words.get(1).text());
                String by = keyTaking(domain, earlier);
                if (by != null) {
                    tell(
                            "key " + scope,
                            place,
                            "the domain-key for " + Problems.quote(domain),
                            by,
                            "the first key whose domain is the signing domain or a parent of it signs");
                }
                earlier.putIfAbsent(domain, "the one in " + place.brief());
            }
        }
    }

    private static @Nullable String keyTaking(String domain, Map<String, String> earlier) {
        String any = earlier.get("*");
        if (any != null) {
            return any;
        }
        Set<String> parents = new HashSet<>();
        String name = domain;
        while (!name.isEmpty()) {
            parents.add(name);
            int dot = name.indexOf('.');
            name = dot < 0 ? "" : name.substring(dot + 1);
        }
        for (String each : parents) {
            String by = earlier.get(each);
            if (by != null) {
                return by;
            }
        }
        return null;
    }
}
