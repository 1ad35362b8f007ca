package org.sluicemta.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a main file and all that it includes into one tree. Included lines stand where the include stood.
/// Owner: the thread of one check. Blocks in the [FileSource].
final class Loader {
    /// Files of one configuration, each counted as often as it is included.
    static final int MOST_FILES = 10_000;
    /// Includes within includes.
    static final int DEEPEST = 32;
    /// Characters of one configuration: a file may be included often, and often include others.
    static final long MOST_CHARACTERS = 256L << 20;

    private final FileSource source;
    private final Problems problems;
    private final Map<String, Integer> order = new LinkedHashMap<>();
    private final Set<Path> path = new LinkedHashSet<>();
    private int files;
    private long characters;

    Loader(FileSource source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /// The files in the order in which they were first read.
    Map<String, Integer> order() {
        return order;
    }

    /// @return the whole tree, or null when the main file cannot be read; then that is reported
    Node.@Nullable Block load(Path main) {
        return switch (source.read(main)) {
            case FileSource.Content.Found(byte[] bytes) -> {
                path.add(main.normalize());
                files++;
                yield expand(main, bytes, BlockKind.GLOBAL);
            }
            case FileSource.Content.Missing() -> {
                problems.error(
                        "missing-file",
                        null,
                        "there is no file " + main,
                        "a configuration is one file that may include others",
                        "name another file");
                yield null;
            }
            case FileSource.Content.Unreadable(String why) -> {
                problems.error(
                        "unreadable-file",
                        null,
                        main + " cannot be read: " + why,
                        "the file must be readable",
                        "mend its rights");
                yield null;
            }
        };
    }

    private Node.Block expand(Path file, byte[] bytes, BlockKind context) {
        SourceFile text = new SourceFile(file.toString(), decode(file, bytes));
        order.putIfAbsent(text.name(), order.size());
        Node.Block parsed = Parser.parse(text, context, Catalogue.all()::isKeyword, problems);
        return withIncludes(parsed, context, file);
    }

    private String decode(Path file, byte[] bytes) {
        characters += bytes.length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            problems.warning(
                    "not-utf-8",
                    new Place(new SourceFile(file.toString(), ""), 1, 1, 1),
                    file + " is not UTF-8 text; it is read as ISO 8859-1",
                    "configuration files are UTF-8",
                    "save the file as UTF-8");
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /// The same block where it includes nothing.
    private Node.Block withIncludes(Node.Block block, BlockKind kind, Path file) {
        if (!includes(block)) {
            return block;
        }
        List<Node> children = new ArrayList<>(block.children().size());
        for (Node each : block.children()) {
            switch (each) {
                case Node.Block inner -> {
                    BlockKind innerKind = BlockKind.ofTag(inner.tag());
                    children.add(innerKind == null ? inner : withIncludes(inner, innerKind, file));
                }
                case Node.Line line
                when line.name().equals("include") -> {
                    if (Catalogue.all().find(kind, "include") == null) {
                        problems.error(
                                "include-not-here",
                                line.place(),
                                "include cannot stand " + kind.described(),
                                "it may stand outside all blocks and in source, domain, virtual-mta, virtual-mta-pool and "
                                        + "smtp-pattern-list",
                                "move it out of the block");
                    } else {
                        include(line, kind, file, children);
                    }
                }
                case Node.Line line -> children.add(line);
            }
        }
        return new Node.Block(
                block.tag(), block.argument(), block.lead(), block.place(), block.argumentPlace(), children);
    }

    private static boolean includes(Node.Block block) {
        for (Node each : block.children()) {
            boolean isIncluding =
                    switch (each) {
                        case Node.Block inner -> includes(inner);
                        case Node.Line line -> line.keyword().equalsIgnoreCase("include");
                    };
            if (isIncluding) {
                return true;
            }
        }
        return false;
    }

    private void include(Node.Line line, BlockKind kind, Path from, List<Node> into) {
        if (ValueType.PATH.parse(line.value()) instanceof Parsed.Bad<String>(String what, String mend, int _, int _)) {
            problems.error("bad-value", line.valuePlace(), "include: " + what, "include takes one path", mend);
            return;
        }
        String written = Words.split(line.value()).getFirst().text();
        if (written.startsWith("http://") || written.startsWith("https://")) {
            problems.error(
                    "include-http",
                    line.valuePlace(),
                    "a configuration cannot be included from the web yet",
                    "a path or a pattern of paths is read; a URL is understood but not fetched",
                    "fetch the file to this machine and include its path");
            return;
        }
        try {
            Path target = from.resolveSibling(written);
            if (!Globs.isPattern(written)) {
                includeFile(target, line, kind, into, true);
                return;
            }
            List<Path> matching = Globs.expand(target, source);
            matching.sort(Comparator.comparing(Path::toString));
            for (Path each : matching) {
                includeFile(each, line, kind, into, false);
            }
        } catch (InvalidPathException broken) {
            problems.error(
                    "bad-value",
                    line.valuePlace(),
                    Problems.quote(written) + " is not a path: " + broken.getReason(),
                    "include takes a path",
                    "write the path of a file");
        }
    }

    private void includeFile(Path file, Node.Line line, BlockKind kind, List<Node> into, boolean mustExist) {
        Path plain = file.normalize();
        if (path.contains(plain)) {
            problems.error(
                    "include-loop",
                    line.valuePlace(),
                    file + " includes itself"
                            + (path.size() > 1 ? " by way of " + (path.size() - 1) + " other files" : ""),
                    "included files may include others, in a tree",
                    "remove one of the includes");
            return;
        }
        if (++files > MOST_FILES || path.size() >= DEEPEST || characters > MOST_CHARACTERS) {
            if (files <= MOST_FILES + 1) {
                problems.error(
                        "include-limit",
                        line.valuePlace(),
                        "the includes are too many, too deep or too large",
                        MOST_FILES + " files, " + DEEPEST + " deep, " + (MOST_CHARACTERS >> 20) + " MB at most",
                        "include less");
            }
            files = Math.max(files, MOST_FILES + 1);
            return;
        }
        switch (source.read(file)) {
            case FileSource.Content.Found(byte[] bytes) -> {
                path.add(plain);
                into.addAll(expand(file, bytes, kind).children());
                path.remove(plain);
            }
            case FileSource.Content.Missing() -> {
                if (mustExist) {
                    problems.error(
                            "missing-include",
                            line.valuePlace(),
                            "there is no file " + file,
                            "an included file must exist; only a pattern such as *.conf may match nothing",
                            "create it, mend the path, or map its folder for this check: --map " + folderOf(file)
                                    + "=DIR");
                }
            }
            case FileSource.Content.Unreadable(String why) ->
                problems.error(
                        "unreadable-file",
                        line.valuePlace(),
                        file + " cannot be read: " + why,
                        "an included file must be readable",
                        "mend its rights");
        }
    }

    private static String folderOf(Path file) {
        Path folder = file.getParent();
        return folder == null ? "." : folder.toString();
    }
}
