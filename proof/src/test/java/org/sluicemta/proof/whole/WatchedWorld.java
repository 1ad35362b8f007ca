package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Answer;
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
import org.sluicemta.world.MemoryUse;
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
///
/// @param disk the server's, with whatever stands before it
/// @param lateVerdict runs when workers answer what a connection asked that is over by then
record WatchedWorld(SimulatedWorld inner, Opened opened, Disk disk, Runnable lateVerdict, Flaw flaw, Speaking speaking)
        implements World, Network {
    private static final InetAddress FOREIGN = InetAddress.ofLiteral("10.0.1.3");
    /// Addresses of one virtual MTA.
    private static final List<InetAddress> FIRST_OF = List.of(
            InetAddress.ofLiteral("10.0.1.1"), InetAddress.ofLiteral("10.0.1.2"), InetAddress.ofLiteral("10.0.1.8"));

    /// The world of a server in which nobody asks for more than connections.
    static WatchedWorld of(SimulatedWorld inner, Function<ConnectPlan, Runnable> opened) {
        return new WatchedWorld(
                inner, (plan, isFurther) -> opened.apply(plan), inner.disk(), () -> {}, Flaw.NONE, new Speaking());
    }

    /// Hears when the server asks for a connection and when that connection is over for it.
    interface Opened {
        /// @param isFurther whether it is asked for in the moment in which another has failed
        Runnable opening(ConnectPlan plan, boolean isFurther);
    }

    /// Whose callback runs. Owner: the thread of the seed.
    static final class Speaking {
        private @Nullable Ear ear;
        private boolean isFailing;
    }

    @Override
    public Network network() {
        return this;
    }

    @Override
    public void connect(Loop home, ConnectPlan plan, Engine engine) {
        Runnable over = opened.opening(plan, speaking.isFailing);
        InetAddress local = plan.local();
        ConnectPlan used = local == null ? plan : new ConnectPlan(plan.remote(), flawed(local), plan.timeoutNanos());
        inner.network().connect(home, used, new Ear(engine, over, flaw == Flaw.CHANGED_BYTES, speaking));
    }

    private InetAddress flawed(InetAddress local) {
        return switch (flaw) {
            case FOREIGN_ADDRESS -> FOREIGN;
            case FIRST_ADDRESS -> FIRST_OF.contains(local) ? FIRST_OF.getFirst() : local;
            case NONE, UNSYNCED_CONTENT, UNSYNCED_EVENTS, UNSYNCED_ROWS, CHANGED_BYTES, FORGOTTEN_MODES -> local;
        };
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
    public Workers workers() {
        return new HeardWorkers(inner.workers(), speaking, lateVerdict);
    }

    private record HeardWorkers(Workers workers, Speaking speaking, Runnable late) implements Workers {
        @Override
        public <T> void run(Loop home, Supplier<T> pureWork, Answer<T> answer) {
            Ear asker = speaking.ear;
            if (asker == null || asker.isOver) {
                workers.run(home, pureWork, answer);
                return;
            }
            workers.run(home, pureWork, new Answer<>() {
                @Override
                public void ready(T value) {
                    if (asker.isOver) {
                        late.run();
                    }
                    answer.ready(value);
                }

                @Override
                public void failed(IoFailure why) {
                    answer.failed(why);
                }
            });
        }

        @Override
        public boolean isFull() {
            return workers.isFull();
        }
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
    public MemoryUse outsideHeap() {
        return inner.outsideHeap();
    }

    @Override
    public List<InetAddress> localAddresses() {
        return inner.localAddresses();
    }

    private static final class Ear implements Engine {
        private final Engine engine;
        private final Runnable over;
        private final boolean isChanging;
        private final Speaking speaking;
        private boolean isOver;

        Ear(Engine engine, Runnable over, boolean isChanging, Speaking speaking) {
            this.engine = engine;
            this.over = over;
            this.isChanging = isChanging;
            this.speaking = speaking;
        }

        private void speak(Runnable callback) {
            Ear before = speaking.ear;
            speaking.ear = this;
            try {
                callback.run();
            } finally {
                speaking.ear = before;
            }
        }

        @Override
        public void opened(Connection connection) {
            speak(() -> engine.opened(isChanging ? new Changing(connection) : connection));
        }

        @Override
        public void bytes(ByteBuffer lent) {
            speak(() -> engine.bytes(lent));
        }

        @Override
        public void writable() {
            speak(engine::writable);
        }

        @Override
        public void secured(TlsFacts facts) {
            speak(() -> engine.secured(facts));
        }

        @Override
        public void ended() {
            speak(engine::ended);
        }

        @Override
        public void failed(IoFailure why) {
            over.run();
            isOver = true;
            boolean before = speaking.isFailing;
            speaking.isFailing = true;
            try {
                speak(() -> engine.failed(why));
            } finally {
                speaking.isFailing = before;
            }
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
