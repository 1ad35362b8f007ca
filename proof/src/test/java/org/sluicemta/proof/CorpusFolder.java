package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Real configurations that lie beside the project, or below where `SLUICE_SHARED` says. They are not part of the
/// project: where they are missing the meeting is skipped, except in continuous integration, where that is a failure.
final class CorpusFolder {
    private CorpusFolder() {}

    static Path required() {
        String elsewhere = System.getenv("SLUICE_SHARED");
        Path shared = elsewhere == null || elsewhere.isEmpty()
                ? Path.of(System.getProperty("project.root", "..")).resolve("../shared")
                : Path.of(elsewhere);
        Path corpus = shared.resolve("corpus/pmta-configs").normalize();
        boolean isThere = Files.isDirectory(corpus);
        if (System.getenv("CI") != null) {
            assertThat(isThere).as("%s is required here", corpus).isTrue();
        }
        if (!isThere) {
            System.out.println("skipped: there is no folder " + corpus);
        }
        assumeTrue(isThere, "there is no folder " + corpus);
        return corpus;
    }
}
