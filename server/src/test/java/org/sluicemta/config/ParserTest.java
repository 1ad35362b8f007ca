package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParserTest {
    private final Problems problems = new Problems();

    private Node.Block parse(String text) {
        return Parser.parse(new SourceFile("config", text), BlockKind.GLOBAL, Catalogue.all()::isKeyword, problems);
    }

    private List<String> ids() {
        return problems.all().stream().map(Problem::id).toList();
    }

    private String printed(String text) {
        return TreePrinter.print(parse(text));
    }

    @Test
    void aDirectiveIsAKeywordAndTheRestOfItsLine() {
        Node.Block root = parse("  log-file\t /var/log/x \t");

        assertThat(root.children()).singleElement().isInstanceOfSatisfying(Node.Line.class, line -> {
            assertThat(line.keyword()).isEqualTo("log-file");
            assertThat(line.value()).isEqualTo("/var/log/x");
            assertThat(line.place().column()).isEqualTo(3);
            assertThat(line.valuePlace().column()).isEqualTo(13);
        });
    }

    @Test
    void commentsStandAnywhereAlsoInARegexButNotInQuotes() {
        assertThat(printed(
                        "# all\nretry-after 5m # some\nlog-file \"/a#b\" # other\n<domain x> # tag\n</domain> # end\n"))
                .isEqualTo("retry-after 5m\nlog-file \"/a#b\"\n<domain x>\n</domain>\n");
        assertThat(printed("<smtp-pattern-list l>\nreply /a b#c/ mode=backoff\n</smtp-pattern-list>"))
                .contains("reply /a b\n");
    }

    @Test
    void quotesInsideARegexAreNotQuotes() {
        assertThat(printed("<smtp-pattern-list l>\n reply /said \"no/ skip-mx # why\n</smtp-pattern-list>"))
                .contains("reply /said \"no/ skip-mx\n");
        assertThat(ids()).isEmpty();
    }

    @Test
    void aQuoteMayHoldAnEscapedQuote() {
        assertThat(printed("custom-dsn-from-header \"a \\\"b\\\" # c\" # d"))
                .isEqualTo("custom-dsn-from-header \"a \\\"b\\\" # c\"\n");
        assertThat(Words.whole("\"a \\\"b\\\" c\"")).isEqualTo("a \"b\" c");
    }

    @Test
    void anOpenQuoteIsAnError() {
        parse("password \"abc");

        assertThat(ids()).containsExactly("quote-not-closed");
    }

    @Test
    void blanksMayStandBeforeTheEndOfATagAndItsNameIgnoresCase() {
        assertThat(printed("<MX-rollup-list >\nmx a b.rollup\n</mx-Rollup-List >"))
                .isEqualTo("<mx-rollup-list>\n    mx a b.rollup\n</mx-rollup-list>\n");
    }

    @Test
    void aClosingTagMayRepeatItsArgument() {
        assertThat(printed("<domain-key-list one>\n</domain-key-list one>\nhost-id 1"))
                .isEqualTo("<domain-key-list one>\n</domain-key-list>\nhost-id 1\n");
        assertThat(ids()).isEmpty();
    }

    @Test
    void aPatternListMayOpenAtTheEndOfAPatternLine() {
        String text = """
                <pattern-list a>
                  mail-from /x@y/ <pattern-list>
                    rcpt-to /z/ virtual-mta=v
                    * virtual-mta=w
                  </pattern-list>
                  mail-from /q/ virtual-mta=u
                </pattern-list>
                """;

        assertThat(printed(text)).isEqualTo("""
                        <pattern-list a>
                            mail-from /x@y/ <pattern-list>
                                rcpt-to /z/ virtual-mta=v
                                * virtual-mta=w
                            </pattern-list>
                            mail-from /q/ virtual-mta=u
                        </pattern-list>
                        """);
        assertThat(ids()).isEmpty();
    }

    @Test
    void theEmptyRegexAndTheEscapedSlashAreRead() {
        assertThat(
                        printed(
                                "<bounce-category-patterns>\n/http:\\/\\/x/ spam-related\n// other # rest\n</bounce-category-patterns>"))
                .contains("    /http:\\/\\/x/ spam-related\n    // other\n");
    }

    @Test
    void carriageReturnsAndAMissingLastLineEndChangeNothing() {
        assertThat(printed("log-file /a\r\n<domain *>\r\n max-smtp-out 1\r\n</domain>"))
                .isEqualTo("log-file /a\n<domain *>\n    max-smtp-out 1\n</domain>\n");
    }

    @Test
    void aListGoesOnWhileItsLinesEndInACommaAndWarns() {
        assertThat(printed("domain-macro a x.com,\n  y.com , # more\n\n# and\nz.com\nlog-file /l\n"))
                .isEqualTo("domain-macro a x.com, y.com , z.com\nlog-file /l\n");
        assertThat(ids()).containsExactly("line-joined");
    }

    @Test
    void aTrailingCommaNeverSwallowsADirective() {
        assertThat(printed("domain-macro a x.com,\nmax-memory-usage-percent 50\n"))
                .isEqualTo("domain-macro a x.com,\nmax-memory-usage-percent 50\n");
        assertThat(ids()).containsExactly("trailing-comma");
    }

    @Test
    void aMacroMayHaveItsListOnTheNextLine() {
        assertThat(printed("domain-macro aol \naim.com,aol.com\n<domain $aol>\n</domain>"))
                .startsWith("domain-macro aol aim.com,aol.com\n");
        assertThat(ids()).containsExactly("line-joined");
    }

    @Test
    void aPlaceInsideAJoinedListPointsIntoTheRightLine() {
        Node.Line line =
                (Node.Line) parse("domain-macro a x.com,\n   y.com").children().getFirst();

        Place place = line.placeOf(line.value().indexOf("y.com"), 5);

        assertThat(place.line()).isEqualTo(2);
        assertThat(place.column()).isEqualTo(4);
    }

    @Test
    void aRegexBrokenByPasteIsJoinedIfItsPiecesAreOne() {
        assertThat(
                        printed(
                                "<bounce-category-patterns>\n/(not activa\nted)/ inactive-mailbox\n/a b \n  c/ other\n/(d)\n / bad-mailbox\n</bounce-category-patterns>"))
                .contains("/(not activated)/ inactive-mailbox\n")
                .contains("/a b c/ other\n")
                .contains("/(d)/ bad-mailbox\n");
        assertThat(ids()).containsOnly("line-joined");
    }

    @Test
    void aBlockLeftOpenIsOneFindingAndNotAHundred() {
        String text = "<domain a>\nmax-smtp-out 1\n<domain b>\nmax-smtp-out 2\n</domain>\n<source 0/0>\n</source>\n";

        Node.Block root = parse(text);

        assertThat(ids()).containsExactly("block-not-closed");
        assertThat(problems.all().getFirst().line()).isEqualTo(1);
        assertThat(root.children()).hasSize(3);
    }

    @Test
    void wrongTagsAreSaidOneByOne() {
        parse("</domain>\n<>\n<domain x\n</source>\n</domain>\n<spool /a> max-smtp-out 1\n</spool>");

        assertThat(ids())
                .containsExactly(
                        "stray-closing-tag", "tag-empty", "tag-not-closed", "stray-closing-tag", "text-after-tag");
    }

    @Test
    void aLineOfTenThousandCharactersIsOneLine() {
        String list = "x.com, ".repeat(1500) + "y.com";

        assertThat(printed("domain-macro long " + list)).isEqualTo("domain-macro long " + list + "\n");
    }

    @Test
    void noBreakSpacesAndByteOrderMarksAreBlanks() {
        assertThat(printed("\ufeff\u00a0log-file\u00a0/a\u00a0")).isEqualTo("log-file /a\n");
    }
}
