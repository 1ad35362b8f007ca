package org.sluicemta.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.sluicemta.world.Network;
import org.sluicemta.world.Network.DatagramSink;

/// A datagram socket: what it sends may be lost, doubled, late, and overtaken.
final class SimulatedDatagrams implements Network.Datagrams {
    private static final int MOST_BYTES = 65_507;

    private final SimulatedWorld world;
    private final SimulatedLoop home;
    private final InetSocketAddress local;
    private final DatagramSink sink;
    private final Seed seed;
    private boolean isClosed;

    SimulatedDatagrams(
            SimulatedWorld world, SimulatedLoop home, InetSocketAddress local, DatagramSink sink, Seed seed) {
        this.world = world;
        this.home = home;
        this.local = local;
        this.sink = sink;
        this.seed = seed;
    }

    SimulatedWorld world() {
        return world;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public boolean send(InetSocketAddress to, ByteBuffer data) {
        home.requireCurrent("a datagram socket");
        if (isClosed || data.remaining() > MOST_BYTES || to.getAddress() == null) {
            return false;
        }
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        SimulatedUniverse universe = world.universe();
        universe.trace(ByteBuffer.wrap(bytes));
        InetAddress source = local.getAddress().isAnyLocalAddress()
                ? world.ownNetwork().sourceFor(to.getAddress())
                : local.getAddress();
        InetSocketAddress from = new InetSocketAddress(source, local.getPort());
        SimulatedHost target = universe.wires().hostAt(world.host(), to.getAddress());
        if (target == null) {
            return true;
        }
        Link link = universe.wires().between(world.host(), target);
        if (link.losesDatagramNow(seed)) {
            return true;
        }
        int copies = link.doublesDatagramNow(seed) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            universe.schedule(link.delayNanos(seed), null, null, TraceKind.WIRE, () -> {
                SimulatedDatagrams socket = universe.wires().datagrams(target, to);
                if (socket != null) {
                    socket.deliver(from, bytes);
                }
            });
        }
        return true;
    }

    private void deliver(InetSocketAddress from, byte[] bytes) {
        home.soon(TraceKind.BYTES, () -> {
            if (!isClosed) {
                world.ownNetwork().lend(bytes, 0, bytes.length, lent -> sink.arrived(from, lent));
            }
        });
    }

    @Override
    public void close() {
        home.requireCurrent("a datagram socket");
        isClosed = true;
        world.universe().wires().unbind(this);
    }
}
