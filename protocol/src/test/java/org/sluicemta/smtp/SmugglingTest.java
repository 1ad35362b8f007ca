package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No end of data but CR LF . CR LF: whatever else looks like one, nothing behind it becomes a command, and the message
/// is refused. Source: standards V-030 to V-033, RFC 5321 sections 2.3.8, 4.1.1.4.
class SmugglingTest {
    private static final String BEFORE =
            "EHLO c.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n";
    private static final String HIDDEN = "MAIL FROM:<smuggled@example.com>\r\nRCPT TO:<c@example.net>\r\nDATA\r\nx\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\n.\\n",
                "\\n.\\r\\n",
                "\\r\\n.\\n",
                "\\r.\\r",
                "\\r\\n.\\r",
                "\\r.\\r\\n",
                "\\n.\\r",
                "\\r.\\n",
                "\\r\\n\\0.\\r\\n",
                "\\r\\n.\\0\\r\\n",
                "\\n\\n.\\r\\n",
                "\\r\\r\\n.\\r\\r\\n",
                "\\r\\n.\\r\\0\\n",
                "\\n\\r.\\r\\n",
                "\\r\\n.\\r\\r\\n",
                "\\r\\n\\n.\\n",
                "\\r\\n. \\r\\n",
                "\\r\\n .\\r\\n",
                "\\r\\n.\\r\\n\\0"
            })
    void nothingBehindAFalseEndBecomesACommand(String escaped) {
        String falseEnd = Transcript.unescape(escaped);
        // The last one is a true end with rubbish behind it, in the command phase: there only the rubbish is refused.
        boolean isTrueEnd = falseEnd.startsWith("\r\n.\r\n");
        String wire = BEFORE + "hello" + falseEnd + HIDDEN + ".\r\n";
        for (int piece : new int[] {1 << 16, 1, 2, 3, 5}) {
            var session = new RecordingSession();
            var connection =
                    new ScriptedConnection(new ScriptedLoop(), new SmtpServerEngine(ServerSettings.of("mx"), session));
            connection.open();

            connection.feed(wire.getBytes(StandardCharsets.ISO_8859_1), piece);

            assertThat(session.events).noneMatch(e -> e.contains("smuggled"));
            boolean hasBareEnd = falseEnd.replace("\r\n", "").matches("(?s).*[\r\n].*");
            if (isTrueEnd) {
                assertThat(connection.takeSent()).contains("250 2.0.0 queued", "500 5.5.2");
            } else if (hasBareEnd) {
                assertThat(session.messages).isEmpty();
                assertThat(connection.takeSent()).contains("554 5.5.2");
            } else {
                assertThat(session.messages).hasSize(1);
                assertThat(session.message(0)).contains("MAIL FROM:<smuggled@example.com>");
            }
        }
    }
}
