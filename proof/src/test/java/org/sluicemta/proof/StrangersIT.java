package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.lab.FreePorts;

/// A server as a process of its own among programs that others wrote: swaks and Postfix's smtp-source hand mail in,
/// Postfix's smtp-sink takes it. The accounting file is the witness.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StrangersIT {
    private static final String SWAKS = "/usr/bin/swaks";
    private static final String SOURCE = "/usr/sbin/smtp-source";
    private static final String SINK = "/usr/sbin/smtp-sink";
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    private final List<Process> started = new ArrayList<>();
    private int port;

    @BeforeAll
    void startTheServerAndTheSink() throws IOException {
        for (String program : List.of(SWAKS, SOURCE, SINK)) {
            boolean isThere = Files.isExecutable(Path.of(program));
            if (System.getenv("CI") != null) {
                assertThat(isThere)
                        .as("%s is required here; install swaks and postfix", program)
                        .isTrue();
            }
            Assumptions.assumeTrue(isThere, program + " is missing; install swaks and postfix to meet strangers");
        }
        port = FreePorts.find();
        int sinkPort = FreePorts.find();
        List<String> sink = new ArrayList<>(List.of(SINK));
        if (System.getProperty("user.name").equals("root")) {
            // It will not run as root.
            sink.addAll(List.of("-u", "nobody"));
        }
        sink.addAll(List.of("127.0.0.1:" + sinkPort, "100"));
        started.add(new ProcessBuilder(sink)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("sink.log").toFile())
                .start());
        Path config =
                Files.writeString(folder.resolve("config"), """
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                  allow-starttls yes
                  process-x-job yes
                </source>
                <smtp-user joe>
                  password "pass word"
                  source {joes}
                </smtp-user>
                <source {joes}>
                  always-allow-relaying yes
                </source>
                <virtual-mta m1>
                  smtp-source-host 127.0.0.1 m1.sluice.example
                </virtual-mta>
                <domain *>
                  smtp-hosts [127.0.0.1]:%d
                  max-smtp-out 5
                </domain>
                <acct-file %s>
                  records d,b,t,tq
                </acct-file>
                """.formatted(port, sinkPort, folder.resolve("acct.csv")));
        Process server = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.sluicemta.app.Sluice",
                        "run",
                        "--config",
                        config.toString(),
                        "--data",
                        folder.resolve("data").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        started.add(server);
        awaitStart(server);
        awaitListener(sinkPort);
    }

    @AfterAll
    void stopThem() throws InterruptedException {
        started.reversed().forEach(Process::destroy);
        for (Process process : started) {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void swaksHandsInAMessage() throws Exception {
        swaks("plain@example.net");

        awaitDelivered("plain@example.net", 1);
    }

    @Test
    void swaksHandsInAMessageUnderStarttls() throws Exception {
        boolean hasTls = !call(List.of(SWAKS, "--support")).output().contains("TLS not available");
        if (System.getenv("CI") != null) {
            assertThat(hasTls)
                    .as("swaks needs TLS here; install libnet-ssleay-perl")
                    .isTrue();
        }
        Assumptions.assumeTrue(hasTls, "this swaks has no TLS; install libnet-ssleay-perl");

        String dialogue = swaks("secured@example.net", "--tls");

        assertThat(dialogue).contains("TLS started with cipher TLSv1.");
        awaitDelivered("secured@example.net", 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CRAM-MD5", "PLAIN", "LOGIN"})
    void swaksLogsIn(String mechanism) throws Exception {
        String to = "user-of-" + mechanism.toLowerCase(Locale.ROOT) + "@example.net";
        var words = new ArrayList<>(List.of("--auth", mechanism, "--auth-user", "joe", "--auth-password", "pass word"));
        if (!mechanism.equals("CRAM-MD5")) {
            words.add("--tls");
        }

        String dialogue = swaks(to, words.toArray(String[]::new));

        assertThat(dialogue).contains("235 2.7.0 ");
        awaitDelivered(to, 1);
    }

    @Test
    void swaksHandsInAMessageWithPipelining() throws Exception {
        swaks("piped@example.net,piped@example.org", "--pipeline");

        awaitDelivered("piped@example.net", 1);
        awaitDelivered("piped@example.org", 1);
    }

    @Test
    void swaksHandsInAJob() throws Exception {
        swaks("job@example.net", "--add-header", "x-job: spring");

        awaitDelivered("job@example.net", 1);
        assertThat(rows("job@example.net")).allMatch(row -> row.contains("spring"));
    }

    @Test
    void fiveHundredMessagesOfPostfixGoThroughAndNoneTwice() throws Exception {
        Ended source = call(List.of(
                SOURCE,
                "-s",
                "5",
                "-m",
                "500",
                "-l",
                "4000",
                "-f",
                "a@example.com",
                "-t",
                "many@example.net",
                "127.0.0.1:" + port));
        assertThat(source.status()).as(source.output()).isZero();

        awaitDelivered("many@example.net", 500);
    }

    @Test
    void aLargeMessageOfPostfixGoesThroughInChunks() throws Exception {
        Ended source = call(List.of(
                SOURCE,
                "-m",
                "3",
                "-l",
                "2000000",
                "-f",
                "a@example.com",
                "-t",
                "large@example.net",
                "127.0.0.1:" + port));
        assertThat(source.status()).as(source.output()).isZero();

        awaitDelivered("large@example.net", 3);
    }

    private String swaks(String to, String... more) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of(
                SWAKS,
                "--server",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--helo",
                "client.example",
                "--from",
                "a@example.com",
                "--to",
                to,
                "--timeout",
                "20"));
        words.addAll(List.of(more));
        Ended ended = call(words);
        assertThat(ended.status()).as(ended.output()).isZero();
        return ended.output();
    }

    private record Ended(int status, String output) {}

    private static Ended call(List<String> words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static void awaitDelivered(String recipient, int count) throws IOException {
        long begun = System.nanoTime();
        List<String> rows = rows(recipient);
        while (rows.size() < count) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError(rows.size() + " of " + count + " rows for " + recipient + ": " + rows);
            }
            LockSupport.parkNanos(5_000_000);
            rows = rows(recipient);
        }
        assertThat(rows).hasSize(count).allMatch(row -> row.startsWith("d,"));
    }

    private static List<String> rows(String recipient) throws IOException {
        var rows = new ArrayList<String>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("acct"))
                    .toList()) {
                Files.readAllLines(file).stream()
                        .filter(row -> row.contains(recipient))
                        .forEach(rows::add);
            }
        }
        return rows;
    }

    private static void awaitStart(Process server) throws IOException {
        long begun = System.nanoTime();
        String said = "";
        while (!said.contains("sluice: ready")) {
            if (!server.isAlive() || System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError("the server did not start: " + said);
            }
            LockSupport.parkNanos(5_000_000);
            said = Files.readString(folder.resolve("server.log"));
        }
    }

    private static void awaitListener(int port) {
        long begun = System.nanoTime();
        while (true) {
            try (var probe = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
                if (probe.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                if (System.nanoTime() - begun > PATIENCE_NANOS) {
                    throw new AssertionError("the sink does not listen", e);
                }
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
