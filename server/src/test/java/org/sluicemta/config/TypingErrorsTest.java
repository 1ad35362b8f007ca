package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What a person reads after a typing error in the name or in the value of a common directive: the whole text, so that
/// every change of it is seen and read. To make it anew: `-Dtest=TypingErrorsTest -Dwrite.golden=true`.
class TypingErrorsTest {
    private static final String[] TYPING_ERRORS = {
        "<domain *>\n    max-smtp-ot 20\n</domain>",
        "<domain *>\n    max-smtp-out twenty\n</domain>",
        "<domain *>\n    max-msgs-rate 250/h\n</domain>",
        "<domain *>\n    max-msg-rate 250 per hour\n</domain>",
        "<domain *>\n    max-msg-rate 250/hrly\n</domain>",
        "<domain *>\n    max-msg-rate 250\n</domain>",
        "<virtual-mta a>\n    smtp-sorce-host 127.0.0.2 a.example.com\n</virtual-mta>",
        "<virtual-mta a>\n    smtp-source-host 127.0.0.256 a.example.com\n</virtual-mta>",
        "<virtual-mta a>\n    smtp-source-host a.example.com 127.0.0.2\n</virtual-mta>",
        "<domain *>\n    retry-afer 10m\n</domain>",
        "<domain *>\n    retry-after 10m, 20 minutes\n</domain>",
        "<domain *>\n    bounce-atfer 4d12h\n</domain>",
        "<domain *>\n    bounce-after 4days\n</domain>",
        "<domain *>\n    use-startls yes\n</domain>",
        "<domain *>\n    use-starttls on\n</domain>",
        "<source 127.0.0.1>\n    allways-allow-relaying yes\n</source>",
        "<source 127.0.0.1>\n    always-allow-relaying yess\n</source>",
        "smtp-listner 127.0.0.1:2525",
        "smtp-listener 127.0.0.1",
        "<virtual-mat a>\n    smtp-source-host 127.0.0.2 a.example.com\n</virtual-mat>",
        "<virtual-mta>\n    smtp-source-host 127.0.0.2 a.example.com\n</virtual-mta>",
        "<domian example.com>\n    max-smtp-out 20\n</domian>",
        "<domain exam ple.com>\n    max-smtp-out 20\n</domain>",
        "<smtp-patern-list l>\n    reply /421/ mode=backoff\n</smtp-patern-list>",
        "<smtp-pattern-list l>\n    repl /421/ mode=backoff\n</smtp-pattern-list>",
        "<smtp-pattern-list l>\n    reply /421/ mode=backof\n</smtp-pattern-list>",
        "<smtp-pattern-list l>\n    reply 421 mode=backoff\n</smtp-pattern-list>",
    };

    @Test
    void theTextAloneSufficesToMendATypingError() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String lines : TYPING_ERRORS) {
            Report report = MemoryFiles.check("smtp-listener 127.0.0.1:25\n" + lines);
            text.append("=== ").append(lines.replace("\n", "\n    ")).append("\n\n");
            report.problems().stream()
                    .filter(each -> !each.id().equals("not-built"))
                    .forEach(each -> text.append(ReportText.of(each)));
            text.append('\n');
        }

        Path golden = Path.of(System.getProperty("project.root", ".."))
                .resolve("server/src/test/resources/org/sluicemta/config/typing-errors.txt");
        if (Boolean.getBoolean("write.golden")) {
            Files.writeString(golden, text);
        }
        assertThat(text.toString()).isEqualTo(Files.readString(golden));
    }
}
