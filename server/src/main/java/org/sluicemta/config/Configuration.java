package org.sluicemta.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;

/// A checked configuration: one immutable snapshot. A reload makes a new one and swaps the reference.
///
/// ## How a setting of a queue is found
/// Setting by setting, from the weakest to the strongest: the built-in default; the `<domain>` blocks outside;
/// those in the pool that holds the virtual MTA; those in the virtual MTA. Inside each of these scopes `*` comes
/// first, then patterns, then the exact name, and a listed name is stronger than one that a macro brought. So a
/// `<domain *>` in a virtual MTA beats a global `<domain example.com>` for what it names: scope first. `inheritance
/// pattern-first` makes the pattern the stronger axis. Both orders are one function, [#chain].
///
/// Threads: safe from any thread, never blocks. Looking a [QueueView] up costs some hash look-ups per label of the
/// domain; a queue should keep its view for as long as it uses this snapshot.
public final class Configuration {
    /// Views kept for reuse. Queue names come from strangers' addresses, so the number is bounded; beyond it a view
    /// is made anew each time, which is right and only slower.
    private static final int MOST_VIEWS = 65_536;

    /// Lines of a file that no chain may be confused with: a separate name space of keys.
    private record ChainKey(int[] blocks) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ChainKey that && Arrays.equals(blocks, that.blocks);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(blocks);
        }
    }

    private final Parts parts;
    private final Map<ChainKey, QueueView> queueViews = new ConcurrentHashMap<>();
    private final Map<ChainKey, SourceView> sourceViews = new ConcurrentHashMap<>();
    private final int[] sourcePrefixes;
    private final boolean isPatternFirst;

    /// All that a snapshot is made of.
    record Parts(
            SettingsBlock global,
            DomainTable<SettingsBlock> domains,
            Map<String, VirtualMta> virtualMtas,
            Map<String, Pool> pools,
            Map<Cidr, SettingsBlock> sourcesByAddress,
            Map<String, SettingsBlock> sourcesByName,
            List<Listener> listeners,
            Map<Listener, SettingsBlock> listenerBlocks,
            List<String> spools,
            List<AcctFile> acctFiles,
            Map<String, SettingsBlock> smtpUsers,
            DomainTable<Boolean> relayDomains,
            Map<String, List<ReplyRule>> smtpPatternLists,
            Map<String, List<PatternRule>> patternLists,
            List<BounceCategory> bounceCategories,
            List<MxRollup> mxRollups) {}

    Configuration(Parts parts) {
        this.parts = parts;
        this.sourcePrefixes = parts.sourcesByAddress.keySet().stream()
                .mapToInt(Cidr::prefixLength)
                .distinct()
                .sorted()
                .toArray();
        this.isPatternFirst = global(Directives.INHERITANCE).value() == Directives.Inheritance.PATTERN_FIRST;
    }

    /// Names of virtual MTAs, pools and sources do not distinguish case.
    static String canonicalName(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    // ---- the server

    /// @param directive of [Directive.Level#SERVER]
    public <T> Setting<T> global(Directive<T> directive) {
        return resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), List.of(parts.global));
    }

    /// Where SMTP is accepted; at least one: without any in the file, `0.0.0.0:25`.
    public List<Listener> listeners() {
        return parts.listeners;
    }

    /// The settings of a listener; of one that is not configured, what is global.
    public ListenerView listener(Listener listener) {
        SettingsBlock block = parts.listenerBlocks.get(listener);
        return new ListenerView(this, block == null ? List.of() : List.of(block));
    }

    /// What the block of a listener says, and behind it what is global.
    public record ListenerView(Configuration configuration, List<SettingsBlock> chain) {
        /// @param directive of [Directive.Level#LISTENER]
        public <T> Setting<T> setting(Directive<T> directive) {
            return resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), chain);
        }

        /// @param directive of [Directive.Level#LISTENER]
        /// @param global of [Directive.Level#SERVER]: what holds where the block says nothing
        public <T> Setting<T> setting(Directive<T> directive, Directive<T> global) {
            return resolve(directive, configuration.global(global), chain);
        }
    }

    /// Spool folders in the order of the file, line form and blocks together; empty when none is named.
    public List<String> spools() {
        return parts.spools;
    }

    public List<AcctFile> acctFiles() {
        return parts.acctFiles;
    }

    /// Domains accepted from any client: `relay-domain` and the server's own host names.
    public RelayDomains relayDomains() {
        return domain -> parts.relayDomains.contains(DomainPattern.canonical(domain));
    }

    /// Reply rules by the name of their list in lower case, as `smtp-pattern-list` names it in any case; each list in
    /// the order of the file, blocks of one name together.
    public Map<String, List<ReplyRule>> smtpPatternLists() {
        return parts.smtpPatternLists;
    }

    /// The lines that choose virtual MTAs, by the name of their list in lower case; each list in the order of the file.
    public Map<String, List<PatternRule>> patternLists() {
        return parts.patternLists;
    }

    /// The file's own lines of bounce categories, in order.
    public List<BounceCategory> bounceCategories() {
        return parts.bounceCategories;
    }

    /// The lines of all `<mx-rollup-list>` blocks in the order of the file.
    public List<MxRollup> mxRollups() {
        return parts.mxRollups;
    }

    /// Whether a domain is accepted from any client.
    public interface RelayDomains {
        /// @param domain as in an address, in any case
        boolean contains(String domain);
    }

    // ---- sources

    /// What holds for a client: from `0/0` to the most specific block, then the named ones in the order given.
    ///
    /// @param names in the order of strength, the strongest last; unknown ones are skipped
    public SourceView source(InetAddress client, List<String> names) {
        List<SettingsBlock> chain = new ArrayList<>();
        for (int prefix : sourcePrefixes) {
            if (prefix == 0) {
                addIfThere(parts.sourcesByAddress.get(Cidr.EVERYTHING), chain);
            }
            if (prefix <= client.getAddress().length * 8) {
                Cidr around = Cidr.around(client, prefix);
                if (!around.equals(Cidr.EVERYTHING)) {
                    addIfThere(parts.sourcesByAddress.get(around), chain);
                }
            }
        }
        for (String name : names) {
            addIfThere(parts.sourcesByName.get(canonicalName(name)), chain);
        }
        ChainKey key = keyOf(chain);
        SourceView known = sourceViews.get(key);
        if (known == null) {
            known = new SourceView(chain);
            if (sourceViews.size() < MOST_VIEWS) {
                sourceViews.put(key, known);
            }
        }
        return known;
    }

    /// @param directive of [Directive.Level#SOURCE]
    public <T> Setting<T> sourceSetting(InetAddress client, List<String> names, Directive<T> directive) {
        return source(client, names).setting(directive);
    }

    /// Whether a `<source>` with this name is configured.
    public boolean hasSource(String name) {
        return parts.sourcesByName.containsKey(canonicalName(name));
    }

    private static void addIfThere(@Nullable SettingsBlock block, List<SettingsBlock> chain) {
        if (block != null) {
            chain.add(block);
        }
    }

    private static ChainKey keyOf(List<SettingsBlock> chain) {
        int[] ids = new int[chain.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = chain.get(i).id();
        }
        return new ChainKey(ids);
    }

    // ---- users

    /// Who may log in, by name as written.
    public Map<String, SmtpUserView> smtpUsers() {
        Map<String, SmtpUserView> users = inOrder();
        parts.smtpUsers.forEach((name, block) -> users.put(name, new SmtpUserView(block)));
        return users;
    }

    /// The settings of a `<smtp-user>`.
    public record SmtpUserView(SettingsBlock block) {
        /// @param directive of [Directive.Level#SMTP_USER]
        public <T> Setting<T> setting(Directive<T> directive) {
            return resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), List.of(block));
        }
    }

    // ---- virtual MTAs and pools

    /// By name in lower case, in the order of the file.
    public Map<String, VirtualMta> virtualMtas() {
        return parts.virtualMtas;
    }

    /// By name in lower case, in the order of the file.
    public Map<String, Pool> pools() {
        return parts.pools;
    }

    /// @param name in any case; of a virtual MTA, not of a pool
    public Optional<VirtualMta> virtualMta(String name) {
        return Optional.ofNullable(parts.virtualMtas.get(canonicalName(name)));
    }

    /// Global, then pool, then virtual MTA. A virtual MTA that is not configured has what is global.
    ///
    /// @param directive of [Directive.Level#VIRTUAL_MTA]
    public <T> Setting<T> virtualMtaSetting(String virtualMta, Directive<T> directive) {
        List<SettingsBlock> chain = new ArrayList<>();
        chain.add(parts.global);
        VirtualMta vmta = parts.virtualMtas.get(canonicalName(virtualMta));
        if (vmta != null) {
            if (vmta.pool() != null) {
                chain.add(vmta.pool().own());
            }
            chain.add(vmta.own());
        }
        return resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), chain);
    }

    /// Global, then the pool's own.
    ///
    /// @param directive of [Directive.Level#VIRTUAL_MTA]
    public <T> Setting<T> poolSetting(Pool pool, Directive<T> directive) {
        return resolve(
                directive, Setting.builtIn(directive.name(), directive.builtIn()), List.of(parts.global, pool.own()));
    }

    /// The global, pool and virtual MTA settings of one virtual MTA.
    public static final class VirtualMta {
        private final String name;
        private final SettingsBlock own;
        private final DomainTable<SettingsBlock> domains;
        private final @Nullable Pool pool;

        VirtualMta(String name, SettingsBlock own, DomainTable<SettingsBlock> domains, @Nullable Pool pool) {
            this.name = name;
            this.own = own;
            this.domains = domains;
            this.pool = pool;
        }

        /// In lower case.
        public String name() {
            return name;
        }

        SettingsBlock own() {
            return own;
        }

        DomainTable<SettingsBlock> domains() {
            return domains;
        }

        /// The pool whose settings it inherits, or null: a pool of bare members gives nothing to inherit.
        @Nullable
        Pool pool() {
            return pool;
        }
    }

    /// A group of virtual MTAs that take turns.
    public static final class Pool {
        private final String name;
        private final SettingsBlock own;
        private final DomainTable<SettingsBlock> domains;
        private final List<String> members;

        Pool(String name, SettingsBlock own, DomainTable<SettingsBlock> domains, List<String> members) {
            this.name = name;
            this.own = own;
            this.domains = domains;
            this.members = List.copyOf(members);
        }

        /// In lower case.
        public String name() {
            return name;
        }

        /// Members that are configured, in the order of the file, in lower case; one that is written twice has two
        /// turns.
        public List<String> members() {
            return members;
        }

        SettingsBlock own() {
            return own;
        }

        DomainTable<SettingsBlock> domains() {
            return domains;
        }

        boolean hasSettings() {
            return !own.isEmpty() || !domains.isEmpty();
        }
    }

    /// One accounting file.
    ///
    /// @param path as written; beginning with `|` for a pipe
    public record AcctFile(String path, List<SettingsBlock> chain) {
        /// @param directive of [Directive.Level#ACCT_FILE]
        public <T> Setting<T> setting(Directive<T> directive) {
            return resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), chain);
        }
    }

    // ---- queues

    /// The settings of a queue.
    ///
    /// @param queue its virtual MTA may be `{default}` or no longer configured: then only what is global holds
    public QueueView queue(QueueKey queue) {
        List<SettingsBlock> chain = chain(queue.domain(), queue.virtualMta());
        ChainKey key = keyOf(chain);
        QueueView known = queueViews.get(key);
        if (known == null) {
            known = new QueueView(chain);
            if (queueViews.size() < MOST_VIEWS) {
                queueViews.put(key, known);
            }
        }
        return known;
    }

    /// @param directive of [Directive.Level#QUEUE]
    public <T> Setting<T> queueSetting(QueueKey queue, Directive<T> directive) {
        return queue(queue).setting(directive);
    }

    /// The blocks that hold for a queue, the weakest first.
    List<SettingsBlock> chain(String domain, String virtualMta) {
        record Ranked(int pattern, int scope, SettingsBlock block) {}
        List<Ranked> found = new ArrayList<>();
        int[] scope = {0};
        List<DomainTable<SettingsBlock>> tables = new ArrayList<>(3);
        tables.add(parts.domains);
        VirtualMta vmta = parts.virtualMtas.get(canonicalName(virtualMta));
        if (vmta != null) {
            if (vmta.pool() != null) {
                tables.add(vmta.pool().domains());
            }
            tables.add(vmta.domains());
        }
        for (DomainTable<SettingsBlock> table : tables) {
            scope[0]++;
            if (vmta != null && table == vmta.domains() && vmta.own().get(Directives.RATE_PACING) != null) {
                // The one setting of queues that a virtual MTA may hold itself: weaker than its domain blocks.
                found.add(new Ranked(-1, scope[0], vmta.own()));
            }
            for (DomainTable.Match<SettingsBlock> match : table.matches(domain)) {
                found.add(new Ranked(match.rank(), scope[0], match.value()));
            }
        }
        if (isPatternFirst) {
            // The lowest bit of a rank tells listed from macro; it decides only inside one scope.
            found.sort(Comparator.comparingInt((Ranked each) -> each.pattern() >> 1)
                    .thenComparingInt(Ranked::scope)
                    .thenComparingInt(Ranked::pattern));
        }
        List<SettingsBlock> chain = new ArrayList<>(found.size() + 1);
        chain.add(parts.global);
        found.forEach(each -> chain.add(each.block()));
        return chain;
    }

    /// The settings of queues that have the same blocks. Threads: any; a setting that two threads ask for at once
    /// is computed twice with equal results, and a [Setting] is immutable, so no lock is needed.
    public static final class QueueView {
        private final List<SettingsBlock> chain;
        private final @Nullable Setting<?>[] known = new Setting<?>[Directives.count()];

        private QueueView(List<SettingsBlock> chain) {
            this.chain = List.copyOf(chain);
        }

        /// @param directive of [Directive.Level#QUEUE]
        @SuppressWarnings("unchecked")
        public <T> Setting<T> setting(Directive<T> directive) {
            Setting<?> setting = known[directive.ordinal()];
            if (setting == null) {
                setting = resolve(directive, Setting.builtIn(directive.name(), directive.builtIn()), chain);
                known[directive.ordinal()] = setting;
            }
            return (Setting<T>) setting;
        }

        public <T> T value(Directive<T> directive) {
            return setting(directive).value();
        }
    }

    /// The settings of clients that have the same blocks. Threads: as [QueueView].
    public final class SourceView {
        private final List<SettingsBlock> chain;
        private final @Nullable Setting<?>[] known = new Setting<?>[Directives.count()];

        private SourceView(List<SettingsBlock> chain) {
            this.chain = List.copyOf(chain);
        }

        /// @param directive of [Directive.Level#SOURCE]
        @SuppressWarnings("unchecked")
        public <T> Setting<T> setting(Directive<T> directive) {
            Setting<?> setting = known[directive.ordinal()];
            if (setting == null) {
                setting = resolve(directive, startOf(directive), chain);
                known[directive.ordinal()] = setting;
            }
            return (Setting<T>) setting;
        }

        public <T> T value(Directive<T> directive) {
            return setting(directive).value();
        }

        /// Whether the strongest line of a switch says yes, whether it has an effect yet or not.
        boolean isSet(String name) {
            SettingsBlock.Assigned line = DomainBlocks.strongest(chain, BlockKind.SOURCE, name);
            return line != null && Boolean.TRUE.equals(line.value());
        }

        /// The built-in default; for STARTTLS what `smtp-server-tls-enable` made of it.
        @SuppressWarnings("unchecked")
        private <T> Setting<T> startOf(Directive<T> directive) {
            Setting<T> start = Setting.builtIn(directive.name(), directive.builtIn());
            if (directive == (Directive<?>) Directives.ALLOW_STARTTLS) {
                SettingsBlock.Assigned switched = parts.global.get(Directives.SMTP_SERVER_TLS_ENABLE);
                if (switched != null) {
                    return start.overriddenBy((T) switched.value(), switched.origin());
                }
            }
            return start;
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> Setting<T> resolve(Directive<T> directive, Setting<T> start, Collection<SettingsBlock> chain) {
        Setting<T> setting = start;
        for (SettingsBlock each : chain) {
            SettingsBlock.Assigned assigned = each.get(directive);
            if (assigned != null) {
                // The block took the value from this very directive, so it has its type.
                setting = setting.overriddenBy((T) assigned.value(), assigned.origin());
            }
        }
        return setting;
    }

    /// For checks.
    Parts parts() {
        return parts;
    }

    static <V> Map<String, V> inOrder() {
        return new LinkedHashMap<>();
    }
}
