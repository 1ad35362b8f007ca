package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class ParserProperties {
    private static String printed(String text) {
        Node.Block root = Parser.parse(
                new SourceFile("config", text), BlockKind.GLOBAL, Catalogue.all()::isKeyword, new Problems());
        return TreePrinter.print(root);
    }

    @Property(tries = 500, seed = "42")
    void readingWhatWasPrintedGivesTheSame(@ForAll("configurations") String text) {
        Assume.that(isInOrder(text));
        String once = printed(text);

        assertThat(printed(once)).isEqualTo(once);
    }

    @Property(tries = 300, seed = "42")
    void whatIsPrintedIsWhatWasWritten(@ForAll("wellFormed") String text) {
        assertThat(printed(text)).isEqualTo(text);
    }

    @Property(tries = 300, seed = "42")
    void lineEndsChangeNothing(@ForAll("configurations") String text) {
        assertThat(printed(text.replace("\n", "\r\n"))).isEqualTo(printed(text));
        assertThat(printed(text.stripTrailing())).isEqualTo(printed(text));
    }

    @Property(tries = 300, seed = "42")
    void indentationAndCommentsChangeNothing(@ForAll("wellFormed") String text) {
        String noisy = text.lines()
                .map(line -> "\t " + line + "  # a \"comment\", <x>")
                .reduce("", (a, b) -> a + b + "\n# /\n\n");

        assertThat(printed(noisy)).isEqualTo(printed(text));
    }

    /// Whether every tag and every pattern is whole: only then is there one way to read the lines.
    private static boolean isInOrder(String text) {
        Problems problems = new Problems();
        Node.Block root =
                Parser.parse(new SourceFile("config", text), BlockKind.GLOBAL, Catalogue.all()::isKeyword, problems);
        return !problems.hasErrors() && patternsAreWhole(root);
    }

    private static boolean patternsAreWhole(Node.Block block) {
        return block.children().stream().allMatch(each -> switch (each) {
            case Node.Line line -> !line.keyword().isEmpty() || Regexes.closing(line.value(), 0) >= 0;
            case Node.Block inner -> patternsAreWhole(inner);
        });
    }

    /// Any lines, good and bad, in any order.
    @Provide
    Arbitrary<String> configurations() {
        Arbitrary<String> whole = Arbitraries.of(
                "<domain *>\nmax-smtp-out 1\n</domain>",
                "<virtual-mta m>\n<domain x> # y\n</domain x>\n</virtual-mta>",
                "<bounce-category-patterns>\n/a\\/b/ other\n/not \n whole/ other\n// x\n</bounce-category-patterns>",
                "domain-macro a b.c,\nd.e, f.g",
                "<pattern-list p>\nmail-from /x/ <pattern-list>\n* virtual-mta=v\n</pattern-list>\n</pattern-list>",
                "# comment");
        Arbitrary<String> line =
                Arbitraries.frequencyOf(Tuple.of(9, whole), Tuple.of(3, directive()), Tuple.of(1, odd()));
        return line.list().ofMaxSize(12).map(lines -> String.join("\n", lines) + "\n");
    }

    private static Arbitrary<String> odd() {
        return Arbitraries.oneOf(
                Arbitraries.of(
                        "<domain *>",
                        "</domain>",
                        "<virtual-mta m>",
                        "</virtual-mta>",
                        "<bounce-category-patterns>",
                        "</bounce-category-patterns>",
                        "/a\\/b/ other",
                        "/broken",
                        "piece/ other",
                        "domain-macro a b.c,",
                        "d.e, f.g",
                        "<pattern-list p>",
                        "mail-from /x/ <pattern-list>",
                        "</pattern-list>",
                        "<unknown thing>",
                        "</unknown>",
                        "# comment",
                        "",
                        "<source"),
                Arbitraries.strings().withChars("ab <>/\"\\#,.$*{}\t=").ofMaxLength(20));
    }

    /// Files as the printer writes them.
    @Provide
    Arbitrary<String> wellFormed() {
        Arbitrary<String> block = Combinators.combine(
                        Arbitraries.of("domain *", "domain [*.]example.com", "source {auth}", "virtual-mta a"),
                        directive().list().ofMaxSize(4))
                .as((tag, lines) -> "<" + tag + ">\n"
                        + lines.stream().map(each -> "    " + each + "\n").reduce("", String::concat)
                        + "</" + tag.substring(0, tag.indexOf(' ')) + ">\n");
        return Arbitraries.oneOf(block, directive().map(each -> each + "\n"))
                .list()
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    private static Arbitrary<String> directive() {
        Arbitrary<String> keyword = Arbitraries.of("max-smtp-out", "log-file", "x-y", "route", "Pickup");
        Arbitrary<String> value = Arbitraries.oneOf(
                Arbitraries.strings().withChars("abc019./:[]*-").ofMinLength(1).ofMaxLength(12),
                Arbitraries.strings().withChars("ab #,<>/ ").ofMaxLength(10).map(text -> "\"" + text + "\""));
        return Combinators.combine(keyword, value).as((k, v) -> k + " " + v);
    }
}
