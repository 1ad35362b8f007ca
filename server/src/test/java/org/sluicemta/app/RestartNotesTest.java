package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Snapshot;

class RestartNotesTest {
    private static final String TEXT = """
            host-name h.example
            smtp-listener 127.0.0.1:25
            smtp-listener 127.0.0.1:2525 source={x}
            name-server 192.0.2.53
            spool /s
            <source {x}>
                always-allow-relaying yes
            </source>
            queue-memory 100M
            content-memory 100M
            <acct-file /a.csv>
                records d,b
                max-size 10M
            </acct-file>
            <domain *>
                max-smtp-out 5
            </domain>
            """;

    private static Snapshot snapshot(String text) {
        FileSource files = new FileSource() {
            @Override
            public Content read(Path file) {
                return new Content.Found(text.getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public List<Entry> list(Path folder) {
                return List.of();
            }
        };
        return Snapshot.of(
                Check.of(files, Path.of("/c"), Check.Strictness.USUAL)
                        .configuration()
                        .orElseThrow(),
                "machine.example",
                List.of());
    }

    private static List<String> notes(String later) {
        return RestartNotes.of(snapshot(TEXT), snapshot(later));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "smtp-listener 127.0.0.1:25       | smtp-listener 127.0.0.1:26      | smtp-listener",
                "source={x}                       | source={y}                      | smtp-listener",
                "name-server 192.0.2.53           | name-server 192.0.2.54          | name-server",
                "spool /s                         | spool /t                        | spool",
                "<acct-file /a.csv>               | <acct-file /b.csv>              | acct-file",
                "records d,b                      | records d                       | acct-file",
                "max-size 10M                     | max-size 11M                    | acct-file",
                "host-name h.example              | host-name i.example             | host-name",
                "queue-memory 100M                | queue-memory auto               | queue-memory",
                "content-memory 100M              | content-memory 200M             | content-memory"
            })
    void whatAReloadCannotChangeIsNamed(String before, String after, String name) {
        assertThat(notes(TEXT.replace(before, after)))
                .singleElement()
                .asString()
                .startsWith(name + " changed: ");
    }

    @Test
    void movedLinesOtherSpellingsAndTheOrderOfListenersAreNoChange() {
        String moved = "# a comment\n\n"
                + TEXT.replace("records d,b", "records b,delivery")
                        .replace("max-size 10M", "max-size 10240K")
                        .replace("smtp-listener 127.0.0.1:25\n", "")
                        .replace("name-server 192.0.2.53", "name-server 192.0.2.53:53\nsmtp-listener 127.0.0.1:25");

        assertThat(notes(moved)).isEmpty();
    }

    @Test
    void whatAReloadChangesAtOnceIsNotNamed() {
        assertThat(notes(TEXT.replace("max-smtp-out 5", "max-smtp-out 6"))).isEmpty();
        assertThat(notes(TEXT.replace("max-smtp-out 5", "type discard"))).isEmpty();
        assertThat(notes(TEXT + "<virtual-mta new>\n</virtual-mta>\npickup /new /bad\n"
                        + "<bounce-category-patterns>\n/x/ other\n</bounce-category-patterns>\n"))
                .isEmpty();
    }
}
