package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every dialogue on file, whole, byte by byte, and in odd pieces: the split must not matter.
class TranscriptsTest {
    private static final int[] PIECES = {64 << 10, 1, 7};

    @TestFactory
    List<DynamicTest> theServerHoldsItsSideOfEveryDialogue() throws Exception {
        return tests("server", true);
    }

    @TestFactory
    List<DynamicTest> theClientHoldsItsSideOfEveryDialogue() throws Exception {
        return tests("client", false);
    }

    private static List<DynamicTest> tests(String folder, boolean isServer) throws IOException, URISyntaxException {
        Path path = Path.of(Objects.requireNonNull(TranscriptsTest.class.getResource(folder))
                .toURI());
        var tests = new ArrayList<DynamicTest>();
        try (var files = Files.list(path)) {
            for (Path file : files.sorted().toList()) {
                for (int piece : PIECES) {
                    String name = file.getFileName() + " in pieces of " + piece;
                    tests.add(DynamicTest.dynamicTest(name, () -> new Transcript(file, isServer, piece).play()));
                }
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }
}
