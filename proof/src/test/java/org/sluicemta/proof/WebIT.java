package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The management port of a server process, on real sockets, as browsers, scripts and strangers use it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebIT {
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String SECRET = "what git signs with";
    private static final Pattern TOKEN = Pattern.compile("\"csrf\":\"([^\"]+)\"");

    /// A server without a password, by plain HTTP: everything for 127.0.0.1, less for others.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer open;

    /// A server with a password, by HTTPS.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer locked;

    private int port;
    private int smtp;
    private int securePort;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private HttpClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        port = LoneServer.freePort();
        smtp = LoneServer.freePort();
        securePort = LoneServer.freePort();
        Path first = Files.createDirectories(folder.resolve("open"));
        open = new LoneServer(first, """
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.0/8>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-hosts [127.0.0.1]:1
                  type smtp
                </domain>
                log-file %s/log
                http-mgmt-port %d
                http-redirect-to-https no
                http-access 127.0.0.1 admin
                http-access 127.0.0.2 monitor,deny-logs
                http-access 127.0.0.3 operator
                http-access 127.0.0.4 none
                http-api-key %s
                config-source-secret "%s"
                """.formatted(smtp, first, port, KEY, SECRET));
        Path second = Files.createDirectories(folder.resolve("locked"));
        locked = new LoneServer(second, """
                smtp-listener 127.0.0.1:%d
                http-mgmt-port %d
                http-mgmt-password "open sesame"
                http-strict-transport-security-max-age 600
                """.formatted(LoneServer.freePort(), securePort));
        client = HttpClient.newBuilder().sslContext(trusting()).build();
        try (var mail = new RawSmtp(smtp)) {
            mail.reply();
            mail.ask("EHLO client.example\r\n");
            mail.ask("MAIL FROM:<a@example.com>\r\n");
            mail.ask("RCPT TO:<b@busy.example>\r\n");
            mail.ask("DATA\r\n");
            assertThat(mail.ask("Subject: x\r\n\r\nhello\r\n.\r\n")).startsWith("250 ");
        }
    }

    @AfterAll
    void stop() {
        open.close();
        locked.close();
    }

    /// The certificates here are made at the start, so there is nobody to vouch for them.
    private static SSLContext trusting() throws Exception {
        TrustManager all = new javax.net.ssl.X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {all}, null);
        return context;
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpRequest.Builder toLocked(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + securePort + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(to(path));
    }

    private static HttpRequest.BodyPublisher form(String text) {
        return HttpRequest.BodyPublishers.ofString(text);
    }

    private static HttpRequest.Builder posting(HttpRequest.Builder request, String form) {
        return request.header("Content-Type", "application/x-www-form-urlencoded")
                .POST(form(form));
    }

    private static String token(String session) {
        Matcher found = TOKEN.matcher(session);
        assertThat(found.find()).as(session).isTrue();
        return found.group(1);
    }

    private static String cookie(HttpResponse<String> response) {
        String header = response.headers().firstValue("Set-Cookie").orElseThrow();
        return header.substring(0, header.indexOf(';'));
    }

    /// What a client at another address of this machine is answered: the first line and the rest.
    private String raw(String from, String request) throws IOException {
        try (var socket = new Socket()) {
            socket.bind(new java.net.InetSocketAddress(from, 0));
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", port), 5_000);
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String rawGet(String from, String path) throws IOException {
        return raw(from, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    }

    // --- paths and formats

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/status",
                "/queues",
                "/domains",
                "/vmtas",
                "/jobs",
                "/listqueue?queue=*/*",
                "/getlocalips",
                "/license",
                "/logs",
                "/domainDetail?domain=busy.example",
                "/queueDetail?queue=busy.example/{default}",
                "/jobDetail?jobid=none"
            })
    void eachPathHasThreeFormats(String path) throws Exception {
        String escaped = path.replace("{", "%7B").replace("}", "%7D");
        String and = path.indexOf('?') < 0 ? "?" : "&";

        HttpResponse<String> page = get(escaped);
        HttpResponse<String> json = get(escaped + and + "format=json");
        HttpResponse<String> xml = get(escaped + and + "format=xml");

        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
        assertThat(page.body()).startsWith("<!DOCTYPE html>");
        assertThat(json.statusCode()).as(json.body()).isEqualTo(200);
        assertThat(json.body()).startsWith("{\"data\":{").contains("\"status\":\"success\"");
        assertThat(xml.body()).startsWith("<rsp>").endsWith("<succ/></rsp>\n");
    }

    @Test
    void aListIsTheAnswerOfTheCommandToTheLetter() throws Exception {
        String http = get("/queues?format=json&maxitems=20&sort=name&queue=nothing.example/*")
                .body();
        String command = open.control()
                .ask("--json", "show", "queues", "--maxitems=20", "--sort=name", "nothing.example/*")
                .out();

        assertThat(http).isEqualTo(command);
    }

    @Test
    void oldToolsMayPostForAFormat() throws Exception {
        assertThat(send(posting(to("/status"), "format=json")).body()).startsWith("{\"data\":{\"mta\":{");
    }

    @Test
    void whatIsShownIsEscaped() throws Exception {
        String page = get("/queues?queue=%3Cscript%3Ealert(1)%3C/script%3E/*").body();

        assertThat(page).doesNotContain("<script>");
    }

    @Test
    void wrongParametersAreToldFromMissingPages() throws Exception {
        assertThat(get("/queues?maxitems=0").statusCode()).isEqualTo(400);
        assertThat(get("/queues?mode=odd&format=json").statusCode()).isEqualTo(400);
        assertThat(get("/queues?queue=--json").statusCode()).isEqualTo(400);
        assertThat(get("/queueDetail").statusCode()).isEqualTo(400);
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(send(to("/status").method("DELETE", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void everyAnswerCarriesTheHeadersOfProtection() throws Exception {
        for (String path : List.of("/status", "/nothing", "/session", "/plain.css")) {
            var headers = get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .startsWith("default-src 'none'; script-src 'self'");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
        }
    }

    @Test
    void aFileOfTheConsoleIsSentOnce() throws Exception {
        HttpResponse<String> first = get("/plain.css");
        String tag = first.headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> second = send(to("/plain.css").header("If-None-Match", tag));

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    void theBoardOfProvidersSaysWhatHurts() throws Exception {
        // Nobody listens where its mail goes.
        String board = get("/providers").body();
        long deadline = System.nanoTime() + LoneServer.PATIENCE_NANOS;
        while (!board.contains("ECONNREFUSED") && System.nanoTime() < deadline) {
            LockSupport.parkNanos(100_000_000);
            board = get("/providers").body();
        }

        assertThat(board)
                .contains("\"name\":\"busy.example\"")
                .contains("\"rcp\":1,")
                .contains("ECONNREFUSED");
    }

    // --- who may do what

    @Test
    void accessGoesByAddressAndTheFirstLineThatFits() throws Exception {
        assertThat(rawGet("127.0.0.2", "/status")).startsWith("HTTP/1.1 200 ");
        assertThat(rawGet("127.0.0.4", "/status")).startsWith("HTTP/1.1 403 ");
        assertThat(rawGet("127.0.0.5", "/status")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void logsAreDeniedToWhomTheyAreDenied() throws Exception {
        assertThat(rawGet("127.0.0.2", "/logs")).startsWith("HTTP/1.1 403 ");
        assertThat(rawGet("127.0.0.2", "/getFile?file=log")).startsWith("HTTP/1.1 403 ");
        assertThat(rawGet("127.0.0.3", "/getFile?file=log"))
                .startsWith("HTTP/1.1 200 ")
                .contains("ready, SMTP on");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../config",
                "..%2Fconfig",
                "/etc/passwd",
                "log/../config",
                "config",
                "%2e%2e/config",
                "log%00",
                ".",
                "data/spool",
                "....//config"
            })
    void noFileButTheListedOnesIsSent(String name) throws Exception {
        String answer = rawGet("127.0.0.1", "/getFile?file=" + name);

        assertThat(answer).startsWith("HTTP/1.1 404 ").doesNotContain("http-api-key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/../config", "/..%2f..%2fetc/passwd", "/console/../../secret.js", "//etc/passwd"})
    void noPathLeadsOutOfTheConsole(String path) throws Exception {
        assertThat(rawGet("127.0.0.1", path)).matches("(?s)HTTP/1.1 (404|400|403|302) .*");
    }

    /// The library takes them for one before anything is decided by the path.
    @Test
    void twoSlashesAreOne() throws Exception {
        assertThat(rawGet("127.0.0.1", "//index.html")).startsWith("HTTP/1.1 200 ");
        assertThat(rawGet("127.0.0.2", "//getFile?file=log")).startsWith("HTTP/1.1 403 ");
        assertThat(rawGet("127.0.0.5", "//status")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void aKeyMakesAProgramAnAdministratorAndAWrongOneIsSlow() throws Exception {
        String ask = "POST /command HTTP/1.1\r\nHost: anything\r\nX-API-Key: %s\r\nContent-Length: 19\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\ncommand=show+status";

        assertThat(raw("127.0.0.7", ask.formatted(KEY))).startsWith("HTTP/1.1 200 ");
        assertThat(raw("127.0.0.8", ask.formatted("x".repeat(32)))).startsWith("HTTP/1.1 403 ");
        assertThat(raw("127.0.0.8", ask.formatted(KEY)))
                .startsWith("HTTP/1.1 429 ")
                .contains("Retry-After: ");
        // An address that is shut out by name stays out.
        assertThat(raw("127.0.0.4", ask.formatted(KEY))).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void operatorsPauseAndOnlyAdministratorsDelete() throws Exception {
        String session = raw("127.0.0.3", "GET /session HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        Matcher set = Pattern.compile("Set-Cookie: ([^;]+);").matcher(session);
        assertThat(set.find()).isTrue();
        String pause = commandBy(set.group(1), token(session), "pause queue nowhere.example/{default}");
        String delete = commandBy(set.group(1), token(session), "delete --queue=nowhere.example/*");
        String unknown = commandBy(set.group(1), token(session), "reload");

        assertThat(pause).startsWith("HTTP/1.1 ").doesNotStartWith("HTTP/1.1 403");
        assertThat(delete).startsWith("HTTP/1.1 403 ").contains("admin access");
        assertThat(unknown).startsWith("HTTP/1.1 403 ");
    }

    private String commandBy(String cookie, String token, String command) throws IOException {
        String body =
                "format=json&csrf=" + token + "&command=" + java.net.URLEncoder.encode(command, StandardCharsets.UTF_8);
        return raw(
                "127.0.0.3",
                "POST /command HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie + "\r\nContent-Length: "
                        + body.length()
                        + "\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n" + body);
    }

    // --- foreign pages

    @Test
    void aChangeNeedsTheTokenOfOurPages() throws Exception {
        HttpResponse<String> session = get("/session");
        String cookie = cookie(session);
        String token = token(session.body());
        String json = "{\"command\":[\"show\",\"version\"]}";

        assertThat(session.body()).contains("\"role\":\"admin\"").contains("\"needsLogin\":false");
        assertThat(session.headers().firstValue("Set-Cookie").orElse(""))
                .contains("HttpOnly")
                .contains("SameSite=Strict");
        assertThat(send(command(json, cookie, token)).statusCode()).isEqualTo(200);
        assertThat(send(command(json, cookie, token)).body()).contains("\"version\":");
        assertThat(send(command(json, cookie, "")).statusCode()).isEqualTo(403);
        assertThat(send(command(json, cookie, token + "x")).statusCode()).isEqualTo(403);
        assertThat(send(command(json, cookie(get("/session")), token)).statusCode())
                .isEqualTo(403);
        assertThat(send(to("/command?command=show+status").header("Cookie", cookie))
                        .statusCode())
                .isEqualTo(405);
    }

    private HttpRequest.Builder command(String json, String cookie, String token) {
        HttpRequest.Builder request = to("/command")
                .header("Content-Type", "application/json")
                .header("Cookie", cookie)
                .POST(form(json));
        return token.isEmpty() ? request : request.header("X-CSRF-Token", token);
    }

    @ParameterizedTest
    @CsvSource({"Sec-Fetch-Site,cross-site", "Sec-Fetch-Site,same-site", "Origin,https://evil.example", "Origin,null"})
    void aChangeFromAForeignPageIsRefusedWithTheRightToken(String header, String value) throws Exception {
        HttpResponse<String> session = get("/session");

        HttpResponse<String> answer =
                send(command("{\"command\":[\"show\",\"version\"]}", cookie(session), token(session.body()))
                        .header(header, value));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("another site");
    }

    @Test
    void aNameThatIsNotOursIsNotAnswered() throws Exception {
        String evil = raw("127.0.0.1", "GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        String ours =
                raw("127.0.0.1", "GET /status HTTP/1.1\r\nHost: mx.sluice.example:1\r\nConnection: close\r\n\r\n");

        assertThat(evil).startsWith("HTTP/1.1 403 ");
        assertThat(ours).startsWith("HTTP/1.1 200 ");
    }

    // --- log-in

    @Test
    void peopleLogInAndOut() throws Exception {
        HttpResponse<String> before = send(toLocked("/session"));
        HttpResponse<String> page = send(toLocked("/status"));
        HttpResponse<String> in =
                send(posting(toLocked("/login"), "password=open+sesame").header("Accept", "application/json"));
        String cookie = cookie(in);
        HttpResponse<String> status = send(toLocked("/status").header("Cookie", cookie));
        HttpResponse<String> out = send(posting(toLocked("/logout"), "csrf=" + token(in.body()))
                .header("Accept", "application/json")
                .header("Cookie", cookie));
        HttpResponse<String> after = send(toLocked("/session").header("Cookie", cookie));

        assertThat(before.statusCode()).isEqualTo(401);
        assertThat(before.body()).contains("\"needsLogin\":true");
        assertThat(page.statusCode()).isEqualTo(303);
        assertThat(page.headers().firstValue("Location")).contains("/login");
        assertThat(in.statusCode()).isEqualTo(200);
        assertThat(in.body()).contains("\"role\":\"admin\"");
        assertThat(in.headers().firstValue("Set-Cookie").orElse(""))
                .startsWith("__Host-sluice=")
                .contains("Secure");
        assertThat(in.headers().firstValue("Strict-Transport-Security")).contains("max-age=600");
        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(out.statusCode()).isEqualTo(200);
        assertThat(after.statusCode()).isEqualTo(401);
    }

    @Test
    void plainHttpIsSentToHttpsOnTheSamePort() throws Exception {
        try (var socket = new Socket("127.0.0.1", securePort)) {
            socket.getOutputStream()
                    .write("GET /queues?queue=a HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 307 ").contains("Location: https://localhost:1/queues?queue=a\r\n");
        }
    }

    @Test
    void aSecondWrongPasswordIsNotLookedAtAtOnce() throws Exception {
        // From an address of its own, as the others log in from 127.0.0.1.
        try (var one = secureSocket("127.0.0.9");
                var other = secureSocket("127.0.0.9")) {
            assertThat(login(one, "wrong")).startsWith("HTTP/1.1 401 ");
            assertThat(login(other, "open+sesame")).startsWith("HTTP/1.1 429 ").contains("Retry-After: ");
        }
    }

    private Socket secureSocket(String from) throws Exception {
        var plain = new Socket();
        plain.bind(new java.net.InetSocketAddress(from, 0));
        plain.connect(new java.net.InetSocketAddress("127.0.0.1", securePort), 5_000);
        plain.setSoTimeout(20_000);
        return trusting().getSocketFactory().createSocket(plain, "127.0.0.1", securePort, true);
    }

    private static String login(Socket socket, String password) throws IOException {
        String body = "password=" + password;
        socket.getOutputStream()
                .write(("POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: "
                                + body.length() + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aLogInFromAForeignPageIsRefused() throws Exception {
        assertThat(send(posting(toLocked("/login"), "password=open+sesame").header("Origin", "https://evil.example"))
                        .statusCode())
                .isEqualTo(403);
    }

    // --- the stream of events

    @Test
    void theStreamTellsStatusAndQueues() throws Exception {
        HttpResponse<InputStream> stream =
                client.send(to("/events").build(), HttpResponse.BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            var seen = new ArrayList<String>();
            while (seen.stream().filter(each -> each.startsWith("data: ")).count() < 4) {
                seen.add(lines.readLine());
            }

            assertThat(stream.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            assertThat(seen).contains("event: status", "event: queues");
            assertThat(seen).anyMatch(each -> each.startsWith("data: {\"data\":{\"mta\":{"));
            assertThat(seen).anyMatch(each -> each.contains("Top 50 queues by number of recipients"));
        }
    }

    @Test
    void theStreamEndsWithTheSession() throws Exception {
        HttpResponse<String> in =
                send(posting(toLocked("/login"), "password=open+sesame").header("Accept", "application/json"));
        String cookie = cookie(in);
        HttpResponse<InputStream> stream = client.send(
                toLocked("/events").header("Cookie", cookie).build(), HttpResponse.BodyHandlers.ofInputStream());
        send(posting(toLocked("/logout"), "csrf=" + token(in.body())).header("Cookie", cookie));

        // It would go on for ever if it did not end.
        byte[] all = stream.body().readAllBytes();

        assertThat(new String(all, StandardCharsets.UTF_8)).startsWith(": here");
    }

    // --- metrics

    @Test
    void collectorsGetTheirFigures() throws Exception {
        HttpResponse<String> metrics = send(to("/metrics").header("Authorization", "Bearer " + KEY));

        assertThat(metrics.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        assertThat(metrics.body())
                .contains("sluice_messages_total{direction=\"in\"} 1.0\n")
                .contains("sluice_queue_recipients 1.0\n")
                .contains("sluice_queues{state=\"backoff\"} 0.0\n");
    }

    @Test
    void theFiguresAreThoseOfTheDocumentation() throws Exception {
        String page = Files.readString(Path.of(System.getProperty("project.root"), "docs", "metrics.md"));
        List<String> documented = Pattern.compile("^\\| `(sluice_[a-z_]+)` \\| (\\w+) ", Pattern.MULTILINE)
                .matcher(page)
                .results()
                .map(each -> each.group(1) + " " + each.group(2).replace("info", "gauge"))
                .sorted()
                .toList();
        List<String> told = get("/metrics")
                .body()
                .lines()
                .filter(each -> each.startsWith("# TYPE "))
                .map(each -> each.substring("# TYPE ".length()))
                .sorted()
                .toList();

        assertThat(told).isEqualTo(documented);
    }

    // --- the call of a git host

    @Test
    void aSignedCallAsksForAPullAndNothingElseDoes() throws Exception {
        String body = "{\"ref\":\"refs/heads/main\"}";
        String signature = "sha256=" + hmac(SECRET, body);

        HttpResponse<String> signed =
                send(to("/config/pull").header("X-Hub-Signature-256", signature).POST(form(body)));
        HttpResponse<String> token =
                send(to("/config/pull").header("X-Gitlab-Token", SECRET).POST(form(body)));
        HttpResponse<String> forged =
                send(to("/config/pull").header("X-Hub-Signature-256", signature).POST(form(body + " ")));
        String fromAnywhere = raw(
                "127.0.0.6",
                "POST /config/pull HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: " + signature + "\r\nContent-Length: "
                        + body.length() + "\r\nConnection: close\r\n\r\n" + body);

        assertThat(signed.statusCode()).as(signed.body()).isEqualTo(202);
        assertThat(token.statusCode()).isEqualTo(202);
        assertThat(forged.statusCode()).isEqualTo(403);
        assertThat(fromAnywhere).startsWith("HTTP/1.1 202 ");
        assertThat(send(toLocked("/config/pull").POST(form(body))).statusCode()).isEqualTo(404);
    }

    private static String hmac(String key, String text) throws Exception {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return java.util.HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    // --- bounds

    @Test
    void whatIsTooLargeIsRefused() throws Exception {
        String large = "x".repeat(70_000);

        assertThat(send(posting(to("/command"), "command=" + large)).statusCode())
                .isEqualTo(413);
        assertThat(raw("127.0.0.1", "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + large + "\r\n\r\n"))
                .startsWith("HTTP/1.1 4");
        assertThat(raw("127.0.0.1", "GET /" + "y".repeat(20_000) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
                .startsWith("HTTP/1.1 4");
    }

    @Test
    void whoIsSlowHoldsUpNobody() throws Exception {
        var slow = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 40; i++) {
                var socket = new Socket();
                socket.bind(new java.net.InetSocketAddress("127.0.0.10", 0));
                socket.connect(new java.net.InetSocketAddress("127.0.0.1", port), 5_000);
                socket.getOutputStream().write("GET /sta".getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }

            assertThat(get("/status").statusCode()).isEqualTo(200);
            try (var mail = new RawSmtp(smtp)) {
                assertThat(mail.reply()).startsWith("220 ");
            }
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
    }
}
