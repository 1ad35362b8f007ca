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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that look into the network, asked by the perl client of a server process, with remotes on real sockets.
class TraceIT {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
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
        server = new LoneServer(folder, """
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-hosts [127.0.0.1]:1
                  retry-after 1h
                </domain>
                """.formatted(port));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        remote.close();
    }

    /// The queue has failed and waits an hour; then its host is there.
    private void putInRetry() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            client.ask("MAIL FROM:<a@example.com>\r\n");
            client.ask("RCPT TO:<ann@well.example>\r\n");
            client.ask("DATA\r\n");
            assertThat(client.ask("Subject: x\r\n\r\nThe secret text.\r\n.\r\n"))
                    .startsWith("250 ");
        }
        server.awaitRow("tq", "well.example");
        Path config = folder.resolve("config");
        Files.writeString(
                config, Files.readString(config).replace("[127.0.0.1]:1\n", "[127.0.0.1]:" + remote.port() + "\n"));
        server.control().ask("reload").done();
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
}
