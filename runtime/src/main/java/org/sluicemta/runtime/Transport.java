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
        ServerChannel tcpListener() {
            return new EpollServerSocketChannel();
        }

        @Override
        Channel tcp(InetSocketAddress remote) {
            // An IPv4 socket for an IPv4 remote: the source address and IP_BIND_ADDRESS_NO_PORT then mean what they
            // say.
            return remote.getAddress() instanceof Inet4Address
                    ? new EpollSocketChannel(SocketProtocolFamily.INET)
                    : new EpollSocketChannel();
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
        Channel datagrams() {
            return new EpollDatagramChannel();
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
        ServerChannel tcpListener() {
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
        Channel datagrams() {
            return new NioDatagramChannel();
        }

        @Override
        SocketAddress unixAddress(Path path) {
            return UnixDomainSocketAddress.of(path);
        }
    };

    abstract IoHandlerFactory handlers();

    abstract ServerChannel tcpListener();

    abstract Channel tcp(InetSocketAddress remote);

    abstract ServerChannel unixListener();

    abstract Channel unix();

    abstract Channel datagrams();

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
