package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// A server that pulls its configuration from a real repository of git, and from a real web server of
/// loopback.
class PullingIT {
    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before each test
    Path folder;

    private int port;
    private final List<CompletableFuture<Integer>> running = new ArrayList<>();

    private record Ended(int status, String out, String err) {}

    @BeforeEach
    void aFreePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = socket.getLocalPort();
        }
    }

    @AfterEach
    void noServerStays() throws Exception {
        for (CompletableFuture<Integer> each : running) {
            if (!each.isDone()) {
                command("shutdown");
                each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    // --- the server

    private String data() {
        return folder.resolve("data").toString();
    }

    private CompletableFuture<Integer> start(Path local) throws InterruptedException {
        var err = new Heard("ready", "not started");
        var server = CompletableFuture.supplyAsync(() -> new CommandLine(new RunCommand())
                .setErr(new PrintWriter(err, true))
                .execute("--config", local.toString(), "--data", data()));
        running.add(server);
        server.whenComplete((_, defect) -> {
            if (defect != null) {
                err.write("not started: " + defect);
                err.flush();
            }
        });
        assertThat(err.isHeard()).as("the server starts").isTrue();
        assertThat(err.toString()).contains("ready");
        return server;
    }

    private void stop(CompletableFuture<Integer> server) throws Exception {
        command("shutdown");
        assertThat(server.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isZero();
    }

    private Ended command(String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = new ControlClient(new PrintStream(out, true), new PrintStream(err, true))
                .run(folder.resolve("data/control.sock").toString(), words);
        return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private Ended config(String... words) {
        var all = new ArrayList<String>(List.of("config"));
        all.addAll(List.of(words));
        return command(all.toArray(String[]::new));
    }

    private String status() {
        Ended ended = command("--dom", "config", "status");
        assertThat(ended.status()).isZero();
        return ended.out();
    }

    private Path local(String source) throws IOException {
        return Files.writeString(
                folder.resolve("local"), "smtp-listener 127.0.0.1:" + port + "\nconfig-source " + source + "\n");
    }

    private String configuration(String... virtualMtas) {
        var text = new StringBuilder("""
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                  process-x-virtual-mta yes
                </source>
                include domains.conf
                """.formatted(port));
        for (String name : virtualMtas) {
            text.append("<virtual-mta ")
                    .append(name)
                    .append(">\n  smtp-source-host 127.0.0.1 ")
                    .append(name)
                    .append(".example\n</virtual-mta>\n");
        }
        return text.toString();
    }

    // --- the repository

    private Path repository() {
        return folder.resolve("repository");
    }

    private void git(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "git",
                "-C",
                repository().toString(),
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "-c",
                "commit.gpgsign=false"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private void commit(String text) throws IOException, InterruptedException {
        if (!Files.exists(repository())) {
            Files.createDirectories(repository().resolve("mta"));
            Files.writeString(repository().resolve("README"), "not ours\n");
            Files.writeString(repository().resolve("mta/domains.conf"), """
                    <domain *>
                      smtp-hosts [127.0.0.1]:1
                    </domain>
                    """);
            git("init", "-q", "-b", "main");
        }
        Files.writeString(repository().resolve("mta/config"), text);
        git("add", "-A");
        git("commit", "-q", "--allow-empty", "-m", "change");
    }

    @Test
    void aRepositoryIsPulledGuardedRolledBackAndUsedWithoutIt() throws Exception {
        commit(configuration("m1", "m2"));
        Path local = local("git:file://" + repository() + " branch=main path=mta/config every=1h");
        CompletableFuture<Integer> server = start(local);

        assertThat(config("pull").status()).isZero();
        assertThat(status()).contains("version=\"1\"").contains("lastFailure=\"\"");

        // a harmless change: its effect, then its adoption
        commit(configuration("m1", "m2", "m3") + "total-max-smtp-out 77\n");
        Ended effect = config("show-effect");
        assertThat(effect.out()).contains("1 virtual MTAs added: m3").contains("total-max-smtp-out (not set) -> 77");
        assertThat(status()).contains("version=\"1\"").contains("pending.revision=");
        assertThat(config("pull").out()).contains("Version 2").contains("m3");
        assertThat(command("--dom", "show", "status").out()).contains("status.conn.smtpOut.max=\"77\"");

        // an error
        commit(configuration("m1", "m2", "m3") + "max-smtp-ouz 20\n");
        Ended refused = config("pull");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("error:").contains("max-smtp-ouz");
        assertThat(status()).contains("version=\"2\"").contains("pending.refusal[0].guard=\"error\"");

        // what protects and is not built
        commit(configuration("m1", "m2", "m3") + "use-proxy 192.0.2.1\n");
        assertThat(config("pull").err()).contains("protective:").contains("use-proxy");

        // an open relay
        commit(configuration("m1", "m2", "m3")
                + "smtp-listener 0.0.0.0:2525\n<source 0/0>\nalways-allow-relaying yes\n</source>\n");
        assertThat(config("pull").err()).contains("open-relay:");

        // mail that would be stuck
        send("m3");
        commit(configuration("m1", "m2"));
        assertThat(config("pull").err()).contains("queued-mail:").contains("m3");
        assertThat(config("pull", "--accept=error").err()).contains("no guard that may be passed");
        assertThat(config("pull", "--accept=queued-mail").out()).contains("Version 3");

        // back, held, and again after a restart without the repository
        assertThat(config("rollback").out()).contains("version 2 is in use");
        assertThat(status()).contains("version=\"2\"").contains("held=\"1\"");
        stop(server);
        remove(repository());
        CompletableFuture<Integer> again = start(local);
        assertThat(command("--dom", "show", "status").out()).contains("status.conn.smtpOut.max=\"77\"");
        assertThat(config("pull").err()).contains("git ls-remote");
        assertThat(status()).contains("version=\"2\"").contains("held=\"1\"");
        assertThat(folder.resolve("data/pulled/fetching")).doesNotExist();

        // pulling ends with its line in the local file
        Files.writeString(local, "smtp-listener 127.0.0.1:" + port + "\n");
        assertThat(command("reload").status()).isZero();
        assertThat(config("status").out()).contains("not pulled");
        stop(again);
    }

    @Test
    void aDocumentIsPulledFromTheWeb() throws Exception {
        var document = new AtomicReference<>("total-max-smtp-out 11\nsmtp-listener 127.0.0.1:" + port + "\n");
        var status = new AtomicInteger(200);
        var unchanged = new AtomicInteger();
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        web.createContext("/config", exchange -> {
            byte[] bytes = document.get().getBytes(StandardCharsets.UTF_8);
            String etag = "\"" + document.get().hashCode() + "\"";
            exchange.getResponseHeaders().set("ETag", etag);
            if (etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                unchanged.incrementAndGet();
                exchange.sendResponseHeaders(304, -1);
            } else if (status.get() == 200) {
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } else {
                exchange.sendResponseHeaders(status.get(), -1);
            }
            exchange.close();
        });
        web.start();
        try {
            Path local = local("http://ann:pa55@127.0.0.1:" + web.getAddress().getPort() + "/config every=1h");
            CompletableFuture<Integer> server = start(local);

            assertThat(config("pull").status()).isZero();
            assertThat(command("--dom", "show", "status").out()).contains("status.conn.smtpOut.max=\"11\"");
            assertThat(status()).contains("version=\"1\"").doesNotContain("pa55");

            status.set(503);
            assertThat(config("pull").err()).contains("503").doesNotContain("pa55");
            assertThat(status()).contains("failures=\"1\"").contains("version=\"1\"");

            status.set(200);
            document.set(document.get().replace("11", "12"));
            assertThat(config("pull").out()).contains("Version 2");
            stop(server);

            // at the start the last good version is used, and the first pull finds it unchanged
            CompletableFuture<Integer> again = start(local);
            assertThat(command("--dom", "show", "status").out()).contains("status.conn.smtpOut.max=\"12\"");
            config("show-effect");
            assertThat(unchanged).hasPositiveValue();
            stop(again);
        } finally {
            web.stop(0);
        }
    }

    private static void remove(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private void send(String virtualMta) throws IOException {
        try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            var replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write("HELO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String reply;
            do {
                reply = replies.readLine();
            } while (reply != null && !reply.startsWith("354"));
            socket.getOutputStream()
                    .write(("X-Virtual-MTA: " + virtualMta + "\r\nSubject: s\r\n\r\nText.\r\n.\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(replies.readLine()).startsWith("250 ");
        }
    }

    /// Notes when one of some words was written.
    private static final class Heard extends StringWriter {
        private final List<String> words;
        private final CountDownLatch heard = new CountDownLatch(1);

        Heard(String... words) {
            this.words = List.of(words);
        }

        @Override
        public void flush() {
            if (words.stream().anyMatch(word -> getBuffer().indexOf(word) >= 0)) {
                heard.countDown();
            }
        }

        boolean isHeard() throws InterruptedException {
            return heard.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
