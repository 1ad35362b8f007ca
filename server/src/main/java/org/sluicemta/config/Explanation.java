package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;

/// Why each setting of a queue and of its virtual MTA has its value: the line that set it and all lines and defaults
/// that it overrode.
///
/// @param queue as asked, in lower case
/// @param virtualMta settings of the virtual MTA, by name
/// @param domain settings of the queue, by name
/// @param notes what else a person should know, one sentence each
public record Explanation(String queue, List<Explained> virtualMta, List<Explained> domain, List<String> notes) {
    public Explanation {
        virtualMta = List.copyOf(virtualMta);
        domain = List.copyOf(domain);
        notes = List.copyOf(notes);
    }

    /// One setting.
    ///
    /// @param chain the effective value first, then what it overrode, to the built-in default; never empty
    /// @param hasEffect false for a directive that this version reads and does not obey
    public record Explained(String name, List<Source> chain, boolean hasEffect) {
        public Explained {
            chain = List.copyOf(chain);
        }
    }

    /// A value and where it comes from.
    ///
    /// @param value in the words of the configuration; may be empty
    /// @param file empty for the built-in default
    /// @param line 0 for the built-in default
    /// @param scope the enclosing block; empty outside all blocks
    public record Source(String value, String file, int line, String scope) {}

    /// Either an explanation or why there is none.
    public sealed interface Answer {
        record Explains(Explanation explanation) implements Answer {}

        /// @param why for a person: what, and how to mend it
        record Fails(String why) implements Answer {}
    }

    /// Settings of one block kind that a chain of blocks has for a name.
    private record Level(BlockKind kind, SettingsBlock block) {}

    /// @param queue `domain/vmta`; without a virtual MTA `{default}` is meant
    /// @param name of one directive; empty for all
    public static Answer of(Configuration configuration, String queue, String name) {
        int slash = queue.lastIndexOf('/');
        String domain = DomainPattern.canonical(slash < 0 ? queue : queue.substring(0, slash));
        String virtualMta =
                slash < 0 ? QueueKey.DEFAULT_VIRTUAL_MTA : Configuration.canonicalName(queue.substring(slash + 1));
        if (domain.isEmpty() || virtualMta.isEmpty() || queue.indexOf('*') >= 0) {
            return new Answer.Fails("\"" + queue + "\" is not one queue; write DOMAIN/VMTA, such as example.com/mta1");
        }
        if (configuration.pools().containsKey(virtualMta)) {
            return new Answer.Fails("\"" + virtualMta + "\" is a pool; ask for one of its members: "
                    + String.join(", ", configuration.pools().get(virtualMta).members()));
        }
        if (!virtualMta.equals(QueueKey.DEFAULT_VIRTUAL_MTA)
                && configuration.virtualMta(virtualMta).isEmpty()) {
            return new Answer.Fails(
                    "there is no virtual MTA \"" + virtualMta + "\"; there are: " + names(configuration));
        }
        List<Explained> ofVirtualMta = explained(BlockKind.VIRTUAL_MTA, levels(configuration, virtualMta), name);
        List<Level> levels = new ArrayList<>();
        for (SettingsBlock each : configuration.chain(domain, virtualMta)) {
            boolean isGlobal = each == configuration.parts().global();
            levels.add(new Level(isGlobal ? BlockKind.GLOBAL : BlockKind.DOMAIN, each));
        }
        List<Explained> ofDomain = explained(BlockKind.DOMAIN, levels, name);
        if (ofVirtualMta.isEmpty() && ofDomain.isEmpty()) {
            Optional<String> meant =
                    ValueType.nearest(name, List.copyOf(Catalogue.all().namesIn(BlockKind.DOMAIN)));
            return new Answer.Fails("there is no directive \"" + name + "\" in <domain> or <virtual-mta>"
                    + meant.map(each -> "; perhaps " + each).orElse(""));
        }
        return new Answer.Explains(new Explanation(
                domain + "/" + virtualMta, ofVirtualMta, ofDomain, notes(configuration, domain, virtualMta)));
    }

    private static String names(Configuration configuration) {
        List<String> names = new ArrayList<>(
                configuration.virtualMtas().keySet().stream().limit(20).toList());
        names.add(QueueKey.DEFAULT_VIRTUAL_MTA);
        int more = configuration.virtualMtas().size() - 20;
        return String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
    }

    private static List<Level> levels(Configuration configuration, String virtualMta) {
        List<Level> levels = new ArrayList<>();
        levels.add(new Level(BlockKind.GLOBAL, configuration.parts().global()));
        configuration.virtualMta(virtualMta).ifPresent(each -> {
            Configuration.Pool pool = each.pool();
            if (pool != null) {
                levels.add(new Level(BlockKind.POOL, pool.own()));
            }
            levels.add(new Level(BlockKind.VIRTUAL_MTA, each.own()));
        });
        return levels;
    }

    private static List<String> notes(Configuration configuration, String domain, String virtualMta) {
        SettingsBlock.Assigned moved =
                DomainBlocks.strongest(configuration.chain(domain, virtualMta), BlockKind.DOMAIN, "queue-to");
        if (moved == null) {
            return List.of();
        }
        String target = Spelling.of(moved.value());
        return target.isEmpty() || target.equals(domain)
                ? List.of()
                : List.of("Mail for " + domain + " is moved to the queue " + target + "/" + virtualMta
                        + ", whose settings hold for it (queue-to in " + moved.origin() + ").");
    }

    private static List<Explained> explained(BlockKind kind, List<Level> levels, String wanted) {
        Map<String, Catalogue.Entry> sorted = new TreeMap<>();
        Catalogue.Entry asked = Catalogue.all().find(kind, wanted);
        String name = asked == null ? wanted : asked.keptAs();
        for (String each : Catalogue.all().namesIn(kind)) {
            Catalogue.Entry entry = Catalogue.all().find(kind, each);
            if (entry != null
                    && !entry.isBlock()
                    && entry.state() != Catalogue.State.INVENTION
                    && entry.reference().isEmpty()
                    && !each.equals("include")
                    && (name.isEmpty() || each.equals(name))) {
                sorted.put(each, entry);
            }
        }
        List<Explained> all = new ArrayList<>();
        sorted.forEach((each, entry) -> all.add(explained(entry, kind, levels)));
        return all;
    }

    private static Explained explained(Catalogue.Entry entry, BlockKind kind, List<Level> levels) {
        List<Source> chain = new ArrayList<>();
        chain.add(new Source(builtIn(entry, kind, levels), "", 0, ""));
        for (Level each : levels) {
            if (each.kind() == kind || Catalogue.all().find(each.kind(), entry.name()) != null) {
                SettingsBlock.Assigned line = each.block().get(each.kind(), entry.name());
                if (line != null) {
                    chain.addFirst(new Source(
                            shown(entry, line.value()),
                            line.origin().file(),
                            line.origin().line(),
                            line.origin().scope()));
                }
            }
        }
        return new Explained(entry.name(), chain, entry.state() == Catalogue.State.BUILT);
    }

    /// Secrets are nobody's business on a screen.
    private static String shown(Catalogue.Entry entry, Object value) {
        String name = entry.name();
        boolean isSecret = name.contains("password") || name.endsWith("-key") && !name.equals("domain-key");
        return isSecret ? "********" : Spelling.of(value);
    }

    private static String builtIn(Catalogue.Entry entry, BlockKind kind, List<Level> levels) {
        Directive<?> directive = Directives.find(kind, entry.name());
        if (directive != null) {
            return Spelling.of(directive.builtIn());
        }
        // "max-msg-rate if set, else unlimited"
        String words = entry.builtIn();
        int other = words.indexOf(" if set, else ");
        if (other < 0) {
            return words.equals("none") ? "" : words;
        }
        SettingsBlock.@Nullable Assigned line =
                DomainBlocks.strongest(levels.stream().map(Level::block).toList(), kind, words.substring(0, other));
        return line == null ? words.substring(other + " if set, else ".length()) : Spelling.of(line.value());
    }
}
