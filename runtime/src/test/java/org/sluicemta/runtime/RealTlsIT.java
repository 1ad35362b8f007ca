package org.sluicemta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;
import org.sluicemta.world.TlsTrust;

/// What two sides of the real TLS library settle on: versions, suites, and whose certificate is taken.
class RealTlsIT {
    private static final long TEN_SECONDS = 10_000_000_000L;
    private static final TlsTerms OLD = new TlsTerms(List.of("TLSv1.1", "TLSv1"), "HIGH:!ADH:@STRENGTH");
    private static final TlsTerms TLS_1_2 = new TlsTerms(List.of("TLSv1.2"), "HIGH:!ADH:@STRENGTH");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static RealWorld world;

    @SuppressWarnings("NullAway.Init")
    private static TlsIdentity mx;

    @SuppressWarnings("NullAway.Init")
    private static TlsIdentity other;

    @BeforeAll
    static void start() {
        world = RealWorld.start(RealWorldPlan.forThisMachine());
        mx = world.network().selfSigned("mx.example.net");
        other = world.network().selfSigned("other.example.net");
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    private static TlsPlan.Server server(TlsTerms terms, @Nullable TlsTrust clients) {
        return new TlsPlan.Server(mx, terms, clients, true, TEN_SECONDS);
    }

    private static TlsPlan.Client client(
            String name, @Nullable TlsTrust trust, TlsTerms terms, @Nullable TlsIdentity shown) {
        return new TlsPlan.Client(name, trust != null, trust, terms, shown, "key of " + name, TEN_SECONDS);
    }

    private static TlsTrust trustIn(TlsIdentity identity) {
        return new TlsTrust(identity.chainPem());
    }

    /// What both heard, the client first, each `TLSv1.3 TLS_AES_…` or `failed …`.
    private static List<String> shake(TlsPlan.Server server, TlsPlan.Client client) throws InterruptedException {
        var there = new Side(server);
        var here = new Side(client);
        Loop loop = world.loops().getFirst();
        Network.Listener listener = world.network()
                .listen(
                        loop,
                        new ListenPlan.Tcp(new InetSocketAddress("127.0.0.1", 0), 10),
                        (remote, local) -> new Network.Seat(loop, there));
        loop.post(() -> world.network()
                .connect(loop, new ConnectPlan((InetSocketAddress) listener.local(), null, TEN_SECONDS), here));
        List<String> heard = List.of(here.next(), there.next());
        listener.close();
        return heard;
    }

    private static final class Side implements Engine {
        private final TlsPlan plan;
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private @Nullable Connection connection;

        Side(TlsPlan plan) {
            this.plan = plan;
        }

        String next() throws InterruptedException {
            String word = heard.poll(10, TimeUnit.SECONDS);
            return word == null ? "nothing" : word;
        }

        @Override
        public void opened(Connection opened) {
            connection = opened;
            opened.startTls(plan);
        }

        @Override
        public void secured(TlsFacts facts) {
            if (plan instanceof TlsPlan.Server) {
                heard.add(facts.protocol() + " " + facts.cipher());
                say("!");
            } else {
                // A server's refusal of our certificate comes behind the end of our side's handshake.
                say("?");
            }
        }

        private void say(String text) {
            Connection to = java.util.Objects.requireNonNull(connection);
            to.out(1).put((byte) text.charAt(0));
            to.flush();
        }

        @Override
        public void bytes(ByteBuffer lent) {
            lent.position(lent.limit());
            if (plan instanceof TlsPlan.Client) {
                heard.add("secured");
            }
            java.util.Objects.requireNonNull(connection).close();
        }

        @Override
        public void ended() {
            java.util.Objects.requireNonNull(connection).close();
        }

        @Override
        public void failed(IoFailure why) {
            heard.add("failed " + why.text());
        }
    }

    @Test
    void aVersionThatIsSwitchedOffIsRefused() throws Exception {
        assertThat(shake(server(TlsTerms.MODERN, null), client("mx.example.net", null, OLD, null)))
                .allMatch(each -> each.startsWith("failed "));
    }

    @Test
    void anOldVersionThatIsSwitchedOnIsSpoken() throws Exception {
        assertThat(shake(server(OLD, null), client("mx.example.net", null, OLD, null))
                        .get(1))
                .startsWith("TLSv1.1 ");
    }

    @Test
    void anOpenSslCipherStringChoosesTheSuite() throws Exception {
        var only = new TlsTerms(List.of("TLSv1.2"), "ECDHE+CHACHA20:!ADH:@STRENGTH");

        assertThat(shake(server(only, null), client("mx.example.net", null, TLS_1_2, null))
                        .get(1))
                .contains("CHACHA20");
        assertThat(shake(
                        server(new TlsTerms(List.of("TLSv1.2"), "AES256"), null),
                        client("mx.example.net", null, only, null)))
                .allMatch(each -> each.startsWith("failed "));
    }

    @Test
    void theLibrarySaysWhatItMakesOfACipherString() {
        assertThat(TlsLibrary.ciphers("HIGH:!ADH:@STRENGTH")).isEqualTo(new TlsLibrary.Ciphers(true, List.of()));
        assertThat(TlsLibrary.ciphers("HIGH:EXPORT56:!aNULL"))
                .isEqualTo(new TlsLibrary.Ciphers(true, List.of("EXPORT56")));
        assertThat(TlsLibrary.ciphers("NO-SUCH-CIPHER").usable()).isFalse();
    }

    @Test
    void aVerifyingClientTakesTheRightAuthorityUnderTheRightNameOnly() throws Exception {
        var server = server(TlsTerms.MODERN, null);

        assertThat(shake(server, client("mx.example.net", trustIn(mx), TlsTerms.MODERN, null))
                        .getFirst())
                .isEqualTo("secured");
        assertThat(shake(server, client("mx.example.net", trustIn(other), TlsTerms.MODERN, null))
                        .getFirst())
                .startsWith("failed ");
        assertThat(shake(server, client("mx2.example.net", trustIn(mx), TlsTerms.MODERN, null))
                        .getFirst())
                .startsWith("failed ")
                .contains("mx2.example.net");
    }

    @Test
    void whoeverIsRefusedHearsWhy() throws Exception {
        var server = server(TlsTerms.MODERN, null);

        assertThat(shake(server, client("mx.example.net", trustIn(other), TlsTerms.MODERN, null))
                        .get(1))
                .startsWith("failed ")
                .contains("ALERT");
        assertThat(shake(server, client("mx.example.net", null, OLD, null)).getFirst())
                .startsWith("failed ")
                .containsIgnoringCase("alert_protocol_version");
    }

    @Test
    void aNameIsSentAndAnAddressIsNot() throws Exception {
        assertThat(hello(client("mx.example.net", null, TlsTerms.MODERN, null))).contains("mx.example.net");
        assertThat(hello(client("192.0.2.1", trustIn(mx), TlsTerms.MODERN, null)))
                .doesNotContain("192.0.2.1");
    }

    /// The first bytes that a client sends.
    private static String hello(TlsPlan.Client plan) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var to = new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
            Loop loop = world.loops().getFirst();
            loop.post(() -> world.network().connect(loop, new ConnectPlan(to, null, TEN_SECONDS), new Side(plan)));
            try (var link = listener.accept()) {
                byte[] head = link.getInputStream().readNBytes(5);
                int length = (head[3] & 0xff) << 8 | head[4] & 0xff;
                return new String(link.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
            }
        }
    }

    @Test
    void aClientWithoutACertificateIsServedAndOneWithAForeignCertificateIsNot() throws Exception {
        var server = server(TlsTerms.MODERN, trustIn(mx));
        // Of the same name, or the client would not show it to this server.
        TlsIdentity namesake = world.network().selfSigned("mx.example.net");

        assertThat(shake(server, client("mx.example.net", null, TlsTerms.MODERN, null))
                        .getFirst())
                .isEqualTo("secured");
        assertThat(shake(server, client("mx.example.net", null, TlsTerms.MODERN, mx))
                        .getFirst())
                .isEqualTo("secured");
        assertThat(shake(server, client("mx.example.net", null, TlsTerms.MODERN, namesake))
                        .getFirst())
                .startsWith("failed ");
    }
}
