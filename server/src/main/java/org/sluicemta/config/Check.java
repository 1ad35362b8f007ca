package org.sluicemta.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/// Reads and checks a configuration: all problems at once, and a snapshot where none is an error.
public final class Check {
    /// How much an unknown name weighs.
    public enum Strictness {
        /// Unknown names are warnings.
        LENIENT,
        /// Unknown names are errors where they are probably misspelt or read like a limit, else warnings.
        USUAL,
        /// Unknown names are errors.
        STRICT
    }

    /// Findings about names that the catalogue does not have; their weight is the operator's choice.
    private static final Set<String> ABOUT_NAMES =
            Set.of("unknown-name", "misspelt-name", "unknown-limit", "misplaced-name", "invention");

    private Check() {}

    /// Blocks while files are read. Never throws for what stands in a file.
    public static Report of(FileSource files, Path main, Strictness strictness) {
        return of(files, main, strictness, Machine.UNKNOWN);
    }

    /// As above, held against a machine too. Blocks while files are read and looked at.
    public static Report of(FileSource files, Path main, Strictness strictness, Machine machine) {
        Problems problems = new Problems();
        Loader loader = new Loader(files, problems);
        Node.Block root = loader.load(main);
        Configuration configuration = null;
        Map<String, Place> unprotected = Map.of();
        if (root != null) {
            SnapshotBuilder builder = new SnapshotBuilder(problems);
            configuration = new Configuration(builder.build(root));
            unprotected = builder.unprotected();
            about(configuration, builder, problems);
            OnThisMachine.check(
                    configuration, builder.mentions(), loader.order().keySet(), machine, problems);
        }
        List<Problem> all = new ArrayList<>();
        for (Problem each : problems.all()) {
            all.add(weighed(each, strictness));
        }
        Map<String, Integer> order = loader.order();
        all.sort(Comparator.comparingInt((Problem each) -> order.getOrDefault(each.file(), Integer.MAX_VALUE))
                .thenComparing(Problem::file)
                .thenComparingInt(Problem::line)
                .thenComparingInt(Problem::column));
        boolean hasErrors = all.stream().anyMatch(each -> each.severity() == Problem.Severity.ERROR)
                || problems.hasErrors() && problems.dropped() > 0;
        return new Report(
                List.copyOf(all),
                problems.dropped(),
                new LinkedHashSet<>(unprotected.keySet()),
                hasErrors ? Optional.empty() : Optional.ofNullable(configuration));
    }

    private static Problem weighed(Problem problem, Strictness strictness) {
        if (!ABOUT_NAMES.contains(problem.id()) || problem.severity() == Problem.Severity.NOTE) {
            return problem;
        }
        return switch (strictness) {
            case LENIENT -> problem.withSeverity(Problem.Severity.WARNING);
            case USUAL -> problem;
            // What circulates on the web must load even so: it never fails, it only has no effect.
            case STRICT -> problem.id().equals("invention") ? problem : problem.withSeverity(Problem.Severity.ERROR);
        };
    }

    // ---- the whole configuration

    private static void about(Configuration configuration, SnapshotBuilder builder, Problems problems) {
        if (configuration.parts().global().get(Directives.SMTP_LISTENER) == null
                && configuration.listeners().size() == 1
                && configuration.listeners().getFirst().equals(Listener.DEFAULT)) {
            problems.note(
                    "no-listener",
                    null,
                    "no smtp-listener is named; mail is accepted on 0.0.0.0:25",
                    "a bare start listens on all addresses",
                    "write smtp-listener 127.0.0.1:25 to listen on one");
        }
        List<DomainBlocks.Scoped> blocks = DomainBlocks.of(configuration);
        OpenRelays.check(configuration, problems);
        LooserScopes.check(configuration, problems);
        BackoffExits.check(configuration, blocks, problems);
        IdleLimits.check(configuration, blocks, problems);
        JoinedQueues.check(configuration, blocks, builder::placeOf, problems);
        ShadowedLines.check(configuration, keys(configuration), builder::placeOf, problems);
    }

    /// The lines of keys, by the scope inside which their order counts.
    private static Map<String, List<SettingsBlock.Assigned>> keys(Configuration configuration) {
        Map<String, List<SettingsBlock.Assigned>> keys = new LinkedHashMap<>();
        BiConsumer<String, SettingsBlock> gather = (scope, block) -> {
            SettingsBlock.Assigned lines = block.unbuilt().get("domain-key");
            if (lines != null) {
                keys.put(scope, List.of(lines));
            }
        };
        gather.accept("", configuration.parts().global());
        configuration.pools().values().forEach(each -> gather.accept(each.own().scope(), each.own()));
        configuration
                .virtualMtas()
                .values()
                .forEach(each -> gather.accept(each.own().scope(), each.own()));
        return keys;
    }
}
