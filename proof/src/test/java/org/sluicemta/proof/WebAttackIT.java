package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The management port under people who mean it harm, from addresses of their own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebAttackIT {
    private static final String KEY = "0123456789abcdef0123456789abcdef";

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer locked;

    private int port;
    private int lockedPort;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        port = LoneServer.freePort();
        lockedPort = LoneServer.freePort();
        Path first = Files.createDirectories(folder.resolve("open"));
        server = new LoneServer(first, """
                smtp-listener 127.0.0.1:%d
                http-mgmt-port %d
                http-redirect-to-https no
                http-access 127.0.0.1 admin
                http-access 127.0.1.0/24 monitor
                http-access 127.0.2.0/24 monitor
                http-tls-allow-tlsv1.2 yes
                http-api-key %s
                """.formatted(LoneServer.freePort(), port, KEY));
        Path second = Files.createDirectories(folder.resolve("locked"));
        locked = new LoneServer(second, """
                smtp-listener 127.0.0.1:%d
                http-mgmt-port %d
                http-redirect-to-https no
                http-mgmt-password "open sesame"
                """.formatted(LoneServer.freePort(), lockedPort));
        await(port);
        await(lockedPort);
    }

    /// The control socket answers a little before this port.
    private static void await(int port) throws IOException {
        long begun = System.nanoTime();
        while (true) {
            try (Socket _ = connect("127.0.0.1", port)) {
                return;
            } catch (ConnectException notYet) {
                if (System.nanoTime() - begun > LoneServer.PATIENCE_NANOS) {
                    throw notYet;
                }
                LockSupport.parkNanos(20_000_000L);
            }
        }
    }

    @AfterAll
    void stop() {
        server.close();
        locked.close();
    }

    private static Socket connect(String from, int port) throws IOException {
        var socket = new Socket();
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String ask(String from, int port, String request) throws IOException {
        try (Socket socket = connect(from, port)) {
            write(socket, request);
            var all = new ByteArrayOutputStream();
            byte[] piece = new byte[8_192];
            long begun = System.nanoTime();
            int count = socket.getInputStream().read(piece);
            while (count >= 0) {
                all.write(piece, 0, count);
                assertThat(System.nanoTime() - begun)
                        .as("an answer that does not end")
                        .isLessThan(LoneServer.PATIENCE_NANOS);
                count = socket.getInputStream().read(piece);
            }
            return all.toString(StandardCharsets.UTF_8);
        }
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    }

    private static String login(String password) {
        String body = "password=" + password;
        return "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + body;
    }

    private static void closeAll(List<Socket> all) throws IOException {
        for (Socket each : all) {
            each.close();
        }
    }

    /// Whether the other side ends it before the time-out of its reading.
    private static boolean isEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes().length >= 0;
        } catch (java.net.SocketTimeoutException stillOpen) {
            return false;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    // --- places

    @Test
    void aConnectionThatSaysNothingGivesItsPlaceBack() throws Exception {
        for (int i = 0; i < 100; i++) {
            connect("127.0.1.1", port).close();
        }

        assertThat(ask("127.0.1.1", port, get("/status"))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aRequestThatNeverEndsIsEnded() throws Exception {
        try (Socket socket = connect("127.0.1.2", port)) {
            write(socket, "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n");
            long begun = System.nanoTime();
            boolean isOpen = true;
            // Each byte comes before the silence would be too long.
            while (isOpen && System.nanoTime() - begun < 100_000_000_000L) {
                LockSupport.parkNanos(2_000_000_000L);
                try {
                    write(socket, "X");
                } catch (IOException ended) {
                    isOpen = false;
                }
            }

            assertThat(isOpen).isFalse();
        }
    }

    @Test
    void aCrowdOfStrangersKeepsNobodyOut() throws Exception {
        var crowd = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 300; i++) {
                Socket socket = connect("127.0.2." + (1 + i / 50), port);
                write(socket, "GET /status HTTP/1.1\r\nHost: ");
                crowd.add(socket);
            }

            assertThat(ask("127.0.0.1", port, get("/status"))).startsWith("HTTP/1.1 200 ");
        } finally {
            closeAll(crowd);
        }
    }

    @Test
    void whoDoesNotReadIsEnded() throws Exception {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
            channel.bind(new InetSocketAddress("127.0.1.3", 0));
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            channel.configureBlocking(false);
            byte[] request = "GET /console.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            long begun = System.nanoTime();
            boolean isOpen = true;
            while (isOpen && System.nanoTime() - begun < 100_000_000_000L) {
                try {
                    // Nothing is written once the server waits for us.
                    for (int i = 0; i < 1_000 && channel.write(ByteBuffer.wrap(request)) > 0; i++) {
                        channel.write(ByteBuffer.wrap(request));
                    }
                } catch (IOException ended) {
                    isOpen = false;
                }
                LockSupport.parkNanos(500_000_000L);
            }

            assertThat(isOpen).isFalse();
        }
    }

    @Test
    void oneAddressDoesNotTakeAllStreams() throws Exception {
        var streams = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 64; i++) {
                Socket socket = connect("127.0.1.4", port);
                streams.add(socket);
                write(socket, "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            }
            for (Socket each : streams) {
                each.getInputStream().read();
            }
            try (Socket mine = connect("127.0.0.1", port)) {
                write(mine, "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

                assertThat(new String(mine.getInputStream().readNBytes(13), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200 ");
            }
        } finally {
            closeAll(streams);
        }
    }

    @Test
    void askingForTheHeadOfAStreamEndsAtOnce() throws Exception {
        String answer = ask("127.0.1.5", port, get("/events").replace("GET", "HEAD"));

        assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
    }

    /// It costs the server a hundred times what it costs the client, and could be begun in the midst of an answer.
    @Test
    void aSecondHandshakeWithinAConnectionIsRefused() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        try (Socket plain = connect("127.0.1.8", port);
                var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            write(socket, "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            assertThat(new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200 ");

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        write(socket, get("/status"));
                        assertThat(socket.getInputStream().readAllBytes()).isEmpty();
                    })
                    .isInstanceOf(IOException.class);
        }
        assertThat(ask("127.0.1.8", port, get("/status"))).startsWith("HTTP/1.1 200 ");
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void stoppingWaitsForNobodyWhoListensOrDoesNotRead(@TempDir Path folder) throws Exception {
        int own = LoneServer.freePort();
        var stopped = new LoneServer(folder, """
                smtp-listener 127.0.0.1:%d
                http-mgmt-port %d
                http-redirect-to-https no
                http-access 127.0.0.1 admin
                """.formatted(LoneServer.freePort(), own));
        await(own);
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = connect("127.0.0.1", own);
                sockets.add(socket);
                write(socket, "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
                socket.getInputStream().read();
            }
        } finally {
            long begun = System.nanoTime();
            stopped.close();
            assertThat((System.nanoTime() - begun) / 1_000_000_000L).isLessThan(15);
            for (Socket each : sockets) {
                assertThat(isEnded(each)).isTrue();
                each.close();
            }
        }
    }

    // --- guesses

    @Test
    void guessesAtOneTimeAreOneGuess() throws Exception {
        int guesses = 30;
        var looked = new AtomicInteger();
        var begin = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < guesses; i++) {
                int number = i;
                threads.submit(() -> {
                    try (Socket socket = connect("127.0.3.1", lockedPort)) {
                        begin.await();
                        write(socket, login("guess" + number));
                        InputStream in = socket.getInputStream();
                        if (new String(in.readAllBytes(), StandardCharsets.UTF_8).startsWith("HTTP/1.1 401 ")) {
                            looked.incrementAndGet();
                        }
                    }
                    return null;
                });
            }
            begin.countDown();
        }

        // A second may pass in between.
        assertThat(looked.get()).isBetween(1, 2);
    }

    // --- what a monitor may

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete --queue=a/b",
                "DELETE --queue=a/b",
                "del --queue=a/b",
                "--queue=a/b delete",
                "--json delete --queue=a/b",
                "relo",
                "shut",
                "conf pull",
                "pause que a/b",
                "rotate log",
                "show queues --maxitems=+2000000",
                "show queues --maxitems=\u0669\u0669\u0669\u0669\u0669\u0669",
                "show queues --maxitems=10001",
                "show queues --maxitems=5 --MAXITEMS=10001"
            })
    void aMonitorDoesNothing(String command) throws Exception {
        String session = ask("127.0.1.6", port, get("/session"));
        String cookie = session.replaceAll("(?s).*Set-Cookie: ([^;]+);.*", "$1");
        String token = session.replaceAll("(?s).*\"csrf\":\"([^\"]+)\".*", "$1");
        String body = "csrf=" + token + "&command=" + java.net.URLEncoder.encode(command, StandardCharsets.UTF_8);

        String answer = ask(
                "127.0.1.6",
                port,
                "POST /command HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie + "\r\nContent-Length: "
                        + body.length()
                        + "\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n" + body);

        assertThat(answer).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void whoSendsJsonIsRefusedInJson() throws Exception {
        String body = "{\"command\":[\"delete\",\"--queue=a/b\"]}";

        String answer = ask(
                "127.0.1.9",
                port,
                "POST /command HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + body.length()
                        + "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body);

        assertThat(answer).startsWith("HTTP/1.1 403 ").contains("\"status\":\"error\"");
    }

    // --- names

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:1@evil.example",
                "[evil.example]",
                "localhost:evil",
                "127.0.0.1.evil.example",
                "evil.example#localhost"
            })
    void aNameThatOnlyLooksLikeOursIsNone(String host) throws Exception {
        String answer =
                ask("127.0.0.1", port, "GET /status HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 40");
    }

    @Test
    void secretsAreNotShown() throws Exception {
        Set<String> shown = ConcurrentHashMap.newKeySet();
        for (String path : List.of("/status", "/queueDetail?queue=a.example/b", "/logs", "/getFile?file=log")) {
            shown.add(ask("127.0.1.7", port, get(path)));
        }

        assertThat(String.join("\n", shown)).doesNotContain(KEY);
    }
}
