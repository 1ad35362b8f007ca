package org.sluicemta.web;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Connections of the management port: the first byte says whether TLS or plain HTTP is spoken, so that one port serves
/// both. Each address has a bound, so that nobody keeps others out.
///
/// Threads: safe from any thread.
final class Connections implements ServerConnectionSelector {
    /// Of TLS: a handshake.
    private static final byte HANDSHAKE = 22;

    private static final int MOST_LINE = 8 * 1024;
    private static final int MOST_HEADERS = 32 * 1024;

    private final Supplier<TlsContexts> tls;
    private final ToIntFunction<InetAddress> most;
    private final Http1ConnectionSelector http = Http1ConnectionSelector.builder()
            .config(Http1Config.builder()
                    .maxPrologueLength(MOST_LINE)
                    .maxHeadersSize(MOST_HEADERS)
                    .validatePath(true)
                    .build())
            .build();
    /// Only addresses with a connection are here, and connections are bounded.
    private final Map<InetAddress, Integer> open = new ConcurrentHashMap<>();

    /// @param most connections that an address may have at one time
    Connections(Supplier<TlsContexts> tls, ToIntFunction<InetAddress> most) {
        this.tls = tls;
        this.most = most;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 1;
    }

    @Override
    public Support supports(BufferData firstBytes) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of("http/1.1");
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        InetAddress client = addressOf(context.remotePeer());
        int now = open.merge(client, 1, Integer::sum);
        var ending = new Ending();
        if (now > most.applyAsInt(client)) {
            return new Counted(new Refused(), client, ending, () -> {});
        }
        if (context.dataReader().lookup() != HANDSHAKE) {
            DataReader reader = DataReader.create(() -> ending.isLast ? null : bytes(context.dataReader()));
            var inside = new Inside(context, reader, context.dataWriter(), false);
            return new Counted(http.connection(inside), client, ending, () -> {});
        }
        TlsContexts secured = tls.get();
        if (!secured.isUsable()) {
            return new Counted(new Refused(), client, ending, () -> {});
        }
        var pipe = new TlsPipe(context.dataReader(), context.dataWriter(), secured.engine());
        DataReader reader = DataReader.create(() -> ending.isLast ? null : pipe.get());
        var inside = new Inside(context, reader, pipe, true);
        return new Counted(http.connection(inside), client, ending, pipe::close);
    }

    /// What came; null at the end.
    static byte @Nullable [] bytes(DataReader from) {
        try {
            return from.readBuffer().readBytes();
        } catch (DataReader.InsufficientDataAvailableException end) {
            return null;
        }
    }

    /// Whether a connection ends with the request at hand. Owner: the thread of the connection.
    private static final class Ending {
        boolean isLast;
    }

    private static final ScopedValue<Ending> CURRENT = ScopedValue.newInstance();

    /// The connection whose request is served in this thread takes no other: the library goes on reading.
    static void endAfterThis() {
        if (CURRENT.isBound()) {
            CURRENT.get().isLast = true;
        }
    }

    static InetAddress addressOf(PeerInfo peer) {
        return peer.address() instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /// Closed at once.
    private record Refused() implements ServerConnection {
        @Override
        public Duration idleTime() {
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {
            // There is nothing to end.
        }

        @Override
        public void handle(Limit limit) {
            // Whoever called closes the socket.
        }
    }

    /// Gives its place back at the end.
    private final class Counted implements ServerConnection {
        private final ServerConnection inner;
        private final InetAddress client;
        private final Ending ending;
        private final Runnable farewell;

        Counted(ServerConnection inner, InetAddress client, Ending ending, Runnable farewell) {
            this.inner = inner;
            this.client = client;
            this.ending = ending;
            this.farewell = farewell;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            try {
                ScopedValue.where(CURRENT, ending).<@Nullable Object, InterruptedException>call(() -> {
                    inner.handle(limit);
                    return null;
                });
            } finally {
                farewell.run();
                open.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
            }
        }

        @Override
        public Duration idleTime() {
            return inner.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            inner.close(interrupt);
        }
    }

    /// A connection as it is inside its TLS, if it has that.
    private record Inside(ConnectionContext outer, DataReader dataReader, DataWriter dataWriter, boolean isSecure)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return outer.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return outer.executor();
        }

        @Override
        public Router router() {
            return outer.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return Optional.empty();
        }

        @Override
        public HelidonSocket serverSocket() {
            return outer.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return outer.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return outer.localPeer();
        }

        @Override
        public String socketId() {
            return outer.socketId();
        }

        @Override
        public String childSocketId() {
            return outer.childSocketId();
        }
    }
}
