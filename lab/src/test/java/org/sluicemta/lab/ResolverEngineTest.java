package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;

class ResolverEngineTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("10.0.0.1");

    private final SimulatedUniverse universe = SimulatedUniverse.seeded(1);
    private final SimulatedWorld world =
            universe.host("resolver", HERE).loops(1).boot();

    /// A network in which the first ports that are tried are taken for connections.
    private Network takenFor(int tries) {
        int[] left = {tries};
        return (Network) Proxy.newProxyInstance(
                Network.class.getClassLoader(), new Class<?>[] {Network.class}, (_, method, arguments) -> {
                    if (method.getName().equals("listen") && left[0]-- > 0) {
                        throw new NetworkException(IoFailure.Kind.ADDRESS_IN_USE, "the port is taken for connections");
                    }
                    try {
                        return method.invoke(world.network(), arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    /// In a turn of its loop.
    private CompletableFuture<ResolverEngine> open(Network network, int port) {
        Loop loop = world.loops().getFirst();
        var opened = new CompletableFuture<ResolverEngine>();
        loop.post(() -> {
            try {
                opened.complete(ResolverEngine.open(
                        loop,
                        network,
                        new InetSocketAddress(HERE, port),
                        ZoneTable.builder().build()));
            } catch (NetworkException taken) {
                opened.completeExceptionally(taken);
            }
        });
        universe.advance(Duration.ofSeconds(1));
        return opened;
    }

    @Test
    void aPortThatIsFreeForDatagramsOnlyIsPassedOver() {
        assertThat(open(takenFor(3), 0).join().address().getPort()).isPositive();
    }

    @Test
    void aPortThatWasAskedForIsNotChanged() {
        assertThat(open(takenFor(1), 53))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(NetworkException.class);
        // What was bound for datagrams has been given back.
        assertThat(open(world.network(), 53).join().address().getPort()).isEqualTo(53);
    }
}
