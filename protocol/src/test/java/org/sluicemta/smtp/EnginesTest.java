package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.mail.Address;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsPlan;

/// What a dialogue on file cannot show: back-pressure, flushes, memory, injection, both engines against each other.
class EnginesTest {
    private static final String ENVELOPE = "EHLO c.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n";

    private final RecordingSession session = new RecordingSession();
    private final RecordingDriver driver = new RecordingDriver();
    private final ScriptedLoop loop = new ScriptedLoop();

    private ScriptedConnection server() {
        var connection = new ScriptedConnection(loop, new SmtpServerEngine(ServerSettings.of("mx"), session));
        connection.open();
        connection.takeSent();
        return connection;
    }

    private ScriptedConnection client(ClientSettings settings) {
        var connection = new ScriptedConnection(loop, new SmtpClientEngine(settings, driver));
        connection.open();
        return connection;
    }

    private static ClientSettings settings() {
        return ClientSettings.of("out.example.com", new TlsUse.Never());
    }

    private static OutgoingTransaction transaction(OutgoingContent content) {
        return new OutgoingTransaction(
                new Address("a", "example.com"),
                List.of(new OutgoingTransaction.Recipient(new Address("b", "example.net"))),
                content);
    }

    // ---- the server

    @Test
    void pipelinedRepliesLeaveInOneFlush() {
        var connection = server();
        int before = connection.flushes();

        connection.feed(ENVELOPE + "DATA\r\n");

        assertThat(connection.flushes()).isEqualTo(before + 1);
    }

    @Test
    void aFullSinkStopsReadingUntilItResumes() {
        session.pauses = true;
        var connection = server();

        connection.feed(ENVELOPE + "DATA\r\nx\r\n");
        assertThat(connection.isReading()).isFalse();
        connection.advance(Duration.ofMinutes(30));
        assertThat(connection.isOver()).as("we are slow, not the client").isFalse();

        connection.inEngine(() -> session.control.resume());
        assertThat(connection.isReading()).isTrue();
        connection.advance(Duration.ofMinutes(5));
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void inputHeldWhileAMessageIsSyncedIsBounded() {
        session.answersLater = true;
        var connection = server();
        connection.feed(ENVELOPE + "BDAT 3 LAST\r\nx\r\n");
        connection.takeSent();

        connection.feed("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nBDAT 40002 LAST\r\n");
        assertThat(connection.isReading()).isTrue();
        connection.feed("y".repeat(20000));
        assertThat(connection.isReading()).isFalse();
        connection.feed("y".repeat(20000));
        assertThat(connection.takeSent()).isEmpty();

        connection.inEngine(() -> session.pending.answer(Reply.of(250, "2.0.0 one")));
        assertThat(connection.isReading()).isTrue();
        connection.feed("\r\n");
        connection.inEngine(() -> session.pending.answer(Reply.of(250, "2.0.0 two")));

        assertThat(connection.takeSent().lines())
                .containsExactly("250 2.0.0 one", "250 2.1.0 sender OK", "250 2.1.5 recipient OK", "250 2.0.0 two");
        assertThat(session.message(1)).isEqualTo("y".repeat(40000) + "\r\n");
    }

    @Test
    void anAnswerAfterTheConnectionHasGoneIsReportedUnheard() {
        session.answersLater = true;
        var connection = server();
        connection.feed(ENVELOPE + "DATA\r\nx\r\n.\r\n");

        connection.fail(IoFailure.Kind.CLOSED_THERE, "reset");

        assertThat(session.pending.answer(Reply.of(250, "2.0.0 safe"))).isFalse();
        assertThat(session.events).doesNotContain("reset").endsWith("closed CLOSED_THERE");
    }

    @Test
    void aMessageIsAnsweredOnce() {
        session.answersLater = true;
        var connection = server();
        connection.feed(ENVELOPE + "DATA\r\nx\r\n.\r\n");
        connection.inEngine(() -> session.pending.answer(Reply.of(250, "2.0.0 safe")));

        assertThatThrownBy(() -> session.pending.answer(Reply.of(250, "2.0.0 safe")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLostConnectionResetsTheOpenTransaction() {
        var connection = server();
        connection.feed(ENVELOPE + "DATA\r\nx\r\n");

        connection.fail(IoFailure.Kind.CLOSED_THERE, "reset");

        assertThat(session.events).endsWith("reset", "closed CLOSED_THERE");
    }

    @Test
    void refusedContentIsGivenBackAtOnceNotAtItsEnd() {
        session.sinkRoom = 4;
        var connection = server();

        connection.feed(ENVELOPE + "DATA\r\n" + "x".repeat(100));

        assertThat(session.events).endsWith("reset");
        connection.feed("\r\n.\r\n");
        assertThat(session.events.stream().filter("reset"::equals)).hasSize(1);
    }

    @Test
    void aTricklingClientIsBoundedByTheMessageTimeOut() {
        var connection = server();
        connection.feed(ENVELOPE + "DATA\r\n");
        for (int i = 0; i < 14; i++) {
            connection.advance(Duration.ofMinutes(4));
            connection.feed("x".repeat(SmtpServerEngine.PIECE_BYTES));
        }
        assertThat(connection.isOver()).isFalse();
        connection.advance(Duration.ofMinutes(4));
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void octetsThatTrickleDoNotHoldASession() {
        for (String begin : List.of("DATA\r\n", "BDAT 100000\r\n", "BDAT 100000 LAST\r\n")) {
            var connection = server();
            connection.feed(ENVELOPE + begin);
            connection.feed("x".repeat(SmtpServerEngine.PIECE_BYTES));
            for (int i = 0; i < 299; i++) {
                connection.advance(Duration.ofSeconds(1));
                connection.feed("x");
            }
            assertThat(connection.isOver()).isFalse();
            connection.advance(Duration.ofSeconds(1));
            assertThat(connection.isOver()).isTrue();
        }
    }

    @Test
    void aClosedEngineLeavesNoAlarmBehind() {
        var connection = server();
        connection.feed("QUIT\r\n");
        assertThat(loop.hasAlarmSet()).isFalse();
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void aSessionMayDropTheConnectionFromWithinItsSink() {
        var connection =
                new ScriptedConnection(loop, new SmtpServerEngine(ServerSettings.of("mx"), new SubmissionSession() {
                    private SubmissionControl control;

                    @Override
                    public Reply greeting(org.sluicemta.world.Connection connection, SubmissionControl control) {
                        this.control = control;
                        return session.greeting(connection, control);
                    }

                    @Override
                    public Reply hello(Command.Hello hello) {
                        return session.hello(hello);
                    }

                    @Override
                    public Reply mail(Command.Mail mail) {
                        return session.mail(mail);
                    }

                    @Override
                    public Reply recipient(Command.Rcpt rcpt) {
                        return session.recipient(rcpt);
                    }

                    @Override
                    public ContentStart beginContent() {
                        return ContentStart.into(lent -> {
                            control.abort();
                            return ContentSink.Taken.TAKEN;
                        });
                    }

                    @Override
                    public void endContent(ContentFacts facts, PendingReply pending) {
                        throw new AssertionError("the connection is gone");
                    }

                    @Override
                    public void reset() {
                        session.reset();
                    }

                    @Override
                    public void closed(IoFailure why) {
                        session.closed(why);
                    }
                }));
        connection.open();

        connection.feed(ENVELOPE + "DATA\r\nx\r\n.\r\nNOOP\r\n");

        assertThat(session.events).endsWith("reset", "closed CLOSED_HERE");
    }

    // ---- the client

    /// C-009: no path, name or parameter with a line end, a bracket or a blank can be made, so none can be sent.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "b@example.net>\r\nRCPT TO:<c@example.net",
                "b\r\nDATA\r\n@example.net",
                "b\n@example.net",
                "b@example.net\r",
                "b\0@example.net",
                "b@exa mple.net",
                "b> SIZE=1@example.net",
                "\"b\r\n\"@example.net",
                "\"b\"c\"@example.net",
                "\"b\\\"@example.net",
                "b@example.net> NOTIFY=NEVER",
                "\"@example.net"
            })
    void nothingInAnAddressCanEndItsCommand(String text) {
        Address address = Address.ofChecked(text);

        assertThatThrownBy(() -> new OutgoingTransaction.Recipient(address)).isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> new OutgoingTransaction(
                        address,
                        List.of(new OutgoingTransaction.Recipient(new Address("b", "example.net"))),
                        TestContent.of("x\r\n")))
                .isInstanceOf(SmtpException.class);
    }

    @Test
    void nothingInANameOrParameterCanEndItsCommand() {
        assertThatThrownBy(() -> settings("x\r\nMAIL FROM:<>")).isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> settings("")).isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> new OutgoingTransaction.Recipient(
                        new Address("b", "example.net"), Set.of(), "rfc822;x\r\nDATA"))
                .isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> new OutgoingTransaction(
                        Address.NULL_PATH,
                        List.of(new OutgoingTransaction.Recipient(new Address("b", "example.net"))),
                        TestContent.of("x\r\n"),
                        Command.ReturnOf.FULL,
                        "a\r\nDATA"))
                .isInstanceOf(SmtpException.class);
    }

    private static ClientSettings settings(String name) {
        return ClientSettings.of(name, new TlsUse.Never());
    }

    @Test
    void quotedLocalPartsAreSentAsTheyAre() {
        var connection = client(settings());
        driver.waiting.add(new OutgoingTransaction(
                new Address("\"a b\"", "example.com"),
                List.of(new OutgoingTransaction.Recipient(new Address("\"c\\\"d\"", "example.net"))),
                TestContent.of("x\r\n")));

        connection.feed("220 hi\r\n250-hi\r\n250 PIPELINING\r\n");

        assertThat(connection.takeSent())
                .isEqualTo("EHLO out.example.com\r\nMAIL FROM:<\"a b\"@example.com>\r\n"
                        + "RCPT TO:<\"c\\\"d\"@example.net>\r\nDATA\r\n");
    }

    @Test
    void wishesAboutReportsAreSentWhereDsnIsOffered() {
        var connection = client(settings());
        driver.waiting.add(new OutgoingTransaction(
                Address.NULL_PATH,
                List.of(new OutgoingTransaction.Recipient(
                        new Address("b", "example.net"),
                        Set.of(Command.Notify.FAILURE, Command.Notify.DELAY),
                        "rfc822;b+40example.net")),
                TestContent.of("x\r\n"),
                Command.ReturnOf.HEADERS,
                "id1"));

        connection.feed("220 hi\r\n250-hi\r\n250-DSN\r\n250 PIPELINING\r\n");

        assertThat(connection.takeSent())
                .endsWith("MAIL FROM:<> RET=HDRS ENVID=id1\r\n"
                        + "RCPT TO:<b@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+40example.net\r\nDATA\r\n");
    }

    @Test
    void largeContentIsSentPieceByPieceAsTheNetworkTakesIt() {
        var content = new TestContent(List.of(bytes("one\r\n"), bytes(".two\r\n"), bytes("three\r\n")), false);
        var connection = client(settings());
        driver.waiting.add(transaction(content));
        connection.feed("220 hi\r\n250-hi\r\n250 PIPELINING\r\n");
        connection.feed("250 ok\r\n250 ok\r\n");
        connection.takeSent();

        connection.pretendUnsent(1 << 20);
        connection.feed("354 go\r\n");
        assertThat(connection.takeSent()).isEmpty();
        connection.pretendUnsent(0);
        content.inMemory = 2;
        connection.advance(Duration.ofMillis(100));
        assertThat(connection.takeSent()).isEqualTo("one\r\n..two\r\n");

        connection.advance(Duration.ofHours(1));
        assertThat(connection.isOver())
                .as("our own disk is slow, not the remote")
                .isFalse();
        content.inMemory = 3;
        connection.inEngine(() -> driver.control.contentReady());
        assertThat(connection.takeSent()).isEqualTo("three\r\n.\r\n");
        assertThat(content.handedOut).allMatch(s -> s.holders() == 0);
    }

    @Test
    void aBlockThatTheNetworkDoesNotTakeIsATimeOutInTheData() {
        var connection = client(settings());
        driver.waiting.add(transaction(TestContent.of("one\r\n")));
        connection.feed("220 hi\r\n250-hi\r\n250 PIPELINING\r\n");
        connection.feed("250 ok\r\n250 ok\r\n");
        connection.pretendUnsent(1 << 20);
        connection.feed("354 go\r\n");

        connection.advance(Duration.ofMinutes(3));

        assertThat(driver.events)
                .endsWith("done b@example.net unanswered CONTENT in time", "closed 1 timed out CONTENT");
    }

    @Test
    void aBrokenConnectReportsNothingElse() {
        var connection = new ScriptedConnection(loop, new SmtpClientEngine(settings(), driver));
        connection.fail(IoFailure.Kind.REFUSED, "refused");
        assertThat(driver.events).containsExactly("closed 0 not connected REFUSED");
    }

    private static ClientSettings withTls() {
        var plan = new TlsPlan.Client("mx", false, List.of("TLSv1.3"), null, "k", 1_000_000_000L);
        return ClientSettings.of("out.example.com", new TlsUse.IfOffered(plan));
    }

    @Test
    void repliesInjectedBehindTheOneToStartTlsAreFatal() {
        var connection = client(withTls());
        connection.feed("220 hi\r\n250-hi\r\n250 STARTTLS\r\n");

        connection.feed("220 go\r\n250 injected\r\n");

        assertThat(driver.events)
                .containsExactly("closed 0 tls failed bytes came in clear behind the reply to STARTTLS");
        assertThat(connection.wasAborted()).isTrue();
    }

    @Test
    void bytesDroppedBeforeTheHandshakeAreFatal() {
        var connection = client(withTls());
        connection.feed("220 hi\r\n250-hi\r\n250 STARTTLS\r\n");
        connection.feed("220 go\r\n");
        connection.feed("250 injected\r\n");

        connection.secure();

        assertThat(driver.events).hasSize(1);
        assertThat(driver.events.getFirst()).startsWith("closed 0 tls failed 14 bytes came in clear");
    }

    @Test
    void aStalledHandshakeIsAFailureOfTls() {
        var connection = client(withTls());
        connection.feed("220 hi\r\n250-hi\r\n250 STARTTLS\r\n");
        connection.feed("220 go\r\n");

        connection.fail(IoFailure.Kind.TLS, "the handshake stalled");

        assertThat(driver.events).containsExactly("closed 0 tls failed the handshake stalled");
    }

    @Test
    void workIsTakenOneAhead() {
        var connection = client(settings());
        connection.feed("220 hi\r\n250-hi\r\n250 PIPELINING\r\n");
        connection.inEngine(() -> {
            driver.control.submit(transaction(TestContent.of("x\r\n")));
            driver.control.submit(transaction(TestContent.of("x\r\n")));
        });

        assertThat(driver.control.takesWork()).isFalse();
        assertThatThrownBy(() -> driver.control.submit(transaction(TestContent.of("x\r\n"))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void abortReportsEveryOpenTransactionFirst() {
        var connection = client(settings());
        driver.waiting.add(transaction(TestContent.of("x\r\n")));
        connection.feed("220 hi\r\n250 hi\r\n");

        connection.inEngine(() -> driver.control.abort());

        assertThat(driver.events).containsExactly("ready ", "done b@example.net unanswered MAIL", "closed 0 finished");
    }

    // ---- both

    @Test
    void theTwoEnginesUnderstandEachOther() {
        for (Set<Extension> offered : List.of(
                ServerSettings.DEFAULT_OFFER,
                Set.<Extension>of(),
                EnumSet.of(Extension.PIPELINING, Extension.EIGHT_BIT_MIME),
                EnumSet.of(Extension.CHUNKING, Extension.EIGHT_BIT_MIME, Extension.SIZE))) {
            var receiving = new RecordingSession();
            var sending = new RecordingDriver();
            ServerSettings plain = ServerSettings.of("mx");
            var serverSettings = new ServerSettings(
                    "mx",
                    offered,
                    null,
                    0,
                    100,
                    100,
                    20,
                    plain.commandTimeout(),
                    plain.dataTimeout(),
                    plain.messageTimeout(),
                    Duration.ZERO);
            var server = new ScriptedConnection(loop, new SmtpServerEngine(serverSettings, receiving));
            var client = new ScriptedConnection(loop, new SmtpClientEngine(settings(), sending));
            for (int i = 0; i < 5; i++) {
                sending.waiting.add(transaction(TestContent.of("Subject: " + i + "\r\n\r\n.\r\n..\r\n")));
            }
            sending.waiting.add(new OutgoingTransaction(
                    Address.NULL_PATH,
                    List.of(new OutgoingTransaction.Recipient(new Address("reject", "example.net"))),
                    TestContent.of("never\r\n")));
            sending.waiting.add(transaction(TestContent.of("last\r\n")));
            sending.quitsWhenIdle = true;

            server.open();
            client.open();
            for (int turn = 0; turn < 200; turn++) {
                client.feed(server.takeSent());
                server.feed(client.takeSent());
            }

            assertThat(receiving.messages).hasSize(6);
            assertThat(receiving.message(4)).isEqualTo("Subject: 4\r\n\r\n.\r\n..\r\n");
            assertThat(receiving.message(5)).isEqualTo("last\r\n");
            assertThat(sending.events).endsWith("closed 7 finished");
            assertThat(sending.results).hasSize(7);
            assertThat(server.isOver()).isTrue();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
