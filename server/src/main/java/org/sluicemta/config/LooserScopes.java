package org.sluicemta.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds where a `<domain *>` in a virtual MTA or pool loosens what a global block says about one domain: the inner
/// scope wins, which surprises people who read the narrower block as the stronger one. Owner: the thread of one check.
final class LooserScopes {
    /// Comparisons of one check, a second's work: a file that has more of them has long shown the first.
    private static final int MOST_STEPS = 20_000_000;

    private final Map<SettingsBlock, String> narrower;
    private final Problems problems;
    private int steps;

    private LooserScopes(Map<SettingsBlock, String> narrower, Problems problems) {
        this.narrower = narrower;
        this.problems = problems;
    }

    static void check(Configuration configuration, Problems problems) {
        if (configuration.global(Directives.INHERITANCE).value() == Directives.Inheritance.PATTERN_FIRST) {
            return;
        }
        Map<SettingsBlock, String> narrower = new LinkedHashMap<>();
        configuration.parts().domains().narrower().forEach((pattern, block) -> narrower.putIfAbsent(block, pattern));
        List<DomainTable<SettingsBlock>> inner = new ArrayList<>();
        configuration.virtualMtas().values().forEach(each -> inner.add(each.domains()));
        configuration.pools().values().forEach(each -> inner.add(each.domains()));
        LooserScopes scopes = new LooserScopes(narrower, problems);
        for (DomainTable<SettingsBlock> table : inner) {
            SettingsBlock any = table.listedAny();
            if (any == null) {
                continue;
            }
            for (Map.Entry<Directive<?>, SettingsBlock.Assigned> each : inOrder(any)) {
                scopes.compare(each.getKey(), each.getValue(), any, table);
            }
        }
    }

    private static List<Map.Entry<Directive<?>, SettingsBlock.Assigned>> inOrder(SettingsBlock block) {
        List<Map.Entry<Directive<?>, SettingsBlock.Assigned>> entries =
                new ArrayList<>(block.settings().entrySet());
        entries.sort(Comparator.comparingInt(each -> each.getKey().ordinal()));
        return entries;
    }

    private void compare(
            Directive<?> directive,
            SettingsBlock.Assigned assigned,
            SettingsBlock any,
            DomainTable<SettingsBlock> table) {
        String first = null;
        int others = 0;
        for (Map.Entry<SettingsBlock, String> each : narrower.entrySet()) {
            if (++steps > MOST_STEPS) {
                break;
            }
            SettingsBlock.Assigned outside = each.getKey().get(directive);
            if (outside == null || !isLooser(assigned.value(), outside.value())) {
                continue;
            }
            SettingsBlock own = table.exactly(each.getValue());
            if (own != null && own.get(directive) != null) {
                continue;
            }
            if (first == null) {
                first = each.getValue() + " in " + outside.origin();
            } else {
                others++;
            }
        }
        if (first == null) {
            return;
        }
        problems.grouped(
                "scope " + directive.name() + ' ' + first,
                "scope-over-pattern",
                Problem.Severity.WARNING,
                assigned.place(),
                directive.name() + " in " + any.scope() + " is looser than the one for " + first
                        + (others == 0 ? "" : " and " + others + " more") + ", and wins",
                "a block in a virtual MTA or pool is stronger than one outside, even where that names the domain",
                "repeat the domain's block inside, or write inheritance pattern-first");
    }

    /// Whether the first allows more than the second; false for what is no limit.
    static boolean isLooser(Object a, Object b) {
        return switch (a) {
            case Long first when b instanceof Long second -> first > second;
            case Rate.Unlimited _ when b instanceof Rate -> b instanceof Rate.Limited;
            case Rate.Limited first when b instanceof Rate.Limited second -> first.perDay() > second.perDay();
            default -> false;
        };
    }
}
