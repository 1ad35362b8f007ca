package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.lab.FreePorts;

/// TLS and log-ins with programs that others wrote: OpenSSL's s_client, swaks, Postfix's posttls-finger and Python's
/// smtplib come in; aiosmtpd and Postfix take what goes out. The certificates are OpenSSL's too.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrustIT {
    private static final String OPENSSL = "/usr/bin/openssl";
    private static final String PYTHON = "/usr/bin/python3";
    private static final String AIOSMTPD = "/usr/bin/aiosmtpd";
    private static final String FINGER = "/usr/sbin/posttls-finger";
    private static final String SWAKS = "/usr/bin/swaks";
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    private final List<Process> started = new ArrayList<>();
    private int plain;
    private int immediate;
    private int narrow;
    private int proxied;
    private boolean isWithPostfix;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private Process server;

    @BeforeAll
    void startTheServer() throws Exception {
        for (String program : List.of(OPENSSL, PYTHON, SWAKS, AIOSMTPD, FINGER)) {
            boolean isThere = Files.isExecutable(Path.of(program));
            if (System.getenv("CI") != null) {
                assertThat(isThere)
                        .as("%s is required here; install it", program)
                        .isTrue();
            }
            Assumptions.assumeTrue(isThere, program + " is missing; install it to meet strangers");
        }
        authority("authority");
        authority("foreign");
        certificate("mx", "mx.sluice.example", "authority");
        certificate("renewed", "renewed.sluice.example", "authority");
        certificate("remote", "127.0.0.1", "authority");
        certificate("client", "client.example", "authority");
        certificate("stranger", "stranger.example", "foreign");
        Files.copy(file("mx.pem"), file("server.pem"));
        plain = FreePorts.find();
        immediate = FreePorts.find();
        narrow = FreePorts.find();
        proxied = FreePorts.find();
        int remote = FreePorts.find();
        receiver(remote);
        int postfix = FreePorts.find();
        isWithPostfix = postfix(postfix);
        Path config = Files.writeString(
                file("config"), """
                host-name mx.sluice.example
                smtp-server-tls-certificate %1$s/server.pem
                <smtp-listener 127.0.0.1:%2$d>
                </smtp-listener>
                <smtp-listener 127.0.0.1:%3$d>
                  immediate-tls yes
                  tls-ca-file %1$s/authority.crt
                </smtp-listener>
                <smtp-listener 127.0.0.1:%4$d>
                  tls-allow-tlsv1.3 no
                  tls-ciphers ECDHE+CHACHA20:!aNULL
                </smtp-listener>
                <smtp-listener 127.0.0.1:%6$d>
                  immediate-tls yes
                  proxy-protocol yes
                  proxy-protocol-sources 127.0.0.1
                </smtp-listener>
                <source 127.0.0.1>
                  allow-starttls yes
                </source>
                <source 198.51.100.7>
                  smtp-service no
                </source>
                <smtp-user joe>
                  password "pass word"
                </smtp-user>
                <source {auth}>
                  always-allow-relaying yes
                </source>
                <domain *>
                  type discard
                </domain>
                <domain verified.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%5$d
                  require-starttls yes
                  smtp-tls-ca-file %1$s/authority.crt
                  smtp-tls-allow-tlsv1.3 no
                  auth-username joe
                  auth-password "pass word"
                </domain>
                <domain postfix.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%7$d
                  require-starttls yes
                  smtp-tls-ca-file %1$s/authority.crt
                  smtp-client-certificate %1$s/client.pem
                </domain>
                <domain foreign.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%5$d
                  require-starttls yes
                  smtp-tls-ca-file %1$s/foreign.crt
                </domain>
                <domain any.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%5$d
                  smtp-client-certificate %1$s/client.pem
                  auth-username joe
                  auth-password "pass word"
                </domain>
                <domain guessing.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%5$d
                  auth-username joe
                  auth-password wrong-word
                </domain>
                <acct-file %1$s/acct.csv>
                  records d,b,t,tq
                </acct-file>
                """.formatted(folder, plain, immediate, narrow, remote, proxied, postfix));
        server = new ProcessBuilder(
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
                        file("data").toString())
                .redirectErrorStream(true)
                .redirectOutput(file("server.log").toFile())
                .start();
        started.add(server);
        awaitInLog("sluice: ready", 1);
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

    // --- openssl s_client

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslVerifiesTheCertificateUnderStarttls(String version) throws Exception {
        Ended ended = client(plain, version, "-starttls", "smtp", "-verify_hostname", "mx.sluice.example");

        assertThat(ended.output()).contains("Verification: OK").contains("221 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslIsGreetedInsideImmediateTls(String version) throws Exception {
        Ended ended = client(immediate, version, "-verify_hostname", "mx.sluice.example");

        assertThat(ended.output()).contains("Verification: OK").contains("220 mx.sluice.example");
    }

    @ParameterizedTest
    @CsvSource({"true,-tls1_1", "true,-tls1", "false,-tls1_3"})
    void aVersionThatIsSwitchedOffIsRefused(boolean isPlain, String version) throws Exception {
        Ended ended = client(isPlain ? plain : narrow, version, "-starttls", "smtp", "-cipher", "DEFAULT@SECLEVEL=0");

        assertThat(ended.status()).isNotZero();
        assertThat(ended.output())
                .containsIgnoringCase("alert protocol version")
                .doesNotContain("221 ");
    }

    @Test
    void theCiphersOfAListenerAreThoseOfItsString() throws Exception {
        assertThat(client(narrow, "-tls1_2", "-starttls", "smtp").output()).contains("CHACHA20-POLY1305");
        assertThat(client(narrow, "-tls1_2", "-starttls", "smtp", "-cipher", "AES128-GCM-SHA256")
                        .output())
                .contains("Cipher is (NONE)")
                .doesNotContain("221 ");
    }

    @Test
    void aClientsCertificateIsVerifiedWhereItIsShown() throws Exception {
        String client = file("client.pem").toString();
        String stranger = file("stranger.pem").toString();

        assertThat(client(immediate, "-tls1_2", "-cert", client, "-key", client).output())
                .contains("220 mx.sluice.example");
        assertThat(client(immediate, "-tls1_2", "-cert", stranger, "-key", stranger)
                        .output())
                .doesNotContain("220 mx.sluice.example");
    }

    // --- through a proxy

    @ParameterizedTest
    @CsvSource({"198.51.100.8,220", "198.51.100.7,554"})
    void pythonHandsAClientOnWithAHandshakeBehindTheHeader(String address, String code) throws Exception {
        Path script = Files.writeString(file("proxy.py"), """
                import socket, ssl, struct, sys
                trust = ssl.create_default_context(cafile=sys.argv[1])
                link = socket.create_connection(('127.0.0.1', int(sys.argv[2])), 20)
                content = socket.inet_aton(sys.argv[3]) + socket.inet_aton('192.0.2.25') + struct.pack('!HH', 4711, 465)
                content += b'\\x05\\x00\\x04name'
                link.sendall(b'\\r\\n\\r\\n\\0\\r\\nQUIT\\n\\x21\\x11' + struct.pack('!H', len(content)) + content)
                secured = trust.wrap_socket(link, server_hostname='mx.sluice.example')
                print(secured.recv(1000).decode())
                """);

        Ended ended = call(List.of(
                PYTHON, script.toString(), file("authority.crt").toString(), Integer.toString(proxied), address));

        assertThat(ended.output()).startsWith(code + " ");
    }

    // --- other clients

    @Test
    void swaksLogsInWithinImmediateTls() throws Exception {
        Ended ended = call(List.of(
                SWAKS,
                "--server",
                "127.0.0.1",
                "--port",
                Integer.toString(immediate),
                "--tlsc",
                "--auth",
                "PLAIN",
                "--auth-user",
                "joe",
                "--auth-password",
                "pass word",
                "--from",
                "a@example.com",
                "--to",
                "b@example.net",
                "--timeout",
                "20"));

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("235 2.7.0 ").contains("250 2.6.0 ");
    }

    @Test
    void pythonVerifiesLogsInAndSends() throws Exception {
        Path script = Files.writeString(file("send.py"), """
                import smtplib, ssl, sys
                trust = ssl.create_default_context(cafile=sys.argv[1])
                def secured(port, immediate):
                    host = 'mx.sluice.example'
                    if immediate:
                        import socket
                        class Immediate(smtplib.SMTP):
                            def _get_socket(self, h, p, timeout):
                                return trust.wrap_socket(socket.create_connection(('127.0.0.1', p), timeout),
                                                         server_hostname=host)
                        client = Immediate(host, port, timeout=20)
                    else:
                        client = smtplib.SMTP('127.0.0.1', port, timeout=20)
                        client._host = host
                        client.starttls(context=trust)
                    client.login('joe', 'pass word')
                    client.sendmail('a@example.com', ['b@example.net'], 'Subject: hello\\r\\n\\r\\nhello\\r\\n')
                    client.quit()
                secured(int(sys.argv[2]), False)
                secured(int(sys.argv[3]), True)
                print('sent both')
                """);

        Ended ended = call(List.of(
                PYTHON,
                script.toString(),
                file("authority.crt").toString(),
                Integer.toString(plain),
                Integer.toString(immediate)));

        assertThat(ended.output()).contains("sent both");
    }

    // --- out

    /// aiosmtpd, which wants a log-in and asks for certificates; it prints what it takes.
    private void receiver(int port) throws Exception {
        Path script = Files.writeString(file("receive.py"), """
                import asyncio, ssl, sys
                from aiosmtpd.smtp import SMTP, AuthResult
                folder, port = sys.argv[1], int(sys.argv[2])
                tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder + '/authority.crt')
                tls.load_cert_chain(folder + '/remote.pem')
                tls.verify_mode = ssl.CERT_OPTIONAL
                def check(server, session, envelope, mechanism, data):
                    good = data.login == b'joe' and data.password == b'pass word'
                    return AuthResult(success=good, handled=False)
                class Taker:
                    async def handle_DATA(self, server, session, envelope):
                        link = server.transport.get_extra_info('ssl_object')
                        shown = link.getpeercert() or {}
                        print('took', envelope.rcpt_tos[0], link.version(), session.authenticated,
                              shown.get('subject', 'no certificate'), flush=True)
                        return '250 2.0.0 taken'
                async def serve():
                    loop = asyncio.get_running_loop()
                    server = await loop.create_server(
                        lambda: SMTP(Taker(), hostname='remote', tls_context=tls, require_starttls=True,
                                     authenticator=check, auth_required=True),
                        '127.0.0.1', port)
                    print('listening', flush=True)
                    await server.serve_forever()
                asyncio.run(serve())
                """);
        started.add(new ProcessBuilder(PYTHON, "-W", "ignore", script.toString(), folder.toString(), "" + port)
                .redirectErrorStream(true)
                .redirectOutput(file("receiver.log").toFile())
                .start());
        awaitText(file("receiver.log"), "listening", 1);
    }

    @Test
    void mailGoesOutVerifiedAndLoggedIn() throws Exception {
        send("ann@verified.example");

        assertThat(row("ann@verified.example")).startsWith("d,");
        assertThat(Files.readString(file("receiver.log")))
                .contains("took ann@verified.example TLSv1.2 True no certificate");
    }

    /// Postfix's own master and smtpd with a configuration of the test's, which takes everything and throws it away.
    ///
    /// @return false where it cannot run: it changes users, which only root may
    private boolean postfix(int port) throws Exception {
        if (!System.getProperty("user.name").equals("root")) {
            return false;
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path configuration = Files.createDirectories(file("postfix"));
        Files.createDirectories(file("postfix-queue"));
        Path data = Files.createDirectories(file("postfix-data"));
        assertThat(call(List.of("chown", "postfix", data.toString())).status()).isZero();
        Files.writeString(configuration.resolve("main.cf"), """
                compatibility_level = 3.6
                queue_directory = %1$s/postfix-queue
                data_directory = %1$s/postfix-data
                myhostname = postfix.example
                mydestination =
                mynetworks =
                local_recipient_maps =
                relay_domains = static:all
                relay_transport = discard
                smtpd_relay_restrictions = permit_auth_destination, reject
                smtpd_tls_security_level = encrypt
                smtpd_tls_cert_file = %1$s/remote.crt
                smtpd_tls_key_file = %1$s/remote.key
                smtpd_tls_CAfile = %1$s/authority.crt
                smtpd_tls_ask_ccert = yes
                smtpd_tls_loglevel = 1
                maillog_file = %1$s/postfix-data/log
                maillog_file_prefixes = %1$s
                inet_interfaces = loopback-only
                inet_protocols = ipv4
                """.formatted(folder));
        Files.writeString(configuration.resolve("master.cf"), """
                127.0.0.1:%d inet n - n - - smtpd
                postlog unix-dgram n - n - 1 postlogd
                cleanup unix n - n - 0 cleanup
                qmgr unix n - n 300 1 qmgr
                tlsmgr unix - - n 1000? 1 tlsmgr
                rewrite unix - - n - - trivial-rewrite
                proxymap unix - - n - - proxymap
                discard unix - - n - - discard
                bounce unix - - n - 0 bounce
                defer unix - - n - 0 bounce
                trace unix - - n - 0 bounce
                anvil unix - - n - 1 anvil
                """.formatted(port));
        Ended checked = call(List.of("/usr/sbin/postfix", "-c", configuration.toString(), "check"));
        assertThat(checked.status()).as(checked.output()).isZero();
        started.add(new ProcessBuilder("/usr/lib/postfix/sbin/master", "-c", configuration.toString(), "-d")
                .redirectErrorStream(true)
                .redirectOutput(file("postfix.log").toFile())
                .start());
        return true;
    }

    @Test
    void postfixTakesMailUnderItsOwnCertificateAndSeesOurs() throws Exception {
        Assumptions.assumeTrue(isWithPostfix, "Postfix runs for root only");

        send("ann@postfix.example");

        assertThat(row("ann@postfix.example")).startsWith("d,");
        awaitText(file("postfix-data/log"), "Trusted TLS connection established from localhost[127.0.0.1]: TLSv1.3", 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void postfixVerifiesTheCertificate(boolean isImmediate) throws Exception {
        Assumptions.assumeTrue(isWithPostfix, "Postfix runs for root only");
        var words = new ArrayList<>(List.of("/usr/bin/env", "MAIL_CONFIG=" + file("postfix"), FINGER));
        words.addAll(List.of("-c", "-l", "secure", "-F", file("authority.crt").toString()));
        if (isImmediate) {
            words.add("-w");
        }
        words.addAll(List.of("[127.0.0.1]:" + (isImmediate ? immediate : plain), "mx.sluice.example"));

        assertThat(call(words).output()).contains("Verified TLS connection established to 127.0.0.1");
    }

    @Test
    void opportunisticTlsTakesAnyCertificateAndShowsItsOwn() throws Exception {
        send("ann@any.example");

        assertThat(row("ann@any.example")).startsWith("d,");
        assertThat(Files.readString(file("receiver.log")))
                .contains("took ann@any.example TLSv1.3 True")
                .contains("client.example");
    }

    @Test
    void aCertificateOfAForeignAuthorityKeepsMailBackWhereTlsIsRequired() throws Exception {
        send("ann@foreign.example");

        assertThat(row("ann@foreign.example"))
                .startsWith("tq,")
                .contains("4.7.5")
                .contains("X-Sluice;TLS with ");
        assertThat(Files.readString(file("receiver.log"))).doesNotContain("ann@foreign.example");
    }

    @Test
    void aRefusedLogInKeepsMailBackAndItsPasswordSecret() throws Exception {
        send("ann@guessing.example");

        assertThat(row("ann@guessing.example")).startsWith("tq,").contains("535");
        assertThat(Files.readString(file("server.log"))).doesNotContain("wrong-word");
    }

    private void send(String to) throws IOException, InterruptedException {
        Ended ended = call(List.of(
                SWAKS,
                "--server",
                "127.0.0.1",
                "--port",
                Integer.toString(plain),
                "--tls",
                "--auth-user",
                "joe",
                "--auth-password",
                "pass word",
                "--from",
                "a@example.com",
                "--to",
                to,
                "--timeout",
                "20"));
        assertThat(ended.status()).as(ended.output()).isZero();
    }

    /// The first row of the recipient's, or of its queue.
    private static String row(String recipient) throws IOException {
        long begun = System.nanoTime();
        String domain = recipient.substring(recipient.indexOf('@') + 1);
        while (System.nanoTime() - begun < PATIENCE_NANOS) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path each : files.filter(
                                file -> file.getFileName().toString().startsWith("acct"))
                        .toList()) {
                    Optional<String> found = Files.readAllLines(each).stream()
                            .filter(row -> row.contains(domain))
                            .findFirst();
                    if (found.isPresent()) {
                        return found.get();
                    }
                }
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("no row came for " + recipient);
    }

    // --- reload

    @Test
    void aReloadTakesANewCertificateAndRefusesABrokenOne() throws Exception {
        Process running = new ProcessBuilder(clientWords(immediate, "-tls1_3"))
                .redirectErrorStream(true)
                .redirectOutput(file("running.log").toFile())
                .start();
        started.add(running);
        awaitText(file("running.log"), "220 mx.sluice.example", 1);

        Files.copy(file("renewed.pem"), file("server.pem"), StandardCopyOption.REPLACE_EXISTING);
        reload();
        awaitCertificateOf("renewed.sluice.example");

        Files.writeString(file("server.pem"), "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n");
        reload();
        awaitInLog("reload refused, the old configuration stays: ", 1);
        assertThat(Files.readString(file("server.log"))).contains("server.pem cannot be used");
        assertThat(client(immediate, "-tls1_3").output()).contains("renewed.sluice.example");

        running.getOutputStream().write("QUIT\n".getBytes(StandardCharsets.US_ASCII));
        running.getOutputStream().flush();
        assertThat(running.waitFor(20, TimeUnit.SECONDS)).isTrue();
        started.remove(running);
        assertThat(Files.readString(file("running.log"))).contains("221 ");
        Files.copy(file("mx.pem"), file("server.pem"), StandardCopyOption.REPLACE_EXISTING);
        reload();
        awaitCertificateOf("mx.sluice.example");
    }

    private void awaitCertificateOf(String name) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        String seen = "";
        while (!seen.contains("CN = " + name)) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError("the certificate of " + name + " did not come: " + seen
                        + "\nThe server said:\n" + Files.readString(file("server.log")));
            }
            seen = client(immediate, "-tls1_3").output();
        }
    }

    private void reload() throws IOException, InterruptedException {
        assertThat(call(List.of("kill", "-HUP", Long.toString(server.pid()))).status())
                .isZero();
    }

    // --- certificates

    private void authority(String name) throws IOException, InterruptedException {
        openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=%s"
                        .formatted(name),
                "-keyout",
                file(name + ".key").toString(),
                "-out",
                file(name + ".crt").toString());
    }

    /// Makes `name.pem`, certificate and key.
    private void certificate(String name, String host, String issuer) throws IOException, InterruptedException {
        Path key = file(name + ".key");
        Path request = file(name + ".csr");
        Path certificate = file(name + ".crt");
        openssl(
                "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=%s".formatted(host),
                "-keyout",
                key.toString(),
                "-out",
                request.toString());
        Path names = Files.writeString(
                file(name + ".ext"), "subjectAltName=" + (host.equals("127.0.0.1") ? "IP:" : "DNS:") + host + "\n");
        openssl(
                "x509 -req -days 30 -CAcreateserial",
                "-in",
                request.toString(),
                "-CA",
                file(issuer + ".crt").toString(),
                "-CAkey",
                file(issuer + ".key").toString(),
                "-extfile",
                names.toString(),
                "-out",
                certificate.toString());
        Files.writeString(file(name + ".pem"), Files.readString(certificate) + Files.readString(key));
    }

    private static void openssl(String words, String... more) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of(OPENSSL));
        all.addAll(List.of(words.split(" ")));
        all.addAll(List.of(more));
        Ended ended = call(all);
        assertThat(ended.status()).as(ended.output()).isZero();
    }

    private static List<String> clientWords(int port, String... more) {
        var words = new ArrayList<>(List.of(
                OPENSSL,
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                "-CAfile",
                file("authority.crt").toString(),
                "-ign_eof",
                "-crlf"));
        words.addAll(List.of(more));
        return words;
    }

    /// s_client that says QUIT.
    private static Ended client(int port, String... more) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(clientWords(port, more))
                .redirectErrorStream(true)
                .start();
        try (var in = process.getOutputStream()) {
            in.write("QUIT\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException refusedAtOnce) {
            // It ended before it read; what it printed says why.
            assertThat(refusedAtOnce).hasMessageContaining("pipe");
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static Path file(String name) {
        return folder.resolve(name);
    }

    private record Ended(int status, String output) {}

    private static Ended call(List<String> words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private void awaitInLog(String text, int times) throws IOException {
        awaitText(file("server.log"), text, times);
    }

    private void awaitText(Path where, String text, int times) throws IOException {
        long begun = System.nanoTime();
        String said = Files.readString(where);
        while (said.split(java.util.regex.Pattern.quote(text), -1).length <= times) {
            if (started.stream().anyMatch(each -> !each.isAlive()) || System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError("\"" + text + "\" did not come: " + said);
            }
            LockSupport.parkNanos(5_000_000);
            said = Files.readString(where);
        }
    }
}
