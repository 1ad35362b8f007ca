package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.app.ConfigFiles;
import org.sluicemta.mail.QueueKey;

/// Real files load. They lie beside the project; where they are missing these tests are skipped, except in
/// continuous integration, where their absence is a failure.
class CorpusTest {
    private static final String HEAD_OF_GOLDEN = """
            # What a check finds in each file of the corpus: file, id, number of findings. Made by
            # mvn -pl server -am test -Dtest=CorpusTest -Dsurefire.failIfNoSpecifiedTests=false -Dwrite.golden=true
            """;

    private static Path corpus() {
        return SharedFolder.required().resolve("corpus");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(corpus())) {
            return all.filter(each -> each.toString().endsWith(".conf") || each.endsWith("modular/config"))
                    .sorted()
                    .toList();
        }
    }

    /// Files of another machine include some that only that machine has; stand-ins are read for them.
    private static Report check(Path file) {
        Path folder = FOLDER;
        write(folder.resolve("virtualhost.txt"), "");
        write(folder.resolve("backoff_config"), "<smtp-pattern-list aol-throttle>\n</smtp-pattern-list>\n");
        write(folder.resolve("domain_config"), "");
        write(folder.resolve("local_config"), "");
        FileSource files = new ConfigFiles().mapped(Map.of(Path.of("/etc/pmta"), folder));
        return Check.of(files, file, Check.Strictness.USUAL);
    }

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path FOLDER;

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @Test
    void everyFileOfTheCorpusLoadsAndWarnsAsItDid() throws IOException {
        TreeMap<String, Integer> found = new TreeMap<>();
        TreeMap<String, Integer> totals = new TreeMap<>();
        for (Path file : files()) {
            Report report = check(file);
            assertThat(report.problems().stream().filter(each -> each.severity() == Problem.Severity.ERROR))
                    .as(ReportText.of(report))
                    .isEmpty();
            assertThat(report.configuration()).isPresent();
            assertThat(report.dropped()).isZero();
            for (Problem each : report.problems()) {
                found.merge(corpus().relativize(file) + "\t" + each.id(), 1, Integer::sum);
                totals.merge(each.id(), 1, Integer::sum);
            }
            if (Boolean.getBoolean("print.reports")) {
                System.out.println("==== " + file + "\n" + ReportText.of(report));
            }
        }
        StringBuilder text = new StringBuilder(HEAD_OF_GOLDEN);
        found.forEach(
                (key, count) -> text.append(key).append('\t').append(count).append('\n'));

        totals.forEach((id, count) -> System.out.printf("%6d  %s%n", count, id));
        Path golden = Path.of(System.getProperty("project.root", ".."))
                .resolve("server/src/test/resources/org/sluicemta/config/corpus-findings.tsv");
        if (Boolean.getBoolean("write.golden")) {
            Files.createDirectories(golden.getParent());
            Files.writeString(golden, text);
        }
        assertThat(text.toString()).isEqualTo(Files.readString(golden));
    }

    private static Configuration load(String file) {
        return check(corpus().resolve(file)).configuration().orElseThrow();
    }

    private static <T> T queue(Configuration configuration, String domain, String vmta, Directive<T> directive) {
        return configuration.queue(new QueueKey(domain, vmta)).value(directive);
    }

    @Test
    void theTutorialsDoWhatTheirWordsSay() throws IOException {
        Configuration rate = load("tutorial-configs/01-rate.conf");
        Configuration source = load("tutorial-configs/02-source.conf");
        Configuration whole = load("tutorial-configs/03-whole.conf");
        InetAddress client = InetAddress.getByAddress(new byte[] {10, 1, 2, 3});
        InetAddress sender = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 9});

        assertThat(rate.virtualMtaSetting("marketing", Directives.VMTA_MAX_MSG_RATE)
                        .value())
                .isEqualTo(new Rate.Limited(5000, 1, Rate.Unit.HOUR));
        assertThat(source.source(client, List.of()).value(Directives.ALWAYS_ALLOW_RELAYING))
                .isTrue();
        assertThat(source.source(client, List.of()).value(Directives.ALLOW_STARTTLS))
                .isTrue();
        assertThat(whole.virtualMtaSetting("vmta2", Directives.SMTP_SOURCE_HOST).value())
                .extracting(each -> each.address().orElseThrow().toString())
                .containsExactly("192.0.2.2");
        assertThat(whole.virtualMtaSetting("vmta2", Directives.VMTA_HOST_NAME).value())
                .isEqualTo("mta2.example.com");
        assertThat(whole.pools().get("main").members()).containsExactly("vmta1", "vmta2");
        assertThat(whole.source(sender, List.of()).value(Directives.DEFAULT_VIRTUAL_MTA))
                .isEqualTo("main");
        assertThat(whole.source(sender, List.of()).value(Directives.ALLOW_STARTTLS))
                .isTrue();
        assertThat(whole.global(Directives.SMTP_SERVER_TLS_PRIVATE_KEY).value()).endsWith("server.key");
        assertThat(whole.acctFiles())
                .extracting(Configuration.AcctFile::path)
                .containsExactly("/var/log/pmta/acct.csv");
        assertThat(queue(whole, "x.example", "vmta1", Directives.RETRY_AFTER)).containsExactly(Duration.ofMinutes(5));
    }

    @Test
    void theLinkedLayoutIsOneConfiguration() {
        Configuration modular = load("tutorial-configs/modular/config");

        assertThat(modular.pools().get("marketing").members()).containsExactly("marketing-1", "marketing-2");
        assertThat(queue(modular, "microsoft.queue", "transactional", Directives.SMTP_HOSTS)
                        .levels())
                .containsExactly(List.of(new HostList.Host.MxOf("outlook.com", 0)));
        assertThat(queue(modular, "microsoft.queue", "transactional", Directives.BOUNCE_AFTER))
                .isEqualTo(Duration.ofHours(108));
        assertThat(modular.acctFiles()).hasSize(1);
    }

    @Test
    void oddSpellingsOfRealFilesHaveTheirMeaning() {
        Configuration joined = load("pmta-configs/04-abdessamadjalalinfo-zakaria-pmta.conf");
        Configuration nextLine = load("pmta-configs/10-zcherradi2-iresponseV2-pmta_isps.conf");
        Configuration placeholder = load("pmta-configs/08-tjosm-PowerMTA-Config-Defaults-config-sample.conf");

        assertThat(queue(joined, "sender2.example", "{default}", Directives.SMTP_HOSTS)
                        .levels())
                .hasToString("[[Literal[address=/192.0.2.6, port=25]]]");
        assertThat(nextLine.queue(new QueueKey("gmail.queue", "{default}")).value(Directives.MAX_SMTP_OUT))
                .isEqualTo(1200);
        assertThat(placeholder
                        .virtualMtaSetting("pmta-vmta0", Directives.SMTP_SOURCE_HOST)
                        .value())
                .singleElement()
                .satisfies(each -> assertThat(each.address()).isEmpty());
    }
}
