package org.sluicemta.simulation;

import java.net.InetSocketAddress;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsIdentity;

/// A network without a wire: nothing can be bound and nothing reached.
final class SimulatedNetwork implements Network {
    private final SimulatedWorld world;

    SimulatedNetwork(SimulatedWorld world, Seed seed) {
        this.world = world;
    }

    @Override
    public Listener listen(Loop home, ListenPlan plan, Dealer dealer) {
        throw new NetworkException(IoFailure.Kind.ADDRESS_NOT_AVAILABLE, plan + ": no network");
    }

    @Override
    public void connect(Loop home, ConnectPlan plan, Engine engine) {
        SimulatedLoop.of(home, world)
                .soon(
                        TraceKind.ANSWER,
                        () -> engine.failed(new IoFailure(IoFailure.Kind.UNREACHABLE, plan.remote() + ": no network")));
    }

    @Override
    public Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink) {
        throw new NetworkException(IoFailure.Kind.ADDRESS_NOT_AVAILABLE, local + ": no network");
    }

    @Override
    public TlsIdentity selfSigned(String host) {
        return new TlsIdentity(new byte[0], new byte[0]);
    }

    void processEnded() {}
}
