package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;

class ResolverEngineTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("10.0.0.1");

    private final SimulatedWorld world =
            SimulatedUniverse.seeded(1).host("resolver", HERE).loops(1).boot();

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

    private ResolverEngine open(Network network, int port) {
        return ResolverEngine.open(
                world.loops().getFirst(),
                network,
                new InetSocketAddress(HERE, port),
                ZoneTable.builder().build());
    }

    @Test
    void aPortThatIsFreeForDatagramsOnlyIsPassedOver() {
        assertThat(open(takenFor(3), 0).address().getPort()).isPositive();
    }

    @Test
    void aPortThatWasAskedForIsNotChanged() {
        assertThatThrownBy(() -> open(takenFor(1), 53)).isInstanceOf(NetworkException.class);
        // What was bound for datagrams has been given back.
        assertThat(open(world.network(), 53).address().getPort()).isEqualTo(53);
    }
}
