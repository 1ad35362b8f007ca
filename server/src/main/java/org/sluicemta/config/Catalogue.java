package org.sluicemta.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every directive that we know of, as data: where it may stand, what value it takes, what it means, and whether it
/// has an effect yet. It is the resource `directives.tsv`; the reference in the documentation is generated from it.
/// Threads: immutable.
final class Catalogue {
    /// What stands in the place of scopes where a line of the resource is about a word that is no directive.
    private static final Set<String> PARTS = Set.of("reply-action", "pattern-line", "pattern-result", "reserved-name");

    private static final Catalogue ALL = read();

    private final List<Entry> entries;
    private final List<Part> parts;
    private final Map<BlockKind, Map<String, Entry>> byScope = new EnumMap<>(BlockKind.class);
    private final Set<String> names = new HashSet<>();

    private Catalogue(List<Entry> entries, List<Part> parts) {
        this.entries = List.copyOf(entries);
        this.parts = List.copyOf(parts);
        for (BlockKind kind : BlockKind.values()) {
            byScope.put(kind, new HashMap<>());
        }
        for (Entry each : entries) {
            names.add(each.name());
            for (BlockKind scope : each.scopes()) {
                Entry before = mapOf(scope).put(each.name(), each);
                if (before != null) {
                    throw new ConfigException(each.name() + " stands twice in the catalogue " + scope.described());
                }
            }
        }
        names.addAll(Parser.grammarKeywords());
    }

    /// What becomes of a directive.
    enum State {
        /// It has its effect.
        BUILT("built"),
        /// It is read and checked, and needs no effect; the note says why.
        ACCEPTED("accepted"),
        /// It is read and checked, and has no effect yet.
        PLANNED("planned"),
        /// It circulates, but never existed; the note says what to write instead.
        INVENTION("invention");

        private final String word;

        State(String word) {
            this.word = word;
        }

        static State of(String word) {
            for (State each : values()) {
                if (each.word.equals(word)) {
                    return each;
                }
            }
            throw new ConfigException("the catalogue has a state that does not exist: " + word);
        }
    }

    /// One directive or block.
    ///
    /// @param name in lower case; a block has its angle brackets
    /// @param type the value's type; for a block that of its argument, unused
    /// @param builtIn the default as it would be written; empty for none
    /// @param isProtective whether leaving it out could harm: a server without it sends what, where or how fast it
    ///     must not
    /// @param reference the name in the reference dialect, for old and tutorial names; else empty
    /// @param meaning one sentence
    /// @param note why without effect; what to write instead of an invention or of a tutorial spelling; else empty
    record Entry(
            Set<BlockKind> scopes,
            String name,
            ValueType<?> type,
            String builtIn,
            State state,
            boolean isProtective,
            String reference,
            String meaning,
            String note) {
        boolean isBlock() {
            return name.startsWith("<");
        }

        /// What to write in the reference dialect instead of an old or tutorial spelling; empty for reference names.
        String hint() {
            if (!reference.isEmpty()) {
                return "write " + reference;
            }
            return state == State.BUILT || state == State.PLANNED ? note : "";
        }

        /// The name under which the value is kept.
        String keptAs() {
            return reference.isEmpty() ? name : reference;
        }
    }

    /// A word of the language that is no directive: an action, a result, a reserved name.
    ///
    /// @param where e.g. `reply-action`
    record Part(String where, String word, State state, String meaning, String note) {}

    static Catalogue all() {
        return ALL;
    }

    /// Words that stand inside values and tags.
    List<Part> parts() {
        return parts;
    }

    List<Entry> entries() {
        return entries;
    }

    @Nullable
    Entry find(BlockKind scope, String name) {
        return mapOf(scope).get(name);
    }

    Set<String> namesIn(BlockKind scope) {
        return mapOf(scope).keySet();
    }

    private Map<String, Entry> mapOf(BlockKind scope) {
        Map<String, Entry> map = byScope.get(scope);
        if (map == null) {
            throw new ConfigException("no scope " + scope);
        }
        return map;
    }

    /// The scopes in which a name is legal.
    List<BlockKind> scopesOf(String name) {
        List<BlockKind> found = new ArrayList<>();
        for (BlockKind each : BlockKind.values()) {
            if (mapOf(each).containsKey(name)) {
                found.add(each);
            }
        }
        return found;
    }

    /// Whether some directive has this name, in whatever scope.
    boolean isKeyword(String name) {
        return names.contains(name);
    }

    private static Catalogue read() {
        try (InputStream in = Catalogue.class.getResourceAsStream("directives.tsv")) {
            if (in == null) {
                throw new ConfigException("the program was built without its catalogue of directives");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new ConfigException("the catalogue of directives cannot be read", broken);
        }
    }

    static Catalogue parse(String text) {
        List<Entry> entries = new ArrayList<>();
        List<Part> parts = new ArrayList<>();
        for (String line : text.split("\n")) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] f = line.split("\t", -1);
            if (f.length != 9) {
                throw new ConfigException("the catalogue has a line of " + f.length + " fields: " + line);
            }
            for (int i = 0; i < f.length; i++) {
                f[i] = f[i].equals("-") ? "" : f[i];
            }
            if (PARTS.contains(f[0])) {
                parts.add(new Part(f[0], f[1], State.of(f[4]), f[7], f[8]));
                continue;
            }
            Set<BlockKind> scopes = EnumSet.noneOf(BlockKind.class);
            for (String scope : f[0].split(" ")) {
                BlockKind kind = scope.equals("global") ? BlockKind.GLOBAL : BlockKind.ofTag(scope);
                if (kind == null) {
                    throw new ConfigException("the catalogue names a scope that does not exist: " + scope);
                }
                scopes.add(kind);
            }
            ValueType<?> type = f[2].equals("block") ? ValueType.TEXT : ValueType.byName(f[2]);
            entries.add(new Entry(scopes, f[1], type, f[3], State.of(f[4]), f[5].equals("!"), f[6], f[7], f[8]));
        }
        return new Catalogue(entries, parts);
    }
}
