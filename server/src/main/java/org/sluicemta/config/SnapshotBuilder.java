package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.settings.Origin;

/// Walks the tree once, reports what is wrong, and gathers what is right into the parts of a snapshot. Names may be
/// used before they are defined, so what refers to others is settled at the end. Owner: the thread of one check.
final class SnapshotBuilder {
    private final Problems problems;
    private final Catalogue catalogue = Catalogue.all();
    private final Mentions mentions = new Mentions();
    private final CheckedLines lines;
    private final Macros macros = new Macros();
    private final Map<String, SettingsBlock> smtpUsers = new LinkedHashMap<>();
    private final List<WrittenKey> keys = new ArrayList<>();
    private final Summary summary = new Summary();
    private int blocks;
    /// Where the block begins whose lines are being read; null outside.
    private @Nullable Place blockStart;

    private final SettingsBlock global = new SettingsBlock(blocks++, "");
    private final DomainTable<SettingsBlock> domains = new DomainTable<>();
    private final Map<String, Group> virtualMtas = new LinkedHashMap<>();
    private final Map<String, Group> pools = new LinkedHashMap<>();
    private final Map<Cidr, SettingsBlock> sourcesByAddress = new LinkedHashMap<>();
    private final Map<String, SettingsBlock> sourcesByName = new LinkedHashMap<>();
    private final List<Listener> blockListeners = new ArrayList<>();
    private final Map<Listener, SettingsBlock> listenerBlocks = new LinkedHashMap<>();
    private final Map<String, Place> spools = new LinkedHashMap<>();
    private final Map<String, SettingsBlock> acctFiles = new LinkedHashMap<>();
    private final Map<String, List<PatternRule>> patternLists = new LinkedHashMap<>();
    private final List<BounceCategory> bounceCategories = new ArrayList<>();
    private final Map<Origin.Line, Place> places = new IdentityHashMap<>();
    private final DayRates dayRates = new DayRates();
    private final Map<String, List<ReplyRule>> smtpPatternLists = new LinkedHashMap<>();
    private final List<MxRollup> mxRollups = new ArrayList<>();
    private final List<Written> writtenDomains = new ArrayList<>();
    private final References references = new References();
    private final List<Node.Line> relayLines = new ArrayList<>();

    /// A virtual MTA or pool while it is gathered.
    private static final class Group {
        final Place place;
        final SettingsBlock own;
        final DomainTable<SettingsBlock> domains = new DomainTable<>();
        final Map<Integer, Member> members = new LinkedHashMap<>();

        Group(Place place, SettingsBlock own) {
            this.place = place;
            this.own = own;
        }
    }

    private record Member(String name, Place place) {}

    /// A `<domain>` block as it stands in the file; macros in its tag are expanded at the end.
    private record Written(Node.Block tag, DomainTable<SettingsBlock> into, SettingsBlock settings, String scope) {}

    /// A line `domain-key`, in either spelling; macros in it are expanded at the end.
    private record WrittenKey(SettingsBlock into, SigningValues.KeyLine key, Place place) {}

    /// Planned directives whose lines add up; the built ones say so themselves.
    private static final Set<String> ADDITIVE = Set.of(
            "smtp-proxy-source-host",
            "relay-address",
            "http-access",
            "http-api-key",
            "mx-connection-limit",
            "ip-connection-limit",
            "cold-virtual-mta",
            "include-headers-from",
            "source-ip-max-connect-rate",
            "source-ip-max-data-volume-rate",
            "source-ip-max-msg-rate",
            "source-ip-max-smtp-out",
            "api-key",
            "auto-cold-virtual-mta");

    SnapshotBuilder(Problems problems) {
        this.problems = problems;
        this.lines = new CheckedLines(mentions, problems);
    }

    /// Directives that were written, protect, and have no effect yet: name to first place.
    Map<String, Place> unprotected() {
        return summary.unprotected;
    }

    /// Files and addresses that the configuration names.
    Mentions mentions() {
        return mentions;
    }

    Configuration.Parts build(Node.Block root) {
        for (Node each : root.children()) {
            switch (each) {
                case Node.Line line -> line(line, BlockKind.GLOBAL, global);
                case Node.Block block -> topBlock(block);
            }
        }
        settleMacros();
        settleKeys();
        settleDomains();
        Map<String, Configuration.Pool> finishedPools = settlePools();
        Map<String, Configuration.VirtualMta> finished = settleVirtualMtas(finishedPools);
        references.settle(
                (kind, name) -> switch (kind) {
                    case VIRTUAL_MTA ->
                        virtualMtas.containsKey(name) || pools.containsKey(name) || name.equals("{default}");
                    case SOURCE -> sourcesByName.containsKey(name);
                    case PATTERN_LIST -> patternLists.containsKey(name);
                    case SMTP_PATTERN_LIST -> smtpPatternLists.containsKey(name);
                },
                problems);
        dayRates.settle(global, problems);
        summary.report(problems);
        return new Configuration.Parts(
                global,
                domains,
                finished,
                finishedPools,
                sourcesByAddress,
                sourcesByName,
                listeners(),
                listenerBlocks,
                spools.keySet().stream().toList(),
                acctFiles.entrySet().stream()
                        .map(each -> new Configuration.AcctFile(each.getKey(), List.of(each.getValue())))
                        .toList(),
                smtpUsers,
                relayDomains(),
                frozen(smtpPatternLists),
                frozen(patternLists),
                List.copyOf(bounceCategories),
                List.copyOf(mxRollups));
    }

    private Origin.Line origin(Node.Line line, Node.Block block) {
        Origin.Line origin = line.place().origin(block.toString());
        places.put(origin, line.place());
        return origin;
    }

    /// Where a line of a list stands.
    ///
    /// @param origin of one of the rules that this builder has made
    Place placeOf(Origin.Line origin) {
        Place place = places.get(origin);
        if (place == null) {
            throw new ConfigException("a rule without a place: " + origin);
        }
        return place;
    }

    private static <T> Map<String, List<T>> frozen(Map<String, List<T>> lists) {
        Map<String, List<T>> frozen = new LinkedHashMap<>();
        lists.forEach((name, lines) -> frozen.put(name, List.copyOf(lines)));
        return java.util.Collections.unmodifiableMap(frozen);
    }

    // ---- blocks

    private void topBlock(Node.Block block) {
        BlockKind kind = known(block, BlockKind.GLOBAL);
        if (kind == null) {
            return;
        }
        String argument = Words.whole(block.argument());
        switch (kind) {
            case SOURCE -> settings(block, kind, source(block, argument));
            case DOMAIN -> domain(block, domains, global, "");
            case VIRTUAL_MTA -> group(block, kind, argument, virtualMtas);
            case POOL -> group(block, kind, argument, pools);
            case SPOOL -> {
                mentions.file(NamedFile.of("spool", argument, block.argumentPlace()));
                if (spools.putIfAbsent(argument, block.place()) != null) {
                    problems.warning(
                            "repeated-spool",
                            block.place(),
                            "the spool " + Problems.quote(argument) + " stands twice",
                            "each folder is one spool",
                            "remove one of them");
                }
                settings(block, kind, new SettingsBlock(blocks++, block.toString()));
            }
            case ACCT_FILE -> {
                mentions.file(NamedFile.of("acct-file", argument, block.argumentPlace()));
                settings(block, kind, acctFile(argument, block.toString()));
            }
            case SMTP_LISTENER -> {
                SettingsBlock own = new SettingsBlock(blocks++, block.toString());
                listenerBlock(block, argument, own);
                settings(block, kind, own);
                proxies(block, own);
            }
            case PATTERN_LIST ->
                patternLists
                        .computeIfAbsent(Configuration.canonicalName(argument), _ -> new ArrayList<>())
                        .addAll(new PatternLists(
                                        lines,
                                        references,
                                        this::origin,
                                        each -> withoutEffect(each, kind),
                                        each -> innerOfPlain(each, kind))
                                .read(block));
            case BOUNCE_CATEGORY_PATTERNS -> {
                withoutEffect(block, kind);
                for (Node each : block.children()) {
                    switch (each) {
                        case Node.Line line when line.keyword().isEmpty() -> bounceCategory(line, block);
                        case Node.Line line -> linePlanned(line, kind);
                        case Node.Block inner -> innerOfPlain(inner, kind);
                    }
                }
            }
            case SMTP_PATTERN_LIST -> {
                List<ReplyRule> rules =
                        smtpPatternLists.computeIfAbsent(Configuration.canonicalName(argument), _ -> new ArrayList<>());
                listed(block, kind, (line, value) -> {
                    if (value instanceof ValueType.Reply(String regex, List<ReplyAction> actions)) {
                        rules.add(new ReplyRule(regex, actions, origin(line, block)));
                    }
                });
            }
            case MX_ROLLUP_LIST ->
                listed(block, kind, (line, value) -> {
                    if (value instanceof ValueType.Rollup(String pattern, String queue, boolean isByIp)) {
                        mxRollups.add(new MxRollup(pattern, queue, isByIp, origin(line, block)));
                    }
                });
            case SMTP_USER ->
                settings(
                        block,
                        kind,
                        smtpUsers.computeIfAbsent(argument, _ -> new SettingsBlock(blocks++, block.toString())));
            case GLOBAL,
                    BOUNCE_PROCESSOR,
                    FEEDBACK_LOOP_PROCESSOR,
                    ADDRESS_LIST,
                    EMAIL_PATTERNS,
                    SOURCE_GROUP,
                    REWRITE_LIST,
                    DOMAIN_KEY_LIST,
                    DNS,
                    TRANSMISSIONS_API,
                    TRANSMISSIONS_API_LISTENER,
                    PROXY,
                    VAULT,
                    SIGNALS,
                    SPARKPOST_ANALYTICS,
                    SIGNALS_FILTER -> planned(block, kind);
            case ALIASES -> settings(block, kind, global);
        }
    }

    /// The kind of a block whose tag and argument are in order, or null after saying what is not.
    private @Nullable BlockKind known(Node.Block block, BlockKind parent) {
        BlockKind kind = BlockKind.ofTag(block.tag());
        if (kind == null) {
            unknownBlock(block, parent);
            return null;
        }
        if (kind.argument() == BlockKind.Argument.REQUIRED
                && Words.whole(block.argument()).isEmpty()) {
            problems.error(
                    "missing-argument",
                    block.place(),
                    "<" + kind.tag() + "> has no argument",
                    "the tag names what the block is about",
                    "write <" + kind.tag() + " NAME>");
            return null;
        }
        if (kind.argument() == BlockKind.Argument.NONE && !block.argument().isEmpty()) {
            problems.warning(
                    "argument-ignored",
                    block.argumentPlace(),
                    "<" + kind.tag() + "> takes no argument",
                    "the tag stands alone",
                    "write <" + kind.tag() + ">");
        }
        return kind;
    }

    private void unknownBlock(Node.Block block, BlockKind parent) {
        String name = "<" + block.tag() + ">";
        Catalogue.Entry invention = catalogue.find(BlockKind.GLOBAL, name);
        if (invention != null) {
            problems.warning(
                    "invention",
                    block.place(),
                    name + " does not exist, though it is found on the web; the block is skipped",
                    "only blocks of the catalogue have an effect",
                    invention.note());
            return;
        }
        List<String> tags = new ArrayList<>();
        for (BlockKind each : BlockKind.values()) {
            if (each.parents().contains(parent)) {
                tags.add(each.tag());
            }
        }
        Optional<String> meant = lines.nearTag(parent, block.tag(), tags);
        if (meant.isPresent()) {
            problems.error(
                    "misspelt-name",
                    block.place(),
                    "there is no block " + Problems.quote(name),
                    "a block that is not understood cannot have its effect, and this one is almost a known one",
                    "write <" + meant.get() + "> and </" + meant.get() + ">");
        } else {
            problems.warning(
                    "unknown-name",
                    block.place(),
                    "there is no block " + Problems.quote(name) + "; it is skipped",
                    "only blocks of the catalogue have an effect",
                    "remove the block, or mend its name");
        }
    }

    /// The lines of a block that holds nothing but directives.
    private void settings(Node.Block block, BlockKind kind, @Nullable SettingsBlock into) {
        Place outer = blockStart;
        blockStart = block.place();
        for (Node each : block.children()) {
            switch (each) {
                case Node.Line line -> line(line, kind, into);
                case Node.Block inner -> innerOfPlain(inner, kind);
            }
        }
        blockStart = outer;
    }

    private void innerOfPlain(Node.Block inner, BlockKind kind) {
        BlockKind innerKind = known(inner, kind);
        if (innerKind != null) {
            planned(inner, innerKind);
        }
    }

    /// A list whose lines are gathered in their order, whether they have an effect yet or not.
    private void listed(Node.Block block, BlockKind kind, BiConsumer<Node.Line, Object> item) {
        withoutEffect(block, kind);
        for (Node each : block.children()) {
            switch (each) {
                case Node.Line line -> {
                    Catalogue.Entry entry = lines.entryOf(line, kind);
                    Object value = entry == null ? null : lines.valueOf(line, entry);
                    if (value != null) {
                        item.accept(line, value);
                    }
                }
                case Node.Block inner -> innerOfPlain(inner, kind);
            }
        }
    }

    /// A block without effect: its lines are checked, so that a mistake shows now and not when the effect comes.
    private void planned(Node.Block block, BlockKind kind) {
        withoutEffect(block, kind);
        for (Node each : block.children()) {
            switch (each) {
                case Node.Line line -> linePlanned(line, kind);
                case Node.Block inner -> {
                    BlockKind innerKind = known(inner, kind);
                    if (innerKind != null) {
                        planned(inner, innerKind);
                    }
                }
            }
        }
    }

    /// Says so where this kind of block has no effect yet.
    private void withoutEffect(Node.Block block, BlockKind kind) {
        Catalogue.Entry entry = catalogue.find(blockParent(kind), "<" + kind.tag() + ">");
        if (entry != null && entry.state() != Catalogue.State.BUILT) {
            summary.add(entry, block.place());
        }
    }

    private static BlockKind blockParent(BlockKind kind) {
        Set<BlockKind> parents = kind.parents();
        return parents.contains(BlockKind.GLOBAL) || parents.isEmpty()
                ? BlockKind.GLOBAL
                : parents.iterator().next();
    }

    private @Nullable SettingsBlock source(Node.Block block, String argument) {
        Optional<Cidr> range = Cidr.parse(argument);
        if (range.isPresent()) {
            return sourcesByAddress.computeIfAbsent(range.get(), _ -> new SettingsBlock(blocks++, block.toString()));
        }
        boolean looksLikeRange = argument.indexOf('/') >= 0 || argument.indexOf(':') >= 0;
        boolean isDigitsOnly = argument.chars().allMatch(c -> c >= '0' && c <= '9' || c == '.');
        if (looksLikeRange || isDigitsOnly) {
            problems.error(
                    "bad-value",
                    block.argumentPlace(),
                    Problems.quote(argument) + " is neither an address, nor a range, nor a name",
                    "<source> names clients by address, by range, or by a name",
                    "write an address such as 192.0.2.1, a range such as 10.0.0.0/8 or 0/0, or a name such as {auth}");
            return null;
        }
        return sourcesByName.computeIfAbsent(
                Configuration.canonicalName(argument), _ -> new SettingsBlock(blocks++, block.toString()));
    }

    private SettingsBlock acctFile(String path, String scope) {
        return acctFiles.computeIfAbsent(path, _ -> new SettingsBlock(blocks++, scope));
    }

    private void listenerBlock(Node.Block block, String argument, SettingsBlock own) {
        String source = "";
        for (Node each : block.children()) {
            if (each instanceof Node.Line line && line.name().equals("source")) {
                source = Configuration.canonicalName(Words.whole(line.value()));
                references.add(References.Kind.SOURCE, source, line.valuePlace(), "source in <smtp-listener>");
            }
        }
        switch (ValueType.LISTENER.parse(argument)) {
            case Parsed.Good<Listener>(Listener listener) -> {
                mentions.wanted(listener.address(), block.argumentPlace(), "smtp-listener");
                listens(
                        new Listener(
                                listener.address(), listener.port(), source.isEmpty() ? listener.source() : source),
                        own);
            }
            case Parsed.Odd<Listener> odd -> listens(odd.value(), own);
            case Parsed.Bad<Listener>(String what, String mend, int _, int _) ->
                problems.error(
                        "bad-value",
                        block.argumentPlace(),
                        "<smtp-listener>: " + what,
                        "the tag takes " + ValueType.LISTENER.expects(),
                        mend);
        }
    }

    private void proxies(Node.Block block, SettingsBlock own) {
        SettingsBlock.Assigned expected = own.get(Directives.PROXY_PROTOCOL);
        boolean isExpected = expected != null && Boolean.TRUE.equals(expected.value());
        SettingsBlock.Assigned sources = own.get(Directives.PROXY_PROTOCOL_SOURCES);
        if (isExpected && sources == null) {
            problems.error(
                    "proxies-unnamed",
                    block.place(),
                    "proxy-protocol is on, and no proxy is named",
                    "whoever may send the header may claim any address, also one that may relay",
                    "write proxy-protocol-sources with the proxies' addresses");
        } else if (!isExpected && sources != null) {
            problems.warning(
                    "proxies-without-effect",
                    sources.place(),
                    "proxy-protocol-sources has no effect without proxy-protocol yes",
                    "the header is read only where it is expected, and there it must come",
                    "write proxy-protocol yes, or take the line out");
        }
    }

    private void listens(Listener listener, SettingsBlock own) {
        blockListeners.add(listener);
        listenerBlocks.put(listener, own);
    }

    private void group(Node.Block block, BlockKind kind, String argument, Map<String, Group> into) {
        String name = Configuration.canonicalName(argument);
        if (name.indexOf(' ') >= 0 || name.indexOf('/') >= 0) {
            problems.warning(
                    "odd-name",
                    block.argumentPlace(),
                    Problems.quote(argument) + " is an unusual name",
                    "queues are called domain/vmta, so blanks and slashes in a name confuse people and scripts",
                    "use letters, digits, dots and hyphens");
        }
        Map<String, Group> other = into == pools ? virtualMtas : pools;
        Group clash = other.get(name);
        if (clash != null) {
            problems.error(
                    "name-clash",
                    block.place(),
                    Problems.quote(argument) + " names a virtual MTA and a pool (" + clash.place.brief() + ")",
                    "virtual MTAs and pools share their names",
                    "rename one of them");
        }
        blockStart = block.place();
        Group group = into.computeIfAbsent(
                name, _ -> new Group(block.place(), new SettingsBlock(blocks++, block.toString())));
        for (Node each : block.children()) {
            switch (each) {
                case Node.Line line
                when kind == BlockKind.POOL && line.name().equals("virtual-mta") -> {
                    if (ValueType.NAME.parse(line.value()) instanceof Parsed.Good<String>(String member)) {
                        group.members.put(
                                group.members.size(),
                                new Member(Configuration.canonicalName(member), line.valuePlace()));
                    } else {
                        line(line, kind, null);
                    }
                }
                case Node.Line line -> line(line, kind, group.own);
                case Node.Block inner -> {
                    BlockKind innerKind = known(inner, kind);
                    if (innerKind == BlockKind.DOMAIN) {
                        domain(inner, group.domains, group.own, " in " + block);
                    } else if (innerKind != null) {
                        planned(inner, innerKind);
                    }
                }
            }
        }
        blockStart = null;
    }

    /// `dkim-key-selector` with `dkim-key-file` is a `domain-key` of the scope around the block, for every domain.
    private void tutorialKey(SettingsBlock domain, SettingsBlock owner) {
        SettingsBlock.Assigned selector = domain.unbuilt().get("dkim-key-selector");
        SettingsBlock.Assigned file = domain.unbuilt().get("dkim-key-file");
        if (selector != null && file != null) {
            keys.add(new WrittenKey(
                    owner,
                    new SigningValues.KeyLine(
                            selector.value().toString(),
                            SigningValues.ANY,
                            file.value().toString()),
                    selector.place()));
        } else if (selector != null || file != null) {
            SettingsBlock.Assigned half = selector != null ? selector : Objects.requireNonNull(file);
            problems.warning(
                    "half-a-key",
                    half.place(),
                    (selector != null
                                    ? "dkim-key-selector has no dkim-key-file"
                                    : "dkim-key-file has no dkim-key-selector")
                            + " in its block, so that nothing can be signed with it",
                    "a key is a selector and a file",
                    "write both, or domain-key SELECTOR,DOMAIN,FILE outside the block");
        }
    }

    private void domain(Node.Block block, DomainTable<SettingsBlock> into, SettingsBlock owner, String within) {
        if (Words.whole(block.argument()).isEmpty()) {
            known(block, BlockKind.GLOBAL);
            return;
        }
        String scope = block + within;
        SettingsBlock settings = new SettingsBlock(blocks++, scope);
        settings(block, BlockKind.DOMAIN, settings);
        tutorialKey(settings, owner);
        writtenDomains.add(new Written(block, into, settings, scope));
    }

    // ---- lines

    private void linePlanned(Node.Line line, BlockKind kind) {
        Catalogue.Entry entry = lines.entryOf(line, kind);
        if (entry != null) {
            lines.valueOf(line, entry);
        }
    }

    private void bounceCategory(Node.Line line, Node.Block block) {
        int close = Regexes.closing(line.value(), 0);
        if (close < 0) {
            problems.error(
                    "regex-not-closed",
                    line.placeOf(0, line.value().length()),
                    "the pattern has no closing slash",
                    "a line is /pattern/ category; a slash inside the pattern is written \\/",
                    "write / after the pattern");
            return;
        }
        String fault = Regexes.fault(Regexes.plain(line.value().substring(1, close)));
        if (fault != null) {
            problems.error(
                    "bad-regex",
                    line.placeOf(0, close + 1),
                    "the pattern cannot be read: " + fault,
                    "patterns are regular expressions",
                    "mend the pattern");
            return;
        }
        String category = Words.whole(line.value().substring(close + 1).strip());
        if (!category.isEmpty()) {
            bounceCategories.add(
                    new BounceCategory(Regexes.plain(line.value().substring(1, close)), category, origin(line, block)));
        } else {
            problems.warning(
                    "pattern-without-category",
                    line.placeOf(0, line.value().length()),
                    "the pattern names no category",
                    "a line is /pattern/ category",
                    "write the category after the pattern");
        }
    }

    private void line(Node.Line line, BlockKind kind, @Nullable SettingsBlock into) {
        Catalogue.Entry entry = lines.entryOf(line, kind);
        if (entry == null) {
            return;
        }
        if (entry.state() == Catalogue.State.BUILT && entry.name().equals("domain-macro")) {
            macro(line, entry);
            return;
        }
        Object value = lines.valueOf(line, entry);
        if (value instanceof SigningValues.KeyLine key && into != null) {
            references.line(line, entry, value);
            key(line, key, into);
            return;
        }
        if (value != null && !entry.hint().isEmpty()) {
            summary.oldName(entry, line.place());
        }
        switch (entry.state()) {
            case INVENTION -> {}
            case ACCEPTED -> {
                if (value != null && into != null) {
                    into.assignUnbuilt(entry.keptAs(), value, false, line.place());
                }
                summary.add(entry, line.place());
            }
            case PLANNED -> {
                if (value != null) {
                    references.line(line, entry, value);
                    if (into != null) {
                        SettingsBlock.Assigned before = into.assignUnbuilt(
                                entry.keptAs(), value, ADDITIVE.contains(entry.keptAs()), line.place());
                        if (before != null && !before.value().equals(value)) {
                            repeated(entry, line, before, into);
                        }
                        dayRates.line(line, entry, value, into);
                    }
                    if (!entry.isProtective() || !isHarmless(line.value(), entry)) {
                        summary.add(entry, line.place());
                    }
                }
            }
            case BUILT -> {
                if (value != null && into != null) {
                    assign(line, kind, entry, value, into);
                }
            }
        }
    }

    private void assign(Node.Line line, BlockKind kind, Catalogue.Entry entry, Object value, SettingsBlock into) {
        Directive<?> directive = Directives.find(kind, entry.keptAs());
        if (directive == null) {
            // Read by hand, together with others of its block.
            into.assignUnbuilt(entry.keptAs(), value, false, line.place());
            return;
        }
        SettingsBlock.Assigned before = into.assign(directive, value, line.place());
        if (before != null && !before.value().equals(directive.lift(value))) {
            repeated(entry, line, before, into);
        }
        references.line(line, entry, value);
        if (directive == Directives.TYPE) {
            String type = (String) value;
            if (!Set.of("smtp", "discard", "file").contains(type)) {
                summary.unbuiltValue("type", "type " + type, line.place());
            }
        } else if (directive == Directives.FILE_FORMAT && value.equals("append-mbox")) {
            summary.unbuiltValue("file-format", "file-format append-mbox (its mail waits)", line.place());
        } else if (value.equals("if-x-dkim-options-present")) {
            summary.unbuiltValue("dkim-sign", "dkim-sign if-x-dkim-options-present", line.place());
        } else if (directive == Directives.AUTHENTICATION_METHOD && !value.equals("password")) {
            summary.unbuiltValue(
                    "authentication-method",
                    "authentication-method " + value + " (the user cannot log in)",
                    line.place());
        } else if (directive == Directives.RECORDS) {
            unwritten(line, (Set<?>) value);
        } else if (directive == Directives.RELAY_DOMAIN) {
            relayLines.add(line);
        } else if (directive == Directives.SPOOL) {
            spools.putIfAbsent((String) value, line.place());
        } else if (directive == Directives.ACCT_FILE_LINE) {
            acctFile((String) value, "acct-file line");
        }
        dayRates.line(line, entry, value, into);
    }

    private void unwritten(Node.Line line, Set<?> records) {
        List<String> missing = records.stream()
                .map(Object::toString)
                .filter(AcctValues.UNWRITTEN::contains)
                .sorted()
                .toList();
        if (!missing.isEmpty()) {
            problems.warning(
                    "records-unwritten",
                    line.valuePlace(),
                    "records " + String.join(",", missing) + " are not written yet; the file lacks them",
                    "written are d, b, t, tq and r",
                    "leave the line as it is, and do not rely on these rows");
        }
    }

    private void repeated(Catalogue.Entry entry, Node.Line line, SettingsBlock.Assigned before, SettingsBlock into) {
        Place start = blockStart;
        boolean isOtherBlock = start != null
                && start.file() == before.place().file()
                && start.line() > before.place().line();
        problems.grouped(
                "repeated " + isOtherBlock + " " + entry.keptAs(),
                isOtherBlock ? "contradicting-blocks" : "repeated-setting",
                Problem.Severity.WARNING,
                line.place(),
                isOtherBlock
                        ? entry.name() + " stands in another block of the same name with another value, in "
                                + before.origin() + "; this line holds"
                        : entry.name() + " stands in this block before with another value, in " + before.origin()
                                + "; this line holds",
                isOtherBlock
                        ? "blocks of the same name are merged, and of several lines the last one wins"
                        : "of several lines the last one wins",
                "keep one of them");
    }

    /// Whether a protective setting was switched off by hand, so that leaving it out changes nothing.
    private static boolean isHarmless(String value, Catalogue.Entry entry) {
        String lower = value.toLowerCase(Locale.ROOT);
        return Set.of("no", "false", "\"\"", "unlimited", "never", "none", "retain")
                        .contains(lower)
                || lower.equals(entry.builtIn())
                || lower.equals("0") && entry.type() != ValueType.COUNT
                || lower.startsWith("0/");
    }

    private void key(Node.Line line, SigningValues.KeyLine key, SettingsBlock into) {
        if (key.isInVault()) {
            summary.unbuiltValue("domain-key", "domain-key with a key in a vault", line.place());
        }
        keys.add(new WrittenKey(into, key, line.place()));
    }

    private void macro(Node.Line line, Catalogue.Entry entry) {
        if (lines.valueOf(line, entry) instanceof ValueType.Macro(String name, List<String> items)) {
            Place before = macros.define(name, items, line.place());
            if (before != null) {
                problems.warning(
                        "repeated-macro",
                        line.place(),
                        "the macro $" + name + " is defined before, in " + before.brief()
                                + "; this line holds everywhere",
                        "a macro has one list",
                        "join the lists, or rename one macro");
            }
        }
    }

    // ---- the end

    private void settleMacros() {
        for (Map.Entry<String, Place> each : new TreeMap<>(macros.places()).entrySet()) {
            if (macros.expand("$" + each.getKey())
                    instanceof Macros.Expansion.Fault(String id, String what, String mend)) {
                macroFault(id, each.getValue(), what, mend);
            }
        }
    }

    private void macroFault(String id, Place place, String what, String mend) {
        problems.error(id, place, what, "macros are lists of domains and may use each other, never in a circle", mend);
    }

    private void settleKeys() {
        for (WrittenKey each : keys) {
            SigningValues.KeyLine key = each.key();
            switch (macros.expand(key.domain())) {
                case Macros.Expansion.Fault(String id, String what, String mend) ->
                    macroFault(id, each.place(), what, mend);
                case Macros.Expansion.Names(List<String> names) -> {
                    for (String name : names) {
                        String line = new SigningValues.KeyLine(key.selector(), name, key.file()).toString();
                        each.into().assignUnbuilt("domain-key", line, true, each.place());
                    }
                }
            }
        }
    }

    private void settleDomains() {
        for (Written each : writtenDomains) {
            String text = Words.whole(each.tag().argument());
            boolean isListed = !Macros.isUsedIn(text);
            switch (macros.expand(text)) {
                case Macros.Expansion.Fault(String id, String what, String mend) ->
                    macroFault(id, each.tag().argumentPlace(), what, mend);
                case Macros.Expansion.Names(List<String> names) -> {
                    for (String name : names) {
                        settleDomain(each, name, isListed);
                    }
                }
            }
        }
    }

    private void settleDomain(Written written, String name, boolean isListed) {
        Optional<DomainPattern> pattern = DomainPattern.parse(name);
        if (pattern.isPresent()) {
            // Blocks that no other has touched are shared by all names of a macro: that keeps chains few.
            written.into()
                    .add(
                            pattern.get(),
                            isListed,
                            written.settings(),
                            (before, later) -> before == later ? before : overlaid(before, later));
        } else {
            problems.error(
                    "bad-value",
                    written.tag().argumentPlace(),
                    Problems.quote(name) + " is not a domain or a pattern of domains",
                    "<domain> takes *, a name, *.name, [*.]name, [address/mask] or $macro",
                    isListed
                            ? "write one name without blanks, such as <domain example.com>"
                            : "mend the tag or the macro");
        }
    }

    private SettingsBlock overlaid(SettingsBlock before, SettingsBlock later) {
        later.settings().forEach((directive, line) -> contradiction(directive.name(), before.get(directive), line));
        later.unbuilt()
                .forEach((name, line) -> contradiction(name, before.unbuilt().get(name), line));
        return before.overlaid(later, blocks++);
    }

    private void contradiction(String name, SettingsBlock.@Nullable Assigned before, SettingsBlock.Assigned later) {
        if (before != null && !before.value().equals(later.value()) && before.place() != later.place()) {
            problems.grouped(
                    "contradiction " + name,
                    "contradicting-blocks",
                    Problem.Severity.WARNING,
                    later.place(),
                    name + " stands in another block for the same domain with another value, in " + before.origin()
                            + "; this line holds",
                    "blocks for the same domain are merged, and of several lines the last one wins",
                    "keep one of them");
        }
    }

    private Map<String, Configuration.Pool> settlePools() {
        Map<String, Configuration.Pool> finished = new LinkedHashMap<>();
        pools.forEach((name, group) -> {
            List<String> members = new ArrayList<>();
            MissingNames missing = new MissingNames();
            for (Member each : group.members.values()) {
                if (virtualMtas.containsKey(each.name())) {
                    members.add(each.name());
                } else {
                    missing.add(each.name(), each.place());
                }
            }
            missing.tell((place, names) -> problems.warning(
                    "virtual-mta-unknown",
                    place,
                    "there is no virtual MTA " + names + "; the pool goes without",
                    "the members of a pool are virtual MTAs, defined before or after it",
                    "define it with <virtual-mta NAME>, or remove the member"));
            if (members.isEmpty()) {
                problems.warning(
                        "pool-empty",
                        group.place,
                        "the pool " + Problems.quote(name) + " has no member; mail for it cannot leave",
                        "a pool is a group of virtual MTAs",
                        "add a line virtual-mta NAME");
            }
            finished.put(name, new Configuration.Pool(name, group.own, group.domains, members));
        });
        return java.util.Collections.unmodifiableMap(finished);
    }

    private Map<String, Configuration.VirtualMta> settleVirtualMtas(Map<String, Configuration.Pool> finishedPools) {
        Map<String, Configuration.Pool> giving = new HashMap<>();
        for (Configuration.Pool pool : finishedPools.values()) {
            if (!pool.hasSettings()) {
                continue;
            }
            for (String member : Set.copyOf(pool.members())) {
                Configuration.Pool before = giving.putIfAbsent(member, pool);
                if (before != null) {
                    Group group = pools.get(pool.name());
                    problems.error(
                            "two-pools-with-settings",
                            group == null ? null : group.place,
                            "the virtual MTA " + Problems.quote(member) + " is in the pools "
                                    + Problems.quote(before.name()) + " and " + Problems.quote(pool.name())
                                    + ", which both have settings",
                            "a virtual MTA inherits from one pool at most",
                            "move the settings into the virtual MTA, or take it out of one pool");
                }
            }
        }
        Map<String, Configuration.VirtualMta> finished = new LinkedHashMap<>();
        virtualMtas.forEach((name, group) ->
                finished.put(name, new Configuration.VirtualMta(name, group.own, group.domains, giving.get(name))));
        return java.util.Collections.unmodifiableMap(finished);
    }

    private List<Listener> listeners() {
        List<Listener> all = new ArrayList<>(blockListeners);
        SettingsBlock.Assigned lines = global.get(Directives.SMTP_LISTENER);
        if (lines != null) {
            all.addAll(Directives.SMTP_LISTENER.builtIn());
            ((List<?>) lines.value()).forEach(each -> all.add((Listener) each));
        }
        if (!all.isEmpty()) {
            return List.copyOf(all);
        }
        SettingsBlock.Assigned port = global.get(Directives.SMTP_PORT);
        int number = port == null ? Directives.SMTP_PORT.builtIn() : (Integer) port.value();
        SettingsBlock.Assigned addresses = global.get(Directives.SMTP_IP);
        if (addresses == null) {
            return List.of(new Listener(Listener.DEFAULT.address(), number, ""));
        }
        for (Object each : (List<?>) addresses.value()) {
            byte[] bytes = ((java.net.InetAddress) each).getAddress();
            all.add(new Listener(Cidr.of(bytes, bytes.length * 8), number, ""));
        }
        return List.copyOf(all);
    }

    private DomainTable<Boolean> relayDomains() {
        DomainTable<Boolean> table = new DomainTable<>();
        for (Node.Line line : relayLines) {
            String text = Words.whole(line.value());
            switch (macros.expand(text)) {
                case Macros.Expansion.Fault(String id, String what, String mend) ->
                    macroFault(id, line.valuePlace(), what, mend);
                case Macros.Expansion.Names(List<String> names) -> {
                    for (String name : names) {
                        Optional<DomainPattern> pattern = DomainPattern.parse(name);
                        if (pattern.isEmpty()) {
                            problems.error(
                                    "bad-value",
                                    line.valuePlace(),
                                    Problems.quote(name) + " is not a domain or a pattern of domains",
                                    "relay-domain takes a name, *.name, [*.]name or $macro",
                                    "mend the line");
                        } else {
                            table.add(pattern.get(), true, true, (before, _) -> before);
                        }
                    }
                }
            }
        }
        SettingsBlock.Assigned hosts = global.get(Directives.HOST_NAME);
        if (hosts != null) {
            for (Object each : (List<?>) hosts.value()) {
                DomainPattern.parse((String) each)
                        .ifPresent(pattern -> table.add(pattern, true, true, (before, _) -> before));
            }
        }
        return table;
    }
}
