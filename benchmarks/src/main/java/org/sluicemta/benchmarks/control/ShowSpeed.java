package org.sluicemta.benchmarks.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Prints how long a running server takes to answer what operators ask, with 100,000 queues of one recipient each, over
/// its real control socket. State: a server in a process of its own, its queues paused and idle; workload: one command
/// at a time, a new connection each; spread: median, 95th percentile and the longest of 100.
///
/// While the commands run a second connection asks for SMTP's NOOP every millisecond, whose longest wait is the longest
/// that a loop was held.
public final class ShowSpeed {
    private static final int MESSAGES = 100;
    private static final int RECIPIENTS = 1_000;
    private static final int CALLS = 100;

    private ShowSpeed() {}

    /// @param args the number of queues in thousands, 100 without one
    public static void main(String[] args) throws IOException, InterruptedException {
        int messages = args.length == 0 ? MESSAGES : Integer.parseInt(args[0]);
        Path data = Files.createTempDirectory("show-speed");
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path config = data.resolve("config");
        Files.writeString(config, """
                smtp-listener 127.0.0.1:%d
                name-server 127.0.0.1:9
                <virtual-mta m0>
                    smtp-source-host 127.0.0.1 m0.example
                </virtual-mta>
                <virtual-mta m1>
                    smtp-source-host 127.0.0.1 m1.example
                </virtual-mta>
                <source 127.0.0.1>
                    always-allow-relaying yes
                    process-x-virtual-mta yes
                    process-x-job yes
                </source>
                """.formatted(port));
        Process server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:+UseCompactObjectHeaders",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.sluicemta.app.Sluice",
                        "run",
                        "--config",
                        config.toString(),
                        "--data",
                        data.toString())
                .inheritIO()
                .start();
        try {
            Path socket = data.resolve("control.sock");
            awaitStart(server, socket);
            submit(port, messages);
            System.out.println(ask(socket, "pause", "queue", "*/*").strip());
            awaitCalm(socket);
            System.out.printf("%s%n", ask(socket, "show", "vmtas").strip());
            for (List<String> command : List.of(
                    List.of("show", "status"),
                    List.of("--xml", "show", "status"),
                    List.of("show", "topqueues"),
                    List.of("--dom", "show", "topqueues", "--errors", "--maxitems=100"),
                    List.of("show", "queues", "--maxitems=1000"),
                    List.of("show", "queues", "d7777.example/m1"),
                    List.of("show", "topdomains"),
                    List.of("--json", "show", "domains", "--maxitems=100"),
                    List.of("show", "vmtas"),
                    List.of("show", "jobs"))) {
                measure(socket, port, command, CALLS);
            }
            measure(socket, port, List.of("show", "queues", "--maxitems=100000"), CALLS / 10);
        } finally {
            server.destroy();
            if (!server.waitFor(30, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    private static void awaitStart(Process server, Path socket) throws IOException, InterruptedException {
        for (int i = 0; !Files.exists(socket); i++) {
            if (i > 300 || !server.isAlive()) {
                throw new IOException("the server did not start");
            }
            Thread.sleep(100);
        }
    }

    /// Each message goes to many domains, so that few make many queues.
    private static void submit(int port, int messages) throws IOException {
        try (var smtp = new Smtp(port)) {
            smtp.say("EHLO bench.example");
            for (int m = 0; m < messages; m++) {
                smtp.say("MAIL FROM:<a@bench.example>");
                var rcpts = new StringBuilder();
                for (int r = 0; r < RECIPIENTS; r++) {
                    rcpts.append("RCPT TO:<x@d").append(m * RECIPIENTS + r).append(".example>\r\n");
                }
                smtp.out.write(rcpts.toString().getBytes(StandardCharsets.US_ASCII));
                for (int r = 0; r < RECIPIENTS; r++) {
                    smtp.reply();
                }
                smtp.say("DATA");
                smtp.say("X-Virtual-MTA: m" + m % 2 + "\r\nX-Job: job" + m % 10 + "\r\nSubject: x\r\n\r\nx\r\n.");
            }
            smtp.say("QUIT");
        }
    }

    /// Until look-ups that were under way are over.
    private static void awaitCalm(Path socket) throws IOException, InterruptedException {
        for (int i = 0; i < 300; i++) {
            if (ask(socket, "--dom", "show", "status").contains("status.conn.smtpOut.cur=\"0\"")) {
                break;
            }
            Thread.sleep(200);
        }
        Thread.sleep(3_000);
    }

    private static void measure(Path socket, int port, List<String> command, int calls)
            throws IOException, InterruptedException {
        String[] words = command.toArray(String[]::new);
        for (int i = 0; i < calls / 5; i++) {
            ask(socket, words);
        }
        var held = new Held(port);
        Thread watching = Thread.ofPlatform().start(held);
        long[] nanos = new long[calls];
        int size = 0;
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            size = ask(socket, words).length();
            nanos[i] = System.nanoTime() - start;
            Thread.sleep(20);
        }
        held.isOver = true;
        watching.join();
        Arrays.sort(nanos);
        System.out.printf(
                "%-55s median %6.1f ms  p95 %6.1f ms  most %6.1f ms  %,9d characters  loop held p99 %.1f, most %.1f ms%n",
                String.join(" ", command),
                nanos[calls / 2] / 1e6,
                nanos[calls * 95 / 100] / 1e6,
                nanos[calls - 1] / 1e6,
                size,
                held.percentile(99) / 1e6,
                held.percentile(100) / 1e6);
    }

    /// How long SMTP waits for an answer while operators ask.
    private static final class Held implements Runnable {
        private static final int MOST = 100_000;

        private final int port;
        private final long[] waits = new long[MOST];
        private int count;
        volatile boolean isOver;

        Held(int port) {
            this.port = port;
        }

        @Override
        public void run() {
            try (var smtp = new Smtp(port)) {
                while (!isOver && count < MOST) {
                    long start = System.nanoTime();
                    smtp.say("NOOP");
                    waits[count++] = System.nanoTime() - start;
                    Thread.sleep(1);
                }
            } catch (IOException | InterruptedException e) {
                System.out.println("the watching connection broke: " + e);
            }
        }

        long percentile(int percent) {
            long[] sorted = Arrays.copyOf(waits, count);
            Arrays.sort(sorted);
            return count == 0 ? 0 : sorted[Math.min(count - 1, count * percent / 100)];
        }
    }

    private static final class Smtp implements AutoCloseable {
        private final Socket socket;
        final OutputStream out;
        private final BufferedReader in;

        Smtp(int port) throws IOException {
            socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            out = socket.getOutputStream();
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            reply();
        }

        void say(String line) throws IOException {
            out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            reply();
        }

        void reply() throws IOException {
            String line = in.readLine();
            while (line != null && line.length() > 3 && line.charAt(3) == '-') {
                line = in.readLine();
            }
            if (line == null || line.charAt(0) > '3') {
                throw new IOException("SMTP answered " + line);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static String ask(Path socket, String... words) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap((String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(1 << 20);
            while (channel.read(answer) >= 0) {
                if (!answer.hasRemaining()) {
                    answer = ByteBuffer.allocate(answer.capacity() * 4).put(answer.flip());
                }
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
