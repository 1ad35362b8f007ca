package org.sluicemta.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;

/// The least world in which the room can be driven step by step: loops, datagrams and connections of one thread, time
/// that moves when told. Everything happens as an event of its own, in order of time.
final class TinyWorld {
    static final long LATENCY_NANOS = 1_000_000;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::serial));
    private final Map<Integer, TinyDatagrams> sockets = new HashMap<>();
    private final Map<Integer, TinyListener> listeners = new HashMap<>();
    private final Random random;
    private long now = 1_000_000_000L;
    private long serials;
    private int nextPort = 20_000;
    private @Nullable Loop current;

    int datagramsSent;
    int openSockets;
    boolean hasNoSockets;
    int connects;

    TinyWorld(long seed) {
        random = new Random(seed);
    }

    Loop loop() {
        return new TinyLoop();
    }

    Network network() {
        return new TinyNetwork();
    }

    Entropy entropy() {
        return new Entropy() {
            @Override
            public long nextLong() {
                return random.nextLong();
            }

            @Override
            public int nextInt(int bound) {
                return random.nextInt(bound);
            }

            @Override
            public void fill(byte[] bytes) {
                random.nextBytes(bytes);
            }
        };
    }

    /// Runs all that is due up to `duration` from now.
    void pass(Duration duration) {
        long until = now + duration.toNanos();
        while (!events.isEmpty() && events.peek().at() <= until) {
            step();
        }
        now = until;
    }

    /// Runs until nothing is under way; alarms count.
    void settle() {
        while (!events.isEmpty()) {
            step();
        }
    }

    private void step() {
        Event event = events.remove();
        now = Math.max(now, event.at());
        current = event.loop();
        event.task().run();
        current = null;
    }

    private void in(Loop loop, long nanos, Runnable task) {
        events.add(new Event(now + nanos, serials++, loop, task));
    }

    private record Event(long at, long serial, Loop loop, Runnable task) {}

    private final class TinyLoop implements Loop {
        @Override
        public long nanos() {
            return now;
        }

        @Override
        public long serverMillis() {
            return 1_700_000_000_000L + now / 1_000_000;
        }

        @Override
        public boolean isCurrent() {
            return current == this;
        }

        @Override
        public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
            var items = new ArrayDeque<T>();
            return new Mailbox<>() {
                @Override
                public boolean offer(T item) {
                    if (items.size() == capacity) {
                        return false;
                    }
                    if (items.isEmpty()) {
                        in(TinyLoop.this, 0, this::drainAll);
                    }
                    items.add(item);
                    return true;
                }

                private void drainAll() {
                    while (!items.isEmpty()) {
                        drain.accept(items.remove());
                    }
                }

                @Override
                public void hold() {
                    throw new UnsupportedOperationException("nobody holds mail here");
                }

                @Override
                public void look() {
                    throw new UnsupportedOperationException("nobody holds mail here");
                }

                @Override
                public int size() {
                    return items.size();
                }
            };
        }

        @Override
        public Alarm alarm(Runnable ring) {
            return new Alarm() {
                private @Nullable Event set;

                @Override
                public void set(long nanos) {
                    clear();
                    set = new Event(Math.max(nanos, now), serials++, TinyLoop.this, () -> {
                        set = null;
                        ring.run();
                    });
                    events.add(set);
                }

                @Override
                public void clear() {
                    if (set != null) {
                        events.remove(set);
                        set = null;
                    }
                }
            };
        }

        @Override
        public void afterTurn(Runnable task) {
            in(this, 0, task);
        }

        @Override
        public void post(Runnable task) {
            in(this, 0, task);
        }
    }

    private final class TinyNetwork implements Network {
        @Override
        public Listener listen(Loop home, ListenPlan plan, Dealer dealer) {
            var listener = new TinyListener(((ListenPlan.Tcp) plan).address(), dealer);
            listeners.put(listener.local.getPort(), listener);
            return listener;
        }

        @Override
        public void connect(Loop home, ConnectPlan plan, Engine engine) {
            connects++;
            var remote = (InetSocketAddress) plan.remote();
            TinyListener listener = listeners.get(remote.getPort());
            var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), nextPort++);
            Seat seat = listener == null ? null : listener.dealer.deal(here, remote);
            if (seat == null) {
                in(home, LATENCY_NANOS, () -> engine.failed(new IoFailure(IoFailure.Kind.REFUSED, "refused")));
                return;
            }
            var ours = new TinyConnection(home, engine, here, remote);
            var theirs = new TinyConnection(seat.loop(), seat.engine(), remote, here);
            ours.peer = theirs;
            theirs.peer = ours;
            in(seat.loop(), LATENCY_NANOS, () -> seat.engine().opened(theirs));
            in(home, LATENCY_NANOS, () -> engine.opened(ours));
        }

        @Override
        public Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink) {
            if (hasNoSockets) {
                throw new NetworkException(IoFailure.Kind.EXHAUSTED, "no descriptor is left");
            }
            int port = local.getPort() == 0 ? nextPort++ : local.getPort();
            InetAddress address =
                    local.getAddress().isAnyLocalAddress() ? InetAddress.ofLiteral("127.0.0.1") : local.getAddress();
            var socket = new TinyDatagrams(home, new InetSocketAddress(address, port), sink);
            sockets.put(port, socket);
            openSockets++;
            return socket;
        }

        @Override
        public TlsIdentity selfSigned(String host) {
            throw new UnsupportedOperationException("no TLS here");
        }
    }

    private final class TinyDatagrams implements Network.Datagrams {
        private final Loop home;
        private final InetSocketAddress local;
        private final Network.DatagramSink sink;

        TinyDatagrams(Loop home, InetSocketAddress local, Network.DatagramSink sink) {
            this.home = home;
            this.local = local;
            this.sink = sink;
        }

        @Override
        public InetSocketAddress local() {
            return local;
        }

        @Override
        public boolean send(InetSocketAddress to, ByteBuffer data) {
            datagramsSent++;
            byte[] bytes = new byte[data.remaining()];
            data.duplicate().get(bytes);
            TinyDatagrams there = sockets.get(to.getPort());
            if (there != null && there.local.equals(to)) {
                in(there.home, LATENCY_NANOS, () -> {
                    if (sockets.get(to.getPort()) == there) {
                        there.sink.arrived(local, ByteBuffer.wrap(bytes).asReadOnlyBuffer());
                    }
                });
            }
            return true;
        }

        @Override
        public void close() {
            if (sockets.remove(local.getPort(), this)) {
                openSockets--;
            }
        }
    }

    private final class TinyListener implements Network.Listener {
        private final InetSocketAddress local;
        private final Network.Dealer dealer;

        TinyListener(InetSocketAddress local, Network.Dealer dealer) {
            this.local = local;
            this.dealer = dealer;
        }

        @Override
        public SocketAddress local() {
            return local;
        }

        @Override
        public void close() {
            listeners.remove(local.getPort(), this);
        }
    }

    private final class TinyConnection implements Connection {
        private final Loop home;
        private final Engine engine;
        private final SocketAddress here;
        private final SocketAddress there;
        private @Nullable TinyConnection peer;
        private final ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        private boolean isOver;

        TinyConnection(Loop home, Engine engine, SocketAddress here, SocketAddress there) {
            this.home = home;
            this.engine = engine;
            this.here = here;
            this.there = there;
        }

        @Override
        public ByteBuffer out(int atLeast) {
            return buffer;
        }

        @Override
        public void send(Slice content, int from, int length) {
            throw new UnsupportedOperationException("questions are small texts");
        }

        @Override
        public void flush() {
            byte[] bytes = new byte[buffer.position()];
            buffer.flip().get(bytes);
            buffer.clear();
            // Split anywhere: the reader must not care.
            for (int at = 0; at < bytes.length; ) {
                int count = Math.min(bytes.length - at, 1 + random.nextInt(700));
                byte[] part = java.util.Arrays.copyOfRange(bytes, at, at + count);
                at += count;
                TinyConnection other = peer;
                in(other.home, LATENCY_NANOS, () -> {
                    if (!other.isOver) {
                        other.engine.bytes(ByteBuffer.wrap(part));
                    }
                });
            }
        }

        @Override
        public long unsentBytes() {
            return 0;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void startTls(TlsPlan plan) {
            throw new UnsupportedOperationException("no TLS here");
        }

        @Override
        public void close() {
            over(IoFailure.Kind.CLOSED_HERE, 0);
            peer.over(IoFailure.Kind.CLOSED_THERE, LATENCY_NANOS);
        }

        @Override
        public void abort() {
            close();
        }

        private void over(IoFailure.Kind kind, long delay) {
            in(home, delay, () -> {
                if (!isOver) {
                    isOver = true;
                    engine.failed(new IoFailure(kind, "closed"));
                }
            });
        }

        @Override
        public SocketAddress remote() {
            return there;
        }

        @Override
        public SocketAddress local() {
            return here;
        }

        @Override
        public Loop loop() {
            return home;
        }
    }
}
