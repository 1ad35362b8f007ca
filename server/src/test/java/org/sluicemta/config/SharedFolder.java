package org.sluicemta.config;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// The folder of references and real configurations that lies beside the project, or where `SLUICE_SHARED` says. It is
/// not part of the project: where it is missing its tests are skipped, except in continuous integration, where that is
/// a failure.
final class SharedFolder {
    private SharedFolder() {}

    static Path path() {
        String elsewhere = System.getenv("SLUICE_SHARED");
        return elsewhere == null || elsewhere.isEmpty()
                ? Path.of(System.getProperty("project.root", ".."))
                        .resolve("../shared")
                        .normalize()
                : Path.of(elsewhere);
    }

    /// Skips the test where there is no such folder, and says so.
    static Path required() {
        Path path = path();
        if (!Files.isDirectory(path) && System.getenv("CI") == null) {
            System.out.println("skipped: there is no folder " + path);
        }
        assumeTrue(Files.isDirectory(path) || System.getenv("CI") != null, "there is no folder " + path);
        return path;
    }
}
