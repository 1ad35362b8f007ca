package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What no compiler sees in the sources of all modules.
class SourceTextTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /// The formatter breaks a line of documentation that is too long, and what comes after the break is documentation
    /// no more.
    @Test
    void noDocumentationIsTornIntoAnOrdinaryComment() throws IOException {
        var torn = new ArrayList<String>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 1; i < lines.size(); i++) {
                if (isDocumentation(lines.get(i - 1)) && isOrdinary(lines.get(i))) {
                    torn.add(ROOT.relativize(file) + ":" + (i + 1) + ": "
                            + lines.get(i).strip());
                }
            }
        }
        assertThat(torn)
                .as("lines of // after ///: write lines of documentation that fit in 120 columns")
                .isEmpty();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            List<Path> sources = files.filter(each -> each.toString().endsWith(".java"))
                    .filter(each -> !ROOT.relativize(each).toString().contains("target/"))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(300);
            return sources;
        }
    }

    private static boolean isDocumentation(String line) {
        return line.strip().startsWith("///");
    }

    private static boolean isOrdinary(String line) {
        String text = line.strip();
        return text.startsWith("//") && !text.startsWith("///");
    }
}
