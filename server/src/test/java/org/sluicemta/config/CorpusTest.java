package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sluicemta.app.ConfigFiles;

/// Real files load. They lie beside the project; where they are missing these tests are skipped, except in
/// continuous integration, where their absence is a failure.
class CorpusTest {
    private static Path corpus() {
        return Path.of(System.getProperty("project.root", ".."))
                .resolve("../shared/corpus")
                .normalize();
    }

    static Stream<Path> files() throws IOException {
        Path corpus = corpus();
        if (!Files.isDirectory(corpus)) {
            return Stream.of(corpus);
        }
        try (Stream<Path> all = Files.walk(corpus)) {
            return all
                    .filter(each -> each.toString().endsWith(".conf") || each.endsWith("modular/config"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    /// Files of another machine include some that only that machine has; empty ones stand in for them.
    private static Report check(Path file) {
        assumeTrue(Files.isDirectory(corpus()) || System.getenv("CI") != null, "the corpus is not here");
        FileSource standIns = MemoryFiles.with("/etc/pmta/virtualhost.txt", "")
                .and("/etc/pmta/backoff_config", "<smtp-pattern-list aol-throttle>\n</smtp-pattern-list>\n")
                .and("/etc/pmta/domain_config", "")
                .and("/etc/pmta/local_config", "");
        FileSource both = new FileSource() {
            private final FileSource real = new ConfigFiles();

            @Override
            public Content read(Path path) {
                return path.startsWith("/etc/pmta") ? standIns.read(path) : real.read(path);
            }

            @Override
            public List<Entry> list(Path folder) {
                return real.list(folder);
            }
        };
        return Check.of(both, file, Check.Strictness.USUAL);
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFileOfTheCorpusLoads(Path file) {
        Report report = check(file);

        assertThat(report.problems().stream().filter(each -> each.severity() == Problem.Severity.ERROR))
                .as(ReportText.of(report))
                .isEmpty();
        assertThat(report.configuration()).isPresent();
        if (Boolean.getBoolean("show.reports")) {
            System.out.println("==== " + file + "\n" + ReportText.of(report));
        }
    }
}
