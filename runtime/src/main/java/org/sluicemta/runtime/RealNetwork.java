package org.sluicemta.runtime;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsIdentity;

/// Sockets on Netty's channels. Channels are made and registered by hand, not by its bootstraps: the dealer chooses the
/// loop of each accepted connection.
final class RealNetwork implements Network {
    private static final Logger LOG = LoggerFactory.getLogger(RealNetwork.class);

    /// A turn of reading takes at most four buffers of 64 KiB of one connection, so 256 KiB.
    private static final int READS_A_TURN = 4;

    private static final int MOST_READ = 64 * 1024;
    private static final int ACCEPTS_A_TURN = 64;

    /// Larger than any answer of DNS that we ask for; what is longer arrives cut.
    private static final int MOST_DATAGRAM = 16 * 1024;

    /// After an accept failed for want of descriptors, the listener rests so long.
    private static final long REST_MS = 1_000;

    private final Transport transport;
    private final TlsContexts contexts;

    RealNetwork(Transport transport, TlsContexts contexts) {
        this.transport = transport;
        this.contexts = contexts;
    }

    @Override
    public Listener listen(Loop home, ListenPlan plan, Dealer dealer) {
        MailLoop loop = mailLoop(home);
        return switch (plan) {
            case ListenPlan.Tcp tcp -> {
                Channel channel = transport.tcpListener(tcp.address());
                channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
                channel.config().setOption(ChannelOption.SO_BACKLOG, tcp.backlog());
                start(loop, channel, new Acceptor(loop, dealer, null), tcp.address(), name(tcp.address()));
                yield new OpenListener(loop, channel, Transport.plain(channel.localAddress()), null);
            }
            case ListenPlan.Unix unix -> listenOnPath(loop, unix, dealer);
        };
    }

    /// Binds beside the path, gives the rights, then moves into place: nobody ever finds the socket with other rights,
    /// and a stale one is replaced in one step.
    private Listener listenOnPath(MailLoop loop, ListenPlan.Unix plan, Dealer dealer) {
        Path path = plan.path();
        Path beside = path.resolveSibling(path.getFileName() + "~");
        try {
            requireFree(path);
            Files.deleteIfExists(beside);
        } catch (IOException failed) {
            throw cannotListen(path.toString(), failed);
        }
        Channel channel = transport.unixListener();
        SocketAddress local = UnixDomainSocketAddress.of(path);
        start(loop, channel, new Acceptor(loop, dealer, local), transport.unixAddress(beside), path.toString());
        try {
            Files.setPosixFilePermissions(beside, permissions(plan.mode()));
            Files.move(beside, path, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            channel.close();
            throw cannotListen(path.toString(), failed);
        }
        return new OpenListener(loop, channel, local, path);
    }

    private static void requireFree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes of = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!of.isOther()) {
            throw new IOException("there is a file in its place that is not a socket");
        }
        try (SocketChannel living = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            living.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobody) {
            LOG.debug("{} was left behind by a dead server", path);
            return;
        }
        throw new NetworkException(
                Kind.ADDRESS_IN_USE, "cannot listen on " + path + ": a living server listens there; stop it first");
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] inOrder = PosixFilePermission.values();
        for (int i = 0; i < inOrder.length; i++) {
            // OWNER_READ is the highest of the nine bits.
            if ((mode & 1 << 8 - i) != 0) {
                permissions.add(inOrder[i]);
            }
        }
        return permissions;
    }

    /// Registers and binds on the loop's thread, and waits for it unless this is that thread.
    private static void start(MailLoop loop, Channel channel, ChannelHandler last, SocketAddress at, String where) {
        channel.pipeline().addLast(last);
        try {
            Throwable failed = loop.isOnThread()
                    ? bind(loop, channel, at)
                    : loop.netty.submit(() -> bind(loop, channel, at)).get();
            if (failed != null) {
                throw cannotListen(where, failed);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw cannotListen(where, interrupted);
        } catch (ExecutionException broken) {
            throw cannotListen(where, broken.getCause() == null ? broken : broken.getCause());
        }
    }

    private static @Nullable Throwable bind(MailLoop loop, Channel channel, SocketAddress at) {
        ChannelFuture registered = loop.netty.register(channel);
        if (registered.cause() != null) {
            return registered.cause();
        }
        ChannelFuture bound = channel.bind(at);
        if (bound.cause() != null) {
            channel.close();
        }
        return bound.cause();
    }

    private static NetworkException cannotListen(String where, Throwable cause) {
        Kind kind = Failures.bindKind(cause);
        return new NetworkException(
                kind, "cannot listen on " + where + ": " + Failures.reason(cause) + Failures.bindAdvice(kind));
    }

    private static String name(InetSocketAddress address) {
        return (address.isUnresolved()
                        ? address.getHostString()
                        : address.getAddress().getHostAddress()) + ":" + address.getPort();
    }

    /// The last link of a listener's pipeline: asks the dealer and seats the connection.
    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final MailLoop home;
        private final Dealer dealer;
        private final @Nullable SocketAddress local;

        Acceptor(MailLoop home, Dealer dealer, @Nullable SocketAddress local) {
            this.home = home;
            this.dealer = dealer;
            this.local = local;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            if (added.channel().config().getRecvByteBufAllocator()
                    instanceof DefaultMaxMessagesRecvByteBufAllocator accepts) {
                accepts.maxMessagesPerRead(ACCEPTS_A_TURN);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext read, Object message) {
            Channel accepted = (Channel) message;
            home.soon(() -> seat(accepted));
        }

        private void seat(Channel accepted) {
            SocketAddress here = local == null ? Transport.plain(accepted.localAddress()) : local;
            Seat seat = null;
            try {
                seat = dealer.deal(Transport.plain(accepted.remoteAddress()), here);
            } finally {
                if (seat == null) {
                    accepted.unsafe().closeForcibly();
                }
            }
            if (seat != null) {
                MailLoop loop = mailLoop(seat.loop());
                configure(accepted);
                accepted.pipeline().addLast(new SocketConnection(loop, seat.engine(), true, contexts, accepted));
                loop.netty.register(accepted).addListener((ChannelFutureListener) registered -> {
                    if (!registered.isSuccess()) {
                        accepted.unsafe().closeForcibly();
                    }
                });
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext caught, Throwable thrown) {
            LOG.warn("{}: accepting failed, resting for {} ms: {}", home, REST_MS, Failures.reason(thrown));
            ChannelConfig config = caught.channel().config();
            config.setAutoRead(false);
            home.netty.schedule(() -> config.setAutoRead(true), REST_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static void configure(Channel channel) {
        ChannelConfig config = channel.config();
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        config.setAllocator(PooledByteBufAllocator.DEFAULT);
        config.setRecvByteBufAllocator(
                new AdaptiveRecvByteBufAllocator(512, 4096, MOST_READ).maxMessagesPerRead(READS_A_TURN));
        if (channel instanceof io.netty.channel.socket.SocketChannel) {
            config.setOption(ChannelOption.TCP_NODELAY, true);
        }
    }

    @Override
    public void connect(Loop home, ConnectPlan plan, Engine engine) {
        MailLoop loop = mailLoop(home);
        if (loop.isOnThread()) {
            connectNow(loop, plan, engine);
        } else {
            loop.execute(() -> connectNow(loop, plan, engine));
        }
    }

    private void connectNow(MailLoop loop, ConnectPlan plan, Engine engine) {
        switch (plan.remote()) {
            case InetSocketAddress remote
            when !remote.isUnresolved() -> {
                Channel channel;
                try {
                    channel = transport.tcp(remote);
                } catch (io.netty.channel.ChannelException none) {
                    loop.later(() -> engine.failed(Failures.ofConnect(name(remote), none)));
                    return;
                }
                if (plan.local() != null && channel instanceof EpollSocketChannel) {
                    channel.config().setOption(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
                }
                SocketAddress local = plan.local() == null ? null : new InetSocketAddress(plan.local(), 0);
                connect(loop, plan, engine, channel, remote, local, name(remote));
            }
            case UnixDomainSocketAddress remote ->
                connect(
                        loop,
                        plan,
                        engine,
                        transport.unix(),
                        transport.unixAddress(remote.getPath()),
                        null,
                        remote.toString());
            default ->
                loop.later(() -> engine.failed(
                        new IoFailure(Kind.ERROR, "cannot connect to " + plan.remote() + ": it is not an address")));
        }
    }

    private void connect(
            MailLoop loop,
            ConnectPlan plan,
            Engine engine,
            Channel channel,
            SocketAddress remote,
            @Nullable SocketAddress local,
            String name) {
        configure(channel);
        long millis = TimeUnit.NANOSECONDS.toMillis(plan.timeoutNanos() + 999_999);
        channel.config().setConnectTimeoutMillis((int) Math.clamp(millis, 1, Integer.MAX_VALUE));
        SocketConnection connection = new SocketConnection(loop, engine, false, contexts, channel);
        if (plan.local() != null) {
            connection.leavesOnlyBy(plan.local());
        }
        channel.pipeline().addLast(connection);
        ChannelFutureListener outcome = future -> {
            if (!future.isSuccess()) {
                Throwable cause = future.cause();
                channel.close();
                connection.connectFailed(Failures.ofConnect(name, cause));
            }
        };
        loop.netty.register(channel).addListener((ChannelFutureListener) registered -> {
            if (registered.isSuccess()) {
                channel.connect(remote, local).addListener(outcome);
            } else {
                outcome.operationComplete(registered);
            }
        });
    }

    @Override
    public Datagrams datagrams(Loop home, InetSocketAddress local, DatagramSink sink) {
        MailLoop loop = mailLoop(home);
        Channel channel = transport.datagrams(local);
        channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        channel.config()
                .setRecvByteBufAllocator(
                        new FixedRecvByteBufAllocator(MOST_DATAGRAM).maxMessagesPerRead(ACCEPTS_A_TURN));
        start(loop, channel, new Arrivals(loop, sink), local, name(local));
        return new OpenDatagrams(channel, (InetSocketAddress) channel.localAddress());
    }

    private static final class Arrivals extends ChannelInboundHandlerAdapter {
        private final MailLoop loop;
        private final DatagramSink sink;

        Arrivals(MailLoop loop, DatagramSink sink) {
            this.loop = loop;
            this.sink = sink;
        }

        @Override
        public void channelRead(ChannelHandlerContext read, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            loop.soon(() -> {
                try {
                    ByteBuf content = packet.content();
                    sink.arrived(packet.sender(), content.nioBuffer());
                } finally {
                    packet.release();
                }
            });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext caught, Throwable thrown) {
            // A port unreachable that an earlier datagram met; the caller's time-out decides.
            LOG.debug("{}: {}", caught.channel(), Failures.reason(thrown));
        }
    }

    private record OpenDatagrams(Channel channel, InetSocketAddress local) implements Datagrams {
        @Override
        public boolean send(InetSocketAddress to, ByteBuffer data) {
            if (!channel.isActive()) {
                return false;
            }
            ByteBuf copy;
            try {
                copy = channel.alloc().directBuffer(Math.max(1, data.remaining()));
            } catch (OutOfMemoryError none) {
                LOG.debug("{}: no memory for a datagram", channel, none);
                return false;
            }
            copy.writeBytes(data);
            ChannelFuture sent = channel.writeAndFlush(new DatagramPacket(copy, to));
            return sent.cause() == null;
        }

        @Override
        public void close() {
            channel.close();
        }
    }

    private record OpenListener(
            MailLoop home,
            Channel channel,
            SocketAddress local,
            @Nullable Path path) implements Listener {
        @Override
        public void close() {
            home.execute(() -> {
                if (channel.isOpen() && path != null) {
                    try {
                        Files.deleteIfExists(path);
                    } catch (IOException stays) {
                        LOG.warn("{} stays behind: {}", path, Failures.reason(stays));
                    }
                }
                channel.close();
            });
        }
    }

    @Override
    public TlsIdentity selfSigned(String host) {
        return SelfSigned.of(host, Instant.now());
    }

    private static MailLoop mailLoop(Loop loop) {
        return switch (RealWorld.own(loop)) {
            case MailLoop mail -> mail;
            case Lane lane -> throw new IllegalArgumentException(lane + " is a lane: it has no network of its own");
        };
    }
}
