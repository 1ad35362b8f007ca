package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.ChildProcesses;
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
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.Web;
import org.sluicemta.world.Workers;
import org.sluicemta.world.World;

/// The server's world with an ear on every connection that the server opens, and a flaw where one is planted.
record WatchedWorld(SimulatedWorld inner, Opened opened, Flaw flaw) implements World, Network {
    private static final InetAddress FOREIGN = InetAddress.ofLiteral("10.0.1.3");

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
        Runnable over = opened.opening(plan);
        boolean isForeign = flaw == Flaw.FOREIGN_ADDRESS && plan.local() != null;
        ConnectPlan used = isForeign ? new ConnectPlan(plan.remote(), FOREIGN, plan.timeoutNanos()) : plan;
        inner.network().connect(home, used, new Ear(engine, over, flaw == Flaw.CHANGED_BYTES));
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
        return flaw == Flaw.NONE ? inner.disk() : new FlawedDisk(inner.disk(), flaw);
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
    public ChildProcesses children() {
        return inner.children();
    }

    @Override
    public Web web() {
        return inner.web();
    }

    @Override
    public Memory memory(String name, long limitBytes) {
        return inner.memory(name, limitBytes);
    }

    @Override
    public List<InetAddress> localAddresses() {
        return inner.localAddresses();
    }

    private record Ear(Engine engine, Runnable over, boolean isChanging) implements Engine {
        @Override
        public void opened(Connection connection) {
            engine.opened(isChanging ? new Changing(connection) : connection);
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

    /// Turns a letter near the end of each larger piece of content over.
    private record Changing(Connection connection) implements Connection {
        private static final int LEAST = 2_000;
        private static final int MOST = 32_000;

        @Override
        public void send(Slice content, int from, int length) {
            if (length < LEAST || length > MOST) {
                connection.send(content, from, length);
                return;
            }
            byte[] bytes = new byte[length];
            content.get(from, ByteBuffer.wrap(bytes));
            bytes[length - 10] ^= 1;
            connection.out(length).put(bytes);
        }

        @Override
        public ByteBuffer out(int atLeast) {
            return connection.out(atLeast);
        }

        @Override
        public void flush() {
            connection.flush();
        }

        @Override
        public long unsentBytes() {
            return connection.unsentBytes();
        }

        @Override
        public void reading(boolean on) {
            connection.reading(on);
        }

        @Override
        public void startTls(TlsPlan plan) {
            connection.startTls(plan);
        }

        @Override
        public void close() {
            connection.close();
        }

        @Override
        public void abort() {
            connection.abort();
        }

        @Override
        public SocketAddress remote() {
            return connection.remote();
        }

        @Override
        public SocketAddress local() {
            return connection.local();
        }

        @Override
        public Loop loop() {
            return connection.loop();
        }
    }
}
