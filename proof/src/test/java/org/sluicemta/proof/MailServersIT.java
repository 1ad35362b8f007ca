package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Exim and OpenSMTPD relay into a server process and take from it, in clear and under TLS 1.2 and 1.3 where they can;
/// msmtp, s-nail and Python's smtplib log in under TLS. What they say of the connection is asked of their own logs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MailServersIT {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String MSMTP = "/usr/bin/msmtp";
    private static final String S_NAIL = "/usr/bin/s-nail";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    private final List<Process> started = new ArrayList<>();
    private final String exim = program("exim4");
    private final String smtpd = program("smtpd");
    private int eximPort;
    private int smtpdPort;
    private int secured;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    /// Unpacked under `target/strangers`, for their packages cannot be installed beside Postfix's; else installed.
    private static String program(String name) {
        Path unpacked = Path.of(System.getProperty("project.root"), "target", "strangers", "usr", "sbin", name);
        return Files.isExecutable(unpacked) ? unpacked.toString() : "/usr/sbin/" + name;
    }

    private static void require(boolean isThere, String what) {
        if (System.getenv("CI") != null) {
            assertThat(isThere).as("%s is required here; see .ci/run", what).isTrue();
        }
        Assumptions.assumeTrue(isThere, what + " is missing; see .ci/run");
    }

    @BeforeAll
    void start() throws Exception {
        for (String program : List.of(exim, smtpd, PYTHON, MSMTP, S_NAIL)) {
            require(Files.isExecutable(Path.of(program)), program);
        }
        require(Files.isDirectory(Path.of("/var/lib/opensmtpd/empty")), "/var/lib/opensmtpd/empty");
        require(call("", "/usr/bin/id", "-u").output().strip().equals("0"), "root, for mail servers of others,");
        for (String user : List.of("Debian-exim", "opensmtpd", "opensmtpq")) {
            require(call("", "/usr/bin/id", user).status() == 0, "the user " + user);
        }
        Path certificate = TestCertificate.pem(folder);
        Files.setPosixFilePermissions(certificate, PosixFilePermissions.fromString("rw-------"));
        eximPort = LoneServer.freePort();
        smtpdPort = LoneServer.freePort();
        int clear = LoneServer.freePort();
        int older = LoneServer.freePort();
        secured = LoneServer.freePort();
        server = new LoneServer(folder, config(certificate, clear, older));
        exim(certificate, clear, older);
        smtpd(certificate, clear, older);
    }

    private String config(Path certificate, int clear, int older) {
        var config = new StringBuilder("""
                smtp-server-tls-certificate %s
                <smtp-listener 127.0.0.1:%d>
                  source {clear}
                </smtp-listener>
                <smtp-listener 127.0.0.1:%d>
                  tls-allow-tlsv1.3 no
                </smtp-listener>
                <smtp-listener 127.0.0.1:%d>
                  source {auth-only}
                </smtp-listener>
                <source 127.0.0.1>
                  allow-starttls yes
                  always-allow-relaying yes
                </source>
                <source {clear}>
                  allow-starttls no
                </source>
                <source {auth-only}>
                  require-starttls-before-auth yes
                </source>
                <smtp-user joe>
                  password secret
                </smtp-user>
                <domain *>
                  type discard
                </domain>
                """.formatted(certificate, clear, older, secured));
        config.append("""
                <domain clear.exim.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%1$d
                  use-starttls no
                </domain>
                <domain tls12.exim.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%1$d
                  require-starttls yes
                  smtp-tls-allow-tlsv1.3 no
                  smtp-tls-ca-file %3$s
                </domain>
                <domain tls13.exim.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%1$d
                  require-starttls yes
                  smtp-tls-allow-tlsv1.1 no
                  smtp-tls-allow-tlsv1.2 no
                  smtp-tls-ca-file %3$s
                </domain>
                <domain clear.smtpd.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%2$d
                  use-starttls no
                </domain>
                <domain any.smtpd.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%2$d
                </domain>
                """.formatted(eximPort, smtpdPort, certificate));
        return config.toString();
    }

    private static Ended ownedByExim() throws IOException, InterruptedException {
        return call(
                "",
                "/usr/bin/chown",
                "Debian-exim:Debian-exim",
                folder.resolve("exim/spool").toString(),
                folder.resolve("exim/log").toString(),
                folder.resolve("exim/server.pem").toString());
    }

    private void exim(Path certificate, int clear, int older) throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("exim/spool"));
        Files.createDirectories(folder.resolve("exim/log"));
        Files.copy(certificate, folder.resolve("exim/server.pem"));
        Path config = Files.writeString(
                folder.resolve("exim/config"), """
                exim_path = %6$s
                exim_user = Debian-exim
                exim_group = Debian-exim
                primary_hostname = exim.example
                spool_directory = %1$s/exim/spool
                log_file_path = %1$s/exim/log/%%slog
                local_interfaces = 127.0.0.1
                daemon_smtp_ports = %2$d
                tls_advertise_hosts = *
                tls_certificate = %1$s/exim/server.pem
                tls_privatekey = %1$s/exim/server.pem
                acl_smtp_rcpt = accept
                acl_smtp_data = accept
                keep_environment =
                add_environment =
                begin routers
                taken:
                  driver = redirect
                  domains = *.exim.example
                  data = :blackhole:
                  allow_fail
                secured:
                  driver = manualroute
                  domains = tls12.from.example : tls13.from.example
                  route_data = 127.0.0.1::${if eq{$domain}{tls12.from.example}{%4$d}{%5$d}}
                  self = send
                  transport = secured
                clear:
                  driver = manualroute
                  route_data = 127.0.0.1::%3$d
                  self = send
                  transport = clear
                begin transports
                secured:
                  driver = smtp
                  hosts_require_tls = *
                  tls_verify_hosts =
                  tls_try_verify_hosts =
                clear:
                  driver = smtp
                begin retry
                * * F,1h,1h
                """.formatted(folder, eximPort, clear, older, secured, exim));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
        // It gives up root for itself where it delivers.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Ended owned = ownedByExim();
        assertThat(owned.status()).as(owned.output()).isZero();
        start("exim.log", exim, "-C", config.toString(), "-bdf", "-q1h");
        awaitListener(eximPort, "exim.log");
    }

    private void smtpd(Path certificate, int clear, int older) throws IOException {
        Path config = Files.writeString(
                folder.resolve("smtpd.conf"), """
                pki os cert "%1$s"
                pki os key "%1$s"
                listen on 127.0.0.1 port %2$d tls pki os hostname smtpd.example
                action "take" mda "cat > /dev/null" virtual { "@" = "root" }
                action "clear" relay host "smtp+notls://127.0.0.1:%3$d"
                action "tls12" relay host "smtp+tls://127.0.0.1:%4$d" tls no-verify
                action "tls13" relay host "smtp+tls://127.0.0.1:%5$d" tls no-verify
                match from any for domain { "clear.smtpd.example", "any.smtpd.example" } action "take"
                match from any for domain "tls12.from.example" action "tls12"
                match from any for domain "tls13.from.example" action "tls13"
                match from any for any action "clear"
                """.formatted(certificate, smtpdPort, clear, older, secured));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));
        start("smtpd.log", smtpd, "-d", "-v", "-f", config.toString());
        awaitListener(smtpdPort, "smtpd.log");
    }

    private void start(String log, String... words) throws IOException {
        started.add(new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(log).toFile())
                .start());
    }

    @AfterAll
    void stop() throws InterruptedException {
        started.forEach(Process::destroy);
        for (Process process : started) {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        if (server != null) {
            server.close();
        }
    }

    // --- they take what we send

    @ParameterizedTest
    @CsvSource({"clear,P=esmtp ", "tls12,X=TLS1.2:", "tls13,X=TLS1.3:"})
    void eximTakesWhatIsRelayed(String way, String said) throws Exception {
        send(way + "-into-exim", "rcpt@" + way + ".exim.example");

        server.awaitRow("d", "rcpt@" + way + ".exim.example");
        awaitInLog("exim/log/mainlog", "<= " + way + "-into-exim@example.com", said);
    }

    @Test
    void opensmtpdTakesWhatIsRelayed() throws Exception {
        send("clear-into-smtpd", "rcpt@clear.smtpd.example");

        server.awaitRow("d", "rcpt@clear.smtpd.example");
        awaitInLog("smtpd.log", "smtp envelope", "from=<clear-into-smtpd@example.com>");
    }

    /// Debian 12 builds it with a library of TLS that it cannot hand its keys: it offers STARTTLS, and each handshake
    /// fails. A receiver as there are some.
    @Test
    void opensmtpdWhoseHandshakesFailGetsItsMailInClear() throws Exception {
        send("any-into-smtpd", "rcpt@any.smtpd.example");

        server.awaitRow("d", "rcpt@any.smtpd.example");
        awaitInLog("smtpd.log", "smtp envelope", "from=<any-into-smtpd@example.com>");
    }

    private void send(String from, String to) throws IOException {
        try (var client = RawSmtp.greeted(secured)) {
            client.ask("MAIL FROM:<" + from + "@example.com>\r\n");
            client.ask("RCPT TO:<" + to + ">\r\n");
            client.ask("DATA\r\n");
            assertThat(client.ask("From: <" + from + "@example.com>\r\nSubject: x\r\n\r\n.\r\n..\r\nbody\r\n.\r\n"))
                    .startsWith("250 ");
        }
    }

    // --- they relay into us

    @ParameterizedTest
    @CsvSource({"clear,C=\"250", "tls12,X=TLS1.2:", "tls13,X=TLS1.3:"})
    void eximRelaysIntoUs(String way, String said) throws Exception {
        String to = "exim@" + way + ".from.example";

        Ended ended = call(
                "Subject: x\n\n.\n..\nbody\n",
                exim,
                "-C",
                folder.resolve("exim/config").toString(),
                "-odf",
                "-oi",
                "-f",
                "exim@example.com",
                to);

        assertThat(ended.status()).as(ended.output()).isZero();
        server.awaitRow("d", to);
        awaitInLog("exim/log/mainlog", "=> " + to, said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "tls12", "tls13"})
    void opensmtpdRelaysIntoUs(String way) throws Exception {
        String to = "smtpd@" + way + ".from.example";
        try (var client = new RawSmtp(smtpdPort)) {
            client.reply();
            client.ask("EHLO client.example\r\n");
            client.ask("MAIL FROM:<smtpd@example.com>\r\n");
            client.ask("RCPT TO:<" + to + ">\r\n");
            client.ask("DATA\r\n");
            assertThat(client.ask("From: <a@example.com>\r\nSubject: x\r\n\r\n..\r\n...\r\nbody\r\n.\r\n"))
                    .startsWith("250 ");
        }

        server.awaitRow("d", to);
        awaitInLog("smtpd.log", "mta delivery", "to=<" + to + ">", "result=\"Ok\"");
        if (!way.equals("clear")) {
            awaitInLog("smtpd.log", "mta tls", way.equals("tls12") ? "TLSv1.2" : "TLSv1.3");
        }
    }

    // --- clients that log in

    @Test
    void msmtpLogsInUnderTls() throws Exception {
        Ended ended = call(
                "Subject: x\n\n.\nbody\n",
                MSMTP,
                "--host=127.0.0.1",
                "--port=" + secured,
                "--tls=on",
                "--tls-starttls=on",
                "--tls-certcheck=off",
                "--auth=plain",
                "--user=joe",
                "--passwordeval=echo secret",
                "--from=msmtp@example.com",
                "msmtp@logged-in.example");

        assertThat(ended.status()).as(ended.output()).isZero();
        server.awaitRow("d", "msmtp@logged-in.example");
    }

    @Test
    void sNailLogsInUnderTls() throws Exception {
        Ended ended = call(
                "body\n",
                S_NAIL,
                "-:/",
                "-S",
                "v15-compat",
                "-S",
                "mta=smtp://joe:secret@127.0.0.1:" + secured,
                "-S",
                "smtp-auth=login",
                "-S",
                "smtp-use-starttls",
                "-S",
                "tls-verify=ignore",
                "-S",
                "sendwait",
                "-r",
                "nail@example.com",
                "-s",
                "x",
                "nail@logged-in.example");

        assertThat(ended.status()).as(ended.output()).isZero();
        server.awaitRow("d", "nail@logged-in.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CRAM-MD5", "PLAIN", "LOGIN"})
    void smtplibLogsInUnderTls(String mechanism) throws Exception {
        Ended ended = call("", PYTHON, "-c", """
                import smtplib, ssl, sys
                port, mechanism = int(sys.argv[1]), sys.argv[2]
                context = ssl._create_unverified_context()
                with smtplib.SMTP("127.0.0.1", port, timeout=20) as s:
                    s.ehlo()
                    assert "auth" not in s.esmtp_features, s.esmtp_features
                    s.starttls(context=context)
                    s.ehlo()
                    s.esmtp_features["auth"] = mechanism
                    s.login("joe", "secret")
                    s.sendmail("a@example.com", [mechanism.lower() + "@logged-in.example"], "Subject: x\\r\\n\\r\\n.\\r\\n")
                """, Integer.toString(secured), mechanism);

        assertThat(ended.status()).as(ended.output()).isZero();
        server.awaitRow("d", mechanism.toLowerCase(java.util.Locale.ROOT) + "@logged-in.example");
        assertThat(server.log()).contains("log-in for 127.0.0.1: \"joe\"");
    }

    private record Ended(int status, String output) {}

    private static Ended call(String input, String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (var to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException unread) {
            // It has ended before it read all: its status says why.
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    /// Waits for a line with all the words.
    private void awaitInLog(String file, String... words) throws IOException {
        long begun = System.nanoTime();
        while (true) {
            Path log = folder.resolve(file);
            String all = Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
            if (all.lines().anyMatch(line -> List.of(words).stream().allMatch(line::contains))) {
                return;
            }
            if (System.nanoTime() - begun > LoneServer.PATIENCE_NANOS) {
                throw new AssertionError("no line with " + List.of(words) + " in:\n" + all);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void awaitListener(int port, String log) throws IOException {
        long begun = System.nanoTime();
        while (true) {
            try (var probe = new RawSmtp(port)) {
                probe.reply();
                return;
            } catch (IOException notYet) {
                if (System.nanoTime() - begun > LoneServer.PATIENCE_NANOS) {
                    throw new AssertionError(Files.readString(folder.resolve(log)), notYet);
                }
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
