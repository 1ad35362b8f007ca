package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What hostile clients try, on real sockets against a server process. The rows of docs/security.md.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityIT {
    /// What a smuggler hides behind what it takes for the end of a message.
    private static final String HIDDEN = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<smuggled@example.net>\r\nDATA\r\n"
            + "Subject: smuggled\r\n\r\nsmuggled";
    /// Ends that some server somewhere takes for one.
    private static final List<String> FALSE_ENDS = List.of(
            "\n.\n",
            "\r\n.\n",
            "\n.\r\n",
            "\r.\r",
            "\r\n.\r",
            "\r.\r\n",
            "\n.\r",
            "\r.\n",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
            "\r\n.\r\0\n",
            "\r\0\n.\r\n",
            "\n\0.\n");

    private static final String LF_OR_CR_ALONE = "(?s).*(\r(?!\n)|(?<!\r)\n).*";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer dotted;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer chunked;

    private int port;
    private int hasty;
    private int foreign;

    @BeforeAll
    void start() throws Exception {
        Path certificate = TestCertificate.pem(folder);
        port = LoneServer.freePort();
        hasty = LoneServer.freePort();
        foreign = LoneServer.freePort();
        dotted = RemoteServer.polite(List.of("8BITMIME", "PIPELINING"), _ -> Optional.empty());
        chunked = RemoteServer.polite(List.of("8BITMIME", "PIPELINING", "CHUNKING"), _ -> Optional.empty());
        server =
                new LoneServer(folder, """
                total-max-smtp-in 1000
                smtp-server-tls-certificate %s
                smtp-listener 127.0.0.1:%d
                <smtp-listener 127.0.0.1:%d>
                  source {hasty}
                </smtp-listener>
                <smtp-listener 127.0.0.1:%d>
                  source {foreign}
                </smtp-listener>
                relay-domain known.example
                <source 127.0.0.0/8>
                  always-allow-relaying yes
                  allow-starttls yes
                  allow-unencrypted-plain-auth yes
                  process-x-job yes
                </source>
                <source {hasty}>
                  always-allow-relaying yes
                  smtp-command-timeout 1s
                  smtp-data-timeout 1s
                  max-rcpt-per-message 3
                </source>
                <source {foreign}>
                  always-allow-relaying no
                </source>
                <smtp-user joe>
                  password "pass word"
                </smtp-user>
                <domain *>
                  type discard
                </domain>
                <domain dotted.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain chunked.example>
                  type smtp
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                """.formatted(certificate, port, hasty, foreign, dotted.port(), chunked.port()));
    }

    @AfterAll
    void stop() throws IOException {
        try {
            assertNothingWasSmuggled();
        } finally {
            server.close();
        }
        dotted.close();
        chunked.close();
    }

    // --- smuggling

    static Stream<Arguments> smugglings() {
        return FALSE_ENDS.stream()
                .flatMap(end -> Stream.of("EHLO whole", "EHLO split", "HELO whole", "HELO split")
                        .map(way -> Arguments.of(visible(end), way, end)));
    }

    /// A message whose transaction is open for content.
    private static RawSmtp atContent(int port, String hello, String to) throws IOException {
        var client = new RawSmtp(port);
        client.reply();
        client.ask(hello + " client.example\r\n");
        client.ask("MAIL FROM:<a@example.com>\r\n");
        assertThat(client.ask("RCPT TO:<" + to + ">\r\n")).startsWith("250 ");
        return client;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("smugglings")
    void nothingButTheRealEndEndsAMessage(String name, String way, String end) throws Exception {
        try (var client = atContent(port, way.substring(0, 4), "victim@example.net")) {
            client.ask("DATA\r\n");
            String content = "Subject: x\r\n\r\nfirst" + end + HIDDEN + "\r\n.\r\n";

            if (way.endsWith("split")) {
                client.sendByteByByte(content);
            } else {
                client.send(content);
            }

            assertThat(client.reply()).startsWith(hasBareLineEnd(end) ? "554 5.5.2" : "250 ");
            assertThat(client.ask("QUIT\r\n")).startsWith("221 ");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("smugglings")
    void theOctetsOfAChunkAreCountedAndNothingElseEndsIt(String name, String way, String end) throws Exception {
        try (var client = atContent(port, way.substring(0, 4), "victim@example.net")) {
            String content = "Subject: x\r\n\r\nfirst" + end + HIDDEN + "\r\n.\r\n";
            String sent = "BDAT " + content.length() + " LAST\r\n" + content + "NOOP\r\n";

            if (way.endsWith("split")) {
                client.sendByteByByte(sent);
            } else {
                client.send(sent);
            }

            assertThat(client.reply()).startsWith(hasBareLineEnd(end) ? "554 5.5.2" : "250 ");
            // Without PIPELINING nothing may come before the answer: 421.
            assertThat(client.reply()).containsAnyOf("250 2.0.0 OK", "421 4.5.1");
        }
    }

    /// Another message goes through behind it; what was smuggled would stand before it.
    private void assertNothingWasSmuggled() throws IOException {
        try (var client = atContent(port, "EHLO", "marker@example.net")) {
            client.ask("DATA\r\n");
            assertThat(client.ask("Subject: x\r\n\r\nmarker\r\n.\r\n")).startsWith("250 ");
        }
        server.awaitRow("d", "marker@example.net");
        assertThat(server.rows("smuggled")).isEmpty();
    }

    @Test
    void nothingThatIsSentOnEndsALineOrAMessageEarly() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (String end : FALSE_ENDS) {
            bodies.add("first" + end + HIDDEN);
        }
        bodies.add("first\r\n.\r\n" + HIDDEN);
        bodies.add(".\r\n..\r\n.\r\n\r\n.");
        bodies.add("first\r\n.\0\r\n.");
        int accepted = 0;
        for (String domain : List.of("dotted.example", "chunked.example")) {
            for (int i = 0; i < bodies.size(); i++) {
                String to = "relayed" + i + "@" + domain;
                try (var client = atContent(port, "EHLO", to)) {
                    String content = "Subject: x\r\n\r\n" + bodies.get(i) + "\r\n";
                    String reply = client.ask("BDAT " + content.length() + " LAST\r\n" + content);
                    assertThat(reply).startsWith(hasBareLineEnd(bodies.get(i)) ? "554 " : "250 ");
                    if (reply.startsWith("250 ")) {
                        accepted++;
                        server.awaitRow("d", to);
                    }
                }
            }
        }

        assertThat(accepted).isGreaterThanOrEqualTo(8);
        for (RemoteServer remote : List.of(dotted, chunked)) {
            String all = String.join("", remote.received());
            assertThat(all).doesNotMatch(LF_OR_CR_ALONE);
            // Whoever read to the final dots saw these transactions and no other.
            assertThat(recipients(all)).noneMatch(to -> to.contains("smuggled"));
        }
        assertThat(String.join("", dotted.received()))
                .contains("first\r\n..\r\nMAIL FROM:<evil@example.com>\r\n")
                .contains("\r\n..\r\n...\r\n..\r\n\r\n..\r\n.\r\n");
    }

    /// Those of RCPT commands outside of content, where content ends as DATA or BDAT says.
    private static List<String> recipients(String stream) {
        var found = new ArrayList<String>();
        int at = 0;
        while (at < stream.length()) {
            int end = stream.indexOf("\r\n", at) + 2;
            if (end < 2) {
                break;
            }
            String line = stream.substring(at, end);
            at = end;
            if (line.startsWith("RCPT ")) {
                found.add(line);
            } else if (line.equals("DATA\r\n")) {
                int dot = stream.indexOf("\r\n.\r\n", at);
                at = dot < 0 ? stream.length() : dot + 5;
            } else if (line.startsWith("BDAT ")) {
                at += Integer.parseInt(line.substring(5).split("[ \r]")[0]);
            }
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOOP\nMAIL FROM:<a@example.com>", "NOOP\rRSET", "EHLO x\n", "\n", "\r\r\n"})
    void aBareLineEndInACommandEndsTheSession(String line) throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            assertThat(client.ask(line + "\r\n")).startsWith("421 4.5.2");
            assertThat(client.isClosedThere()).isTrue();
        }
    }

    // --- STARTTLS

    @Test
    void commandsBehindStarttlsInClearAreDropped() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            client.send(
                    "STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<smuggled@example.net>\r\n");
            assertThat(client.reply()).startsWith("220 ");
            client.secure(TestCertificate.takingAll());

            // The next reply is that of the next command, and nothing is left of what was said in clear.
            assertThat(client.ask("MAIL FROM:<a@example.com>\r\n")).startsWith("503 ");
            assertThat(client.ask("RCPT TO:<a@example.net>\r\n")).startsWith("503 ");
            assertThat(client.ask("QUIT\r\n")).startsWith("221 ");
        }
    }

    @Test
    void whatWasSaidBeforeStarttlsIsVoid() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe\0pass word") + "\r\n"))
                    .startsWith("235 ");
            client.ask("STARTTLS\r\n");
            client.secure(TestCertificate.takingAll());

            assertThat(client.ask("MAIL FROM:<a@example.com>\r\n")).startsWith("503 ");
            assertThat(client.ask("EHLO client.example\r\n")).contains("AUTH ").doesNotContain("STARTTLS");
            assertThat(client.ask("STARTTLS\r\n")).startsWith("503 ");
        }
    }

    // --- order and endlessness of commands

    @Test
    void whoSpeaksBeforeTheGreetingIsAnsweredInOrderAndNothingIsSkipped() throws Exception {
        try (var client = new RawSmtp(port)) {
            client.send("MAIL FROM:<a@example.com>\r\nEHLO client.example\r\n");

            assertThat(client.reply()).startsWith("220 ");
            assertThat(client.reply()).startsWith("503 5.5.1 send EHLO first");
            assertThat(client.reply()).startsWith("250-");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"MAIL FROM:<a@example.com>", "RCPT TO:<a@example.net>", "DATA", "BDAT 0 LAST", "AUTH PLAIN AA=="
            })
    void commandsBeforeEhloAreRefused(String command) throws Exception {
        try (var client = new RawSmtp(port)) {
            client.reply();

            assertThat(client.ask(command + "\r\n")).startsWith("503 5.5.1");
        }
    }

    @Test
    void anEndlessCommandLineIsReadAwayAndRefusedOnce() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            for (int i = 0; i < 64; i++) {
                client.send("x".repeat(64 * 1024));
            }

            assertThat(client.ask("\r\n")).startsWith("500 5.5.2 line too long");
            assertThat(client.ask("NOOP\r\n")).startsWith("250 ");
        }
    }

    @Test
    void badCommandsEndTheSession() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            for (int i = 1; i < 20; i++) {
                assertThat(client.ask("WRONG\r\n")).startsWith("500 ");
            }
            assertThat(client.ask("WRONG\r\n")).startsWith("500 ");
            assertThat(client.reply()).startsWith("421 4.7.0 too many errors");
            assertThat(client.isClosedThere()).isTrue();
        }
    }

    @Test
    void recipientsBeyondTheBoundAreRefused() throws Exception {
        try (var client = atContent(hasty, "EHLO", "1@example.net")) {
            client.ask("RCPT TO:<2@example.net>\r\n");
            client.ask("RCPT TO:<3@example.net>\r\n");

            assertThat(client.ask("RCPT TO:<4@example.net>\r\n")).startsWith("452 4.5.3");
        }
    }

    @Test
    void probingTellsNothing() throws Exception {
        try (var client = RawSmtp.greeted(foreign)) {
            assertThat(client.ask("VRFY root\r\n")).isEqualTo(client.ask("VRFY nobody-here\r\n"));
            assertThat(client.ask("EXPN staff\r\n")).startsWith("502 ");
            client.ask("MAIL FROM:<a@example.com>\r\n");
            assertThat(client.ask("RCPT TO:<root@known.example>\r\n"))
                    .isEqualTo(client.ask("RCPT TO:<nobody-here@known.example>\r\n"));
            assertThat(client.ask("RCPT TO:<root@example.net>\r\n"))
                    .startsWith("550 ")
                    .isEqualTo(client.ask("RCPT TO:<nobody@example.net>\r\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"user@[127.0.0.1]", "user@example.net", "@known.example:user@example.net"})
    void aStrangerReachesNoOtherDomain(String address) throws Exception {
        try (var client = RawSmtp.greeted(foreign)) {
            client.ask("MAIL FROM:<a@example.com>\r\n");

            assertThat(client.ask("RCPT TO:<" + address + ">\r\n")).startsWith("550 5.7.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"user1%example.net", "user2!example.net", "\"user3@example.net\""})
    void noLocalPartIsARoute(String local) throws Exception {
        try (var client = atContent(foreign, "EHLO", local + "@known.example")) {
            client.ask("DATA\r\n");
            client.ask("Subject: x\r\n\r\n.\r\n");
        }

        assertThat(server.awaitRow("d", local.replace("\"", ""))).contains(",known.example/{default},");
    }

    // --- BDAT

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999999", "-1", "+1", "1e3", "0x10", "1 FIRST", ""})
    void aChunkSizeThatIsNoneEndsTheSession(String size) throws Exception {
        try (var client = atContent(port, "EHLO", "victim@example.net")) {
            assertThat(client.ask("BDAT " + size + "\r\n" + HIDDEN + "\r\n")).startsWith("501 5.5.4");
            // What is behind it is content that somebody counted otherwise: it is not read.
            assertThat(client.reply()).startsWith("421 4.5.2");
            assertThat(client.isClosedThere()).isTrue();
        }
    }

    @Test
    void theOctetsOfARefusedChunkAreNoCommands() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            client.ask("MAIL FROM:<a@example.com>\r\n");

            assertThat(client.ask("BDAT 6 LAST\r\nQUIT\r\n")).startsWith("503 5.5.1 send RCPT first");
            assertThat(client.ask("NOOP\r\n")).startsWith("250 ");
        }
    }

    @Test
    void dataAndFurtherRecipientsAreRefusedBehindAChunk() throws Exception {
        try (var client = atContent(port, "EHLO", "victim@example.net")) {
            assertThat(client.ask("BDAT 6\r\nfirst\r")).startsWith("250 ");

            assertThat(client.ask("DATA\r\n")).startsWith("503 5.5.1");
            assertThat(client.ask("RCPT TO:<b@example.net>\r\n")).startsWith("503 5.5.1");
            assertThat(client.ask("RSET\r\n")).startsWith("250 ");
            assertThat(client.ask("DATA\r\n")).startsWith("503 5.5.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "9223372036854775808", "99999999999999999999"})
    void aHugeChunkThatNeverComesIsTimedOut(String size) throws Exception {
        try (var client = atContent(hasty, "EHLO", "victim@example.net")) {
            assertThat(client.ask("BDAT " + size + " LAST\r\nSubject: x\r\n\r\n"))
                    .startsWith("421 4.4.2");
        }
    }

    // --- slow clients

    @Test
    void whoSaysNothingIsTimedOut() throws Exception {
        try (var client = new RawSmtp(hasty)) {
            client.reply();

            assertThat(client.reply()).startsWith("421 4.4.2");
            assertThat(client.isClosedThere()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"N", "MAIL FROM:<a@example.com> SIZE=", "xxxxxxxxxxxxxxxx"})
    void aCommandThatTricklesIsTimedOut(String piece) throws Exception {
        try (var client = RawSmtp.greeted(hasty)) {
            assertThat(client.trickle(piece)).startsWith("421 4.4.2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "x\r\n", "."})
    void contentThatTricklesIsTimedOut(String piece) throws Exception {
        try (var client = atContent(hasty, "EHLO", "victim@example.net")) {
            client.ask("DATA\r\n");

            assertThat(client.trickle(piece)).startsWith("421 4.4.2");
        }
    }

    @Test
    void aChunkThatTricklesIsTimedOut() throws Exception {
        try (var client = atContent(hasty, "EHLO", "victim@example.net")) {
            client.send("BDAT 1000000 LAST\r\n");

            assertThat(client.trickle("x")).startsWith("421 4.4.2");
        }
    }

    @Test
    void aLogInThatTricklesIsTimedOut() throws Exception {
        try (var client = RawSmtp.greeted(hasty)) {
            assertThat(client.ask("AUTH PLAIN\r\n")).startsWith("334");

            assertThat(client.trickle("A")).startsWith("421 4.4.2");
        }
    }

    // --- headers and memory

    @Test
    void anEndlessHeaderIsRefused() throws Exception {
        try (var client = atContent(port, "EHLO", "victim@example.net")) {
            client.ask("DATA\r\n");
            for (int i = 0; i < 64; i++) {
                client.send("X-Endless: " + "x".repeat(64 * 1024) + "\r\n");
            }

            assertThat(client.ask("\r\nbody\r\n.\r\n")).startsWith("552 5.3.4 the header");
        }
    }

    @Test
    void anEndlessHeaderLineIsRefused() throws Exception {
        try (var client = atContent(port, "EHLO", "victim@example.net")) {
            client.ask("DATA\r\n");
            client.send("Subject: ");
            for (int i = 0; i < 64; i++) {
                client.send("x".repeat(64 * 1024));
            }

            assertThat(client.ask("\r\n\r\nbody\r\n.\r\n")).startsWith("552 5.3.4 the header");
        }
    }

    @Test
    void thousandsOfHeadersCostNoMoreThanTheirBytes() throws Exception {
        try (var client = atContent(port, "EHLO", "headers@example.net")) {
            client.ask("DATA\r\n");
            long begun = System.nanoTime();

            String reply = client.ask("x-job: a\r\n".repeat(20_000) + "\r\n.\r\n".repeat(1));

            assertThat(reply).startsWith("250 ");
            assertThat(System.nanoTime() - begun).isLessThan(5_000_000_000L);
        }
    }

    @Test
    void mailThatLoopsIsRefused() throws Exception {
        try (var client = atContent(port, "EHLO", "victim@example.net")) {
            client.ask("DATA\r\n");

            assertThat(client.ask("Received: from x\r\n".repeat(200) + "\r\n.\r\n"))
                    .startsWith("554 5.4.6");
        }
    }

    @Test
    void promisesOfHugeMessagesReserveNothing() throws Exception {
        var clients = new ArrayList<RawSmtp>();
        try {
            long before = residentBytes();
            for (int i = 0; i < 300; i++) {
                var client = RawSmtp.greeted(port);
                clients.add(client);
                client.ask("MAIL FROM:<a@example.com> SIZE=2000000000\r\n");
                client.ask("RCPT TO:<victim@example.net>\r\n");
                client.send("BDAT 2000000000 LAST\r\nSubject: x\r\n");
            }
            assertThat(clients.getLast().isOpenStill()).isTrue();
            assertThat(residentBytes() - before).isLessThan(300L << 20);
        } finally {
            for (RawSmtp client : clients) {
                client.close();
            }
        }
    }

    private long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + server.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new AssertionError("no VmRSS");
    }

    // --- AUTH

    @Test
    void logInsOutOfOrderAreRefused() throws Exception {
        try (var client = RawSmtp.greeted(port)) {
            assertThat(client.ask("AUTH NOTHING\r\n")).startsWith("504 ");
            assertThat(client.ask("AUTH PLAIN !!!!\r\n")).startsWith("501 ");
            assertThat(client.ask("AUTH PLAIN " + "A".repeat(20_000) + "\r\n")).startsWith("500 ");
            assertThat(client.ask("AUTH PLAIN " + "A".repeat(8_000) + "\r\n")).startsWith("5");
            client.ask("AUTH PLAIN\r\n");
            assertThat(client.ask("*\r\n")).startsWith("501 ");
            client.ask("AUTH LOGIN\r\n");
            assertThat(client.ask("A".repeat(64 * 1024) + "\r\n")).startsWith("500 5.5.6");
            client.ask("MAIL FROM:<a@example.com>\r\n");
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe\0pass word") + "\r\n"))
                    .startsWith("503 ");
            client.ask("RSET\r\n");
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe\0pass word") + "\r\n"))
                    .startsWith("235 ");
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe\0pass word") + "\r\n"))
                    .startsWith("503 ");
        }
    }

    @Test
    void ofAHundredGuessesFewAreHeard() throws Exception {
        var clients = new ArrayList<RawSmtp>();
        try {
            for (int i = 0; i < 100; i++) {
                var client = new RawSmtp("127.0.0.9", port);
                clients.add(client);
                client.reply();
                client.ask("EHLO client.example\r\n");
                client.send("AUTH PLAIN " + base64("\0joe\0guess" + i) + "\r\n");
            }
            // The first ones wait for their refusal; whoever comes while they wait is not heard, even if right.
            int unheard = 0;
            for (RawSmtp client : clients.subList(20, 100)) {
                unheard += client.reply().startsWith("454 4.7.0") ? 1 : 0;
            }
            assertThat(unheard).isEqualTo(80);
            try (var right = new RawSmtp("127.0.0.9", port)) {
                right.reply();
                right.ask("EHLO client.example\r\n");
                assertThat(right.ask("AUTH PLAIN " + base64("\0joe\0pass word") + "\r\n"))
                        .startsWith("454 4.7.0");
            }
        } finally {
            for (RawSmtp client : clients) {
                client.close();
            }
        }
        long heard = server.log()
                .lines()
                .filter(line -> line.contains("log-in refused for 127.0.0.9"))
                .count();
        assertThat(heard).isBetween(1L, 20L);
    }

    @Test
    void threeGuessesEndASession() throws Exception {
        try (var client = new RawSmtp("127.0.0.10", port)) {
            client.reply();
            client.ask("EHLO client.example\r\n");
            for (int i = 0; i < 3; i++) {
                assertThat(client.ask("AUTH PLAIN " + base64("\0nobody\0x") + "\r\n"))
                        .startsWith("535 ");
            }
            assertThat(client.reply()).startsWith("421 4.7.0");
            assertThat(client.isClosedThere()).isTrue();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean hasBareLineEnd(String text) {
        return text.matches(LF_OR_CR_ALONE);
    }

    private static String visible(String text) {
        return text.replace("\r", "CR ")
                .replace("\n", "LF ")
                .replace("\0", "NUL ")
                .toUpperCase(Locale.ROOT)
                .strip();
    }
}
