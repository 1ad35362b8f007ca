package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.FreePorts;
import org.sluicemta.lab.ServerProcess;

/// A server as a process of its own reports failures and successes to senders; the mail is handed in and the reports
/// are read by programs that others wrote: Python's smtplib and email, Sisimai, Mail::DeliveryStatus::BounceParser.
class ReportsIT {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String PERL = "/usr/bin/perl";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the test
    Path folder;

    private String call(String... words) throws Exception {
        Path errors = folder.resolve("errors");
        Process process =
                new ProcessBuilder(words).redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", List.of(words), Files.readString(errors))
                .isZero();
        return output;
    }

    private static boolean runs(String... words) throws Exception {
        return Files.isExecutable(Path.of(words[0]))
                && new ProcessBuilder(words)
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
    }

    private static void require(boolean isThere, String what) {
        if (System.getenv("CI") != null) {
            assertThat(isThere).as("%s is required here", what).isTrue();
        }
        Assumptions.assumeTrue(isThere, what + " is missing; install it to read reports");
    }

    private String script(String name) throws IOException {
        try (InputStream in = ReportsIT.class.getResourceAsStream(name)) {
            assertThat(in).isNotNull();
            return Files.write(folder.resolve(name), in.readAllBytes()).toString();
        }
    }

    /// What the receiver says to a recipient.
    private static Optional<String> refusal(String rcpt) {
        if (rcpt.contains("<nobody")) {
            return Optional.of("550-5.1.1 The account that you tried\r\n550 5.1.1 to reach does not exist: <b>&</b>");
        }
        if (rcpt.contains("<full")) {
            return Optional.of("552 5.2.2 Mailbox full, Empfänger " + "x".repeat(300) + " " + "y z ".repeat(200));
        }
        if (rcpt.contains("<blocked")) {
            return Optional.of("554 5.7.1 blocked\tby policy");
        }
        return Optional.empty();
    }

    @Test
    void reportsAreReadByTheLibrariesOfOthers() throws Exception {
        require(runs(PYTHON, "-c", "import email, smtplib"), "python3");
        require(runs(PERL, "-MSisimai", "-e1"), "libsisimai-perl");
        require(runs(PERL, "-MMail::DeliveryStatus::BounceParser", "-e1"), "libmail-deliverystatus-bounceparser-perl");
        Path mail = Files.createDirectory(folder.resolve("mail"));
        Path reports = Files.createDirectory(folder.resolve("reports"));
        int port = FreePorts.find();
        String expected;
        var taken = new Semaphore(0);
        var received = new Semaphore(0);
        try (var plain = new MailStore(mail, "p", List.of("8BITMIME"), taken, ReportsIT::refusal);
                var able = new MailStore(mail, "a", List.of("8BITMIME", "DSN"), taken, ReportsIT::refusal);
                var senders = new MailStore(reports, "r", List.of("8BITMIME", "SMTPUTF8"), received)) {
            ServerProcess server = server(port, plain.port(), able.port(), senders.port());
            server.start();
            try {
                expected = call(PYTHON, script("submit-dsn.py"), String.valueOf(port));
                int count = (int) expected.lines()
                        .map(line -> line.split("\t")[0])
                        .distinct()
                        .count();
                assertThat(received.tryAcquire(count, 60, TimeUnit.SECONDS))
                        .as("%d of %d reports came", received.availablePermits(), count)
                        .isTrue();
                assertThat(received.tryAcquire(1, TimeUnit.SECONDS))
                        .as("a report that nobody asked for")
                        .isFalse();
            } finally {
                server.stop(Duration.ofSeconds(30));
            }
        }
        assertThat(call(PYTHON, script("read-reports.py"), reports.toString())
                        .lines()
                        .sorted())
                .as("what Python's email reads")
                .containsExactlyElementsOf(expected.lines().sorted().toList());
        List<String> failed = expected.lines()
                .filter(line -> line.contains("\tfailed\t"))
                .map(line -> line.split("\t"))
                .map(cells -> cells[1] + "\t" + cells[3])
                .filter(line -> line.chars().allMatch(c -> c < 128))
                .sorted()
                .toList();
        assertThat(call(PERL, script("read-reports-sisimai.pl"), reports.toString())
                        .lines()
                        .sorted())
                .as("what Sisimai reads")
                .containsExactlyElementsOf(
                        failed.stream().map(line -> line + "\tPowerMTA").toList());
        // It goes by the original recipient where there is one, and does not take a refusal by policy for a bounce.
        List<String> bounced = failed.stream()
                .filter(line -> !line.endsWith("5.7.1"))
                .map(line -> line.replace("nobody2@plain.example", "No+body@Example.com"))
                .toList();
        assertThat(call(PERL, script("read-reports-bounceparser.pl"), reports.toString())
                        .lines())
                .as("what Mail::DeliveryStatus::BounceParser reads")
                .containsExactlyInAnyOrderElementsOf(bounced);
    }

    private ServerProcess server(int port, int plain, int able, int senders) throws IOException {
        Path config = Files.writeString(folder.resolve("config"), """
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                  process-x-envid yes
                </source>
                <domain plain.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain able.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain discard.example>
                  type discard
                </domain>
                <domain silent.example>
                  smtp-hosts [127.0.0.1]:%d
                  deliver-local-dsn no
                </domain>
                <domain sender.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                """.formatted(port, plain, able, plain, senders));
        return new ServerProcess(
                config,
                folder.resolve("data"),
                folder.resolve("control.sock"),
                folder.resolve("server.log"),
                List.of());
    }
}
