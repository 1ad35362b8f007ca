package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CheckIdsTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));

    @Test
    void thePageOfFindingsIsWhatTheirListSays() throws IOException {
        Path page = ROOT.resolve("docs/check-ids.md");
        if (Boolean.getBoolean("write.docs")) {
            Files.writeString(page, CheckIds.markdown());
        }

        assertThat(Files.readString(page))
                .as("docs/check-ids.md is stale; its head says how to make it anew")
                .isEqualTo(CheckIds.markdown());
    }

    /// Every listed id is written in the sources of this room; that every id of the sources is listed is asserted
    /// whenever a finding is made.
    @Test
    void everyListedIdIsInUse() throws IOException {
        Set<String> words = new TreeSet<>();
        Pattern quoted = Pattern.compile("\"([a-z0-9]+(?:-[a-z0-9]+)*)\"");
        try (Stream<Path> sources = Files.list(ROOT.resolve("server/src/main/java/org/sluicemta/config"))) {
            for (Path each : sources.toList()) {
                Matcher match = quoted.matcher(Files.readString(each));
                while (match.find()) {
                    words.add(match.group(1));
                }
            }
        }

        assertThat(CheckIds.all().keySet())
                .filteredOn(each -> !words.contains(each))
                .isEmpty();
    }
}
