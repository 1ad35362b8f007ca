package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that look into the network, asked by the perl client of a server process, with remotes on real sockets.
class TraceIT {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
    /// Sixteen bytes of a trace, in hexadecimal and as ASCII.
    private static final Pattern DUMPED = Pattern.compile("((?: [0-9a-f]{2}){1,16} *)  .{1,16}");

    private static final Path CLIENT = ROOT.resolve("server/src/main/scripts/control.pl");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the test
    Path folder;

    /// The remote says nothing more before it may.
    private final Semaphore mayGreet = new Semaphore(0);

    private final Semaphore mayTake = new Semaphore(0);
    private int port;

    @SuppressWarnings("NullAway.Init") // set before the test
    private RemoteServer remote;

    /// Speaks TLS and wants a log-in.
    @SuppressWarnings("NullAway.Init") // set before the test
    private RemoteServer secured;

    @SuppressWarnings("NullAway.Init") // set before the test
    private LoneServer server;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "no perl");
        port = LoneServer.freePort();
        remote = new RemoteServer(dialogue -> {
            mayGreet.acquireUninterruptibly();
            dialogue.politely(List.of("X-RED \u001b[31m"), line -> {
                if (line.equals("CONTENT")) {
                    mayTake.acquireUninterruptibly();
                }
                return Optional.empty();
            });
        });
        Path certificate = Files.createDirectories(folder.resolve("certificate"));
        TestCertificate.pem(certificate);
        SSLContext identity = TestCertificate.showing(certificate);
        secured = new RemoteServer(dialogue -> dialogue.secured(identity)
                .politely(
                        List.of("AUTH PLAIN LOGIN"),
                        // It repeats what is nobody's business.
                        line -> line.startsWith("AUTH ")
                                ? Optional.of("235 2.7.0 welcome, pass word")
                                : Optional.empty()));
        server = new LoneServer(folder, """
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-hosts [127.0.0.1]:1
                  retry-after 1h
                </domain>
                <domain secret.example>
                  smtp-hosts [127.0.0.1]:2
                  require-starttls yes
                  auth-username joe
                  auth-password "pass word"
                  max-msg-per-connection 1
                </domain>
                """.formatted(port));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        remote.close();
        secured.close();
    }

    /// The queue has failed and waits an hour; then its host is there.
    private void putInRetry() throws Exception {
        putInRetry("well.example");
    }

    private void putInRetry(String domain) throws Exception {
        submit("ann@" + domain);
        server.awaitRow("tq", domain);
        Path config = folder.resolve("config");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("[127.0.0.1]:1\n", "[127.0.0.1]:" + remote.port() + "\n")
                        .replace("[127.0.0.1]:2\n", "[127.0.0.1]:" + secured.port() + "\n"));
        server.control().ask("reload").done();
    }

    private void submit(String to) throws IOException {
        try (var client = RawSmtp.greeted(port)) {
            client.ask("MAIL FROM:<a@example.com>\r\n");
            client.ask("RCPT TO:<" + to + ">\r\n");
            client.ask("DATA\r\n");
            assertThat(client.ask("Subject: x\r\n\r\nThe secret text.\r\n.\r\n"))
                    .startsWith("250 ");
        }
    }

    /// A client under way; lines come as they are printed.
    private static final class Client implements AutoCloseable {
        private final Process process;
        private final LinkedBlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
        final List<String> seen = new ArrayList<>();

        Client(List<String> command, Path socket) throws IOException {
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("SLUICE_SOCKET", socket.toString());
            process = builder.start();
            Thread.ofVirtual().start(() -> {
                try (var reader =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                        lines.add(Optional.of(line));
                    }
                } catch (IOException gone) {
                    // The end is told below.
                }
                lines.add(Optional.empty());
            });
        }

        /// Waits for the next line; null at the end.
        @Nullable
        String next() throws InterruptedException {
            Optional<String> line = lines.poll(LoneServer.PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("no line came; those that did:\n" + String.join("\n", seen));
            }
            line.ifPresent(seen::add);
            return line.orElse(null);
        }

        void awaitLine(String start) throws InterruptedException {
            for (String line = next(); line != null; line = next()) {
                if (line.startsWith(start)) {
                    return;
                }
            }
            throw new AssertionError("no line " + start + " came; those that did:\n" + String.join("\n", seen));
        }

        int end() throws InterruptedException {
            while (next() != null) {
                // All that comes.
            }
            return process.waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private Client client(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/perl", CLIENT.toString()));
        command.addAll(List.of(words));
        return new Client(command, server.socket());
    }

    @Test
    void linesComeWhileTheRemoteIsStillSilent() throws Exception {
        putInRetry();
        try (Client trace = client("trace", "well.example")) {
            trace.awaitLine("connected from [127.0.0.1]:");
            assertThat(trace.seen).noneMatch(line -> line.startsWith(">>>"));

            mayGreet.release();
            trace.awaitLine("<<< (content, ");
            assertThat(trace.seen).contains(">>> 220 mx", ">>> 250-X-RED \\x1b[31m", "<<< RCPT TO:<ann@well.example>");

            try (Client second = client("trace", "well.example")) {
                assertThat(second.end()).isEqualTo(1);
                assertThat(second.seen).hasSize(1).allMatch(line -> line.contains("is being traced already"));
            }
            mayTake.release();
            assertThat(trace.end()).isZero();
            assertThat(trace.seen)
                    .contains("delivered ann@well.example: 2.0.0 smtp;250 2.0.0 taken")
                    .noneMatch(line -> line.contains("secret"))
                    .last()
                    .isEqualTo("done well.example/{default}");
        }
        assertThat(server.awaitRow("d", "ann@well.example")).contains("2.0.0");
    }

    @Test
    void whoLeavesEndsTheTracingAndNotTheDelivery() throws Exception {
        putInRetry();
        mayGreet.release();
        try (Client trace = client("trace", "well.example")) {
            trace.awaitLine("<<< (content, ");
        }
        mayTake.release();

        assertThat(server.awaitRow("d", "ann@well.example")).contains("2.0.0");
    }

    @Test
    void anEmptyQueueAndAForeignAddressAreRefused() throws Exception {
        try (Client empty = client("trace", "nobody.example")) {
            assertThat(empty.end()).isEqualTo(1);
            assertThat(empty.seen).containsExactly("queue nobody.example/{default} is empty: no mail waits in it");
        }
        putInRetry();
        try (Client foreign = client("trace", "--source-ip=127.0.0.9", "well.example")) {
            assertThat(foreign.end()).isEqualTo(1);
            assertThat(foreign.seen).hasSize(1).allMatch(line -> line.contains("127.0.0.9 is no source address"));
        }
        assertThat(remote.received()).isEmpty();
    }

    @Test
    void theLauncherAsksTheServerOfPoliciesAndChecksFilesItself() throws Exception {
        // Nobody listens there: the refusal of the connection is the answer.
        List<String> asks = List.of(
                "sh",
                ROOT.resolve("sluice").toString(),
                "check",
                "spf",
                "--tcp",
                "--server=127.0.0.1:1",
                "192.0.2.7",
                "mx.example.org");
        try (Client spf = new Client(asks, server.socket())) {
            assertThat(spf.end()).isZero();
            assertThat(spf.seen).contains("result = temperror", "domain = mx.example.org");
        }
        try (Client resolve = client("resolve", "--tcp", "--server=127.0.0.1:1", "example.com")) {
            assertThat(resolve.end()).isZero();
            assertThat(resolve.seen).contains("status = StatusDnsQueryFailed");
        }
        try (Client obsolete = client("check", "mfrom", "a@example.com", "192.0.2.7")) {
            assertThat(obsolete.end()).isEqualTo(1);
            assertThat(obsolete.seen).hasSize(1).allMatch(line -> line.contains("obsolete"));
        }
    }

    // --- TLS and log-ins

    private static final List<String> UNDER_TLS = List.of(
            "<<< STARTTLS",
            ">>> 220 go",
            "<<< AUTH PLAIN (not shown)",
            "<<< RCPT TO:<ann@secret.example>",
            ">>> 250 2.0.0 taken");

    /// The dialogue is there in the clear, and neither password nor content are.
    private static void assertTellsWhatItMay(List<String> told) {
        String all = String.join("\n", told);
        int at = 0;
        for (String each : UNDER_TLS) {
            assertThat(all.indexOf(each, at))
                    .as("%s behind %d in %s", each, at, all)
                    .isNotNegative();
            at = all.indexOf(each, at);
        }
        assertThat(all).containsPattern("tls:TLSv1\\.[23] connected with \\w+");
        for (String word : List.of("pass word", "cGFzcyB3b3Jk", "AGpvZQBwYXNzIHdvcmQ", "secret text")) {
            assertThat(all).doesNotContain(word);
        }
    }

    /// What the bytes say that a trace has told one by one.
    private static String dumped(List<String> told) {
        var text = new StringBuilder();
        for (String line : told) {
            Matcher bytes = DUMPED.matcher(line);
            if (bytes.matches()) {
                for (String each : bytes.group(1).strip().split("\\s+")) {
                    text.append((char) Integer.parseInt(each, 16));
                }
            }
        }
        return text.toString();
    }

    @Test
    void aSessionUnderTlsIsToldInTheClearAndItsLogInIsNot() throws Exception {
        putInRetry("secret.example");
        try (Client trace = client("trace", "--log-data", "secret.example")) {
            assertThat(trace.end()).as(() -> String.join("\n", trace.seen)).isZero();
            assertTellsWhatItMay(trace.seen.stream()
                    .filter(line -> !DUMPED.matcher(line).matches())
                    .toList());
            assertThat(dumped(trace.seen))
                    .contains("The secret text.", "STARTTLS", "RCPT TO:<ann@secret.example>")
                    .doesNotContain("pass word", "cGFzcyB3b3Jk", "AGpvZQBwYXNzIHdvcmQ");
        }
        // It did log in.
        assertThat(String.join("", secured.received())).contains("AUTH PLAIN AGpvZQBwYXNzIHdvcmQ=");
    }

    @Test
    void aTraceToTheLogIsAllThere() throws Exception {
        putInRetry("secret.example");
        try (Client trace = client("trace", "--to-log", "secret.example")) {
            assertThat(trace.end()).as(() -> String.join("\n", trace.seen)).isZero();
            assertThat(trace.seen).containsExactly("The attempt of secret.example is traced in the log.");
        }

        List<String> told = server.awaitLog("trace secret.example: done secret.example/{default}")
                .lines()
                .filter(line -> line.contains("trace secret.example: "))
                .map(line -> line.replaceFirst("^.*trace secret\\.example: ", ""))
                .toList();
        assertTellsWhatItMay(told);
        assertThat(told).startsWith("hosts from the configuration: [127.0.0.1]:" + secured.port());
    }

    @Test
    void whoWatchesSeesSessionsThatCome() throws Exception {
        putInRetry("secret.example");
        try (Client watch = client("watch", "secret.example")) {
            watch.awaitLine("watching secret.example/{default}");
            server.control().ask("schedule", "secret.example/*").done();
            for (String line = watch.next(); line != null && !line.contains(" closed "); line = watch.next()) {
                // All of the session.
            }

            String number = watch.seen.getLast().split(" ", 2)[0];
            assertTellsWhatItMay(watch.seen.stream()
                    .filter(line -> line.startsWith(number + " "))
                    .map(line -> line.substring(number.length() + 1))
                    .toList());
        }
    }
}
