package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.FreePorts;
import picocli.CommandLine;

/// The server's own commands on this machine: what they say when they cannot start, and a life from start to export.
class RunCommandIT {
    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before each test
    Path folder;

    private record Ended(int status, String out, String err) {}

    private static Ended execute(Object command, String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
        return new Ended(status, out.toString(), err.toString());
    }

    private Path config(int port) throws IOException {
        return Files.writeString(folder.resolve("config-" + port), """
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-hosts [127.0.0.1]:1
                </domain>
                """.formatted(port));
    }

    private Ended run(Path config) {
        return execute(new RunCommand(), "--config", config.toString(), "--data", folder.toString());
    }

    @Test
    void withoutAConfigurationItSaysWhereOneIsLookedFor() {
        Assumptions.assumeTrue(ConfigurationLoading.usual().isEmpty(), "this machine has a configuration");

        Ended ended = execute(new RunCommand(), "--data", folder.toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("--config FILE").contains("/etc/sluice/config");
    }

    @Test
    void aConfigurationThatIsNotThereIsNamed() {
        Ended ended = run(folder.resolve("nowhere"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .contains("not started")
                .contains(folder.resolve("nowhere").toString());
    }

    @Test
    void aConfigurationWithAnErrorIsNamedWithItsLine() throws IOException {
        Path config = Files.writeString(folder.resolve("config"), "smtp-listener 127.0.0.1:0\nmax-smtp-ouz 20\n");

        Ended ended = run(config);

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("max-smtp-ouz").contains("2");
    }

    @Test
    void aKeyThatIsMissingKeepsMailFromGoingUnsigned() throws IOException {
        Path config = Files.writeString(
                folder.resolve("config"),
                "smtp-listener 127.0.0.1:0\ndomain-key s, example.com, " + folder.resolve("no.pem")
                        + "\n<domain *>\ndkim-sign yes\n</domain>\n");

        Ended ended = run(config);

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .contains("config:2")
                .contains(folder.resolve("no.pem").toString())
                .contains("--accept-unprotected domain-key");
    }

    @Test
    void aPortThatIsTakenIsNamed() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            Ended ended = run(config(taken.getLocalPort()));

            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.err()).contains("not started").contains(Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aFolderThatHoldsOtherFilesIsLeftAlone() throws IOException {
        Path spool = Files.createDirectories(folder.resolve("spool"));
        Files.writeString(spool.resolve("thesis.txt"), "do not touch");

        Ended ended = run(config(FreePorts.find()));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("not started").contains("thesis.txt");
        try (Stream<Path> names = Files.list(spool)) {
            assertThat(names).containsExactly(spool.resolve("thesis.txt"));
        }
        assertThat(spool.resolve("thesis.txt")).hasContent("do not touch");
    }

    @Test
    void aDataFolderThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        Ended ended =
                execute(new RunCommand(), "--config", config(FreePorts.find()).toString(), "--data", file.toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .contains("not started")
                .contains(file.toString())
                .contains("is a file");
    }

    /// Start, a second server, commands by both clients, a message that waits, shutdown, verify, export: one life,
    /// since each start takes its time.
    @Test
    void aServerLivesAndItsSpoolTellsOfItAfterwards() throws Exception {
        int port = FreePorts.find();
        var err = new Heard("ready");
        var running = CompletableFuture.supplyAsync(() -> new CommandLine(new RunCommand())
                .setErr(new PrintWriter(err, true))
                .execute("--config", configOf(port).toString(), "--data", folder.toString()));
        assertThat(err.isHeard()).as("the server starts").isTrue();
        String socket = folder.resolve("control.sock").toString();
        try {
            Ended second = run(config(FreePorts.find()));
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.err()).contains("not started").contains("in use by another server");

            send(port);
            Ended status = command("/nowhere", "--socket", socket, "--dom", "show", "status");
            assertThat(status.status()).isZero();
            assertThat(status.out()).contains("status.spool.totalRcp=\"1\"\n");
            assertThat(command(socket, "show", "nonsense").status()).isEqualTo(2);
            Ended settings = command(socket, "show", "settings", "--name=retry-after", "example.com");
            assertThat(settings.status()).isZero();
            assertThat(settings.out()).contains("Queue Settings\n--------------\nretry-after");
            assertThat(command(socket, "show", "settings", "example.com/nobody").err())
                    .contains("there is no virtual MTA \"nobody\"");
            perlAnswersTheSame(socket);
            aTestOfTheConfigurationLoadsNothing(socket, folder.resolve("config-" + port));
            assertThat(command(socket, "rotate", "log").err()).contains("log-file");
            assertThat(command(socket, "clear", "dnscache", "*").out()).isEqualTo("DNS cache cleared.\n");
        } finally {
            command(socket, "shutdown");
        }
        assertThat(running.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isZero();
        assertThat(command(socket, "show", "status").err()).contains("no server answers at " + socket);

        Path spool = folder.resolve("spool");
        Ended verified = execute(new SpoolCommand.Verify(), spool.toString());
        assertThat(verified.err()).isEmpty();
        assertThat(verified.out()).contains("1 accepted").contains("verdict      sound");
        assertThat(verified.status()).isZero();

        Path out = folder.resolve("out");
        Ended exported = execute(new SpoolCommand.Export(), spool.toString(), out.toString());
        assertThat(exported.err()).isEmpty();
        assertThat(exported.out()).startsWith("1 message(s) written to ");
        try (Stream<Path> files = Files.list(out)) {
            Path eml = files.filter(file -> file.toString().endsWith(".eml"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.readString(eml)).startsWith("Received: ").endsWith("\r\n\r\nText.\r\n");
        }
        Ended again = execute(new SpoolCommand.Export(), spool.toString(), out.toString());
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err()).contains("new or an empty folder");
    }

    @Test
    void whatIsNoSpoolIsNotMadeOne() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));

        assertThat(execute(new SpoolCommand.Verify(), folder.resolve("none").toString())
                        .status())
                .isEqualTo(1);
        assertThat(execute(
                                new SpoolCommand.Export(),
                                empty.toString(),
                                folder.resolve("o").toString())
                        .err())
                .contains("there is no spool in it");
        assertThat(empty).isEmptyDirectory();
    }

    private static void aTestOfTheConfigurationLoadsNothing(String socket, Path config) throws IOException {
        assertThat(command(socket, "test", "config").out()).startsWith("The configuration has no errors");
        String good = Files.readString(config);
        Files.writeString(config, good + "max-smtp-ouz 20\n");
        Ended bad = command(socket, "test", "config");
        Files.writeString(config, good + "<virtual-mta fresh>\n</virtual-mta>\n");
        Ended changed = command(socket, "test", "config");
        Ended settings = command(socket, "show", "settings", "example.com/fresh");
        Files.writeString(config, good);

        assertThat(bad.status()).isEqualTo(1);
        assertThat(bad.err())
                .startsWith("Error in line " + (good.lines().count() + 1) + " of " + config + ": ")
                .contains("max-smtp-ouz", "    mend: ");
        assertThat(changed.status()).isZero();
        assertThat(settings.err()).contains("there is no virtual MTA \"fresh\"");
    }

    private Path configOf(int port) {
        try {
            return config(port);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Ended command(String usualSocket, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = new ControlClient(new PrintStream(out, true), new PrintStream(err, true)).run(usualSocket, words);
        return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void perlAnswersTheSame(String socket) throws IOException, InterruptedException {
        Path perl = Path.of("/usr/bin/perl");
        Assumptions.assumeTrue(Files.isExecutable(perl), "no perl");
        Path script = Path.of(System.getProperty("project.root", ".."), "server/src/main/scripts/control.pl");
        String[][] asked = {
            {"show", "version"}, {"--xml", "show", "nonsense"}, {"frob"}, {"trace", "nobody.example/{default}"}
        };
        for (String[] words : asked) {
            var all = new java.util.ArrayList<>(
                    java.util.List.of(perl.toString(), script.toString(), "--socket", socket));
            all.addAll(java.util.List.of(words));
            Process process = new ProcessBuilder(all).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(new Ended(process.waitFor(), out, err)).isEqualTo(command(socket, words));
        }
    }

    private static void send(int port) throws IOException {
        try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            var replies = new java.io.BufferedReader(
                    new java.io.InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write(("HELO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String reply;
            do {
                reply = replies.readLine();
            } while (reply != null && !reply.startsWith("354"));
            socket.getOutputStream().write("Subject: s\r\n\r\nText.\r\n.\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(replies.readLine()).startsWith("250 ");
        }
    }

    /// Notes when a word was written.
    private static final class Heard extends StringWriter {
        private final String word;
        private final CountDownLatch heard = new CountDownLatch(1);

        Heard(String word) {
            this.word = word;
        }

        @Override
        public void flush() {
            if (getBuffer().indexOf(word) >= 0) {
                heard.countDown();
            }
        }

        boolean isHeard() throws InterruptedException {
            return heard.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
