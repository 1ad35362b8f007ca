package org.sluicemta.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;

class SimulatedNetworkTest {
    private static final InetAddress SERVER = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress REMOTE = InetAddress.ofLiteral("10.0.0.2");
    private static final InetSocketAddress PLACE = new InetSocketAddress(REMOTE, 25);
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    /// Two hosts: one connects, the other listens.
    private static final class Pair {
        final SimulatedUniverse universe;
        final SimulatedHost near;
        final SimulatedHost far;
        final SimulatedWorld nearWorld;
        final SimulatedWorld farWorld;
        final Loop nearLoop;
        final Loop farLoop;
        final List<Talker> served = new ArrayList<>();
        java.util.function.Consumer<Talker> script = t -> {};

        Pair(long seed) {
            universe = SimulatedUniverse.seeded(seed);
            near = universe.host("near", SERVER);
            far = universe.host("far", REMOTE);
            nearWorld = near.boot();
            farWorld = far.boot();
            nearLoop = nearWorld.loops().getFirst();
            farLoop = farWorld.loops().getFirst();
        }

        Network.Listener listen(int backlog) {
            return farWorld.network().listen(farLoop, new ListenPlan.Tcp(PLACE, backlog), (remote, local) -> {
                Talker talker = new Talker(farLoop);
                script.accept(talker);
                served.add(talker);
                return new Network.Seat(farLoop, talker);
            });
        }

        Link out() {
            return universe.wires().link(near, far);
        }

        Talker connect(@Nullable InetAddress from, java.util.function.Consumer<Talker> client) {
            Talker talker = new Talker(nearLoop);
            client.accept(talker);
            nearLoop.post(() -> nearWorld
                    .network()
                    .connect(
                            nearLoop,
                            new ConnectPlan(PLACE, from, Duration.ofSeconds(30).toNanos()),
                            talker));
            return talker;
        }

        Talker connect() {
            return connect(null, t -> {});
        }

        void untilOver(Talker talker) {
            universe.runUntil(() -> talker.end != null, LIMIT);
        }
    }

    @Test
    void bytesCrossHostsWholeAndInOrderInEverySplit() {
        Set<Integer> counts = new HashSet<>();
        for (long seed = 0; seed < 60; seed++) {
            Pair pair = new Pair(seed);
            pair.script = t -> t.whenBytes = (c, all) -> {
                if (all.endsWith("\n")) {
                    Talker.say(c, "250 ok\n");
                }
            };
            pair.listen(5);
            Talker client = pair.connect(
                    null,
                    t -> t.whenOpened = c -> {
                        Talker.say(c, "MAIL FROM:<a@b>");
                        Talker.say(c, " SIZE=1\r\n");
                    });

            pair.universe.runUntil(() -> client.text().equals("250 ok\n"), LIMIT);

            assertThat(pair.served.getFirst().text()).isEqualTo("MAIL FROM:<a@b> SIZE=1\r\n");
            counts.add(pair.served.getFirst().portions.size());
        }
        assertThat(counts).contains(1, 2, 24);
    }

    @Test
    void aHostIsKnownByTheAddressThatTheConnectionLeft() {
        Pair pair = new Pair(1);
        InetAddress second = InetAddress.ofLiteral("10.0.0.77");
        pair.near.addAddress(second);
        pair.listen(5);

        pair.connect(second, t -> {});
        pair.connect();
        pair.universe.runUntil(() -> pair.served.size() == 2, LIMIT);
        pair.universe.advance(Duration.ofSeconds(1));

        assertThat(pair.served)
                .extracting(t -> ((InetSocketAddress)
                                java.util.Objects.requireNonNull(t.connection).remote())
                        .getAddress())
                .containsExactlyInAnyOrder(second, SERVER);
    }

    @Test
    void anAddressThatTheHostLacksIsNotAvailable() {
        Pair pair = new Pair(1);
        pair.listen(5);
        Talker client = pair.connect(REMOTE, t -> {});
        pair.untilOver(client);

        assertThat(client.kind()).isEqualTo(Kind.ADDRESS_NOT_AVAILABLE);
        assertThat(client.calls).containsExactly("failed");
    }

    @Test
    void everyLoopbackAddressLeadsHome() {
        Pair pair = new Pair(1);
        Talker server = new Talker(pair.nearLoop);
        InetSocketAddress place = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), 2525);
        pair.nearWorld
                .network()
                .listen(pair.nearLoop, new ListenPlan.Tcp(place, 5), (r, l) -> new Network.Seat(pair.nearLoop, server));
        Talker client = new Talker(pair.nearLoop);
        client.whenOpened = c -> Talker.say(c, "x");
        pair.nearWorld
                .network()
                .connect(
                        pair.nearLoop,
                        new ConnectPlan(place, InetAddress.ofLiteral("127.0.0.3"), 1_000_000_000),
                        client);

        pair.universe.runUntil(() -> server.received() == 1, LIMIT);
    }

    @Test
    void refusalsLossesAndMissingWaysAreTold() {
        Pair pair = new Pair(1);
        Talker nobody = pair.connect();
        pair.untilOver(nobody);
        assertThat(nobody.kind()).isEqualTo(Kind.REFUSED);

        pair.listen(5);
        pair.out().refuses(1);
        Talker refused = pair.connect();
        pair.untilOver(refused);
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);

        pair.out().refuses(0).unreachable(1);
        Talker unreachable = pair.connect();
        pair.untilOver(unreachable);
        assertThat(unreachable.kind()).isEqualTo(Kind.UNREACHABLE);

        pair.out().unreachable(0).losesConnects(1);
        long before = pair.universe.nanos();
        Talker lost = pair.connect();
        pair.untilOver(lost);
        assertThat(lost.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(pair.universe.nanos() - before)
                .isGreaterThanOrEqualTo(Duration.ofSeconds(30).toNanos());
        assertThat(pair.served).isEmpty();
    }

    @Test
    void aConnectionIsCutAtExactlyTheByteThatWasAskedFor() {
        for (int cut = 0; cut <= 10; cut++) {
            Pair pair = new Pair(cut);
            pair.listen(5);
            pair.out().resetsNextAfter(cut);
            Talker client = pair.connect(null, t -> t.whenOpened = c -> Talker.say(c, "0123456789ab"));
            pair.untilOver(client);
            pair.universe.advance(Duration.ofSeconds(1));

            assertThat(client.kind()).isEqualTo(Kind.CLOSED_THERE);
            Talker server = pair.served.getFirst();
            if (server.calls.contains("opened")) {
                assertThat(server.kind()).isEqualTo(Kind.CLOSED_THERE);
                assertThat("0123456789ab".substring(0, cut)).startsWith(server.text());
            }
        }
    }

    @Test
    void aSilentConnectionTellsNobody() {
        Pair pair = new Pair(1);
        pair.listen(5);
        pair.out().fallsSilentNextAfter(4);
        Talker client = pair.connect(null, t -> t.whenOpened = c -> Talker.say(c, "0123456789"));
        pair.universe.advance(Duration.ofMinutes(10));

        assertThat(pair.served.getFirst().text()).isEqualTo("0123");
        assertThat(client.end).isNull();
    }

    @Test
    void aHalfClosedConnectionStillCarriesTheOtherDirection() {
        Pair pair = new Pair(1);
        pair.script = t -> t.whenEnded = c -> Talker.say(c, "still here");
        pair.listen(5);
        pair.out().halfClosesNextAfter(4);
        Talker client = pair.connect(null, t -> t.whenOpened = c -> Talker.say(c, "0123456789"));

        pair.universe.runUntil(() -> client.text().equals("still here"), LIMIT);

        assertThat(pair.served.getFirst().calls).contains("ended");
        assertThat(client.end).isNull();
    }

    @Test
    void portsRunOutAndComeBack() {
        Pair pair = new Pair(1);
        pair.listen(5);
        pair.near.ports(1);
        Talker first = pair.connect();
        pair.universe.runUntil(() -> first.connection != null, LIMIT);
        Talker second = pair.connect();
        pair.untilOver(second);
        assertThat(second.kind()).isEqualTo(Kind.EXHAUSTED);

        pair.nearLoop.post(
                () -> java.util.Objects.requireNonNull(first.connection).close());
        pair.untilOver(first);
        Talker third = pair.connect();
        pair.universe.runUntil(() -> third.connection != null, LIMIT);
    }

    @Test
    void aFullBacklogAnswersLaterOrNever() {
        Pair pair = new Pair(1);
        pair.listen(1);
        List<Talker> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(pair.connect());
        }
        pair.universe.advance(Duration.ofMinutes(2));

        assertThat(pair.universe.faultPoints().hits("network: backlog full")).isPositive();
        assertThat(clients)
                .allSatisfy(c -> assertThat(c.connection != null || c.kind() == Kind.TIMED_OUT)
                        .isTrue());
    }

    @Test
    void aReaderThatStopsHoldsUpItsSender() {
        Pair pair = new Pair(1);
        pair.script = t -> t.whenOpened = c -> c.reading(false);
        pair.listen(5);
        Slice slice = java.util.Objects.requireNonNull(
                pair.nearWorld.memory("content", 8 << 20).take(8 << 20));
        Talker client = pair.connect(
                null,
                t -> t.whenOpened = c -> {
                    c.send(slice, 0, slice.length());
                    c.flush();
                    slice.release();
                });
        pair.universe.advance(Duration.ofSeconds(10));
        long[] unsent = {0};
        pair.nearLoop.post(() ->
                unsent[0] = java.util.Objects.requireNonNull(client.connection).unsentBytes());
        pair.universe.advance(Duration.ofSeconds(1));
        assertThat(unsent[0]).isBetween(1L, (8L << 20) - 1);
        assertThat(pair.nearWorld.slicesOut()).isEqualTo(1);

        pair.farLoop.post(() -> java.util.Objects.requireNonNull(pair.served.getFirst().connection)
                .reading(true));
        pair.universe.runUntil(() -> pair.served.getFirst().received() == 8 << 20, LIMIT);

        assertThat(client.calls).contains("writable");
        assertThat(pair.nearWorld.slicesOut()).isZero();
    }

    @Test
    void aKilledProcessResetsItsRemotesAndListensNoMore() {
        Pair pair = new Pair(1);
        pair.listen(5);
        Talker client = pair.connect();
        pair.universe.runUntil(() -> client.connection != null, LIMIT);
        pair.universe.advance(Duration.ofSeconds(1));

        pair.farWorld.kill();
        pair.untilOver(client);

        assertThat(client.kind()).isEqualTo(Kind.CLOSED_THERE);
        assertThat(pair.served.getFirst().end).isNull();
        Talker late = pair.connect();
        pair.untilOver(late);
        assertThat(late.kind()).isEqualTo(Kind.REFUSED);
    }

    @Test
    void aMachineWithoutPowerAnswersNothingUntilItIsBooted() {
        Pair pair = new Pair(1);
        pair.listen(5);
        pair.far.cutPower();
        Talker client = pair.connect();
        pair.untilOver(client);
        assertThat(client.kind()).isEqualTo(Kind.TIMED_OUT);

        pair.far.boot();
        Talker refused = pair.connect();
        pair.untilOver(refused);
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
    }

    @Test
    void whatIsSentWhileALinkIsDownComesWhenItIsUp() {
        Pair pair = new Pair(1);
        pair.listen(5);
        Talker client = pair.connect();
        pair.universe.runUntil(() -> client.connection != null, LIMIT);
        pair.out().down(true);
        pair.nearLoop.post(() -> {
            Talker.say(java.util.Objects.requireNonNull(client.connection), "one ");
            Talker.say(java.util.Objects.requireNonNull(client.connection), "two");
        });
        pair.universe.advance(Duration.ofSeconds(5));
        assertThat(pair.served.getFirst().received()).isZero();

        pair.out().down(false);
        pair.universe.advance(Duration.ofSeconds(1));

        assertThat(pair.served.getFirst().text()).isEqualTo("one two");
    }

    @Test
    void datagramsAreLostDoubledAndDelayed() {
        Set<Integer> arrivals = new HashSet<>();
        for (long seed = 0; seed < 40; seed++) {
            Pair pair = new Pair(seed);
            pair.out().losesDatagrams(0.4).doublesDatagrams(0.4);
            List<String> got = new ArrayList<>();
            pair.farWorld
                    .network()
                    .datagrams(
                            pair.farLoop,
                            new InetSocketAddress(REMOTE, 53),
                            (from, lent) -> got.add(from.getAddress().getHostAddress() + " "
                                    + StandardCharsets.ISO_8859_1.decode(lent)));
            Network.Datagrams socket = pair.nearWorld
                    .network()
                    .datagrams(
                            pair.nearLoop,
                            new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0),
                            (from, lent) -> {});
            pair.nearLoop.post(() -> socket.send(new InetSocketAddress(REMOTE, 53), ByteBuffer.wrap(new byte[] {'q'})));
            pair.universe.advance(Duration.ofSeconds(1));
            assertThat(got).allMatch("10.0.0.1 q"::equals);
            arrivals.add(got.size());
        }
        assertThat(arrivals).containsExactlyInAnyOrder(0, 1, 2);
    }

    private static TlsPlan.Client client(boolean verify) {
        return new TlsPlan.Client(
                "mx.example.net",
                verify,
                PROTOCOLS,
                null,
                "key",
                Duration.ofSeconds(20).toNanos());
    }

    private static void serveTls(Talker t, TlsIdentity identity) {
        t.whenBytes = (c, all) -> {
            if (t.facts == null && all.equals("STARTTLS\n")) {
                c.out(3).put("go\n".getBytes(StandardCharsets.ISO_8859_1));
                c.startTls(new TlsPlan.Server(
                        identity, PROTOCOLS, Duration.ofSeconds(20).toNanos()));
            }
        };
    }

    private static void askTls(Talker t, boolean verify) {
        t.whenOpened = c -> Talker.say(c, "STARTTLS\n");
        t.whenBytes = (c, all) -> {
            if (all.equals("go\n")) {
                c.startTls(client(verify));
            }
        };
        t.whenSecured = c -> Talker.say(c, "EHLO\n");
    }

    @Test
    void aVerifyingClientTakesAnIssuedCertificateAndRefusesAnother() {
        for (long seed = 0; seed < 20; seed++) {
            Pair sound = new Pair(seed);
            sound.script = t -> serveTls(t, SimulatedTls.issued("*.example.net"));
            sound.listen(5);
            sound.connect(null, t -> askTls(t, true));
            sound.universe.runUntil(
                    () -> !sound.served.isEmpty()
                            && sound.served.getFirst().text().endsWith("EHLO\n"),
                    LIMIT);

            Pair foreign = new Pair(seed);
            foreign.script = t -> serveTls(t, SimulatedTls.issued("mx.example.org"));
            foreign.listen(5);
            Talker client = foreign.connect(null, t -> askTls(t, true));
            foreign.untilOver(client);
            assertThat(client.kind()).isEqualTo(Kind.TLS);
            foreign.untilOver(foreign.served.getFirst());
            assertThat(foreign.served.getFirst().kind()).isEqualTo(Kind.TLS);
        }
    }

    @Test
    void aHandshakeFailsOrStallsAsTheLinkSays() {
        Pair failing = new Pair(1);
        failing.script = t -> serveTls(t, SimulatedTls.issued("mx.example.net"));
        failing.listen(5);
        failing.out().failsTls(1);
        Talker refused = failing.connect(null, t -> askTls(t, false));
        failing.untilOver(refused);
        assertThat(refused.kind()).isEqualTo(Kind.TLS);

        failing.out().failsTls(0).stallsTls(1);
        Talker stalled = failing.connect(null, t -> askTls(t, false));
        long before = failing.universe.nanos();
        failing.untilOver(stalled);
        assertThat(stalled.kind()).isEqualTo(Kind.TLS);
        assertThat(failing.universe.nanos() - before)
                .isGreaterThan(Duration.ofSeconds(19).toNanos());
    }

    @Test
    void bytesInjectedBeforeTheHandshakeAreDroppedCountedOrEndIt() {
        Set<String> outcomes = new HashSet<>();
        for (long seed = 0; seed < 60; seed++) {
            Pair pair = new Pair(seed);
            pair.script = t -> serveTls(t, SimulatedTls.issued("mx.example.net"));
            pair.listen(5);
            pair.out().injects("STARTTLS\n".getBytes(StandardCharsets.ISO_8859_1), new byte[] {'R', 'S', 'E', 'T'});
            Talker client = pair.connect(null, t -> askTls(t, false));
            pair.universe.advance(Duration.ofMinutes(1));
            Talker server = pair.served.getFirst();

            if (server.facts != null) {
                outcomes.add("dropped");
                assertThat(server.facts.droppedBytes()).isEqualTo(4);
                assertThat(server.text()).isEqualTo("STARTTLS\nEHLO\n");
            } else {
                outcomes.add("no handshake");
                assertThat(client.facts).isNull();
            }
        }
        assertThat(outcomes).contains("dropped");
    }

    @Test
    void oneSeedGivesOneConversation() {
        assertThat(conversation(5)).isEqualTo(conversation(5)).isNotEqualTo(conversation(6));
    }

    private static long conversation(long seed) {
        Pair pair = new Pair(seed);
        pair.universe.wires().usual().resets(0.3).fallsSilent(0.1).refuses(0.1);
        pair.script = t -> t.whenBytes = (c, all) -> Talker.say(c, "echo");
        pair.listen(5);
        for (int i = 0; i < 30; i++) {
            pair.connect(null, t -> t.whenOpened = c -> Talker.say(c, "hello hello"));
        }
        pair.universe.advance(Duration.ofMinutes(1));
        return pair.universe.traceHash();
    }

    @Test
    void aConnectionMadeBeforeTheServerSatIsServedWhenItSits() {
        for (long seed = 0; seed < 30; seed++) {
            Pair pair = new Pair(seed);
            pair.script = t -> t.whenOpened = c -> Talker.say(c, "220 ready\r\n");
            pair.listen(5);
            Talker client = pair.connect(null, t -> t.whenOpened = Connection::close);
            pair.untilOver(client);
            pair.universe.advance(Duration.ofSeconds(5));
            assertThat(client.kind()).isEqualTo(Kind.CLOSED_HERE);
            assertThat(pair.served.getFirst().end).isNotNull();
        }
    }

    @Test
    void everyEngineHearsItsEndOnceWhateverTheWiresDo() {
        for (long seed = 0; seed < 100; seed++) {
            Pair pair = new Pair(seed);
            pair.universe
                    .wires()
                    .usual()
                    .resets(0.4)
                    .refuses(0.1)
                    .unreachable(0.1)
                    .breaksWithin(20)
                    .failsTls(0.2);
            pair.script = t -> serveTls(t, SimulatedTls.issued("mx.example.net"));
            pair.listen(2);
            List<Talker> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                clients.add(pair.connect(null, t -> {
                    askTls(t, true);
                    t.whenSecured = Connection::close;
                }));
            }
            pair.universe.advance(Duration.ofMinutes(10));

            assertThat(clients).as("seed %d", seed).allMatch(t -> t.end != null);
            assertThat(pair.served).as("seed %d", seed).allMatch(t -> t.end != null);
        }
    }
}
