package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.AddressParser;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;

/// One target for each decoder. The ordinary run plays the corpus; `JAZZER_FUZZ=1` with one target searches for more.
/// What is found stays as a file of the corpus.
class DecodersFuzzTest {
    @FuzzTest
    void anySplitOfContentGivesTheSame(byte[] wire) {
        assertThat(data(wire, 1)).isEqualTo(data(wire, 1 << 16));
        assertThat(data(wire, 9)).isEqualTo(data(wire, 1 << 16));
        assertThat(chunks(wire, 1)).isEqualTo(chunks(wire, 1 << 16));
    }

    @FuzzTest
    void anySplitOfLinesGivesTheSame(byte[] wire) {
        assertThat(lines(wire, 1)).isEqualTo(lines(wire, 1 << 16));
        assertThat(lines(wire, 5)).isEqualTo(lines(wire, 1 << 16));
        assertThat(lines(wire, 1 << 16)).allMatch(line -> line.indexOf('\r') < 0 && line.indexOf('\n') < 0);
    }

    private static List<String> lines(byte[] wire, int piece) {
        var found = new ArrayList<String>();
        var decoder = new LineDecoder(64);
        for (int at = 0; at < wire.length; at += piece) {
            ByteBuffer lent = ByteBuffer.wrap(wire, at, Math.min(piece, wire.length - at));
            while (lent.hasRemaining()) {
                switch (decoder.read(lent)) {
                    case MORE -> {}
                    case LINE ->
                        found.add(new String(decoder.bytes(), 0, decoder.length(), StandardCharsets.ISO_8859_1));
                    case TOO_LONG -> found.add("too long");
                    case BARE -> {
                        found.add("bare");
                        return found;
                    }
                }
            }
        }
        return found;
    }

    @FuzzTest
    void anySplitOfRepliesGivesTheSame(byte[] wire) {
        assertThat(ReplyDecoderProperties.decode(wire, 1)).isEqualTo(ReplyDecoderProperties.decode(wire, 1 << 16));
        for (Object found : ReplyDecoderProperties.decode(wire, 1 << 16)) {
            if (found instanceof Reply reply) {
                assertThat(reply.text()).startsWith(reply.code().toString());
                reply.enhanced();
                Capabilities.ofEhlo(reply);
            }
        }
    }

    @FuzzTest
    void anySplitOfAProxyHeaderGivesTheSame(byte[] wire) {
        assertThat(ProxyHeaderProperties.decode(wire, 1)).isEqualTo(ProxyHeaderProperties.decode(wire, 1 << 16));
        assertThat(ProxyHeaderProperties.decode(wire, 11)).isEqualTo(ProxyHeaderProperties.decode(wire, 1 << 16));
    }

    @FuzzTest
    void aCommandIsReadOrRefused(byte[] line) {
        var all = EnumSet.complementOf(EnumSet.of(Extension.AUTH));
        Command command = new CommandParser(all).parse(line, line.length, true);
        if (command instanceof Command.Rcpt rcpt) {
            // What we take, we can send, and whoever reads it reads the same.
            var connection = new ScriptedConnection(
                    new ScriptedLoop(), new SmtpServerEngine(ServerSettings.of("x"), new RecordingSession()));
            var recipient =
                    new OutgoingTransaction.Recipient(rcpt.forwardPath(), rcpt.notifyOn(), rcpt.originalRecipient());
            CommandEncoder.rcpt(connection, recipient, true);
            connection.flush();
            byte[] sent = connection.takeSent().getBytes(StandardCharsets.ISO_8859_1);
            assertThat(new CommandParser(all).parse(sent, sent.length - 2, true))
                    .isEqualTo(rcpt);
        }
    }

    @FuzzTest
    void anAddressThatWasReadIsReadAgain(byte[] bytes) {
        var parser = new AddressParser();
        if (parser.parse(bytes, 0, bytes.length)) {
            Address address = parser.address();
            assertThat(AddressParser.parse(address.toString())).contains(address);
            WireText.requirePath(address);
        }
    }

    @FuzzTest
    void theServerTakesAnyBytesInAnySplit(byte[] wire) {
        String whole = serve(wire, 1 << 16);
        if (!whole.contains("421 4.5.1")) {
            // But for clients without PIPELINING: whether they spoke too early is a matter of time.
            assertThat(serve(wire, 1)).isEqualTo(whole);
        }
    }

    @FuzzTest
    void theClientReportsEveryTransactionWhateverTheServerSays(byte[] wire) {
        reportsEverything(wire, null, new TlsUse.Never());
        reportsEverything(wire, new ClientLogin("joe", "pass word", true), new TlsUse.Never());
    }

    /// The handshake succeeds wherever the engine asks for one; what comes in clear behind the 220 is dropped.
    @FuzzTest
    void theSecuredClientReportsEveryTransactionWhateverTheServerSays(byte[] wire) {
        var plan = new TlsPlan.Client("mx", false, List.of("TLSv1.3"), null, "k", 1_000_000_000L);
        reportsEverything(wire, null, new TlsUse.IfOffered(plan));
        reportsEverything(wire, new ClientLogin("joe", "pass word", false), new TlsUse.Required(plan));
    }

    private static void reportsEverything(byte[] wire, @Nullable ClientLogin login, TlsUse tls) {
        for (int piece : new int[] {1, 7, 1 << 16}) {
            var driver = new RecordingDriver();
            ClientSettings usual = ClientSettings.of("out.example.com", new TlsUse.Never());
            var settings = new ClientSettings(
                    usual.helloName(),
                    tls,
                    login,
                    usual.use(),
                    usual.timeouts(),
                    usual.eagerBytes(),
                    usual.holdBytes());
            var connection = new ScriptedConnection(new ScriptedLoop(), new SmtpClientEngine(settings, driver));
            for (int i = 0; i < 3; i++) {
                driver.waiting.add(new OutgoingTransaction(
                        new Address("a", "example.com"),
                        List.of(
                                new OutgoingTransaction.Recipient(new Address("b", "example.net")),
                                new OutgoingTransaction.Recipient(new Address("c", "example.net"))),
                        TestContent.of("Subject: x\r\n\r\n.\r\n")));
            }
            connection.open();
            feed(connection, wire, piece);
            assertThat(connection.isOver()).isTrue();
            assertThat(driver.results.size() + driver.waiting.size()).isEqualTo(3);
            assertThat(driver.events.stream().filter(e -> e.startsWith("closed")))
                    .hasSize(1);
        }
    }

    /// With log-ins, and TLS whose handshake succeeds.
    @FuzzTest
    void theServerWithLogInsTakesAnyBytes(byte[] wire) {
        var offered = EnumSet.copyOf(ServerSettings.DEFAULT_OFFER);
        var plan = new TlsPlan.Server(
                new TlsIdentity(new byte[0], new byte[0]), TlsTerms.MODERN, null, false, 1_000_000_000L);
        ServerSettings plain = ServerSettings.of("mx");
        var settings = new ServerSettings(
                "mx",
                offered,
                plan,
                10_000,
                3,
                plain.maxReceivedLines(),
                plain.maxErrors(),
                plain.commandTimeout(),
                plain.dataTimeout(),
                plain.messageTimeout(),
                plain.greetingDelay());
        for (int piece : new int[] {1, 7, 1 << 16}) {
            var session = new RecordingSession();
            session.mechanisms = List.of(SaslMechanism.values());
            var connection = new ScriptedConnection(new ScriptedLoop(), new SmtpServerEngine(settings, session));
            connection.open();
            feed(connection, wire, piece);
            assertThat(connection.isOver()).isTrue();
            assertThat(session.events.stream().filter(event -> event.startsWith("closed")))
                    .hasSize(1);
        }
    }

    private static void feed(ScriptedConnection connection, byte[] wire, int piece) {
        for (int at = 0; at < wire.length; at += piece) {
            connection.feed(ByteBuffer.wrap(Arrays.copyOfRange(wire, at, Math.min(at + piece, wire.length))));
            if (connection.isInHandshake() && !connection.isOver()) {
                connection.secure();
            }
        }
        if (!connection.isOver()) {
            connection.endInput();
        }
    }

    private static String serve(byte[] wire, int piece) {
        var session = new RecordingSession();
        var connection =
                new ScriptedConnection(new ScriptedLoop(), new SmtpServerEngine(ServerSettings.of("mx"), session));
        connection.open();
        connection.feed(wire, piece);
        String said = connection.takeSent();
        if (!connection.isOver()) {
            connection.endInput();
        }
        return said + session.events;
    }

    private static String data(byte[] wire, int piece) {
        var stored = new ByteArrayOutputStream();
        var decoder = new ContentDecoder();
        decoder.begin(sink(stored), 0);
        for (int at = 0; at < wire.length; at += piece) {
            ByteBuffer lent = ByteBuffer.wrap(wire, at, Math.min(piece, wire.length - at));
            if (decoder.data(lent)) {
                return lent.position() + " " + result(decoder, stored);
            }
        }
        return "open";
    }

    private static String chunks(byte[] wire, int piece) {
        var stored = new ByteArrayOutputStream();
        var decoder = new ContentDecoder();
        decoder.begin(sink(stored), 0);
        for (int at = 0; at < wire.length; at += piece) {
            int length = Math.min(piece, wire.length - at);
            decoder.chunk(ByteBuffer.wrap(wire, at, length), length);
        }
        decoder.endChunks();
        return result(decoder, stored);
    }

    private static ContentSink sink(ByteArrayOutputStream stored) {
        return run -> {
            var copy = new byte[run.remaining()];
            run.get(copy);
            stored.writeBytes(copy);
            return ContentSink.Taken.TAKEN;
        };
    }

    private static String result(ContentDecoder decoder, ByteArrayOutputStream stored) {
        return decoder.fault() == ContentDecoder.Fault.NONE
                ? decoder.facts() + " " + stored.toString(StandardCharsets.ISO_8859_1)
                : decoder.fault().toString();
    }
}
