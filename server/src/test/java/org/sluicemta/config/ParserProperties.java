package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ParserProperties {
    private static String printed(String text) {
        Node.Block root = Parser.parse(
                new SourceFile("config", text), BlockKind.GLOBAL, Catalogue.all()::isKeyword, new Problems());
        return TreePrinter.print(root);
    }

    @Property(tries = 500)
    void readingWhatWasPrintedGivesTheSame(@ForAll("configurations") String text) {
        String once = printed(text);

        assertThat(printed(once)).isEqualTo(once);
    }

    @Property(tries = 300)
    void whatIsPrintedIsWhatWasWritten(@ForAll("wellFormed") String text) {
        assertThat(printed(text)).isEqualTo(text);
    }

    @Property(tries = 300)
    void lineEndsChangeNothing(@ForAll("configurations") String text) {
        assertThat(printed(text.replace("\n", "\r\n"))).isEqualTo(printed(text));
        assertThat(printed(text.stripTrailing())).isEqualTo(printed(text));
    }

    @Property(tries = 300)
    void indentationAndCommentsChangeNothing(@ForAll("wellFormed") String text) {
        String noisy = text.lines()
                .map(line -> "\t " + line + "  # a \"comment\", <x>")
                .reduce("", (a, b) -> a + b + "\n# /\n\n");

        assertThat(printed(noisy)).isEqualTo(printed(text));
    }

    /// Any lines, good and bad, in any order.
    @Provide
    Arbitrary<String> configurations() {
        Arbitrary<String> line = Arbitraries.oneOf(
                directive(),
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
        return line.list().ofMaxSize(25).map(lines -> String.join("\n", lines) + "\n");
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
