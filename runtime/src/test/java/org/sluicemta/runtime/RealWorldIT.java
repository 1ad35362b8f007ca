package org.sluicemta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.world.Answer;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;

/// Meetings of the real world with the system: plain sockets, stale socket files, signals, other file systems.
final class RealWorldIT {
    private static final long TEN_SECONDS = 10_000_000_000L;
    private final RealWorld world = RealWorld.start(new RealWorldPlan(2, 1, 4, 1, true));
    private final Loop loop = world.loops().getFirst();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @TempDir
    Path folder;

    @AfterEach
    void end() {
        world.close();
    }

    private String next() throws InterruptedException {
        String word = heard.poll(10, TimeUnit.SECONDS);
        assertThat(word).as("nothing came in 10 s").isNotNull();
        return word;
    }

    /// Tells what it hears; a script answers.
    private final class Teller implements Engine {
        private final BiConsumer<Connection, String> script;
        private Connection connection;

        Teller(BiConsumer<Connection, String> script) {
            this.script = script;
        }

        private void tell(String word) {
            heard.add(word);
            script.accept(connection, word);
        }

        @Override
        public void opened(Connection opened) {
            connection = opened;
            tell("opened");
        }

        @Override
        public void bytes(ByteBuffer lent) {
            tell(StandardCharsets.ISO_8859_1.decode(lent).toString());
        }

        @Override
        public void secured(TlsFacts facts) {
            tell("secured " + facts.protocol() + (facts.isResumed() ? " resumed" : " anew"));
        }

        @Override
        public void ended() {
            tell("ended");
        }

        @Override
        public void failed(IoFailure why) {
            heard.add("failed " + why.kind());
        }
    }

    private static void say(Connection connection, String text) {
        connection.out(text.length()).put(text.getBytes(StandardCharsets.ISO_8859_1));
        connection.flush();
    }

    private InetSocketAddress listen(String address, Engine engine) {
        return (InetSocketAddress) world.network()
                .listen(loop, new ListenPlan.Tcp(new InetSocketAddress(address, 0), 64), (remote, local) -> {
                    heard.add(
                            "from " + ((InetSocketAddress) remote).getAddress().getHostAddress());
                    return new Network.Seat(loop, engine);
                })
                .local();
    }

    @Test
    void afterAHalfCloseOfTheRemoteWritingStillWorks() throws Exception {
        var address = listen("127.0.0.1", new Teller((c, word) -> {
            if (word.equals("ended")) {
                say(c, "still here");
                c.close();
            }
        }));
        try (Socket remote = new Socket(address.getAddress(), address.getPort())) {
            remote.shutdownOutput();
            assertThat(new String(remote.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("still here");
        }
        assertThat(List.of(next(), next(), next(), next()))
                .containsExactly("from 127.0.0.1", "opened", "ended", "failed CLOSED_HERE");
    }

    @Test
    void theLastReplyArrivesAlthoughTheRemoteSentMoreThanWasRead() throws Exception {
        var address = listen("127.0.0.1", new Teller((c, word) -> {
            if (word.equals("opened")) {
                c.reading(false);
                say(c, "421 too busy\r\n");
                c.close();
            }
        }));
        for (int i = 0; i < 20; i++) {
            try (Socket remote = new Socket(address.getAddress(), address.getPort())) {
                var answer = new ByteArrayOutputStream();
                remote.getOutputStream().write(new byte[20_000]);
                remote.getInputStream().transferTo(answer);
                assertThat(answer.toString(StandardCharsets.ISO_8859_1)).isEqualTo("421 too busy\r\n");
            }
        }
    }

    @Test
    void aResetOfTheRemoteIsHeardAsClosedThere() throws Exception {
        var address = listen("127.0.0.1", new Teller((c, word) -> {}));
        try (Socket remote = new Socket(address.getAddress(), address.getPort())) {
            assertThat(next()).startsWith("from");
            assertThat(next()).isEqualTo("opened");
            remote.setSoLinger(true, 0);
        }
        assertThat(next()).isEqualTo("failed CLOSED_THERE");
    }

    @Test
    void manyConnectionsLeaveByOneOfSeveralLocalAddresses() throws Exception {
        var address = listen("127.0.0.1", new Teller((c, word) -> {}));
        for (String source : List.of("127.0.0.2", "127.0.0.3", "127.0.0.2")) {
            world.network()
                    .connect(
                            loop,
                            new ConnectPlan(address, InetAddress.getByName(source), TEN_SECONDS),
                            new Teller((c, word) -> c.close()));
            // The words of both ends and of connections before come in any order; next() gives up in time.
            String word;
            do {
                word = next();
                assertThat(word).doesNotStartWith("failed ADDRESS");
            } while (!word.equals("from " + source));
        }
    }

    /// The system binds to both without a word, and leaves by 127.0.0.1.
    @Test
    void aBroadcastOrMulticastAddressIsNoneToLeaveBy() throws Exception {
        var address = listen("127.0.0.1", new Teller((c, word) -> {}));
        for (String source : List.of("127.255.255.255", "224.0.0.5")) {
            world.network()
                    .connect(
                            loop,
                            new ConnectPlan(address, InetAddress.getByName(source), TEN_SECONDS),
                            new Teller((c, word) -> heard.add("client " + word)));
            String word;
            do {
                word = next();
                assertThat(word).isNotEqualTo("client opened");
            } while (!word.equals("failed ADDRESS_NOT_AVAILABLE"));
        }
    }

    @Test
    void ipv4AndIpv6StandBesideEachOtherOnOnePort() throws Exception {
        Assumptions.assumeTrue(world.localAddresses().stream()
                .anyMatch(a -> a instanceof java.net.Inet6Address && a.isLoopbackAddress()));
        var four = listen("0.0.0.0", new Teller((c, word) -> c.close()));
        world.network()
                .listen(
                        loop,
                        new ListenPlan.Tcp(new InetSocketAddress("::", four.getPort()), 16),
                        (remote, local) -> null)
                .close();
    }

    @Test
    void aSocketFileOfADeadServerIsReplacedWithTheRightsAskedFor() throws Exception {
        Path path = folder.resolve("control.sock");
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(path).exists();
        var listener = world.network().listen(loop, new ListenPlan.Unix(path, 0660), (remote, local) -> null);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw----");
        try (var names = Files.list(folder)) {
            assertThat(names).containsExactly(path);
        }
        assertThat(listener.local()).isEqualTo(UnixDomainSocketAddress.of(path));
    }

    @Test
    void aFileThatIsNoSocketIsNeverReplaced() throws Exception {
        Path path = Files.writeString(folder.resolve("precious"), "text");
        assertThatThrownBy(() -> world.network().listen(loop, new ListenPlan.Unix(path, 0660), (remote, local) -> null))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("not a socket");
        assertThat(path).hasContent("text");
    }

    @Test
    void aSessionOfTls13IsResumedUnderItsKeyAndNotUnderAnother() throws Exception {
        TlsIdentity identity = world.network().selfSigned("mx.example.net");
        var modern = List.of("TLSv1.3");
        var address = listen("127.0.0.1", new Engine() {
            private Connection connection;

            @Override
            public void opened(Connection opened) {
                connection = opened;
                opened.startTls(new TlsPlan.Server(identity, modern, TEN_SECONDS));
            }

            @Override
            public void secured(TlsFacts facts) {
                say(connection, "welcome");
            }

            @Override
            public void bytes(ByteBuffer lent) {}

            @Override
            public void ended() {
                connection.close();
            }

            @Override
            public void failed(IoFailure why) {}
        });
        assertThat(secured(address, modern, "one")).isEqualTo("secured TLSv1.3 anew");
        assertThat(secured(address, modern, "one")).isEqualTo("secured TLSv1.3 resumed");
        assertThat(secured(address, modern, "two")).isEqualTo("secured TLSv1.3 anew");
    }

    private String secured(InetSocketAddress address, List<String> protocols, String key) throws Exception {
        heard.clear();
        var plan = new TlsPlan.Client("mx.example.net", false, protocols, null, key, TEN_SECONDS);
        world.network().connect(loop, new ConnectPlan(address, null, TEN_SECONDS), new Teller((c, word) -> {
            if (word.equals("opened")) {
                c.startTls(plan);
            } else if (word.equals("welcome")) {
                // Read after the server's tickets, which TLS 1.3 sends behind the handshake.
                c.close();
            }
        }));
        String secured = "";
        for (String word = next(); !word.startsWith("failed"); word = next()) {
            secured = word.startsWith("secured") ? word : secured;
        }
        return secured;
    }

    @Test
    void theSelfSignedCertificateNamesItsHostAndLastsAYear() throws Exception {
        TlsIdentity identity = world.network().selfSigned("mx.example.net");
        var certificate =
                (java.security.cert.X509Certificate) java.security.cert.CertificateFactory.getInstance("X.509")
                        .generateCertificate(new java.io.ByteArrayInputStream(identity.chainPem()));
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(2, "mx.example.net"));
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=mx.example.net");
        assertThat(certificate.getNotBefore().toInstant()).isBefore(Instant.now());
        assertThat(certificate.getNotAfter().toInstant()).isAfter(Instant.now().plusSeconds(366L * 86_400));
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    }

    @Test
    void aSignalRunsItsTaskOnItsLoop() throws Exception {
        world.signals().on("USR2", loop, () -> heard.add("signal " + loop.isCurrent()));
        sun.misc.Signal.raise(new sun.misc.Signal("USR2"));
        assertThat(next()).isEqualTo("signal true");
    }

    @Test
    void workBeyondTheBoundIsRefused() throws Exception {
        var gate = new CountDownLatch(1);
        var answers = new ArrayBlockingQueue<String>(10);
        Answer<String> answer = new Answer<>() {
            @Override
            public void ready(String value) {
                answers.add(value);
            }

            @Override
            public void failed(IoFailure why) {
                answers.add(why.kind().name());
            }
        };
        for (int i = 0; i < 5; i++) {
            world.workers()
                    .run(
                            loop,
                            () -> {
                                try {
                                    gate.await();
                                } catch (InterruptedException interrupted) {
                                    Thread.currentThread().interrupt();
                                }
                                return "done";
                            },
                            answer);
        }
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("EXHAUSTED");
        assertThat(world.workers().isFull()).isTrue();
        gate.countDown();
        for (int i = 0; i < 4; i++) {
            assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    void durableWritesWorkWhereTheFileStoreTakesNoDirectOnes() throws Exception {
        Path memory = Path.of("/dev/shm");
        Assumptions.assumeTrue(Files.isWritable(memory));
        Path there = Files.createTempDirectory(memory, "sluice");
        try {
            Loop lane = world.lane("content-0");
            lane.post(() -> world.disk().open(lane, there.resolve("segment"), Disk.OpenPlan.DURABLE, wroteTo()));
            assertThat(next()).isEqualTo("written");
            assertThat(there.resolve("segment")).hasSize(4096);
        } finally {
            Files.deleteIfExists(there.resolve("segment"));
            Files.delete(there);
        }
    }

    private Answer<DiskFile> wroteTo() {
        return new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                file.writeDurably(0, file.alignedBuffer(4096), new Answer<>() {
                    @Override
                    public void ready(Disk.Done done) {
                        file.close();
                        heard.add("written");
                    }

                    @Override
                    public void failed(IoFailure why) {
                        heard.add(why.text());
                    }
                });
            }

            @Override
            public void failed(IoFailure why) {
                heard.add(why.text());
            }
        };
    }

    @Test
    void afterTheEndMailboxesRefuseAndASecondEndIsHarmless() {
        Loop lane = world.lane("content-0");
        var toLoop = loop.<String>mailbox(4, heard::add);
        var toLane = lane.<String>mailbox(4, heard::add);
        world.close();
        world.close();
        assertThat(toLoop.offer("late")).isFalse();
        assertThat(toLane.offer("late")).isFalse();
        assertThatThrownBy(() -> world.lane("late")).isInstanceOf(IllegalStateException.class);
    }

    /// A web server whose certificate no authority of this machine vouches for.
    @Test
    void aCertificateThatNobodyVouchesForIsRefusedByTheWeb() throws Exception {
        TlsIdentity identity = world.network().selfSigned("localhost");
        HttpsServer web = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        web.setHttpsConfigurator(new HttpsConfigurator(context(identity)));
        web.createContext("/", exchange -> heard.add("asked"));
        web.start();
        try {
            var address = URI.create("https://localhost:" + web.getAddress().getPort() + "/config");
            loop.post(() -> world.web().get(loop, new WebPlan(address, "", 1_000, 0, TEN_SECONDS), new Answer<>() {
                @Override
                public void ready(WebAnswer value) {
                    heard.add("came");
                }

                @Override
                public void failed(IoFailure why) {
                    heard.add(why.kind().name());
                }
            }));

            assertThat(next()).isEqualTo("TLS");
        } finally {
            web.stop(0);
        }
    }

    private static SSLContext context(TlsIdentity identity) throws Exception {
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(identity.chainPem()));
        String pem = new String(identity.keyPem(), StandardCharsets.US_ASCII);
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry(
                "key",
                KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)),
                new char[0],
                new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
