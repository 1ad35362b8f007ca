package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;

class LoaderTest {
    private static Report check(FileSource files) {
        return Check.of(files, Path.of("/etc/sluice/config"), Check.Strictness.USUAL);
    }

    private static List<String> errors(FileSource files) {
        return check(files).problems().stream()
                .filter(each -> each.severity() == Problem.Severity.ERROR)
                .map(each -> each.id() + " " + each.file() + ":" + each.line() + ":" + each.column())
                .toList();
    }

    private static Setting<Long> maxSmtpOut(FileSource files) {
        return check(files)
                .configuration()
                .orElseThrow()
                .queueSetting(new QueueKey("x.example", "{default}"), Directives.MAX_SMTP_OUT);
    }

    @Test
    void aRelativeIncludeIsBesideTheFileThatIncludes() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include sub/a.conf\n")
                .and("/etc/sluice/sub/a.conf", "include b.conf")
                .and("/etc/sluice/sub/b.conf", "<domain *>\nmax-smtp-out 3\n</domain>");

        Setting<Long> setting = maxSmtpOut(files);

        assertThat(setting.value()).isEqualTo(3);
        assertThat((Origin.Line) setting.origin()).hasToString("/etc/sluice/sub/b.conf:2");
    }

    @Test
    void aPatternIncludesItsMatchesByNameAndSkipsHiddenFiles() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include d/*.conf\ninclude \"none/*.conf\"")
                .and("/etc/sluice/d/20.conf", "<domain *>\nmax-smtp-out 2\n</domain>")
                .and("/etc/sluice/d/10.conf", "<domain *>\nmax-smtp-out 1\n</domain>")
                .and("/etc/sluice/d/.99.conf", "<domain *>\nmax-smtp-out 9\n</domain>")
                .and("/etc/sluice/d/30.conf.bak", "<domain *>\nmax-smtp-out 8\n</domain>");

        assertThat(maxSmtpOut(files).value()).isEqualTo(2);
    }

    @Test
    void wildcardsMayStandInAnyPartOfThePath() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include /e?c/*/d.conf")
                .and("/etc/x/d.conf", "<domain *>\nmax-smtp-out 1\n</domain>")
                .and("/etc/y/d.conf", "<domain *>\nmax-smtp-out 2\n</domain>");

        assertThat(maxSmtpOut(files).value()).isEqualTo(2);
    }

    @Test
    void aFileMayBeIncludedInsideABlock() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "<domain *>\ninclude limits\n</domain>")
                .and("/etc/sluice/limits", "max-smtp-out 4");

        assertThat(maxSmtpOut(files).value()).isEqualTo(4);
    }

    @Test
    void aMissingLiteralIncludeIsAnErrorWithAWayOut() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "\n  include /etc/pmta/x\n");

        assertThat(errors(files)).containsExactly("missing-include /etc/sluice/config:2:11");
        assertThat(check(files).problems().getFirst().mend()).contains("--map /etc/pmta=DIR");
    }

    @Test
    void aMappedFolderStandsForAnothersMachines() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include /etc/pmta/x")
                .and("/stand/in/x", "<domain *>\nmax-smtp-out 6\n</domain>")
                .mapped(Map.of(Path.of("/etc/pmta"), Path.of("/stand/in")));

        assertThat((Origin.Line) maxSmtpOut(files).origin()).hasToString("/etc/pmta/x:2");
    }

    @Test
    void includesInACircleAreAnError() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include a")
                .and("/etc/sluice/a", "include b")
                .and("/etc/sluice/b", "include ../sluice/a");

        assertThat(errors(files)).containsExactly("include-loop /etc/sluice/b:1:9");
    }

    @Test
    void manyIncludesOfManyIncludesEnd() {
        MemoryFiles files = MemoryFiles.with("/etc/sluice/config", "include f0\n".repeat(10));
        for (int i = 0; i < 20; i++) {
            files.and("/etc/sluice/f" + i, ("include f" + (i + 1) + "\n").repeat(10));
        }
        files.and("/etc/sluice/f20", "");

        assertThat(errors(files)).hasSize(1).first().asString().startsWith("include-limit");
    }

    @Test
    void aDocumentOfTheWebIsIncludedAndItsLinesHaveItsAddress() {
        FileSource files = MemoryFiles.with(
                        "/etc/sluice/config", "<domain *>\ninclude https://X.example/a/../limits\n</domain>")
                .andDocument("https://x.example/limits", "\nmax-smtp-out 4");

        assertThat(maxSmtpOut(files).value()).isEqualTo(4);
        assertThat((Origin.Line) maxSmtpOut(files).origin()).hasToString("https://x.example/limits:2");
        assertThat(check(files).problems()).extracting(Problem::id).doesNotContain("unprotected-source");
    }

    @Test
    void aDocumentMayIncludeOthersAndFilesByTheirWholeNames() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                .andDocument("https://x.example/a", "include https://y.example/b")
                .andDocument("https://y.example/b", "include /etc/sluice/limits")
                .and("/etc/sluice/limits", "<domain *>\nmax-smtp-out 4\n</domain>");

        assertThat(maxSmtpOut(files).value()).isEqualTo(4);
    }

    @Test
    void aDocumentThatCannotBeFetchedIsReplacedByItsCopyWithAWarning() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                .andDocument(
                        "https://x.example/a",
                        new FileSource.Fetched.Kept(
                                "<domain *>\nmax-smtp-out 4\n</domain>".getBytes(StandardCharsets.UTF_8),
                                "x.example did not answer in time",
                                Instant.parse("2026-02-03T04:05:06Z")));

        assertThat(maxSmtpOut(files).value()).isEqualTo(4);
        Problem stale = check(files).problems().getFirst();
        assertThat(stale.id()).isEqualTo("include-stale");
        assertThat(stale.severity()).isEqualTo(Problem.Severity.WARNING);
        assertThat(stale.what()).contains("did not answer in time").contains("2026-02-03 04:05 UTC");
    }

    @Test
    void withoutACopyItIsAnErrorThatSaysHowToMend() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include https://x.example/a");

        assertThat(errors(files)).containsExactly("include-unreachable /etc/sluice/config:1:9");
        assertThat(check(files).problems().getFirst().what()).contains("the web server answers 404");
        assertThat(check(files).problems().getFirst().mend()).contains("include its path");
    }

    @Test
    void whatIsNotToBeFetchedIsNoted() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                .andDocument("https://x.example/a", new FileSource.Fetched.NotTried());

        assertThat(errors(files)).isEmpty();
        assertThat(check(files).problems()).extracting(Problem::id).contains("include-offline");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://ann:pa55@x.example/a",
                "https://x.example/a?b=c",
                "https://x.example/a#b",
                "https:///a",
                "HTTPS://x example/a",
                "https://x.example/%zz"
            })
    void anAddressWithMoreThanHostAndPathIsAnError(String address) {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include \"" + address + "\"");

        assertThat(errors(files)).hasSize(1).first().asString().startsWith("bad-value /etc/sluice/config:1:");
        assertThat(ReportText.of(check(files))).doesNotContain("pa55");
    }

    @Test
    void aRelativePathInADocumentIsAnError() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                .andDocument("https://x.example/a", "include b");

        assertThat(errors(files)).containsExactly("bad-value https://x.example/a:1:9");
    }

    @Test
    void whatIsNotProtectedIsWarnedOfAndRefusedWhereItsIncluderIs() {
        assertThat(check(MemoryFiles.with("/etc/sluice/config", "include http://x.example/a")
                                .andDocument("http://x.example/a", ""))
                        .problems())
                .extracting(Problem::id)
                .contains("unprotected-source");
        assertThat(errors(MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                        .andDocument("https://x.example/a", "include http://x.example/b")
                        .andDocument("http://x.example/b", "")))
                .containsExactly("bad-value https://x.example/a:1:9");
    }

    @Test
    void documentsInACircleOrInGreatNumberAreAnError() {
        assertThat(errors(MemoryFiles.with("/etc/sluice/config", "include https://x.example/a")
                        .andDocument("https://x.example/a", "include https://x.example/b")
                        .andDocument("https://x.example/b", "include https://x.example/a")))
                .containsExactly("include-loop https://x.example/b:1:9");
        var text = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            text.append("include https://x.example/").append(i).append('\n');
        }
        MemoryFiles many = MemoryFiles.with("/etc/sluice/config", text + text.toString());
        for (int i = 0; i < 60; i++) {
            many.andDocument("https://x.example/" + i, "");
        }
        assertThat(errors(many)).containsExactly("include-limit /etc/sluice/config:51:9");
    }

    @Test
    void anIncludeWhereNoneMayStandIsAnError() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "<spool /s>\ninclude x\n</spool>");

        assertThat(errors(files)).containsExactly("include-not-here /etc/sluice/config:2:1");
    }

    @Test
    void theTagFormOfIncludeIsReadWithAWarning() {
        FileSource files = MemoryFiles.with("/etc/sluice/config", "<include a>\n</include>")
                .and("/etc/sluice/a", "<domain *>\nmax-smtp-out 5\n</domain>");

        assertThat(maxSmtpOut(files).value()).isEqualTo(5);
        assertThat(check(files).problems()).extracting(Problem::id).contains("invention");
    }

    @Test
    void aFileThatIsNotUtf8IsReadWithAWarning() {
        FileSource files = new MemoryFiles()
                .andBytes(
                        "/etc/sluice/config", "# caf\u00e9\nhost-name h.example".getBytes(StandardCharsets.ISO_8859_1));

        Report report = check(files);

        assertThat(report.problems()).extracting(Problem::id).contains("not-utf-8");
        assertThat(report.configuration()
                        .orElseThrow()
                        .global(Directives.HOST_NAME)
                        .value())
                .containsExactly("h.example");
    }

    @Test
    void aMissingMainFileIsOneError() {
        assertThat(check(new MemoryFiles()).problems()).extracting(Problem::id).containsExactly("missing-file");
    }
}
