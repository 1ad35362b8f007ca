package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckTest {
    private static final String HEAD = "host-name h.example\nsmtp-listener 127.0.0.1:25\n";

    private static List<Problem> problems(String text) {
        return MemoryFiles.check(HEAD + text).problems();
    }

    private static List<String> ids(String text) {
        return problems(text).stream().map(Problem::id).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "max-smtp-otu 5,max-smtp-out", "max-msg-rat 250/h,max-msg-rate", "max-conect-rate 5/m,max-connect-rate",
        "retry-afer 10m,retry-after", "bounce-aftr 4d,bounce-after", "max-msg-per-conection 10,max-msg-per-connection",
        "smtp-host a.example,smtp-hosts", "use-startls yes,use-starttls", "queue_to x.queue,queue-to",
        "smtp-patern-list x,smtp-pattern-list", "dkim-sing yes,dkim-sign"
    })
    void aTypingErrorInACommonDirectiveIsAnErrorThatSaysItAll(String line, String meant) {
        Report report = MemoryFiles.check(HEAD + "<domain *>\n    " + line + "\n</domain>\n");

        assertThat(report.hasErrors()).isTrue();
        String text = ReportText.of(report);
        assertThat(text)
                .contains("/etc/sluice/config:4:5: error: there is no directive \"" + line.split(" ")[0]
                        + "\" in <domain>")
                .contains("\n        " + line + "\n        " + "^".repeat(line.indexOf(' ')) + "\n")
                .contains("mend: write " + meant + "\n");
    }

    @Test
    void aListenerForProxiesNamesThem() {
        String listener = "<smtp-listener 127.0.0.1:26>\n%s</smtp-listener>\n";

        assertThat(ids(listener.formatted("proxy-protocol yes\n"))).containsExactly("proxies-unnamed");
        assertThat(ids(listener.formatted("proxy-protocol-sources 10.0.0.0/8\n")))
                .containsExactly("proxies-without-effect");
        assertThat(ids(listener.formatted("proxy-protocol yes\nproxy-protocol-sources 10.0.0.0/8\n")))
                .isEmpty();
    }

    @Test
    void aPasswordIsMaskedInAReport() {
        String text = ReportText.of(MemoryFiles.check(HEAD
                + "<domain *>\nauth-password hunter2\nauth-password hunter3\n</domain>\n<smtp-user joe>\n"
                + "password hunter4\npassword hunter5\n</smtp-user>\n"));

        assertThat(text).contains("stands in this block before").doesNotContain("hunter");
    }

    @Test
    void anUnknownNameIsAWarningUnlessItReadsLikeALimit() {
        assertThat(ids("frobnication-folder /x")).containsExactly("unknown-name");
        assertThat(ids("frobnication-ceiling 500/h")).containsExactly("unknown-limit");
        assertThat(MemoryFiles.check("frobnication-folder /x").hasErrors()).isFalse();
        assertThat(MemoryFiles.check("frobnication-ceiling 500").hasErrors()).isTrue();
    }

    @Test
    void lenientAndStrictChangeTheWeightOfNames() {
        assertThat(MemoryFiles.check("max-smtp-otu 5", Check.Strictness.LENIENT).hasErrors())
                .isFalse();
        assertThat(MemoryFiles.check("frobnication-folder /x", Check.Strictness.STRICT)
                        .hasErrors())
                .isTrue();
        assertThat(MemoryFiles.check("<domain *>\nretry-after nonsense\n</domain>", Check.Strictness.LENIENT)
                        .hasErrors())
                .isTrue();
    }

    @Test
    void aDirectiveInTheWrongBlockIsAnErrorWhereItLimitsOrProtects() {
        assertThat(ids("max-msg-rate 5/h")).containsExactly("misplaced-name");
        assertThat(MemoryFiles.check("max-msg-rate 5/h").hasErrors()).isTrue();
        assertThat(problems("max-msg-rate 5/h").getFirst().rule())
                .contains("in <domain>")
                .contains("in <virtual-mta>");
        assertThat(MemoryFiles.check("add-date-header yes").hasErrors()).isFalse();
    }

    @Test
    void inventionsWarnWithTheRightNameAndNeverFail() {
        Report report = MemoryFiles.check(
                HEAD
                        + "routing-file /x\n<bounce-log>\nx 1\n</bounce-log>\n<domain *>\nmax-connections 5\n</domain>\n"
                        + "<virtual-mta a>\n</virtual-mta>\n<virtual-mta-pool p>\nvirtual-mta a\nweight 5\n</virtual-mta-pool>");

        assertThat(report.problems()).extracting(Problem::id).containsOnly("invention");
        assertThat(report.problems()).hasSize(4);
        assertThat(report.hasErrors()).isFalse();
        assertThat(ReportText.of(report)).contains("mend: write max-smtp-out");
    }

    @Test
    void allProblemsAreToldAtOnceInTheOrderOfTheFile() {
        assertThat(problems("<domain *>\nmax-smtp-out many\nretry-after 0s\n</domain>\nsmtp-listener x\nname-server y"))
                .extracting(each -> each.line() + " " + each.id())
                .containsExactly("4 bad-value", "5 bad-value", "7 bad-value", "8 bad-value");
    }

    @Test
    void aMissingValueIsToldAsSuch() {
        assertThat(ids("http-access #127.0.0.1 admin\nlog-rotate")).containsExactly("missing-value", "missing-value");
    }

    @Test
    void protectiveDirectivesWithoutEffectAreNamedForRunToRefuse() {
        Report report = MemoryFiles.check(
                HEAD
                        + "<domain *>\ndkim-sign if-x-dkim-options-present\nuse-mta-sts yes\nuse-dane no\n</domain>\nip-connection-limit 192.0.2.0/24 5");

        assertThat(report.hasErrors()).isFalse();
        assertThat(report.unprotected()).containsExactlyInAnyOrder("dkim-sign", "use-mta-sts", "ip-connection-limit");
        assertThat(report.refused(Set.of("dkim-sign", "ip-connection-limit"))).containsExactly("use-mta-sts");
        assertThat(ReportText.of(report)).contains("--accept-unprotected use-mta-sts");
    }

    @Test
    void aDeliveryTypeThatIsNotBuiltIsProtectiveToo() {
        assertThat(MemoryFiles.check("<domain *>\ntype pipe\n</domain>").unprotected())
                .containsExactly("type");
        assertThat(MemoryFiles.check("<domain *>\ntype discard\n</domain>").unprotected())
                .isEmpty();
    }

    @Test
    void syncMsgIsANoteWithoutEffect() {
        assertThat(problems("sync-msg-create no\nsync-msg-update false"))
                .extracting(each -> each.id() + " " + each.severity())
                .containsExactly("sync-msg NOTE", "sync-msg NOTE");
    }

    @Test
    void whatIsAcceptedWithoutEffectIsNotedWithItsReasonAndNeverFails() {
        for (Catalogue.Entry each : Catalogue.all().entries()) {
            BlockKind scope = each.scopes().iterator().next();
            if (each.state() != Catalogue.State.ACCEPTED || scope == BlockKind.TRANSMISSIONS_API_LISTENER) {
                continue;
            }
            String line = each.name() + " " + (each.type().name().equals("bool") ? "no" : usual(each));
            List<Problem> found = problems(
                    switch (scope) {
                        case DOMAIN -> "<domain *>\n" + line + "\n</domain>";
                        case SOURCE -> "<source 10/8>\n" + line + "\n</source>";
                        case SPOOL -> "<spool /s>\n" + line + "\n</spool>";
                        case ACCT_FILE -> "<acct-file /a.csv>\n" + line + "\n</acct-file>";
                        case SMTP_LISTENER -> "<smtp-listener 127.0.0.1:26>\n" + line + "\n</smtp-listener>";
                        default -> line;
                    });

            assertThat(found).as(line).anySatisfy(problem -> {
                assertThat(problem.severity()).isEqualTo(Problem.Severity.NOTE);
                assertThat(problem.what()).startsWith(each.name() + " is accepted without effect");
                assertThat(problem.rule()).isEqualTo(each.note());
            });
            assertThat(found).as(line).noneMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        }
    }

    /// A value that the type takes: the default, else a number, which is a count, a time, a size and a text.
    private static String usual(Catalogue.Entry entry) {
        return entry.builtIn().isEmpty() ? "1" : entry.builtIn();
    }

    @Test
    void neitherALogFileNorALicenceNorASpoolMustBeNamed() {
        assertThat(MemoryFiles.check("smtp-listener 127.0.0.1:25\ntotal-max-smtp-out 5000\n")
                        .problems())
                .isEmpty();
    }

    @Test
    void anOpenRelayWarns() {
        String open =
                "host-name h.example\nsmtp-listener 0/0:25\n<source 0/0>\nalways-allow-relaying yes\n%s\n</source>\n";

        assertThat(MemoryFiles.check(open.formatted("")).problems())
                .extracting(Problem::id)
                .containsExactly("open-relay");
        assertThat(MemoryFiles.check(open.formatted("smtp-service no")).problems())
                .isEmpty();
        assertThat(MemoryFiles.check(open.formatted("require-auth yes")).problems())
                .extracting(Problem::id)
                .doesNotContain("open-relay");
        assertThat(ids("<source 0/0>\nalways-allow-relaying yes\n</source>")).isEmpty();
    }

    @Test
    void aWiderBlockThatWinsByItsScopeAndLoosensALimitWarns() {
        String text = """
                <domain example.com>
                max-msg-rate 250/h
                </domain>
                <virtual-mta a>
                <domain *>
                max-msg-rate 10000/h
                </domain>
                %s
                </virtual-mta>
                """;

        assertThat(ids(text.formatted(""))).containsExactly("scope-over-pattern");
        assertThat(problems(text.formatted("")).getFirst().what()).contains("example.com");
        assertThat(ids("inheritance pattern-first\n" + text.formatted(""))).isEmpty();
        assertThat(ids(text.formatted("<domain example.com>\nmax-msg-rate 250/h\n</domain>")))
                .isEmpty();
        assertThat(ids(text.formatted("").replace("10000/h", "100/h"))).isEmpty();
    }

    @Test
    void ratesByTheDayAreNoted() {
        assertThat(ids("<domain *>\nmax-msg-rate 5000/d\n</domain>")).containsExactly("rate-by-day");
        assertThat(ids("<domain *>\nmax-msg-rate 5000/24h\n</domain>")).isEmpty();
    }

    @Test
    void poolsAndVirtualMtasShareTheirNames() {
        assertThat(ids("<virtual-mta a>\n</virtual-mta>\n<virtual-mta-pool A>\nvirtual-mta a\n</virtual-mta-pool>"))
                .containsExactly("name-clash");
    }

    @Test
    void aPoolMayNameLaterVirtualMtasAndUnknownOnesWarn() {
        assertThat(
                        ids(
                                "<virtual-mta-pool p>\nvirtual-mta a\nvirtual-mta b\n</virtual-mta-pool>\n<virtual-mta a>\n</virtual-mta>"))
                .containsExactly("virtual-mta-unknown");
    }

    @Test
    void aVirtualMtaInTwoPoolsWithDomainBlocksIsAnError() {
        String pool = "<virtual-mta-pool %s>\nvirtual-mta a\n%s</virtual-mta-pool>\n";
        String vmta = "<virtual-mta a>\n</virtual-mta>\n";
        String domain = "<domain *>\nmax-smtp-out 1\n</domain>\n";

        assertThat(ids(vmta + pool.formatted("p", domain) + pool.formatted("q", domain)))
                .containsExactly("two-pools-with-settings");
        assertThat(ids(vmta + pool.formatted("p", domain) + pool.formatted("q", "")))
                .isEmpty();
    }

    private static String numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    @Test
    void macrosInACircleAreAnError() {
        assertThat(ids("domain-macro a $b\ndomain-macro b x.example, $a")).containsExactly("macro-loop", "macro-loop");
        assertThat(ids("<domain $none>\n</domain>")).containsExactly("macro-unknown");
        assertThat(ids("domain-macro a " + numbers(400) + "\n<domain $a.$a.$a>\n</domain>"))
                .containsExactly("macro-too-large");
    }

    @Test
    void unknownNamesInReferencesWarn() {
        assertThat(ids("<source 10/8>\ndefault-virtual-mta nobody\n</source>")).containsExactly("virtual-mta-unknown");
        assertThat(ids("<source 10/8>\ndefault-virtual-mta by-smtp-source-ip\n</source>"))
                .isEmpty();
        assertThat(ids("smtp-listener 127.0.0.1:26 source=nobody")).containsExactly("name-unknown");
    }

    @Test
    void aRepeatedScalarIsNoted() {
        assertThat(ids("<domain *>\nmax-smtp-out 5\nmax-smtp-out 5\nmax-smtp-out 6\n</domain>"))
                .containsExactly("repeated-setting");
    }

    @Test
    void theMissingListenerIsSaid() {
        assertThat(MemoryFiles.check("").problems()).extracting(Problem::id).containsExactly("no-listener");
    }

    @Test
    void textThatCouldMoveTheCursorIsNeverPrinted() {
        String text = ReportText.of(MemoryFiles.check("max-\u001b[31m\u202e \u0007x\n"));

        assertThat(text.chars().filter(c -> c != '\n' && Problems.isUnprintable((char) c)))
                .isEmpty();
    }

    @Test
    void theCaretStaysUnderItsWordInALongLine() {
        String line = "domain-macro m " + "a.example, ".repeat(500) + "b c, d.example";
        String text = ReportText.of(MemoryFiles.check(HEAD + line).problems().getFirst());

        String[] lines = text.split("\n");
        int caret = lines[2].indexOf('^');
        assertThat(lines[1].substring(caret, caret + 3)).isEqualTo("b c");
        assertThat(lines[1].length()).isLessThan(120);
    }

    @Test
    void aHundredThousandLinesAreChecked() {
        StringBuilder text = new StringBuilder(HEAD);
        for (int i = 0; i < 9_000; i++) {
            text.append("<domain d")
                    .append(i)
                    .append(".example>\n    max-smtp-out ")
                    .append(i % 50 + 1);
            text.append("\n    max-msg-rate 250/h  # a comment\n    max-rcpt-per-message 10\n")
                    .append("    max-msg-per-connection 10\n    retry-after 10m,20m\n    bounce-after 4d12h\n")
                    .append("    smtp-hosts [192.0.2.1]:25\n    use-starttls yes\n    unknown-name-")
                    .append(i)
                    .append(" x\n    dkim-sign yes\n</domain>\n");
        }
        String whole = text.toString();
        assertThat(whole.lines().count()).isGreaterThan(100_000);

        Report report = MemoryFiles.check(whole);

        assertThat(report.hasErrors()).isFalse();
    }

    @Test
    void whateverIsWrittenACheckReportsAndNeverFails() {
        Random random = new Random(20261122);
        String base = HEAD + """
                domain-macro isp yahoo.com, hotmail.com,
                 live.com
                <source {auth}>
                    always-allow-relaying yes # "x"
                </source>
                <domain $isp>
                    max-msg-rate 250/h
                    smtp-hosts [192.0.2.1]:25, lookup-mx:x.example; "y"
                </domain>
                <virtual-mta a>
                    smtp-source-host 192.0.2.1 a.example
                    <domain *>
                        retry-after 5m,10m
                    </domain>
                </virtual-mta>
                <virtual-mta-pool p>
                    virtual-mta a
                </virtual-mta-pool>
                <bounce-category-patterns>
                    /quota (a|b)/ quota-issues
                    // other
                </bounce-category-patterns>
                <smtp-pattern-list l>
                    reply /421 .*/ mode=backoff,backoff-to-normal-after=1h
                </smtp-pattern-list>
                <pattern-list q>
                    mail-from /@x/ <pattern-list>
                        * virtual-mta=a
                    </pattern-list>
                </pattern-list>
                include /etc/sluice/config
                """;
        String alphabet = "<>/\"#\\,;:$*.[]{}=-0189abdhms \n\t\r\u0000\u00e9\ud83d\ufeff";
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder(base);
            int edits = 1 + random.nextInt(12);
            for (int i = 0; i < edits; i++) {
                int at = random.nextInt(text.length());
                int to = Math.min(text.length(), at + random.nextInt(30));
                char any = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(4)) {
                    case 0 -> text.insert(at, any);
                    case 1 -> text.setCharAt(at, any);
                    case 2 -> text.delete(at, Math.max(at, Math.min(to, text.length() - 1)));
                    case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, to));
                    default -> throw new AssertionError();
                }
            }

            String mutant = text.toString();
            Report report = MemoryFiles.check(mutant);

            assertThat(ReportText.of(report)).as(mutant).isNotEmpty();
            assertThat(report.problems()).as(mutant).allSatisfy(each -> {
                assertThat(each.what()).isNotBlank();
                assertThat(each.rule()).isNotBlank();
                assertThat(each.mend()).isNotBlank();
                assertThat(each.column()).isGreaterThanOrEqualTo(each.line() > 0 ? 1 : 0);
            });
        }
    }
}
