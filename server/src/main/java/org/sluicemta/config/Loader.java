package org.sluicemta.config;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
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
    /// Different documents of the web: each is waited for.
    static final int MOST_DOCUMENTS = 50;
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final FileSource source;
    private final Problems problems;
    private final Map<String, Integer> order = new LinkedHashMap<>();
    /// The names of the files that are open, the main one first.
    private final Set<String> path = new LinkedHashSet<>();

    private final Set<String> documents = new HashSet<>();
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
                path.add(main.normalize().toString());
                files++;
                yield expand(new From(main.toString(), main), bytes, BlockKind.GLOBAL);
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

    /// Where a text comes from.
    ///
    /// @param path null for a document of the web
    private record From(String name, @Nullable Path path) {}

    private Node.Block expand(From file, byte[] bytes, BlockKind context) {
        SourceFile text = new SourceFile(file.name(), decode(file.name(), bytes));
        order.putIfAbsent(text.name(), order.size());
        Node.Block parsed = Parser.parse(text, context, Catalogue.all()::isKeyword, problems);
        return withIncludes(parsed, context, file);
    }

    private String decode(String file, byte[] bytes) {
        characters += bytes.length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            problems.warning(
                    "not-utf-8",
                    new Place(new SourceFile(file, ""), 1, 1, 1),
                    file + " is not UTF-8 text; it is read as ISO 8859-1",
                    "configuration files are UTF-8",
                    "save the file as UTF-8");
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /// The same block where it includes nothing.
    private Node.Block withIncludes(Node.Block block, BlockKind kind, From file) {
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

    private void include(Node.Line line, BlockKind kind, From from, List<Node> into) {
        if (ValueType.PATH.parse(line.value()) instanceof Parsed.Bad<String>(String what, String mend, int _, int _)) {
            problems.error(
                    "bad-value", line.valuePlace(), "include: " + what, "include takes one path or web address", mend);
            return;
        }
        String written = Words.split(line.value()).getFirst().text();
        if (WebAddress.isMeant(written)) {
            switch (WebAddress.parse(written)) {
                case Parsed.Good<URI>(URI address) -> includeDocument(address, from, line, kind, into);
                case Parsed.Odd<URI> odd -> includeDocument(odd.value(), from, line, kind, into);
                case Parsed.Bad<URI>(String what, String mend, int _, int _) ->
                    problems.error(
                            "bad-value",
                            line.valuePlace(),
                            "include: " + what,
                            "a document is included by https://HOST/PATH",
                            mend);
            }
            return;
        }
        try {
            Path target = Path.of(written);
            if (from.path() != null) {
                target = from.path().resolveSibling(written);
            } else if (!target.isAbsolute()) {
                problems.error(
                        "bad-value",
                        line.valuePlace(),
                        "a document of the web includes " + Problems.quote(written) + ", which is a relative path",
                        "a relative path belongs to a file of this machine",
                        "write the whole address, or an absolute path of this machine");
                return;
            }
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
        String plain = file.normalize().toString();
        if (!mayOpen(plain, file.toString(), line)) {
            return;
        }
        switch (source.read(file)) {
            case FileSource.Content.Found(byte[] bytes) ->
                open(plain, new From(file.toString(), file), bytes, kind, into);
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

    private void open(String plain, From file, byte[] bytes, BlockKind kind, List<Node> into) {
        path.add(plain);
        into.addAll(expand(file, bytes, kind).children());
        path.remove(plain);
    }

    /// Whether one more may be included; where not, that is told.
    private boolean mayOpen(String plain, String shown, Node.Line line) {
        if (path.contains(plain)) {
            problems.error(
                    "include-loop",
                    line.valuePlace(),
                    shown + " includes itself"
                            + (path.size() > 1 ? " by way of " + (path.size() - 1) + " other files" : ""),
                    "included files may include others, in a tree",
                    "remove one of the includes");
            return false;
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
            return false;
        }
        return true;
    }

    private void includeDocument(URI address, From from, Node.Line line, BlockKind kind, List<Node> into) {
        String name = address.toString();
        if (!mayOpen(name, name, line)) {
            return;
        }
        if (documents.add(name) && documents.size() > MOST_DOCUMENTS) {
            if (documents.size() == MOST_DOCUMENTS + 1) {
                problems.error(
                        "include-limit",
                        line.valuePlace(),
                        "the included documents of the web are too many",
                        MOST_DOCUMENTS + " different addresses at most, each is waited for",
                        "put several documents into one");
            }
            return;
        }
        if (name.startsWith("http:")) {
            if (from.path() == null && from.name().startsWith("https:")) {
                problems.error(
                        "bad-value",
                        line.valuePlace(),
                        from.name() + ", which is protected, includes what is not",
                        "whoever can change a document on its way decides where your mail goes",
                        "use https");
                return;
            }
            unprotected(line, name);
        }
        switch (source.fetch(address)) {
            case FileSource.Fetched.Fresh(byte[] bytes) -> open(name, new From(name, null), bytes, kind, into);
            case FileSource.Fetched.Kept(byte[] bytes, String why, Instant at) -> {
                problems.warning(
                        "include-stale",
                        line.valuePlace(),
                        name + " was not fetched: " + why + "; the copy of " + UTC.format(at) + " is used",
                        "the last good copy stands in for a document that cannot be fetched",
                        "make the address reachable; until then no change there has an effect");
                open(name, new From(name, null), bytes, kind, into);
            }
            case FileSource.Fetched.Failed(String why) ->
                problems.error(
                        "include-unreachable",
                        line.valuePlace(),
                        name + " cannot be fetched, and there is no copy of it: " + why,
                        "a document must have been fetched once; later its last good copy stands in",
                        "make the address reachable, mend it, or save the document on this machine and include its "
                                + "path");
            case FileSource.Fetched.NotTried() ->
                problems.note(
                        "include-offline",
                        line.valuePlace(),
                        name + " is not fetched; what stands there is not checked, and its names may be missed",
                        "nothing is fetched with --offline, and there is no copy",
                        "check without --offline");
        }
    }

    private void unprotected(Node.Line line, String name) {
        problems.warning(
                "unprotected-source",
                line.valuePlace(),
                "the configuration includes " + name + " without protection",
                "whoever can change it on its way decides where your mail goes",
                "use https");
    }

    private static String folderOf(Path file) {
        Path folder = file.getParent();
        return folder == null ? "." : folder.toString();
    }
}
