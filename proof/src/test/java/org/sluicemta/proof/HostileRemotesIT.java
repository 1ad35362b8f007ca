package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.proof.RemoteServer.Dialogue;

/// What hostile and broken receivers try, on real sockets against a server process. The rows of docs/security.md.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRemotesIT {
    /// Each is the only host of the domain of its name.
    private enum Trick {
        ENDLESS_LINE,
        ENDLESS_LINES,
        SLOW_LINES,
        SILENT_GREETING,
        NUL,
        NO_CODE,
        STARTTLS_SAME_PACKET,
        STARTTLS_NEXT_PACKET,
        STARTTLS_GARBAGE,
        ZERO_WINDOW,
        SILENT_AFTER_DOT,
        DELIVERED_BEFORE_CONTENT,
        MANY_REPLIES,
        CLOSES_AT_ONCE,
        ENDLESS_CHALLENGES
    }

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the first test
    static Path folder;

    private final List<RemoteServer> remotes = new ArrayList<>();
    private int port;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    private static String domain(Trick trick) {
        return trick.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + ".example";
    }

    @BeforeAll
    void start() throws Exception {
        port = LoneServer.freePort();
        var config = new StringBuilder("""
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                </source>
                <domain *>
                  smtp-greeting-timeout 1s
                  smtp-data-termination-timeout 1s
                  data-send-timeout 1s
                  retry-after 1h
                  retry-recipients-after 1h
                  mx-connection-attempts 1
                </domain>
                """.formatted(port));
        for (Trick trick : Trick.values()) {
            var remote = new RemoteServer(dialogue -> serve(trick, dialogue));
            remotes.add(remote);
            config.append("<domain ").append(domain(trick)).append(">\n");
            config.append("  smtp-hosts [127.0.0.1]:").append(remote.port()).append('\n');
            if (trick.name().startsWith("STARTTLS")) {
                config.append("  require-starttls yes\n");
            }
            if (trick == Trick.ENDLESS_CHALLENGES) {
                config.append("  auth-username joe\n  auth-password secret\n");
            }
            config.append("</domain>\n");
        }
        var well = RemoteServer.polite(List.of(), _ -> Optional.empty());
        remotes.add(well);
        config.append("<domain well.example>\n  smtp-hosts [127.0.0.1]:")
                .append(well.port())
                .append("\n</domain>\n");
        server = new LoneServer(folder, config.toString());
    }

    @AfterAll
    void stop() throws IOException {
        server.close();
        for (RemoteServer remote : remotes) {
            remote.close();
        }
    }

    private static void serve(Trick trick, Dialogue d) throws IOException {
        switch (trick) {
            case ENDLESS_LINE -> {
                while (true) {
                    d.say("220 " + "x".repeat(100_000));
                }
            }
            case ENDLESS_LINES -> {
                while (true) {
                    d.say("220-again\r\n".repeat(10_000));
                }
            }
            case SLOW_LINES -> {
                for (int i = 0; i < 1000; i++) {
                    d.say("220-wait\r\n");
                    // Ten a second.
                    if (d.isClosedWithin(100)) {
                        return;
                    }
                }
            }
            case SILENT_GREETING -> d.drain();
            case NUL -> {
                d.say("220 mx\0ignored\r\n");
                d.drain();
            }
            case NO_CODE -> {
                d.say("Welcome!\r\n220 mx\r\n");
                d.drain();
            }
            case STARTTLS_SAME_PACKET -> {
                startTls(d);
                d.say("220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n");
                d.drain();
            }
            case STARTTLS_NEXT_PACKET -> {
                startTls(d);
                d.say("220 go\r\n");
                d.say("250-mx\r\n250 AUTH PLAIN\r\n");
                d.drain();
            }
            case STARTTLS_GARBAGE -> {
                startTls(d);
                d.say("220 go\r\n" + "\u0016\u0003\u0001\u00ff\u00ff".repeat(10_000));
                d.drain();
            }
            case ZERO_WINDOW -> {
                d.say("220 mx\r\n");
                for (int i = 0; i < 3; i++) {
                    d.line();
                    d.say("250 ok\r\n");
                }
                d.line();
                d.say("354 go\r\n");
                d.hold();
            }
            case SILENT_AFTER_DOT ->
                d.politely(
                        List.of(), line -> line.equals("CONTENT") ? Optional.of("250-never ends") : Optional.empty());
            case DELIVERED_BEFORE_CONTENT ->
                d.politely(
                        List.of(),
                        line -> line.equals("DATA") ? Optional.of("250 2.0.0 taken already") : Optional.empty());
            case MANY_REPLIES ->
                d.politely(
                        List.of(),
                        line -> line.startsWith("MAIL")
                                ? Optional.of("250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye".repeat(1))
                                : Optional.empty());
            case CLOSES_AT_ONCE -> {}
            case ENDLESS_CHALLENGES ->
                d.politely(
                        List.of("AUTH CRAM-MD5"),
                        line -> line.startsWith("EHLO") || line.equals("QUIT")
                                ? Optional.empty()
                                : Optional.of("334 QUJD"));
        }
    }

    private static void startTls(Dialogue d) throws IOException {
        d.say("220 mx\r\n");
        d.line();
        d.say("250-mx\r\n250 STARTTLS\r\n");
        d.line();
    }

    private void send(String to, String body) throws IOException {
        try (var client = RawSmtp.greeted(port)) {
            client.ask("MAIL FROM:<a@example.com>\r\n");
            client.ask("RCPT TO:<" + to + ">\r\n");
            client.ask("DATA\r\n");
            assertThat(client.ask("Subject: x\r\n\r\n" + body + "\r\n.\r\n")).startsWith("250 ");
        }
    }

    private List<String> received(Trick trick) {
        return remotes.get(trick.ordinal()).received();
    }

    /// The queue has failed, and nobody was told a recipient's fate.
    private String awaitQueueFailure(Trick trick) throws IOException {
        send("ann@" + domain(trick), "body");
        String row = server.awaitRow("tq", domain(trick));
        assertThat(server.rows("ann@" + domain(trick))).noneMatch(each -> each.startsWith("d,"));
        return row;
    }

    @Test
    void aReplyWithoutEndIsCutAndLeft() throws Exception {
        assertThat(awaitQueueFailure(Trick.ENDLESS_LINE)).hasSizeLessThan(10_000);
        assertThat(awaitQueueFailure(Trick.ENDLESS_LINES)).hasSizeLessThan(20_000);
    }

    @Test
    void linesThatTrickleHitTheTimeOut() throws Exception {
        awaitQueueFailure(Trick.SLOW_LINES);
        awaitQueueFailure(Trick.SILENT_GREETING);
    }

    @Test
    void whatIsNoReplyIsLeft() throws Exception {
        awaitQueueFailure(Trick.NUL);
        awaitQueueFailure(Trick.NO_CODE);
        awaitQueueFailure(Trick.CLOSES_AT_ONCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"STARTTLS_SAME_PACKET", "STARTTLS_NEXT_PACKET", "STARTTLS_GARBAGE"})
    void whatComesInClearBehindTheReplyToStarttlsIsNotBelieved(String name) throws Exception {
        Trick trick = Trick.valueOf(name);

        awaitQueueFailure(trick);

        assertThat(String.join("", received(trick)))
                .startsWith("EHLO ")
                .contains("STARTTLS\r\n")
                .doesNotContain("MAIL ")
                .doesNotContain("AUTH ");
    }

    @Test
    void aReceiverThatTakesNoMoreIsLeft() throws Exception {
        send("ann@" + domain(Trick.ZERO_WINDOW), ("x".repeat(998) + "\r\n").repeat(30_000));

        assertThat(server.awaitRow("tq", domain(Trick.ZERO_WINDOW))).contains("4.4.");
    }

    @Test
    void aFinalReplyThatNeverEndsIsNoDelivery() throws Exception {
        send("ann@" + domain(Trick.SILENT_AFTER_DOT), "body");

        server.awaitRow("t", "ann@" + domain(Trick.SILENT_AFTER_DOT));
        assertThat(server.rows("ann@" + domain(Trick.SILENT_AFTER_DOT))).noneMatch(row -> row.startsWith("d,"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELIVERED_BEFORE_CONTENT", "MANY_REPLIES"})
    void repliesThatAnswerNothingDeliverNothing(String name) throws Exception {
        Trick trick = Trick.valueOf(name);
        send("ann@" + domain(trick), "body");

        server.awaitAnyRow(domain(trick));

        assertThat(server.rows("ann@" + domain(trick))).noneMatch(row -> row.startsWith("d,"));
    }

    @Test
    void challengesWithoutEndAreAnsweredOnce() throws Exception {
        awaitQueueFailure(Trick.ENDLESS_CHALLENGES);

        String sent = String.join("", received(Trick.ENDLESS_CHALLENGES));
        assertThat(sent).doesNotContain("MAIL ").doesNotContain("secret");
        assertThat(sent.lines()).hasSizeLessThan(10);
    }

    @Test
    void noTrickKeepsOtherMailWaiting() throws Exception {
        for (Trick trick : Trick.values()) {
            send("bob@" + domain(trick), "body");
        }
        send("ann@well.example", "body");

        server.awaitRow("d", "ann@well.example");
    }
}
