package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Settings of the management port, each taken over by a reload of one server process, on real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebSettingsIT {
    private static final String ONE_KEY = "0123456789abcdef0123456789abcdef";
    private static final String OTHER_KEY = "fedcba9876543210fedcba9876543210";
    private static final Pattern COOKIE = Pattern.compile("Set-Cookie: ([^;]+);");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private Path folder;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private String base;

    /// With a certificate of its own, and content with any of the server's.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private SSLContext client;

    private int port;
    /// By which it is seen that the lines of a test have arrived at the port.
    private int maxAge = 1000;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        for (String name : List.of("first", "second", "client", "stranger")) {
            TestCertificate.pem(Files.createDirectories(folder.resolve(name)));
        }
        client = TestCertificate.showing(folder.resolve("client"));
        port = LoneServer.freePort();
        server = new LoneServer(
                folder,
                "smtp-listener 127.0.0.1:%d\nhttp-mgmt-port %d\nhttp-access 127.0.0.1 admin\n"
                        .formatted(LoneServer.freePort(), port));
        base = Files.readString(folder.resolve("config")).replace("http-access 127.0.0.1 admin\n", "");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private void write(String lines) throws IOException {
        Files.writeString(
                folder.resolve("config"),
                base + "http-strict-transport-security-max-age " + ++maxAge + "\n"
                        + lines.replace("FOLDER", folder.toString()));
    }

    /// Reloads with these lines about the port, and waits until it goes by them.
    private void adopt(String lines) throws Exception {
        write(lines);
        server.control().ask("reload").done();
        long begun = System.nanoTime();
        String last = "";
        while (System.nanoTime() - begun < LoneServer.PATIENCE_NANOS) {
            try {
                last = get(client, "127.0.0.1", "/session");
            } catch (IOException notYet) {
                last = notYet.toString();
            }
            if (last.contains("max-age=" + maxAge + "\r\n")) {
                return;
            }
            LockSupport.parkNanos(20_000_000);
        }
        throw new AssertionError("the port does not go by " + lines + "; it says " + last);
    }

    // --- requests

    /// An answer behind the version of TLS.
    private String ask(SSLContext as, boolean isVerifying, String from, String head, String body) throws IOException {
        try (var plain = new Socket()) {
            plain.bind(new InetSocketAddress(from, 0));
            plain.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
            plain.setSoTimeout(20_000);
            try (var socket = (SSLSocket) as.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
                if (isVerifying) {
                    SSLParameters parameters = socket.getSSLParameters();
                    parameters.setEndpointIdentificationAlgorithm("HTTPS");
                    socket.setSSLParameters(parameters);
                }
                socket.startHandshake();
                return socket.getSession().getProtocol() + " " + exchange(socket, head, body);
            }
        }
    }

    private static String exchange(Socket socket, String head, String body) throws IOException {
        String form = body.isEmpty()
                ? ""
                : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length() + "\r\n";
        String request = head + (head.contains("Host: ") ? "" : "Host: 127.0.0.1\r\n") + form
                + "Connection: close\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private String get(SSLContext as, String from, String path) throws IOException {
        return ask(as, false, from, "GET " + path + " HTTP/1.1\r\n", "");
    }

    private String get(String from, String path, String headers) throws IOException {
        return ask(client, false, from, "GET " + path + " HTTP/1.1\r\n" + headers, "");
    }

    private String command(String from, String words, String headers) throws IOException {
        return ask(client, false, from, "POST /command HTTP/1.1\r\n" + headers, "format=json&command=" + words);
    }

    private String verified(String name) throws Exception {
        return ask(TestCertificate.taking(folder.resolve(name)), true, "127.0.0.1", "GET /status HTTP/1.1\r\n", "");
    }

    private String inTheOpen(String path) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            return exchange(socket, "GET " + path + " HTTP/1.1\r\n", "");
        }
    }

    // --- TLS

    @Test
    void theConfiguredCertificateIsShownAndAReloadShowsTheNextOrKeepsTheLast() throws Exception {
        adopt("http-tls-certificate FOLDER/first/server.pem\nhttp-access 127.0.0.1 monitor\n");
        assertThat(verified("first")).startsWith("TLSv1.3 HTTP/1.1 200 ");
        assertThatThrownBy(() -> verified("second")).isInstanceOf(SSLException.class);

        TestCertificate.locked(folder.resolve("second"), "pass word");
        adopt("http-tls-certificate FOLDER/second/locked.pem \"pass word\"\nhttp-access 127.0.0.1 monitor\n");
        assertThat(verified("second")).startsWith("TLSv1.3 HTTP/1.1 200 ");
        assertThatThrownBy(() -> verified("first")).isInstanceOf(SSLException.class);

        write("http-tls-certificate FOLDER/second/locked.pem other\nhttp-access 127.0.0.1 monitor\n");
        var refused = server.control().ask("reload");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("/second/locked.pem cannot be used").contains("is the password right?");
        assertThat(verified("second")).startsWith("TLSv1.3 HTTP/1.1 200 ");
    }

    @Test
    void clientsMustShowACertificateOfTheAuthority() throws Exception {
        adopt("http-tls-ca-file FOLDER/client/server.crt\nhttp-tls-allow-tlsv1.3 no\nhttp-access 127.0.0.1 monitor\n");
        SSLContext stranger = TestCertificate.showing(folder.resolve("stranger"));

        assertThat(get(client, "127.0.0.1", "/status")).startsWith("TLSv1.2 HTTP/1.1 200 ");
        assertThatThrownBy(() -> get(stranger, "127.0.0.1", "/status")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(TestCertificate.takingAll(), "127.0.0.1", "/status"))
                .isInstanceOf(IOException.class);

        adopt("http-access 127.0.0.1 monitor\n");
        assertThat(get(stranger, "127.0.0.1", "/status")).startsWith("TLSv1.3 HTTP/1.1 200 ");
        assertThat(get(TestCertificate.takingAll(), "127.0.0.1", "/status")).startsWith("TLSv1.3 HTTP/1.1 200 ");
    }

    @Test
    void plainHttpIsSentAwayUntilItIsAllowed() throws Exception {
        adopt("http-access 127.0.0.1 monitor\n");
        assertThat(inTheOpen("/status")).startsWith("HTTP/1.1 307 ").contains("Location: https://127.0.0.1/status\r\n");

        adopt("http-redirect-to-https no\nhttp-access 127.0.0.1 monitor\n");
        assertThat(inTheOpen("/status")).startsWith("HTTP/1.1 200 ").doesNotContain("Strict-Transport-Security");
    }

    // --- who may do what

    @Test
    void theOldListsCountBehindTheLinesOfAccessAndTheDenyingOneFirst() throws Exception {
        adopt("""
                http-mgmt-source 127.0.0.0/29
                no-http-mgmt-source 127.0.0.4
                http-access 127.0.0.2 monitor
                http-access 127.0.0.5 none
                """);

        assertThat(get("127.0.0.2", "/session", "")).contains("\"role\":\"monitor\"");
        assertThat(get("127.0.0.3", "/session", "")).contains("\"role\":\"admin\"");
        for (String shutOut : List.of("127.0.0.4", "127.0.0.5", "127.0.0.9")) {
            assertThat(get(shutOut, "/session", "")).as(shutOut).startsWith("TLSv1.3 HTTP/1.1 403 ");
        }
    }

    @Test
    void withoutProtectionAChangeNeedsNoTokenAndIsRefusedFromAForeignPageStill() throws Exception {
        String access = "http-access 127.0.0.1 admin\n";
        String get = "/command?format=json&command=show+version";
        adopt(access);
        assertThat(command("127.0.0.1", "show+version", "")).startsWith("TLSv1.3 HTTP/1.1 403 ");
        assertThat(get("127.0.0.1", get, "")).startsWith("TLSv1.3 HTTP/1.1 405 ");

        adopt("http-csrf-protection no\n" + access);
        assertThat(command("127.0.0.1", "show+version", ""))
                .startsWith("TLSv1.3 HTTP/1.1 200 ")
                .contains("\"version\":");
        assertThat(get("127.0.0.1", get, ""))
                .startsWith("TLSv1.3 HTTP/1.1 200 ")
                .contains("\"version\":");
        for (String foreign : List.of("Sec-Fetch-Site: cross-site\r\n", "Origin: https://evil.example\r\n")) {
            assertThat(command("127.0.0.1", "show+version", foreign))
                    .as(foreign)
                    .startsWith("TLSv1.3 HTTP/1.1 403 ");
            assertThat(get("127.0.0.1", get, foreign)).as(foreign).startsWith("TLSv1.3 HTTP/1.1 403 ");
        }
    }

    @Test
    void keysPasswordsNamesAndLevelsChangeWithAReload() throws Exception {
        adopt("http-mgmt-password \"open sesame\"\nhttp-access 127.0.0.0/8 admin\nhttp-api-key " + ONE_KEY + "\n");
        String login = ask(
                client,
                false,
                "127.0.0.1",
                "POST /login HTTP/1.1\r\nAccept: application/json\r\n",
                "password=open+sesame");
        Matcher set = COOKIE.matcher(login);
        assertThat(set.find()).as(login).isTrue();
        String cookie = "Cookie: " + set.group(1) + "\r\n";
        assertThat(get("127.0.0.1", "/session", cookie)).contains("\"role\":\"admin\"");
        assertThat(get("127.0.0.1", "/session", "Host: proxy.example\r\n" + cookie))
                .startsWith("TLSv1.3 HTTP/1.1 403 ");
        assertThat(command("127.0.0.11", "show+version", "X-API-Key: " + ONE_KEY + "\r\n"))
                .startsWith("TLSv1.3 HTTP/1.1 200 ");

        // The session stays where the password does, with what its address may do now.
        adopt("http-mgmt-password \"open sesame\"\nhttp-access 127.0.0.0/8 monitor\nhttp-host proxy.example\n"
                + "http-api-key " + OTHER_KEY + "\n");
        assertThat(get("127.0.0.1", "/session", "Host: proxy.example\r\n" + cookie))
                .contains("\"role\":\"monitor\"");
        assertThat(command("127.0.0.11", "show+version", "X-API-Key: " + OTHER_KEY + "\r\n"))
                .startsWith("TLSv1.3 HTTP/1.1 200 ");
        assertThat(command("127.0.0.12", "show+version", "X-API-Key: " + ONE_KEY + "\r\n"))
                .startsWith("TLSv1.3 HTTP/1.1 403 ");

        adopt("http-mgmt-password \"another one\"\nhttp-access 127.0.0.0/8 monitor\n");
        assertThat(get("127.0.0.1", "/session", cookie)).startsWith("TLSv1.3 HTTP/1.1 401 ");
    }
}
