package org.sluicemta.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/// What is known about domains, by pattern; found by the labels of a name, never by a scan over all patterns.
///
/// Matches come weakest first: `*`; then patterns, the one with fewer labels first and `[*.]d` before `*.d`; then
/// the exact name. What a macro brought is weaker than what was listed under the same pattern. Threads: filled by
/// one thread, then only read.
final class DomainTable<V> {
    /// @param rank greater is more specific; comparable between tables
    record Match<V>(int rank, V value) {}

    private static final class Slot<V> {
        @Nullable
        V fromMacro;

        @Nullable
        V listed;
    }

    private @Nullable Slot<V> any;
    private final Map<String, Slot<V>> exact = new HashMap<>();
    private final Map<String, Slot<V>> below = new HashMap<>();
    private final Map<String, Slot<V>> atAndBelow = new HashMap<>();
    /// By prefix length, so that the more specific range comes later.
    private final TreeMap<Integer, Map<Cidr, Slot<V>>> literals = new TreeMap<>();

    void add(DomainPattern pattern, boolean isListed, V value, BinaryOperator<V> merge) {
        Slot<V> slot =
                switch (pattern) {
                    case DomainPattern.Any _ -> {
                        if (any == null) {
                            any = new Slot<>();
                        }
                        yield any;
                    }
                    case DomainPattern.Exact(String name) -> exact.computeIfAbsent(name, _ -> new Slot<>());
                    case DomainPattern.Below(String suffix) -> below.computeIfAbsent(suffix, _ -> new Slot<>());
                    case DomainPattern.AtAndBelow(String suffix) ->
                        atAndBelow.computeIfAbsent(suffix, _ -> new Slot<>());
                    case DomainPattern.Literals(Cidr range) ->
                        literals.computeIfAbsent(range.prefixLength(), _ -> new HashMap<>())
                                .computeIfAbsent(range, _ -> new Slot<>());
                };
        if (isListed) {
            slot.listed = slot.listed == null ? value : merge.apply(slot.listed, value);
        } else {
            slot.fromMacro = slot.fromMacro == null ? value : merge.apply(slot.fromMacro, value);
        }
    }

    boolean isEmpty() {
        return any == null && exact.isEmpty() && below.isEmpty() && atAndBelow.isEmpty() && literals.isEmpty();
    }

    boolean contains(String domain) {
        return !matches(domain).isEmpty();
    }

    /// The value listed under exactly this pattern, whether it matches more or not.
    @Nullable
    V listedAny() {
        return any == null ? null : any.listed;
    }

    @Nullable
    V exactly(String name) {
        Slot<V> slot = exact.get(name);
        return slot == null ? null : slot.listed != null ? slot.listed : slot.fromMacro;
    }

    /// Patterns that are narrower than `*`, each with its values; for checks.
    Map<String, V> narrower() {
        Map<String, V> all = new TreeMap<>();
        exact.forEach((name, slot) -> put(all, name, slot));
        below.forEach((name, slot) -> put(all, "*." + name, slot));
        atAndBelow.forEach((name, slot) -> put(all, "[*.]" + name, slot));
        return all;
    }

    /// Every pattern with what holds under it; what only macros brought apart, as `PATTERN by macro`, and each
    /// range of literals by itself.
    Map<String, V> all() {
        Map<String, V> all = new TreeMap<>();
        putBoth(all, "*", any);
        exact.forEach((name, slot) -> putBoth(all, name, slot));
        below.forEach((name, slot) -> putBoth(all, "*." + name, slot));
        atAndBelow.forEach((name, slot) -> putBoth(all, "[*.]" + name, slot));
        literals.values().forEach(ranges -> ranges.forEach((range, slot) -> putBoth(all, "[" + range + "]", slot)));
        return all;
    }

    private void putBoth(Map<String, V> all, String pattern, @Nullable Slot<V> slot) {
        if (slot != null && slot.listed != null) {
            all.put(pattern, slot.listed);
        }
        if (slot != null && slot.fromMacro != null) {
            all.put(pattern + " by macro", slot.fromMacro);
        }
    }

    /// Every pattern with each of its values; those of macros and those listed are told apart by nothing.
    void each(BiConsumer<String, V> visitor) {
        visit("*", any, visitor);
        exact.forEach((name, slot) -> visit(name, slot, visitor));
        below.forEach((name, slot) -> visit("*." + name, slot, visitor));
        atAndBelow.forEach((name, slot) -> visit("[*.]" + name, slot, visitor));
        literals.values()
                .forEach(ranges -> ranges.forEach(
                        (range, slot) -> visit("[" + range.first().getHostAddress() + "]", slot, visitor)));
    }

    private void visit(String pattern, @Nullable Slot<V> slot, BiConsumer<String, V> visitor) {
        if (slot != null && slot.fromMacro != null) {
            visitor.accept(pattern, slot.fromMacro);
        }
        if (slot != null && slot.listed != null) {
            visitor.accept(pattern, slot.listed);
        }
    }

    private void put(Map<String, V> all, String pattern, Slot<V> slot) {
        V value = slot.listed != null ? slot.listed : slot.fromMacro;
        if (value != null) {
            all.put(pattern, value);
        }
    }

    /// @param domain lower case, A-labels; may be a literal or a name in braces
    List<Match<V>> matches(String domain) {
        List<Match<V>> found = new ArrayList<>(4);
        take(any, 0, found);
        if (domain.startsWith("[")) {
            literal(domain, found);
        } else if (!domain.startsWith("{")) {
            int labels = 1;
            int dot = domain.lastIndexOf('.');
            while (dot >= 0) {
                suffix(domain.substring(dot + 1), labels, true, found);
                labels++;
                dot = dot == 0 ? -1 : domain.lastIndexOf('.', dot - 1);
            }
            suffix(domain, labels, false, found);
            take(exact.get(domain), labels * 8 + 6, found);
            return found;
        }
        take(exact.get(domain), 1 << 20, found);
        return found;
    }

    private void suffix(String suffix, int labels, boolean isProper, List<Match<V>> found) {
        take(atAndBelow.get(suffix), labels * 8 + 2, found);
        if (isProper) {
            take(below.get(suffix), labels * 8 + 4, found);
        }
    }

    private void literal(String domain, List<Match<V>> found) {
        String inside = domain.endsWith("]") ? domain.substring(1, domain.length() - 1) : domain.substring(1);
        Optional<InetAddress> address =
                Cidr.parseAddress(inside.regionMatches(true, 0, "ipv6:", 0, 5) ? inside.substring(5) : inside);
        if (address.isEmpty()) {
            return;
        }
        for (var each : literals.entrySet()) {
            if (each.getKey() == 0) {
                // [0/0] stands for the literals of both families.
                take(each.getValue().get(Cidr.EVERYTHING), 2, found);
            }
            if (each.getKey() <= address.get().getAddress().length * 8) {
                Cidr around = Cidr.around(address.get(), each.getKey());
                if (!around.equals(Cidr.EVERYTHING)) {
                    take(each.getValue().get(around), each.getKey() * 2 + 2, found);
                }
            }
        }
    }

    private void take(@Nullable Slot<V> slot, int rank, List<Match<V>> found) {
        if (slot == null) {
            return;
        }
        if (slot.fromMacro != null) {
            found.add(new Match<>(rank, slot.fromMacro));
        }
        if (slot.listed != null) {
            found.add(new Match<>(rank + 1, slot.listed));
        }
    }
}
