package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/// Configurations of any bytes. The ordinary run plays the corpus.
class ConfigurationFuzzTest {
    @FuzzTest
    void aConfigurationIsReadWithItsProblems(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        var problems = new Problems();

        Node.Block root =
                Parser.parse(new SourceFile("config", text), BlockKind.GLOBAL, Catalogue.all()::isKeyword, problems);

        assertThat(root.children().size()).isLessThanOrEqualTo(text.length() + 1);
        for (Problem problem : problems.all()) {
            assertThat(problem.toString()).isNotEmpty();
        }
    }
}
