package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Engine;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.Signals;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.Workers;
import org.sluicemta.world.World;

/// The server's world with an ear on every connection that the server opens.
record WatchedWorld(SimulatedWorld inner, Opened opened) implements World, Network {
    /// Hears when the server asks for a connection and when that connection is over for it.
    interface Opened {
        Runnable opening(ConnectPlan plan);
    }

    @Override
    public Network network() {
        return this;
    }

    @Override
    public void connect(Loop home, ConnectPlan plan, Engine engine) {
        inner.network().connect(home, plan, new Ear(engine, opened.opening(plan)));
    }

    @Override
    public Listener listen(Loop home, ListenPlan plan, Dealer dealer) {
        return inner.network().listen(home, plan, dealer);
    }

    @Override
    public Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink) {
        return inner.network().datagrams(home, local, sink);
    }

    @Override
    public TlsIdentity selfSigned(String host) {
        return inner.network().selfSigned(host);
    }

    @Override
    public List<Loop> loops() {
        return inner.loops();
    }

    @Override
    public Loop lane(String name) {
        return inner.lane(name);
    }

    @Override
    public Disk disk() {
        return inner.disk();
    }

    @Override
    public Workers workers() {
        return inner.workers();
    }

    @Override
    public Entropy entropy() {
        return inner.entropy();
    }

    @Override
    public Signals signals() {
        return inner.signals();
    }

    @Override
    public Memory memory(String name, long limitBytes) {
        return inner.memory(name, limitBytes);
    }

    @Override
    public List<InetAddress> localAddresses() {
        return inner.localAddresses();
    }

    private record Ear(Engine engine, Runnable over) implements Engine {
        @Override
        public void opened(Connection connection) {
            engine.opened(connection);
        }

        @Override
        public void bytes(ByteBuffer lent) {
            engine.bytes(lent);
        }

        @Override
        public void writable() {
            engine.writable();
        }

        @Override
        public void secured(TlsFacts facts) {
            engine.secured(facts);
        }

        @Override
        public void ended() {
            engine.ended();
        }

        @Override
        public void failed(IoFailure why) {
            over.run();
            engine.failed(why);
        }
    }
}
