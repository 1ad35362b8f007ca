package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What another configuration would change, in effect: comments, order, file names and directives that
/// are not built do not count. Pure; the lists are sorted.
///
/// @param addedVirtualMtas names in lower case
/// @param removedVirtualMtas names in lower case
/// @param addedPools names in lower case
/// @param removedPools names in lower case
/// @param settings one for each setting that was added, changed or taken away in what both have, and for
///     all of what is new but virtual MTAs and pools
public record Effect(
        List<String> addedVirtualMtas,
        List<String> removedVirtualMtas,
        List<String> addedPools,
        List<String> removedPools,
        List<Change> settings) {
    /// Values are shown so far.
    private static final int LONGEST_VALUE = 120;

    /// One setting.
    ///
    /// @param scope the block, e.g. `<domain example.com> in <virtual-mta m1>`; empty outside all blocks
    /// @param before empty where it was not set
    /// @param after empty where it is no longer set
    public record Change(String scope, String directive, String before, String after) {
        /// For a person, on one line.
        public String text() {
            return (scope.isEmpty() ? "" : scope + ": ") + directive + " " + (before.isEmpty() ? "(not set)" : before)
                    + " -> " + (after.isEmpty() ? "(not set)" : after);
        }
    }

    public boolean isNothing() {
        return addedVirtualMtas.isEmpty()
                && removedVirtualMtas.isEmpty()
                && addedPools.isEmpty()
                && removedPools.isEmpty()
                && settings.isEmpty();
    }

    /// What changes when `after` takes the place of `before`.
    public static Effect between(Configuration before, Configuration after) {
        List<String> goneVirtualMtas = without(before.virtualMtas(), after.virtualMtas());
        List<String> newVirtualMtas = without(after.virtualMtas(), before.virtualMtas());
        List<String> gonePools = without(before.pools(), after.pools());
        List<String> newPools = without(after.pools(), before.pools());
        Set<String> named = new HashSet<>();
        Stream.of(goneVirtualMtas, newVirtualMtas)
                .flatMap(List::stream)
                .forEach(name -> named.add("<virtual-mta " + name + ">"));
        Stream.of(gonePools, newPools)
                .flatMap(List::stream)
                .forEach(name -> named.add("<virtual-mta-pool " + name + ">"));
        Map<String, Map<String, Object>> old = settings(before);
        Map<String, Map<String, Object>> young = settings(after);
        List<Change> changes = new ArrayList<>();
        TreeSet<String> scopes = new TreeSet<>(old.keySet());
        scopes.addAll(young.keySet());
        for (String scope : scopes) {
            if (!named.contains(scope.substring(Math.max(0, scope.lastIndexOf('<'))))) {
                compare(scope, old.getOrDefault(scope, Map.of()), young.getOrDefault(scope, Map.of()), changes);
            }
        }
        return new Effect(newVirtualMtas, goneVirtualMtas, newPools, gonePools, List.copyOf(changes));
    }

    private static List<String> without(Map<String, ?> all, Map<String, ?> others) {
        return all.keySet().stream()
                .filter(name -> !others.containsKey(name))
                .sorted()
                .toList();
    }

    private static void compare(
            String scope, Map<String, Object> before, Map<String, Object> after, List<Change> changes) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            Object old = before.get(name);
            Object young = after.get(name);
            if (!Objects.equals(old, young)) {
                changes.add(new Change(scope, name, cut(old), cut(young)));
            }
        }
    }

    private static String cut(@Nullable Object written) {
        if (written == null) {
            return "";
        }
        String value = written.toString();
        return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE - 3) + "...";
    }

    /// Scope, then directive, then its value as text; a secret as itself, which shows none.
    private static Map<String, Map<String, Object>> settings(Configuration configuration) {
        Map<String, Map<String, Object>> all = new TreeMap<>();
        Configuration.Parts parts = configuration.parts();
        put(all, "", parts.global());
        parts.domains().all().forEach((pattern, block) -> put(all, "<domain " + pattern + ">", block));
        parts.sourcesByAddress().forEach((range, block) -> put(all, "<source " + range + ">", block));
        parts.listenerBlocks().forEach((listener, block) -> put(all, "<smtp-listener " + listener.name() + ">", block));
        parts.sourcesByName().forEach((name, block) -> put(all, "<source " + name + ">", block));
        parts.virtualMtas().values().forEach(each -> {
            String scope = "<virtual-mta " + each.name() + ">";
            put(all, scope, each.own());
            each.domains().all().forEach((pattern, block) -> put(all, "<domain " + pattern + "> in " + scope, block));
        });
        parts.pools().values().forEach(each -> {
            String scope = "<virtual-mta-pool " + each.name() + ">";
            put(all, scope, each.own());
            each.domains().all().forEach((pattern, block) -> put(all, "<domain " + pattern + "> in " + scope, block));
            at(all, scope).put("members", String.join(", ", each.members()));
        });
        for (Configuration.AcctFile each : parts.acctFiles()) {
            each.chain().forEach(block -> put(all, "<acct-file " + each.path() + ">", block));
            at(all, "<acct-file " + each.path() + ">").put("writes", "yes");
        }
        parts.relayDomains().all().keySet().forEach(pattern -> at(all, "").put("relay-domain " + pattern, "yes"));
        at(all, "").put("listeners", parts.listeners().toString());
        at(all, "").put("spools", parts.spools().toString());
        return all;
    }

    private static Map<String, Object> at(Map<String, Map<String, Object>> all, String scope) {
        return all.computeIfAbsent(scope, _ -> new TreeMap<>());
    }

    private static void put(Map<String, Map<String, Object>> all, String scope, SettingsBlock block) {
        block.settings().forEach((directive, assigned) -> {
            // Told once, as what they come to.
            if (directive != (Directive<?>) Directives.SMTP_LISTENER
                    && directive != (Directive<?>) Directives.SPOOL
                    && directive != (Directive<?>) Directives.RELAY_DOMAIN
                    && directive != (Directive<?>) Directives.CONFIG_SOURCE) {
                Object value = assigned.value();
                at(all, scope).put(directive.name(), value instanceof Secret ? value : value.toString());
            }
        });
    }
}
