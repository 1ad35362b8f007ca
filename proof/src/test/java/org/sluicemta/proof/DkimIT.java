package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.FreePorts;
import org.sluicemta.lab.ServerProcess;
import org.sluicemta.sign.DomainKey;

/// A server as a process of its own signs a thousand messages of every shape; what receivers got is verified by two
/// programs that others wrote, dkimpy and Mail::DKIM.
class DkimIT {
    private static final int MESSAGES = 1_000;
    private static final String PYTHON = "/usr/bin/python3";
    private static final String PERL = "/usr/bin/perl";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the test
    Path folder;

    private record Ended(int status, String output, String errors) {}

    private static Ended call(Path at, List<String> words) throws Exception {
        Path errors = at.resolve("errors");
        Process process =
                new ProcessBuilder(words).redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output, Files.readString(errors));
    }

    private static void require(boolean isThere, String what) {
        if (System.getenv("CI") != null) {
            assertThat(isThere).as("%s is required here", what).isTrue();
        }
        Assumptions.assumeTrue(isThere, what + " is missing; install it to verify signatures");
    }

    private Path script(String name) throws IOException {
        try (InputStream in = DkimIT.class.getResourceAsStream(name)) {
            assertThat(in).isNotNull();
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }

    private static boolean runs(Path at, String... words) throws Exception {
        return Files.isExecutable(Path.of(words[0])) && call(at, List.of(words)).status() == 0;
    }

    @Test
    void aThousandMessagesOfEveryShapeHoldAtTwoVerifiersOfOthers() throws Exception {
        require(runs(folder, PYTHON, "-c", "import dkim"), "python3-dkim");
        require(runs(folder, PERL, "-MMail::DKIM::Verifier", "-e1"), "libmail-dkim-perl");
        Path mail = Files.createDirectory(folder.resolve("mail"));
        DomainKey.NewPair rsa = DomainKey.generate(DomainKey.Algorithm.RSA_SHA256, 2048);
        DomainKey.NewPair ed25519 = DomainKey.generate(DomainKey.Algorithm.ED25519_SHA256, 0);
        Files.writeString(folder.resolve("rsa.pem"), rsa.pem());
        Files.writeString(folder.resolve("ed.pem"), ed25519.pem());
        Files.writeString(
                mail.resolve("keys"),
                "r._domainkey.example.com\t" + rsa.record() + "\ne._domainkey.example.com\t" + ed25519.record()
                        + "\nw._domainkey.esp.example\t" + rsa.record() + "\n");
        var received = new Semaphore(0);
        try (var chunks = new MailStore(mail, "c", List.of("PIPELINING", "8BITMIME", "CHUNKING"), received);
                var dots = new MailStore(mail, "d", List.of("PIPELINING", "8BITMIME"), received)) {
            int port = FreePorts.find();
            ServerProcess server = server(port, chunks.port(), dots.port());
            server.start();
            try {
                submit(port);
                assertThat(received.tryAcquire(MESSAGES, 90, TimeUnit.SECONDS))
                        .as("%d of %d messages came", received.availablePermits(), MESSAGES)
                        .isTrue();
            } finally {
                server.stop(Duration.ofSeconds(30));
            }
        }
        Ended python = verified(call(folder, List.of(PYTHON, script("verify.py").toString(), mail.toString())));
        assertThat(python.output().lines()).as(python.errors()).allMatch(line -> line.endsWith(" 2 2"));
        // This Mail::DKIM knows no Ed25519: of the messages that have it, the RSA signature holds.
        Ended perl = verified(call(folder, List.of(PERL, script("verify.pl").toString(), mail.toString())));
        assertThat(perl.output().lines())
                .as(perl.errors())
                .allMatch(line -> line.endsWith(" 2 2") || line.startsWith("c") && line.endsWith(" 1 2"));
        assertThat(perl.errors().lines())
                .allMatch(line -> line.endsWith(" pass, invalid (unsupported algorithm ed25519-sha256)"));
    }

    /// `c` takes BDAT with two signatures of one domain, RSA and Ed25519; `d` takes DATA with the sender's and the
    /// service provider's.
    private static Ended verified(Ended ended) {
        assertThat(ended.status()).as(ended.errors()).isZero();
        assertThat(ended.output().lines()).hasSize(MESSAGES);
        return ended;
    }

    private ServerProcess server(int port, int chunked, int dotted) throws IOException {
        Path config = Files.writeString(folder.resolve("config"), """
                host-name mx.sluice.example
                smtp-listener 127.0.0.1:%d
                domain-macro own example.com
                domain-key r, $own, %s
                domain-key e, example.com, %s
                domain-key w, *, %s
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  dkim-sign yes
                  second-dkim-sign yes
                  ignore-8bitmime no
                </domain>
                <domain c.example>
                  smtp-hosts [127.0.0.1]:%d
                  dkim-add-timestamp yes
                  dkim-expire-after 7d
                </domain>
                <domain d.example>
                  smtp-hosts [127.0.0.1]:%d
                  dkim-headers-canon simple
                  dkim-body-canon simple
                  dkim-headers X-Folded, /x-n.*/
                  second-dkim-identity @esp.example
                  second-dkim-body-canon simple
                  second-dkim-query-method dns/txt
                </domain>
                """.formatted(
                port, folder.resolve("rsa.pem"), folder.resolve("ed.pem"), folder.resolve("rsa.pem"), chunked, dotted));
        return new ServerProcess(
                config,
                folder.resolve("data"),
                folder.resolve("control.sock"),
                folder.resolve("server.log"),
                List.of());
    }

    // --- handing in

    private static void submit(int port) throws IOException {
        var random = new Random(6376);
        try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            socket.setSoTimeout(30_000);
            var in = new BufferedInputStream(socket.getInputStream());
            var out = new BufferedOutputStream(socket.getOutputStream());
            expect(in, "220");
            say(out, in, "EHLO client.example", "250");
            for (int i = 0; i < MESSAGES; i++) {
                say(out, in, "MAIL FROM:<bounce@esp.example> BODY=8BITMIME", "250");
                say(out, in, "RCPT TO:<u" + i + "@" + (i % 2 == 0 ? "c" : "d") + ".example>", "250");
                byte[] message = message(random, i);
                out.write(("BDAT " + message.length + " LAST\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(message);
                out.flush();
                expect(in, "250");
            }
            say(out, in, "QUIT", "221");
        }
    }

    private static void say(OutputStream out, InputStream in, String line, String code) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        expect(in, code);
    }

    private static void expect(InputStream in, String code) throws IOException {
        String line;
        do {
            line = line(in);
            assertThat(line).startsWith(code);
        } while (line.charAt(3) == '-');
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("closed after " + line.toString(StandardCharsets.ISO_8859_1));
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    /// Folded and repeated fields, empty values, tabs, 8-bit text, dots, blanks at line ends, long lines, empty bodies,
    /// empty lines at the end, a missing last line end.
    private static byte[] message(Random random, int number) {
        var text = new StringBuilder();
        if (random.nextInt(3) == 0) {
            text.append("Sender: Desk <desk@example.com>\r\n");
        }
        text.append(random.nextInt(4) == 0 ? "FROM: " : "From: ");
        text.append(random.nextBoolean() ? "\"Doe, J.\" <j@news.example.com>\r\n" : "j@example.com (J.)\r\n");
        text.append("To: u").append(number).append("@example.net,\r\n\t v@example.net\r\n");
        String[] subjects = {
            "Subject: s\r\n", "Subject:\r\n", "Subject:  two \t blanks \r\n", "subject: a\r\n b\r\n\tc\r\n", ""
        };
        text.append(subjects[random.nextInt(subjects.length)]);
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append("X-Folded: v").append(i).append(random.nextBoolean() ? "\r\n \t more  \r\n" : "\r\n");
        }
        text.append(random.nextBoolean() ? "X-None:\r\n" : "");
        text.append(
                random.nextBoolean()
                        ? "List-Unsubscribe: <https://example.com/u?id=1>,\r\n\t<mailto:u@example.com>\r\n"
                        : "");
        text.append("Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <")
                .append(number)
                .append("@example.com>\r\n");
        text.append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        String[] lines = {
            "words and more words",
            ".",
            "..",
            ". dot",
            " leading",
            "trailing \t ",
            "\t",
            "a\tb  c",
            "é und ü",
            "x".repeat(990),
            ""
        };
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(lines[random.nextInt(lines.length)]).append("\r\n");
        }
        text.append("\r\n".repeat(random.nextInt(3)));
        text.append(random.nextInt(4) == 0 ? "no line end" : "");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
