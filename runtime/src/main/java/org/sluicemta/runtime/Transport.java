package org.sluicemta.runtime;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/// Which of Netty's transports is used: the native epoll, or the JDK's selector where that cannot be loaded.
enum Transport {
    EPOLL {
        @Override
        IoHandlerFactory handlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        ServerChannel tcpListener(InetSocketAddress local) {
            if (isIpv4(local)) {
                return new EpollServerSocketChannel(SocketProtocolFamily.INET);
            }
            // `::` means IPv6 alone, so that it can stand beside 0.0.0.0 on one port.
            EpollServerSocketChannel channel = new EpollServerSocketChannel();
            channel.config().setOption(IPV6_V6ONLY, 1);
            return channel;
        }

        @Override
        Channel tcp(InetSocketAddress remote) {
            // An IPv4 socket for an IPv4 remote: the source address and IP_BIND_ADDRESS_NO_PORT then mean
            // what they say.
            return isIpv4(remote) ? new EpollSocketChannel(SocketProtocolFamily.INET) : new EpollSocketChannel();
        }

        @Override
        ServerChannel unixListener() {
            return new EpollServerDomainSocketChannel();
        }

        @Override
        Channel unix() {
            return new EpollDomainSocketChannel();
        }

        @Override
        Channel datagrams(InetSocketAddress local) {
            return isIpv4(local) ? new EpollDatagramChannel(SocketProtocolFamily.INET) : new EpollDatagramChannel();
        }

        @Override
        SocketAddress unixAddress(Path path) {
            return new DomainSocketAddress(path.toString());
        }
    },
    NIO {
        @Override
        IoHandlerFactory handlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        ServerChannel tcpListener(InetSocketAddress local) {
            return new NioServerSocketChannel();
        }

        @Override
        Channel tcp(InetSocketAddress remote) {
            return new NioSocketChannel();
        }

        @Override
        ServerChannel unixListener() {
            return new NioServerDomainSocketChannel();
        }

        @Override
        Channel unix() {
            return new NioDomainSocketChannel();
        }

        @Override
        Channel datagrams(InetSocketAddress local) {
            return new NioDatagramChannel();
        }

        @Override
        SocketAddress unixAddress(Path path) {
            return UnixDomainSocketAddress.of(path);
        }
    };

    /// Linux's numbers of IPPROTO_IPV6 and IPV6_V6ONLY.
    private static final IntegerUnixChannelOption IPV6_V6ONLY = new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

    private static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    abstract IoHandlerFactory handlers();

    abstract ServerChannel tcpListener(InetSocketAddress local);

    abstract Channel tcp(InetSocketAddress remote);

    abstract ServerChannel unixListener();

    abstract Channel unix();

    abstract Channel datagrams(InetSocketAddress local);

    abstract SocketAddress unixAddress(Path path);

    static Transport best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /// An address in the JDK's terms.
    static SocketAddress plain(@org.jspecify.annotations.Nullable SocketAddress address) {
        return switch (address) {
            case DomainSocketAddress unix -> UnixDomainSocketAddress.of(unix.path());
            case null -> UnixDomainSocketAddress.of("");
            default -> address;
        };
    }
}
