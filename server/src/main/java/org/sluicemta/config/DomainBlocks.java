package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;

/// All `<domain>` blocks of a configuration with where they hold; for checks that look at each.
final class DomainBlocks {
    /// A domain that no block names: it meets `*` only.
    private static final String ANY_DOMAIN = "any.example.invalid";

    /// @param domain one that the block is about
    /// @param virtualMtas those for which it may hold, in lower case: one, the members of a pool, or all
    record Scoped(String domain, SettingsBlock block, List<String> virtualMtas, boolean isGlobal) {
        /// One for which it holds.
        String virtualMta() {
            return isGlobal || virtualMtas.isEmpty() ? QueueKey.DEFAULT_VIRTUAL_MTA : virtualMtas.getFirst();
        }
    }

    private DomainBlocks() {}

    /// Each block once, also where a macro gave it many names: global ones, those of pools, those of virtual MTAs.
    static List<Scoped> of(Configuration configuration) {
        // By number: numbers are given in the order of the file.
        List<@Nullable Scoped> all = new ArrayList<>();
        List<String> names = List.copyOf(configuration.virtualMtas().keySet());
        gather(configuration.parts().domains(), names, true, all);
        for (Configuration.Pool pool : configuration.pools().values()) {
            if (!pool.domains().isEmpty()) {
                List<String> heirs = configuration.virtualMtas().values().stream()
                        .filter(each -> each.pool() == pool)
                        .map(Configuration.VirtualMta::name)
                        .toList();
                gather(pool.domains(), heirs, false, all);
            }
        }
        for (Configuration.VirtualMta each : configuration.virtualMtas().values()) {
            if (!each.domains().isEmpty()) {
                gather(each.domains(), List.of(each.name()), false, all);
            }
        }
        List<Scoped> found = new ArrayList<>(all.size());
        for (Scoped each : all) {
            if (each != null) {
                found.add(each);
            }
        }
        return found;
    }

    private static void gather(
            DomainTable<SettingsBlock> table, List<String> virtualMtas, boolean isGlobal, List<@Nullable Scoped> into) {
        table.each((pattern, block) -> {
            while (into.size() <= block.id()) {
                into.add(null);
            }
            if (into.get(block.id()) == null) {
                into.set(block.id(), new Scoped(domainOf(pattern), block, virtualMtas, isGlobal));
            }
        });
    }

    private static String domainOf(String pattern) {
        if (pattern.equals("*")) {
            return ANY_DOMAIN;
        }
        if (pattern.startsWith("[*.]")) {
            return pattern.substring(4);
        }
        return pattern.startsWith("*.") ? "any" + pattern.substring(1) : pattern;
    }

    /// The strongest line of this name in a chain of blocks, built or not; null where none sets it.
    static SettingsBlock.@Nullable Assigned strongest(List<SettingsBlock> chain, BlockKind kind, String name) {
        for (int i = chain.size() - 1; i >= 0; i--) {
            SettingsBlock.Assigned found = chain.get(i).get(kind, name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
