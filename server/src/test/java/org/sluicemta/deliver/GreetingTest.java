package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.dns.MxHost;
import org.sluicemta.dns.MxTarget;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// How long a greeting may take with hosts that say nothing.
class GreetingTest {
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.10");

    private final SimulatedUniverse universe = SimulatedUniverse.seeded(1);
    private final SimulatedHost here =
            universe.host("here", InetAddress.ofLiteral("192.0.2.1")).loops(1);
    private final SimulatedHost there = universe.host("there", ADDRESS).loops(1);
    private final List<String> said = new ArrayList<>();

    /// Says its text when a connection opens, and nothing more.
    private record Mute(String text) implements Engine {
        @Override
        public void opened(Connection connection) {
            byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
            connection.out(octets.length).put(octets);
            connection.flush();
        }

        @Override
        public void bytes(ByteBuffer lent) {}

        @Override
        public void ended() {}

        @Override
        public void failed(IoFailure why) {}
    }

    private void listens(String text) {
        SimulatedWorld world = there.boot();
        Loop loop = world.loops().getFirst();
        world.network()
                .listen(
                        loop,
                        new ListenPlan.Tcp(new InetSocketAddress(ADDRESS, 25), 10),
                        (_, _) -> new Network.Seat(loop, new Mute(text)));
    }

    private void greets(int targets) {
        SimulatedWorld world = here.boot();
        Loop loop = world.loops().getFirst();
        var host = new MxHost("mx.example", 10, 25, List.of(ADDRESS));
        List<MxTarget> all = new ArrayList<>();
        for (int i = 0; i < targets; i++) {
            all.add(new MxTarget(host, ADDRESS));
        }
        loop.post(() -> Greeting.exchange(loop, world.network(), "probe.example", null, all, said::addAll));
    }

    @Test
    void aHostThatNeverGreetsIsWaitedForFifteenSeconds() {
        listens("");
        greets(2);

        universe.advance(Duration.ofSeconds(14));
        assertThat(said).isEmpty();
        universe.advance(Duration.ofSeconds(2));

        // It was reached, so that no other is asked.
        assertThat(said).filteredOn(line -> line.startsWith("connecting ")).hasSize(1);
        assertThat(said).anyMatch(line -> line.startsWith("no answer in time ("));
    }

    @Test
    void aHostThatHearsEhloAndSaysNothingIsWaitedForAsLong() {
        listens("220 mx.example\r\n");
        greets(1);

        universe.advance(Duration.ofSeconds(16));

        assertThat(said).contains(">>> 220 mx.example", "<<< EHLO probe.example");
        assertThat(said).anyMatch(line -> line.startsWith("no answer in time ("));
    }

    @Test
    void tenHostsThatCannotBeReachedAreTriedAndNoMore() {
        listens("");
        universe.wires().link(here, there).losesConnects(1);
        greets(12);

        universe.advance(Duration.ofSeconds(149));
        assertThat(said).isEmpty();
        universe.advance(Duration.ofSeconds(2));

        assertThat(said).filteredOn(line -> line.startsWith("not connected: ")).hasSize(10);
        assertThat(said).last().isEqualTo("no host answered");
    }
}
