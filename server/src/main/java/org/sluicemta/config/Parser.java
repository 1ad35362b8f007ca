package org.sluicemta.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Turns the text of one file into a tree. Never fails: what cannot be read is reported and skipped, so that one
/// check shows all problems.
///
/// The language is line by line. Three things need more than the line at hand, and all three are bounded
/// look-aheads: a list that ends in a comma goes on in the next line, a macro may have its list on the next line,
/// and a regular expression may have been broken by a terminal's paste. None of them swallows a line that is a
/// statement of its own.
///
/// A block left open is closed where a tag appears that can only stand further out, so one forgotten closing tag
/// gives one finding and not a hundred.
final class Parser {
    /// Deeper nesting than this occurs in nobody's file; it bounds the recursion of everything that walks the tree.
    static final int DEEPEST = 32;
    /// A regular expression broken by paste is in two or three pieces.
    private static final int MOST_PIECES = 4;
    /// Lines of a continued list. The largest seen has a thousand.
    private static final int MOST_LIST_LINES = 20_000;

    private static final Set<String> REGEX_KEYWORDS = Set.of("reply", "header", "mail-from", "rcpt-to");
    private static final Set<String> CONDITIONS = Set.of("header", "mail-from", "rcpt-to");

    private final SourceFile file;
    private final Predicate<String> isKeyword;
    private final Problems problems;
    private final List<Open> open = new ArrayList<>();
    private int at = 1;

    private Parser(SourceFile file, Predicate<String> isKeyword, Problems problems) {
        this.file = file;
        this.isKeyword = isKeyword;
        this.problems = problems;
    }

    /// A block whose closing tag has not come yet. `kind` is null for a tag nobody knows: anything may stand in it.
    private record Open(@Nullable BlockKind kind, Node.Block block) {}

    /// @param context the block that includes this file, or [BlockKind#GLOBAL]
    /// @param isKeyword whether a word, in lower case, is the name of some directive
    /// @return a root block with an empty tag
    static Node.Block parse(SourceFile file, BlockKind context, Predicate<String> isKeyword, Problems problems) {
        return new Parser(file, isKeyword, problems).parseAll(context);
    }

    private Node.Block parseAll(BlockKind context) {
        Place start = new Place(file, 1, 1, 1);
        Node.Block root = new Node.Block("", "", "", start, start, new ArrayList<>());
        open.add(new Open(context, root));
        while (at <= file.lineCount()) {
            int number = at++;
            String text = file.line(number);
            int from = skipBlanks(text, 0);
            if (from == text.length() || text.charAt(from) == '#') {
                continue;
            }
            if (text.charAt(from) == '<') {
                tag(text, number, from);
            } else {
                statement(text, number, from);
            }
        }
        while (open.size() > 1) {
            notClosed(open.removeLast(), "the end of the file");
        }
        return root;
    }

    private void notClosed(Open forgotten, String seen) {
        String tag = forgotten.block().tag();
        problems.error(
                "block-not-closed",
                forgotten.block().place(),
                forgotten.block() + " is still open at " + seen,
                "every block ends with a closing tag on a line of its own",
                "write </" + tag + "> after its last line");
    }

    // ---- tags

    private void tag(String text, int number, int from) {
        int end = contentEnd(text, from, true, number);
        int close = text.lastIndexOf('>', end - 1);
        if (close < from) {
            problems.error(
                    "tag-not-closed",
                    new Place(file, number, from + 1, end - from),
                    "the tag has no >",
                    "a tag is <name argument> on a line of its own",
                    "write > at the end of the tag");
            close = end;
        } else if (close != end - 1) {
            problems.error(
                    "text-after-tag",
                    new Place(file, number, close + 2, end - close - 1),
                    "something follows the tag",
                    "a tag stands on a line of its own; only a comment may follow",
                    "move it to the next line");
        }
        int nameFrom = skipBlanks(text, from + 1);
        boolean closing = nameFrom < close && text.charAt(nameFrom) == '/';
        if (closing) {
            nameFrom = skipBlanks(text, nameFrom + 1);
        }
        int nameTo = nameFrom;
        while (nameTo < close && !isBlank(text.charAt(nameTo))) {
            nameTo++;
        }
        String name = text.substring(Math.min(nameFrom, close), Math.min(nameTo, close))
                .toLowerCase(Locale.ROOT);
        Place place = new Place(file, number, from + 1, Math.max(1, Math.min(close + 1, text.length()) - from));
        if (name.isEmpty()) {
            problems.error(
                    "tag-empty",
                    place,
                    "the tag has no name",
                    "a tag is <name argument>",
                    "name the block or remove it");
        } else if (closing) {
            closeBlock(name, place);
        } else {
            int argumentFrom = Math.min(skipBlanks(text, nameTo), close);
            int argumentTo = close;
            while (argumentTo > argumentFrom && isBlank(text.charAt(argumentTo - 1))) {
                argumentTo--;
            }
            String argument = text.substring(argumentFrom, argumentTo);
            Place argumentPlace = new Place(file, number, argumentFrom + 1, Math.max(1, argument.length()));
            if (name.equals("include")) {
                problems.warning(
                        "invention",
                        place,
                        "<include> is not a block",
                        "files are read by the directive include",
                        "write include " + argument);
                add(new Node.Line("include", argument, place, List.of(new Node.Stretch(0, number, argumentFrom + 1))));
            } else {
                openBlock(name, argument, "", place, argumentPlace);
            }
        }
    }

    private void openBlock(String name, String argument, String lead, Place place, Place argumentPlace) {
        BlockKind kind = BlockKind.ofTag(name);
        if (kind != null) {
            closeUpTo(kind, place);
        }
        Node.Block block = new Node.Block(name, argument, lead, place, argumentPlace, new ArrayList<>());
        if (open.size() > DEEPEST) {
            problems.error(
                    "nested-too-deep",
                    place,
                    "blocks are nested more than " + DEEPEST + " deep",
                    "no meaningful configuration is nested so deep",
                    "close the blocks before");
            return;
        }
        add(block);
        open.add(new Open(kind, block));
    }

    /// Closes blocks in which `kind` cannot stand, if it can stand further out.
    private void closeUpTo(BlockKind kind, Place seen) {
        Set<BlockKind> parents = kind.parents();
        int level = open.size() - 1;
        while (level >= 0) {
            BlockKind here = open.get(level).kind();
            if (here == null || parents.contains(here)) {
                break;
            }
            level--;
        }
        if (level < 0) {
            BlockKind here = open.getLast().kind();
            problems.error(
                    "block-not-here",
                    seen,
                    "<" + kind.tag() + "> cannot stand " + (here == null ? "here" : here.described()),
                    "it stands "
                            + String.join(
                                    " or ",
                                    parents.stream().map(BlockKind::described).toList()),
                    "move the block");
            return;
        }
        while (open.size() - 1 > level) {
            notClosed(open.removeLast(), "<" + kind.tag() + "> in line " + seen.line());
        }
    }

    private void closeBlock(String name, Place place) {
        int level = open.size() - 1;
        while (level > 0 && !open.get(level).block().tag().equals(name)) {
            level--;
        }
        if (level == 0) {
            if (name.equals("include")) {
                return;
            }
            problems.error(
                    "stray-closing-tag",
                    place,
                    "</" + name + "> closes nothing",
                    "a closing tag ends the block of the same name that is open in the same file",
                    open.size() > 1 ? "write </" + open.getLast().block().tag() + ">" : "remove it");
            return;
        }
        while (open.size() - 1 > level) {
            notClosed(open.removeLast(), "</" + name + "> in line " + place.line());
        }
        open.removeLast();
    }

    private void add(Node node) {
        open.getLast().block().children().add(node);
    }

    // ---- directives

    private void statement(String text, int number, int from) {
        boolean isPattern = text.charAt(from) == '/';
        int keywordTo = from;
        if (!isPattern) {
            while (keywordTo < text.length() && !isBlank(text.charAt(keywordTo)) && text.charAt(keywordTo) != '#') {
                keywordTo++;
            }
        }
        String keyword = text.substring(from, keywordTo);
        boolean isRegex = isPattern || REGEX_KEYWORDS.contains(keyword.toLowerCase(Locale.ROOT)) && holdsPatterns();
        int valueFrom = skipBlanks(text, keywordTo);
        int valueTo = contentEnd(text, valueFrom, !isRegex, number);
        Joined joined = new Joined();
        joined.append(text, valueFrom, valueTo, number, false);
        if (isRegex) {
            joinBrokenRegex(joined, text, valueTo);
        } else {
            joinList(keyword, joined, number);
        }
        String value = joined.text.toString();
        Place place = new Place(file, number, from + 1, Math.max(1, keywordTo - from));
        if (isPattern) {
            place = new Place(file, number, from + 1, Math.max(1, valueTo - from));
        }
        if (CONDITIONS.contains(keyword.toLowerCase(Locale.ROOT)) && value.endsWith(">") && value.contains("<")) {
            int tagFrom = value.lastIndexOf('<');
            String inside = value.substring(tagFrom + 1, value.length() - 1).strip();
            if (inside.toLowerCase(Locale.ROOT).startsWith("pattern-list")) {
                String argument = inside.substring("pattern-list".length()).strip();
                String lead = keyword + " " + value.substring(0, tagFrom).strip();
                openBlock("pattern-list", argument, lead, place, place);
                return;
            }
        }
        add(new Node.Line(keyword, value, place, List.copyOf(joined.stretches)));
    }

    private boolean holdsPatterns() {
        BlockKind kind = open.getLast().kind();
        return kind == null || kind.holdsPatterns();
    }

    private void joinList(String keyword, Joined joined, int number) {
        boolean isMacro = keyword.equalsIgnoreCase("domain-macro");
        int lines = 0;
        while (lines < MOST_LIST_LINES && wantsMore(isMacro, joined.text)) {
            int next = nextContent(at);
            if (next > file.lineCount()) {
                break;
            }
            String text = file.line(next);
            int from = skipBlanks(text, 0);
            if (startsStatement(text, from)) {
                break;
            }
            at = next + 1;
            lines++;
            joined.append(text, from, contentEnd(text, from, true, next), next, true);
        }
        if (lines > 0) {
            problems.warning(
                    "line-joined",
                    wholeLine(number),
                    "the list goes on in the next " + (lines == 1 ? "line" : lines + " lines"),
                    "a directive is one line; a list that ends in a comma is joined with the lines after it",
                    "write the list on one line");
        } else if (joined.endsWith(',')) {
            problems.warning(
                    "trailing-comma",
                    wholeLine(number),
                    "the list ends in a comma and the next line is a statement of its own",
                    "a list ends with its last item",
                    "remove the comma");
        }
    }

    private Place wholeLine(int number) {
        String text = file.line(number);
        int from = skipBlanks(text, 0);
        return new Place(
                file, number, from + 1, Math.max(1, text.stripTrailing().length() - from));
    }

    private static boolean wantsMore(boolean isMacro, StringBuilder value) {
        if (value.isEmpty()) {
            return false;
        }
        return value.charAt(value.length() - 1) == ',' || isMacro && indexOfBlank(value) < 0;
    }

    private static int indexOfBlank(StringBuilder text) {
        for (int i = 0; i < text.length(); i++) {
            if (isBlank(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private int nextContent(int from) {
        int next = from;
        while (next <= file.lineCount()) {
            String text = file.line(next);
            int start = skipBlanks(text, 0);
            if (start < text.length() && text.charAt(start) != '#') {
                break;
            }
            next++;
        }
        return next;
    }

    private boolean startsStatement(String text, int from) {
        char first = text.charAt(from);
        if (first == '<' || first == '/') {
            return true;
        }
        int to = from;
        while (to < text.length() && !isBlank(text.charAt(to)) && text.charAt(to) != '#' && text.charAt(to) != ',') {
            to++;
        }
        boolean aloneInList = to < text.length() && text.charAt(to) == ',';
        return !aloneInList && isKeyword.test(text.substring(from, to).toLowerCase(Locale.ROOT));
    }

    /// Joins the pieces of a regular expression that a terminal's paste broke, if together they are one.
    private void joinBrokenRegex(Joined joined, String firstLine, int firstEnd) {
        int slash = joined.text.indexOf("/");
        if (slash < 0 || Regexes.closing(joined.text, slash) >= 0) {
            return;
        }
        Joined trial = joined.copy();
        boolean blankBefore = firstEnd < firstLine.length() && isBlank(firstLine.charAt(firstEnd));
        for (int piece = 1; piece < MOST_PIECES; piece++) {
            int next = at + piece - 1;
            if (next > file.lineCount()) {
                return;
            }
            String text = file.line(next);
            int from = skipBlanks(text, 0);
            if (from == text.length() || startsStatementAfterRegex(text, from)) {
                return;
            }
            int to = contentEnd(text, from, false, next);
            trial.append(text, from, to, next, (blankBefore || from > 0) && text.charAt(from) != '/');
            blankBefore = to < text.length() && isBlank(text.charAt(to));
            if (Regexes.closing(trial.text, slash) >= 0) {
                problems.warning(
                        "line-joined",
                        wholeLine(at - 1),
                        "the regular expression is broken over " + (piece + 1) + " lines",
                        "a pattern is one line",
                        "write the pattern on one line");
                at = next + 1;
                joined.become(trial);
                return;
            }
        }
    }

    /// A line that begins with a slash and has no other is the end of the pattern before it.
    private boolean startsStatementAfterRegex(String text, int from) {
        return text.charAt(from) == '/' ? Regexes.closing(text, from) >= 0 : startsStatement(text, from);
    }

    /// The text of a statement with the place of each piece.
    private static final class Joined {
        private StringBuilder text = new StringBuilder();
        private List<Node.Stretch> stretches = new ArrayList<>();

        void append(String line, int from, int to, int number, boolean blank) {
            if (blank && !text.isEmpty()) {
                text.append(' ');
            }
            stretches.add(new Node.Stretch(text.length(), number, from + 1));
            text.append(line, from, to);
        }

        boolean endsWith(char c) {
            return !text.isEmpty() && text.charAt(text.length() - 1) == c;
        }

        Joined copy() {
            Joined copy = new Joined();
            copy.text.append(text);
            copy.stretches.addAll(stretches);
            return copy;
        }

        void become(Joined other) {
            text = other.text;
            stretches = other.stretches;
        }
    }

    // ---- characters

    /// Where the content of a line ends: before its comment, without trailing blanks. `#` begins a comment
    /// anywhere, also inside a regular expression; only a quoted value that is closed on its line protects it.
    private int contentEnd(String text, int from, boolean withQuotes, int number) {
        int end = from;
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '#') {
                break;
            }
            if (c == '"' && withQuotes && (i == from || isBlank(text.charAt(i - 1)) || text.charAt(i - 1) == ',')) {
                int close = Words.closingQuote(text, i);
                if (close < 0) {
                    problems.error(
                            "quote-not-closed",
                            new Place(file, number, i + 1, text.length() - i),
                            "the quote is not closed on its line",
                            "a quoted value ends with \" on the same line; a quote inside is written \\\"",
                            "write \" at the end of the value");
                } else {
                    i = close;
                    c = '"';
                }
            }
            i++;
            if (!isBlank(c)) {
                end = i;
            }
        }
        return end;
    }

    private static int skipBlanks(String text, int from) {
        int i = from;
        while (i < text.length() && isBlank(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /// Blanks and tabs; and what pages and editors leave behind: no-break spaces, byte order marks, stray returns.
    static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\u000b' || c == '\u00a0' || c == '\ufeff';
    }

    /// The directives that the grammar itself must know by name.
    static Set<String> grammarKeywords() {
        Set<String> all = new HashSet<>(REGEX_KEYWORDS);
        all.addAll(Arrays.asList("include", "domain-macro"));
        return all;
    }
}
