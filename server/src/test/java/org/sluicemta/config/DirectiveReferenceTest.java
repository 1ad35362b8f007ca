package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DirectiveReferenceTest {
    private static final Path PAGE =
            Path.of(System.getProperty("project.root", "..")).resolve("docs/directives.md");

    @Test
    void thePageOfDirectivesIsWhatTheCatalogueSays() throws IOException {
        if (Boolean.getBoolean("write.docs")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, DirectiveReference.markdown());
        }

        assertThat(Files.readString(PAGE))
                .as("docs/directives.md is stale; its head says how to make it anew")
                .isEqualTo(DirectiveReference.markdown());
    }
}
