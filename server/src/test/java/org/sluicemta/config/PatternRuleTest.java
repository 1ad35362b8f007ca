package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Lists that choose virtual MTAs, and bounce categories, as they are published for other rooms.
class PatternRuleTest {
    private static final String VMTAS = "<virtual-mta a>\n</virtual-mta>\n<virtual-mta b>\n</virtual-mta>\n";

    @Test
    void linesKeepTheirOrderTheirResultsAndTheirPlaces() {
        List<PatternRule> rules = MemoryFiles.load(VMTAS + """
                        <pattern-list Choice>
                            mail-from /@x\\.example$/ virtual-mta=A, recipient-priority=70
                            header X-Job: /news/ call-to:choice
                            rcpt-to /@y/ virtual-mta=b
                        </pattern-list>
                        """).patternLists().get("choice");

        assertThat(rules)
                .extracting(each -> each.subject() + " " + each.header() + " " + each.regex() + " "
                        + each.result().virtualMta() + " " + each.result().recipientPriority() + " "
                        + each.result().callTo() + " " + each.origin())
                .containsExactly(
                        "MAIL_FROM  @x\\.example$ a OptionalInt[70]  /etc/sluice/config:6",
                        "HEADER x-job news  OptionalInt.empty choice /etc/sluice/config:7",
                        "RCPT_TO  @y b OptionalInt.empty  /etc/sluice/config:8");
    }

    @Test
    void aNestedListHoldsWhereItsConditionMatches() {
        List<PatternRule> rules = MemoryFiles.load(VMTAS + """
                        <pattern-list p>
                            mail-from /@x/ <pattern-list>
                                rcpt-to /@y/ virtual-mta=a
                                * virtual-mta=b
                            </pattern-list>
                        </pattern-list>
                        """).patternLists().get("p");

        assertThat(rules).singleElement().satisfies(outer -> {
            assertThat(outer.regex()).isEqualTo("@x");
            assertThat(outer.result()).isEqualTo(PatternRule.Result.NONE);
            assertThat(outer.nested())
                    .extracting(PatternRule::subject)
                    .containsExactly(PatternRule.Subject.RCPT_TO, PatternRule.Subject.REST);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mail-from /@x/                | bad-value 2:11 mail-from: the pattern chooses nothing",
                "mail-from @x virtual-mta=a    | bad-value 2:11 mail-from: there is no /pattern/",
                "mail-from /(/ virtual-mta=a   | bad-value 2:11 mail-from: the pattern cannot be read",
                "rcpt-to /x/ vmta=a            | bad-value 2:13 rcpt-to: \"vmta=a\" is not a result",
                "rcpt-to /x/ recipient-priority=101 | bad-value 2:13 rcpt-to: \"101\" is not a priority",
                "header /x/ virtual-mta=a      | bad-value 2:8 header: the name of the header is missing",
                "mail-from /x/ virtual-mta=c   | virtual-mta-unknown 2:11 there is no virtual MTA or pool \"c\"",
                "mail-from /x/ call-to:q       | name-unknown 2:11 there is no <pattern-list> \"q\""
            })
    void aLineThatCannotBeMeantIsToldAtItsPlace(String line, String told) {
        Report report = MemoryFiles.check("<pattern-list p>\n" + line + "\n</pattern-list>");

        assertThat(report.problems())
                .filteredOn(each -> !each.id().equals("not-built") && !each.id().equals("no-listener"))
                .singleElement()
                .satisfies(each -> assertThat(each.id() + " " + each.line() + ":" + each.column() + " " + each.what())
                        .startsWith(told));
    }

    @Test
    void bounceCategoriesKeepTheirOrderOverAllBlocks() {
        Configuration loaded = MemoryFiles.load("""
                <bounce-category-patterns >
                    /quota\\/full/ quota-issues
                </bounce-category-patterns>
                <bounce-category-patterns>
                    // other
                </bounce-category-patterns>
                """);

        assertThat(loaded.bounceCategories())
                .extracting(each -> each.regex() + " " + each.category() + " " + each.origin())
                .containsExactly("quota/full quota-issues /etc/sluice/config:2", " other /etc/sluice/config:5");
    }
}
