package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.FreePorts;
import org.sluicemta.lab.ServerProcess;

/// Messages through receivers with every outcome, while the server and the program behind an accounting pipe are killed
/// again and again: accounting files, receivers and reports must agree on every recipient. What is read of the files is
/// judged by a script with a CSV reader of others.
///
/// `-Dproof.record=50000` makes it long; ten kills of each come in any length.
class RecordIT {
    private static final int MESSAGES = Integer.getInteger("proof.record", 1_000);
    private static final int KILLS = Math.clamp(MESSAGES / 600, 3, 10);
    private static final int CLIENTS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(120 + MESSAGES / 100);
    private static final String PYTHON = "/usr/bin/python3";
    private static final List<String> KINDS = List.of(
            "ok@ok.example",
            "ok@ok.example",
            "ok@ok.example",
            "ok@other.example",
            "no@ok.example",
            "later@ok.example",
            "bad@bad.example",
            "never@never.example",
            "dead@dead.example");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the test
    Path folder;

    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<String> inDoubt = new ConcurrentLinkedQueue<>();
    private final Queue<String> taken = new ConcurrentLinkedQueue<>();
    private final Queue<String> reported = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    private final Object upOrDown = new Object();
    private boolean isUp;

    // --- receivers

    /// What a receiver says to a recipient.
    private String judgement(String address) {
        int attempt = attempts.merge(address, 1, Integer::sum);
        if (address.startsWith("no")) {
            return "550 5.1.1 no such user, <" + address + ">";
        }
        if (address.startsWith("never") || address.startsWith("later") && attempt == 1) {
            return "451 4.2.1 \"busy\", come again";
        }
        return "250 ok";
    }

    private void serve(Socket socket, boolean isSenders) {
        try (socket) {
            var in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            List<String> recipients = new ArrayList<>();
            answer(out, "220 mx");
            while (true) {
                String line = line(in);
                String verb = line.split(" ", 2)[0];
                switch (verb) {
                    case "EHLO" -> answer(out, "250-mx\r\n250-PIPELINING\r\n250 8BITMIME");
                    case "RCPT" -> {
                        String address = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
                        String reply = isSenders ? "250 ok" : judgement(address);
                        if (reply.startsWith("250")) {
                            recipients.add(address);
                        }
                        answer(out, reply);
                    }
                    case "DATA" -> {
                        answer(out, recipients.isEmpty() ? "554 no recipients" : "354 go");
                        if (recipients.isEmpty()) {
                            continue;
                        }
                        String content = content(in);
                        boolean isBad = recipients.getFirst().startsWith("bad");
                        if (!isBad && isSenders) {
                            report(content);
                        } else if (!isBad) {
                            taken.addAll(recipients);
                        }
                        answer(out, isBad ? "554 5.7.1 content refused" : "250 2.0.0 taken");
                        recipients.clear();
                    }
                    case "RSET" -> {
                        recipients.clear();
                        answer(out, "250 ok");
                    }
                    case "QUIT" -> {
                        answer(out, "221 bye");
                        return;
                    }
                    default -> answer(out, "250 ok");
                }
            }
        } catch (IOException gone) {
            // The server was killed, or has ended.
        }
    }

    private void report(String content) {
        String id = "";
        for (String line : content.split("\r\n")) {
            if (id.isEmpty() && line.startsWith("Message-ID: ")) {
                id = line.substring(12);
            } else if (line.startsWith("Final-Recipient: rfc822;")) {
                reported.add(line.substring(24) + "\t" + id);
            }
        }
    }

    private ServerSocket receiver(boolean isSenders) throws IOException {
        var listener = new ServerSocket(0, 200, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> serve(socket, isSenders));
                }
            } catch (IOException closed) {
                // The test is over.
            }
        });
        return listener;
    }

    private static void answer(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0) {
                throw new IOException("closed");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private static String content(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (String line = line(in); !line.equals("."); line = line(in)) {
            text.append(line).append("\r\n");
        }
        return text.toString();
    }

    // --- clients

    private void handIn(int port, CountDownLatch done) {
        var random = new Random(Thread.currentThread().threadId());
        try {
            int number = next.getAndIncrement();
            while (number < MESSAGES) {
                awaitServer();
                try (var socket = new Socket()) {
                    socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
                    socket.setSoTimeout(60_000);
                    var in = new BufferedInputStream(socket.getInputStream());
                    OutputStream out = socket.getOutputStream();
                    expect(in, "220");
                    answer(out, "EHLO feeder.example");
                    expect(in, "250");
                    while (number < MESSAGES && transaction(in, out, number, random)) {
                        number = next.getAndIncrement();
                    }
                } catch (DoubtException killed) {
                    number = next.getAndIncrement();
                } catch (IOException killed) {
                    // Nothing of the message was taken: it comes again over another connection.
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            done.countDown();
        }
    }

    /// @return false where the connection is of no more use and the message is to be handed in again
    private boolean transaction(InputStream in, OutputStream out, int number, Random random) throws IOException {
        List<String> to = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            String kind = KINDS.get(random.nextInt(KINDS.size()));
            int at = kind.indexOf('@');
            to.add(kind.substring(0, at) + number + "." + i + kind.substring(at));
        }
        var commands = new StringBuilder("MAIL FROM:<s" + number + "@sender.example>\r\n");
        to.forEach(each -> commands.append("RCPT TO:<").append(each).append(">\r\n"));
        answer(out, commands + "DATA");
        for (int i = 0; i <= to.size(); i++) {
            expect(in, "250");
        }
        expect(in, "354");
        String body = "X-Campaign: c" + number % 7 + "\r\nSubject: number " + number + "\r\n\r\n"
                + "words, \"quoted\"\r\n".repeat(1 + random.nextInt(100)) + ".";
        try {
            answer(out, body);
            String reply = line(in);
            if (reply.startsWith("250")) {
                accepted.addAll(to);
                countAnswered();
                return true;
            }
            return false;
        } catch (IOException killed) {
            inDoubt.addAll(to);
            countAnswered();
            throw new DoubtException();
        }
    }

    private void countAnswered() {
        synchronized (answered) {
            answered.incrementAndGet();
            answered.notifyAll();
        }
    }

    /// The message was handed in, and nobody knows whether it was taken: it is not handed in again.
    private static final class DoubtException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private static void expect(InputStream in, String code) throws IOException {
        String reply = line(in);
        while (reply.length() > 3 && reply.charAt(3) == '-') {
            reply = line(in);
        }
        if (!reply.startsWith(code)) {
            throw new IOException("expected " + code + ", was told " + reply);
        }
    }

    private void awaitServer() throws InterruptedException {
        synchronized (upOrDown) {
            while (!isUp) {
                upOrDown.wait();
            }
        }
    }

    private void set(boolean up) {
        synchronized (upOrDown) {
            isUp = up;
            upOrDown.notifyAll();
        }
    }

    // --- the test

    @Test
    void filesReceiversAndReportsAgreeOnEveryRecipientThoughServerAndPipeAreKilled() throws Exception {
        boolean isThere = Files.isExecutable(Path.of(PYTHON));
        if (System.getenv("CI") != null) {
            assertThat(isThere).as("python3 is required here").isTrue();
        }
        Assumptions.assumeTrue(isThere, "python3 is missing; install it to judge accounting files");
        for (String name : List.of("acct", "moved")) {
            Files.createDirectory(folder.resolve(name));
        }
        Path pipe = script("pipe.py");
        Path judge = script("reconcile.py");
        int port = FreePorts.find();
        try (ServerSocket receivers = receiver(false);
                ServerSocket senders = receiver(true)) {
            ServerProcess server = server(port, receivers.getLocalPort(), senders.getLocalPort(), pipe);
            server.start();
            set(true);
            try {
                var done = new CountDownLatch(CLIENTS);
                for (int i = 0; i < CLIENTS; i++) {
                    Thread.ofVirtual().start(() -> handIn(port, done));
                }
                killing(server);
                assertThat(done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("all is handed in")
                        .isTrue();
                settle(judge);
            } finally {
                server.stop(Duration.ofSeconds(30));
            }
        }
        Judged judged = judge(judge);
        System.out.println("record: " + judged.output().strip());
        assertThat(judged.status()).as(judged.output() + judged.errors()).isZero();
        assertThat(judged.output()).contains("agree");
    }

    /// Kills both in turn, spread over the whole of the handing in.
    private void killing(ServerProcess server) throws InterruptedException, IOException {
        for (int kill = 1; kill <= KILLS; kill++) {
            awaitAnswered((2 * kill - 1) * MESSAGES / (2 * KILLS + 1));
            killPipe();
            awaitAnswered(2 * kill * MESSAGES / (2 * KILLS + 1));
            set(false);
            server.kill();
            server.start();
            set(true);
        }
    }

    private void awaitAnswered(int count) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        synchronized (answered) {
            for (long left = PATIENCE.toMillis(); answered.get() < count && left > 0; ) {
                answered.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            }
        }
        assertThat(answered.get()).isGreaterThanOrEqualTo(count);
    }

    private void killPipe() throws IOException {
        Path pid = folder.resolve("pipe.pid");
        if (Files.exists(pid)) {
            ProcessHandle.of(Long.parseLong(Files.readString(pid).trim())).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /// Has the judge look again whenever files have changed, or the pipe's output may have, until it has nothing to
    /// complain about or there is no hope any more.
    private void settle(Path script) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        try (WatchService changes = folder.getFileSystem().newWatchService()) {
            for (String each : List.of("acct", "moved")) {
                folder.resolve(each)
                        .register(changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            }
            while (judge(script).status() != 0 && System.nanoTime() < until) {
                WatchKey changed = changes.poll(2, TimeUnit.SECONDS);
                if (changed != null) {
                    changed.pollEvents();
                    changed.reset();
                }
            }
        }
    }

    private record Judged(int status, String output, String errors) {}

    private Judged judge(Path script) throws Exception {
        Files.write(folder.resolve("accepted"), accepted);
        Files.write(folder.resolve("doubt"), inDoubt);
        Files.write(folder.resolve("taken"), taken);
        Files.write(folder.resolve("reported"), reported);
        Path errors = folder.resolve("errors");
        Process process = new ProcessBuilder(PYTHON, script.toString(), folder.toString(), String.valueOf(KILLS))
                .redirectError(errors.toFile())
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Judged(process.waitFor(), output, Files.readString(errors));
    }

    private Path script(String name) throws IOException {
        try (InputStream in = RecordIT.class.getResourceAsStream(name)) {
            assertThat(in).isNotNull();
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }

    private ServerProcess server(int port, int receivers, int senders, Path pipe) throws IOException {
        Path config = Files.writeString(
                folder.resolve("config"), """
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%1$d
                total-max-smtp-in 500
                max-dsn-rate unlimited
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-hosts [127.0.0.1]:%2$d
                  retry-after 1s
                  retry-recipients-after 1s
                </domain>
                <domain never.example>
                  smtp-hosts [127.0.0.1]:%2$d
                  bounce-after 6s
                </domain>
                <domain dead.example>
                  smtp-hosts [127.0.0.1]:1
                  bounce-after 6s
                </domain>
                <domain sender.example>
                  smtp-hosts [127.0.0.1]:%3$d
                </domain>
                <acct-file %4$s/acct/all.csv>
                  records d,b,t,tq,r
                  max-size 1M
                  delete-after never
                </acct-file>
                <acct-file %4$s/acct/moved.csv>
                  records d,b
                  record-fields d *, header_X-Campaign
                  record-fields b bounceCat, rcpt, orig, dsnStatus
                  move-to %4$s/moved
                  move-interval 3s
                </acct-file>
                <acct-file "|%6$s %5$s %4$s">
                  records d,b
                  record-fields d *, seq
                  record-fields b *, seq
                  retry-interval 1s
                </acct-file>
                """.formatted(port, receivers, senders, folder, pipe, PYTHON));
        return new ServerProcess(
                config,
                folder.resolve("data"),
                folder.resolve("control.sock"),
                folder.resolve("server.log"),
                List.of());
    }
}
