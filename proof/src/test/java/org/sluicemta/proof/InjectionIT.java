package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/// What strangers write into names, addresses, headers and replies, and where it would come out again: in the protocol,
/// rows, reports, logs and on screens. On real sockets against a server process. The rows of docs/security.md.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InjectionIT {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String PERL = "/usr/bin/perl";
    private static final String RED = "\u001b[31m";
    /// The same escape as one character, in UTF-8.
    private static final String RED_8_BIT = "\u009b31m";
    private static final String NASTY = "%s%n%x ${jndi:ldap://127.0.0.1/x} =HYPERLINK(\"http://evil.example\") "
            + "<script>alert(1)</script> a,\"b\",'c';d\t]]>&amp;";
    /// Whatever steers a terminal, ends a line, or turns the order of what is shown around.
    private static final String STEERING = "(?s).*[\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069].*";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer refusing;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer taking;

    private int port;

    @BeforeAll
    void start() throws Exception {
        for (String program : List.of(PYTHON, PERL)) {
            boolean isThere = Files.isExecutable(Path.of(program));
            if (System.getenv("CI") != null) {
                assertThat(isThere).as("%s is required here", program).isTrue();
            }
            Assumptions.assumeTrue(isThere, program + " is missing; install it to read what is written");
        }
        port = LoneServer.freePort();
        refusing = RemoteServer.polite(List.of("SMTPUTF8", "8BITMIME"), InjectionIT::refusal);
        taking = RemoteServer.polite(List.of("SMTPUTF8", "8BITMIME", "DSN"), _ -> Optional.empty());
        server = new LoneServer(folder, """
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                  allow-unencrypted-plain-auth yes
                  process-x-job yes
                  process-x-envid yes
                  process-x-virtual-mta yes
                  reject-invalid-virtual-mta no
                </source>
                <smtp-user joe>
                  password secret
                </smtp-user>
                <domain *>
                  smtp-hosts [127.0.0.1]:%d
                  retry-recipients-after 1h
                  retry-after 1h
                </domain>
                <domain refusing.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                """.formatted(port, taking.port(), refusing.port()));
    }

    @AfterAll
    void stop() throws IOException {
        server.close();
        refusing.close();
        taking.close();
    }

    private static Optional<String> refusal(String line) {
        if (line.startsWith("RCPT") && line.contains("bounce")) {
            return Optional.of("550-5.1.1 " + latin(RED + NASTY + "\b\u007f\r") + "\r\n550 5.1.1 "
                    + latin(RED_8_BIT + "\u202etxt\u2028X-Injected: yes"));
        }
        if (line.startsWith("RCPT") && line.contains("later")) {
            return Optional.of("451 4.7.1 " + latin(RED + RED_8_BIT + NASTY));
        }
        return Optional.empty();
    }

    /// UTF-8 as octets.
    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private String send(String from, String to, String content) throws IOException {
        try (var client = RawSmtp.greeted(port)) {
            assertThat(client.ask(latin("MAIL FROM:<" + from + "> SMTPUTF8\r\n")))
                    .startsWith("250 ");
            assertThat(client.ask(latin("RCPT TO:<" + to + "> NOTIFY=SUCCESS,FAILURE\r\n")))
                    .startsWith("250 ");
            client.ask("DATA\r\n");
            return client.ask(latin(content + "\r\n.\r\n"));
        }
    }

    private static String call(byte[] input, String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (var to = process.getOutputStream()) {
            to.write(input);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    // --- at the door

    @ParameterizedTest
    @ValueSource(
            strings = {
                "EHLO \u001b[31m",
                "EHLO <script>",
                "EHLO a(b)c",
                "EHLO a\"b",
                "EHLO %s%n",
                "MAIL FROM:<a\u001b[31m@example.com>",
                "MAIL FROM:<\"a\u001b\"@example.com>",
                "MAIL FROM:<a@exa mple.com>",
                "MAIL FROM:<<script>@example.com>",
                "MAIL FROM:<a@example.com> ENVID=a\u0007",
                "MAIL FROM:<a\u00c2\u009b31m@example.com> SMTPUTF8",
                "MAIL FROM:<a\u00e2\u0080\u00ae@example.com> SMTPUTF8",
                "MAIL FROM:<a\u00e2\u0080\u00a8X@example.com> SMTPUTF8",
                "MAIL FROM:<a@ex\u00c2\u0085mple.com> SMTPUTF8",
                "AUTH PLAIN\u0000"
            })
    void whatSteersATerminalOrEndsALineIsNoNameAndNoAddress(String command) throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            String reply = client.ask(command + "\r\n");

            assertThat(reply).startsWith("5").doesNotMatch(STEERING);
        }
    }

    // --- on the way

    @Test
    void whatStrangersWroteStaysWithinItsLine() throws Exception {
        String local = "\"=cmd|' /C calc'!A0,<script>%s;&\"";
        String headers = "x-job: " + RED + RED_8_BIT + NASTY + "\r\n\tfolded\r\nx-envid: " + RED + NASTY
                + "\r\nSubject: " + RED + RED_8_BIT + "\u2028" + NASTY + " =?utf-8?q?=0D=0ABcc:=20evil=1B[31m?="
                + "\r\nMessage-ID: <" + RED + "@example.com>\r\n";

        assertThat(send("sender@sender.example", local + "@taken.example", headers + "\r\nbody"))
                .startsWith("250 ");
        assertThat(send("sender@sender.example", "bounce-" + "%s%n" + "@refusing.example", headers + "\r\nbody"))
                .startsWith("250 ");
        assertThat(send("sender@sender.example", "later" + "@refusing.example", headers + "\r\nbody"))
                .startsWith("250 ");
        assertThat(send(
                        "sender@sender.example",
                        "bounce-vmta@refusing.example",
                        "x-virtual-mta: " + RED + NASTY + "\r\n\r\nbody"))
                .startsWith("250 ");
        try (var client = RawSmtp.greeted(port)) {
            String name = "evil\r\n2026-01-01 00:00:00 ERROR forged" + RED + RED_8_BIT + "\u2028" + NASTY;
            client.ask("AUTH PLAIN "
                    + Base64.getEncoder().encodeToString(("\0" + name + "\0x").getBytes(StandardCharsets.UTF_8))
                    + "\r\n");
        }
        server.awaitRow("d", "taken.example");
        server.awaitRow("b", "bounce-%s%n@refusing.example");
        server.awaitRow("b", "bounce-vmta@refusing.example");
        server.awaitRow("t", "later@refusing.example");
        awaitReports(2);

        rowsAreReadBack();
        reportsAreReadBack();
        commandsAreWhole();
        screensAndDocumentsAreClean();
        linesOfTheLogAreOurs();
    }

    private void awaitReports(int count) throws IOException {
        long begun = System.nanoTime();
        while (server.rows("d,").stream()
                        .filter(row -> row.matches("d,[^,]*,[^,]*,,sender@sender.example,.*"))
                        .count()
                < count) {
            if (System.nanoTime() - begun > LoneServer.PATIENCE_NANOS) {
                throw new AssertionError("reports are missing: " + server.rows("sender.example"));
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private void rowsAreReadBack() throws Exception {
        String read = call(Files.readAllBytes(server.accounting().orElseThrow()), PYTHON, "-c", """
                import csv, io, re, sys
                text = sys.stdin.buffer.read().decode("utf-8")
                rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
                assert len(rows) == text.count("\\n"), "a row is no line"
                width = len(rows[0])
                for row in rows:
                    assert len(row) == width, row
                    for cell in row:
                        assert not re.search("[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]", cell), ascii(row)
                at = {name: i for i, name in enumerate(rows[0])}
                for row in rows[1:]:
                    print(row[0], row[at["rcpt"]], row[at["jobId"]], row[at["dsnDiag"]], sep="|")
                """);

        assertThat(read)
                .contains("|\"=cmd|' /C calc'!A0,<script>%s;&\"@taken.example|")
                .contains("=HYPERLINK(\"http://evil.example\")")
                .contains("${jndi:ldap://127.0.0.1/x}")
                .contains("a,\"b\",'c';d");
    }

    private void reportsAreReadBack() throws Exception {
        String all = String.join("", taking.received());
        int reports = 0;
        for (String part : all.split("DATA\r\n", -1)) {
            int end = part.indexOf("\r\n.\r\n");
            if (end < 0 || !part.contains("report-type=delivery-status")) {
                continue;
            }
            reports++;
            String report = part.substring(0, end + 2).replace("\r\n..", "\r\n.");
            // What is quoted is the message's own; all before it is ours.
            String ours = report.substring(0, report.lastIndexOf("Content-Type: "));
            assertThat(ours.replace("\r\n", "").replace("\t", "")).doesNotMatch(STEERING);
            String read = call(report.getBytes(StandardCharsets.ISO_8859_1), PYTHON, "-c", """
                    import email, email.policy, sys
                    m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTP)
                    parts = list(m.iter_parts())
                    assert len(parts) == 3, parts
                    assert not m.defects, m.defects
                    for part in [m] + [p for p in m.walk()][1:5]:
                        for name in part.keys():
                            assert not name.lower().startswith(("x-injected", "bcc")), name
                    print("ok")
                    """);
            assertThat(read).isEqualTo("ok\n");
        }
        assertThat(reports).isEqualTo(2);
    }

    private void commandsAreWhole() {
        for (RemoteServer remote : List.of(refusing, taking)) {
            for (String dialogue : remote.received()) {
                String commands = dialogue.replaceAll("(?s)DATA\r\n.*?\r\n\\.\r\n", "DATA\r\n");
                for (String line : commands.split("\r\n", -1)) {
                    assertThat(line)
                            .matches("|(EHLO|MAIL|RCPT|DATA|RSET|QUIT)( .*)?")
                            .doesNotMatch(STEERING);
                }
            }
        }
    }

    private void screensAndDocumentsAreClean() throws Exception {
        var questions = new ArrayList<List<String>>();
        questions.add(List.of("show", "queues", "--errors", "--mode-events"));
        questions.add(List.of("show", "topqueues", "--errors"));
        questions.add(List.of("list"));
        questions.add(List.of("explain", "queue", "refusing.example/{default}"));
        questions.add(List.of("show", "status"));
        questions.add(List.of("wrong" + RED));
        questions.add(List.of("explain", "queue", "a" + RED + "/b"));
        for (List<String> question : questions) {
            String text = ask("", question);
            assertThat(text.replace("\n", "")).as(text).doesNotMatch(STEERING);
            Document document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(ask("--xml", question).getBytes(StandardCharsets.UTF_8)));
            assertThat(document.getDocumentElement().getTagName()).isEqualTo("rsp");
            assertThat(document.getElementsByTagName("script").getLength()).isZero();
            String json = ask("--json", question);
            assertThat(json.stripTrailing()).doesNotMatch(STEERING);
            call(
                    json.getBytes(StandardCharsets.UTF_8),
                    PYTHON,
                    "-c",
                    "import json, sys; json.loads(sys.stdin.buffer.read().decode('utf-8'))");
            assertThat(ask("--dom", question).lines()).allMatch(line -> !line.matches(STEERING));
        }
        assertThat(ask("", List.of("list"))).contains("later@refusing.example");
    }

    /// By the script that a person uses: what the terminal gets.
    private String ask(String format, List<String> question) throws Exception {
        var words = new ArrayList<>(List.of(
                PERL,
                System.getProperty("project.root") + "/server/src/main/scripts/control.pl",
                "--socket",
                server.socket().toString()));
        if (!format.isEmpty()) {
            words.add(format);
        }
        words.addAll(question);
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void linesOfTheLogAreOurs() throws IOException {
        String log = server.log();
        assertThat(log).contains("log-in refused for 127.0.0.1: \"evil");
        for (String line : log.split("\n", -1)) {
            assertThat(line)
                    .doesNotMatch(STEERING)
                    .matches("|sluice: .*|\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d (INFO|WARN|ERROR) .*|WARNING: .*");
        }
        assertThat(log.lines()).noneMatch(line -> line.startsWith("2026-01-01 00:00:00"));
    }
}
