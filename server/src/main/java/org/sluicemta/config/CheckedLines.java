package org.sluicemta.config;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Holds lines against the catalogue: is there such a directive here, and can its value be read. Says what is wrong
/// with names and values. Owner: the thread of one check.
final class CheckedLines {
    private final Catalogue catalogue = Catalogue.all();
    private final NearNames near = new NearNames();
    private final Mentions mentions;
    private final Problems problems;

    /// @param mentions hears of each value that could be read
    CheckedLines(Mentions mentions, Problems problems) {
        this.mentions = mentions;
        this.problems = problems;
    }

    /// The tag that was probably meant.
    Optional<String> nearTag(BlockKind parent, String tag, List<String> tags) {
        return near.find("<" + parent, tag, tags);
    }

    /// The catalogue's entry, or null after saying why there is none.
    Catalogue.@Nullable Entry entryOf(Node.Line line, BlockKind kind) {
        if (line.keyword().isEmpty()) {
            problems.error(
                    "pattern-not-here",
                    line.place(),
                    "a pattern without a name " + kind.described(),
                    "bare /patterns/ stand in <bounce-category-patterns> only",
                    "write the directive before the pattern, or move the line");
            return null;
        }
        Catalogue.Entry entry = catalogue.find(kind, line.name());
        if (entry == null) {
            unknown(line, kind);
            return null;
        }
        if (entry.state() == Catalogue.State.INVENTION) {
            invention(entry, line);
        }
        return entry;
    }

    private void invention(Catalogue.Entry entry, Node.Line line) {
        problems.warning(
                "invention",
                line.place(),
                entry.name() + " does not exist, though it is found on the web; the line is skipped",
                "only directives of the catalogue have an effect",
                entry.note());
    }

    private void unknown(Node.Line line, BlockKind kind) {
        String name = line.name();
        String shown = Problems.quote(line.keyword());
        Optional<String> meant = near.find(kind.scopeName(), name, catalogue.namesIn(kind));
        List<BlockKind> elsewhere = catalogue.scopesOf(name);
        Catalogue.Entry invention = elsewhere.isEmpty() ? null : catalogue.find(elsewhere.getFirst(), name);
        if (invention != null && invention.state() == Catalogue.State.INVENTION) {
            invention(invention, line);
        } else if (!elsewhere.isEmpty()) {
            boolean isProtective = elsewhere.stream().anyMatch(scope -> {
                Catalogue.Entry entry = catalogue.find(scope, name);
                return entry != null && entry.isProtective();
            });
            String places = String.join(
                    " or ", elsewhere.stream().map(BlockKind::described).toList());
            Problem.Severity severity = isProtective || ValueType.readsAsLimit(line.value())
                    ? Problem.Severity.ERROR
                    : Problem.Severity.WARNING;
            problems.add(
                    "misplaced-name",
                    severity,
                    line.place(),
                    line.name() + " has no effect " + kind.described(),
                    "it stands " + places,
                    "move the line");
        } else if (meant.isPresent()) {
            problems.error(
                    "misspelt-name",
                    line.place(),
                    "there is no directive " + shown + " " + kind.described(),
                    "a directive that is not understood cannot have its effect, and this one is almost a known one",
                    "write " + meant.get());
        } else if (ValueType.readsAsLimit(line.value())) {
            problems.error(
                    "unknown-limit",
                    line.place(),
                    "there is no directive " + shown + " " + kind.described() + ", and its value reads like a limit",
                    "a limit that is not understood does not hold",
                    "mend the name, or remove the line");
        } else {
            problems.warning(
                    "unknown-name",
                    line.place(),
                    "there is no directive " + shown + " " + kind.described() + "; the line is skipped",
                    "only directives of the catalogue have an effect",
                    "mend the name, or remove the line");
        }
    }

    /// The value as its type reads it, or null after saying what is wrong with it.
    @Nullable
    Object valueOf(Node.Line line, Catalogue.Entry entry) {
        if (entry.state() == Catalogue.State.INVENTION) {
            return null;
        }
        Object value = read(line, entry.name(), entry.type());
        if (value != null) {
            mentions.line(line, entry, value);
        }
        return value;
    }

    /// @param name of the directive, for messages
    <T> @Nullable T read(Node.Line line, String name, ValueType<T> type) {
        return switch (type.parse(line.value())) {
            case Parsed.Good<T>(T value) -> value;
            case Parsed.Odd<T>(T value, String id, String what, String rule, String mend) -> {
                problems.warning(id, line.valuePlace(), name + ": " + what, rule, mend);
                yield value;
            }
            case Parsed.Bad<T>(String what, String mend, int offset, int length) -> {
                boolean isMissing = line.value().isEmpty();
                Place place = isMissing
                        ? line.place()
                        : line.placeOf(
                                offset,
                                Math.min(length, Math.max(1, line.value().length() - offset)));
                problems.error(
                        isMissing ? "missing-value" : "bad-value",
                        place,
                        name + ": " + what,
                        name + " takes " + type.expects(),
                        mend);
                yield null;
            }
        };
    }
}
