package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a directive that stands twice means: it adds up, or the last line wins and a warning says so.
class RepetitionTest {
    private static final String HEAD = "host-name h.example\nsmtp-listener 127.0.0.1:25\n";

    private static String within(String block, String lines) {
        return block.isEmpty() ? HEAD + lines : HEAD + "<" + block + ">\n" + lines + "</" + block.split(" ")[0] + ">\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "                  | postmaster              | a@example.com      | b@example.com",
                "                  | host-name               | a.example          | b.example",
                "                  | name-server             | 192.0.2.1          | 192.0.2.2",
                "                  | smtp-listener           | 127.0.0.1:26       | 127.0.0.1:27",
                "                  | smtp-source-host        | 192.0.2.1 a        | 192.0.2.2 b",
                "                  | relay-domain            | a.example          | b.example",
                "                  | spool                   | /a                 | /b",
                "                  | acct-file               | /a                 | /b",
                "                  | smtp-proxy-source-host  | 192.0.2.1 a        | 192.0.2.2 b",
                "                  | relay-address           | a@example.com      | b@example.com",
                "                  | http-access             | 10.0.0.1 admin     | 10.0.0.2 admin",
                "                  | http-api-key            | a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 | b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
                "                  | mx-connection-limit     | a.example 5        | b.example 6",
                "                  | ip-connection-limit     | 10.0.0.1 5         | 10.0.0.2 6",
                "                  | domain-key              | a,a.example,/a     | b,b.example,/b",
                "                  | include-headers-from    | /a                 | /b",
                "virtual-mta v     | smtp-source-host        | 192.0.2.1 a        | 192.0.2.2 b",
                "virtual-mta v     | cold-virtual-mta        | {default}          | {default}",
                "virtual-mta v     | domain-key              | a,a.example,/a     | b,b.example,/b",
                "domain *          | smtp-hosts              | a.example          | b.example",
                "domain *          | source-ip-max-msg-rate  | 10.0.0.1 5/h       | 10.0.0.2 6/h",
                "domain *          | source-ip-max-smtp-out  | 10.0.0.1 5         | 10.0.0.2 6",
                "domain *          | source-ip-max-connect-rate     | 10.0.0.1 5/h | 10.0.0.2 6/h",
                "domain *          | source-ip-max-data-volume-rate | 10.0.0.1 5M/h | 10.0.0.2 6M/h",
                "acct-file /a      | records                 | d                  | b",
                "acct-file /a      | record-fields           | d *,!rcpt          | b *",
                "acct-file /a      | map-header-to-field     | d header_A jobId   | d header_B envId"
            })
    void linesOfADirectiveThatAddsUpAddUp(String block, String name, String first, String second) {
        String where = block == null ? "" : block;
        Report report = MemoryFiles.check(within(where, name + " " + first + "\n" + name + " " + second + "\n"));

        assertThat(report.problems())
                .extracting(Problem::id)
                .doesNotContain("repeated-setting", "contradicting-blocks");
        assertThat(report.configuration()).isPresent();
    }

    @Test
    void membersRulesAndEntriesAddUpToo() {
        Configuration loaded = MemoryFiles.load("""
                <virtual-mta a>
                </virtual-mta>
                <virtual-mta-pool p>
                virtual-mta a
                virtual-mta a
                </virtual-mta-pool>
                <mx-rollup-list>
                mx a.example a.rollup
                mx b.example a.rollup
                </mx-rollup-list>
                <mx-rollup-list>
                mx c.example a.rollup
                </mx-rollup-list>
                """);

        assertThat(loaded.pools().get("p").members()).containsExactly("a", "a");
        assertThat(loaded.mxRollups()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "domain *      | max-smtp-out            | 5     | 6",
                "domain *      | max-msg-rate            | 5/h   | 6/h",
                "domain *      | bounce-after            | 1d    | 2d",
                "domain *      | bounce-upon-no-mx       | yes   | no",
                "domain *      | backoff-max-msg-rate    | 5/h   | 6/h",
                "domain *      | dkim-identity           | @a    | @b",
                "virtual-mta v | max-smtp-out            | 5     | 6",
                "source 10/8   | always-allow-relaying   | yes   | no",
                "source 10/8   | require-auth            | yes   | no",
                "acct-file /a  | max-size                | 10M   | 20M",
                "              | total-max-smtp-out      | 5     | 6"
            })
    void ofSeveralLinesOfAnyOtherDirectiveTheLastWinsWithAWarning(
            String block, String name, String first, String second) {
        String where = block == null ? "" : block;
        Report twice = MemoryFiles.check(within(where, name + " " + first + "\n" + name + " " + second + "\n"));
        Report same = MemoryFiles.check(within(where, name + " " + first + "\n" + name + " " + first + "\n"));

        assertThat(twice.problems())
                .filteredOn(each -> each.id().equals("repeated-setting"))
                .singleElement()
                .satisfies(each -> assertThat(each.what()).contains("this line holds"));
        assertThat(same.problems()).extracting(Problem::id).doesNotContain("repeated-setting");
    }

    @Test
    void theLastLineIsTheOneThatHolds() {
        Configuration loaded = MemoryFiles.load(
                within("domain *", "max-smtp-out 5\nbackoff-max-smtp-out 3\nmax-smtp-out 6\nbackoff-max-smtp-out 2\n"));

        Explanation.Answer answer = Explanation.of(loaded, "x.example", "backoff-max-smtp-out");
        assertThat(loaded.queue(new org.sluicemta.mail.QueueKey("x.example", "{default}"))
                        .value(Directives.MAX_SMTP_OUT))
                .isEqualTo(6);
        assertThat(((Explanation.Answer.Explains) answer)
                        .explanation()
                        .domain()
                        .getFirst()
                        .chain()
                        .getFirst()
                        .value())
                .isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource({"source 10/8", "domain *", "virtual-mta v", "virtual-mta-pool v", "smtp-pattern-list l"})
    void aFileMayBeIncludedInEachBlockThatTheReferenceNames(String block) {
        FileSource files = MemoryFiles.with("/etc/sluice/config", within(block, "include d/*.conf\n"))
                .and("/etc/sluice/d/a.conf", "include e/?.conf")
                .and("/etc/sluice/d/e/1.conf", "# nothing");

        assertThat(Check.of(files, java.nio.file.Path.of("/etc/sluice/config"), Check.Strictness.USUAL)
                        .problems())
                .filteredOn(each -> each.severity() == Problem.Severity.ERROR)
                .isEqualTo(List.of());
    }
}
