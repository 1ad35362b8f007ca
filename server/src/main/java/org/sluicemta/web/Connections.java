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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Connections of the management port: the first byte says whether TLS or plain HTTP is spoken, so that one port serves
/// both. How many there are and how long they take is bounded by [Visits].
///
/// Threads: safe from any thread.
final class Connections implements ServerConnectionSelector {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    /// Of TLS: a handshake.
    private static final byte HANDSHAKE = 22;

    private static final int MOST_LINE = 8 * 1024;
    private static final int MOST_HEADERS = 32 * 1024;

    private final Supplier<TlsContexts> tls;
    private final Visits visits;
    private final Http1ConnectionSelector http = Http1ConnectionSelector.builder()
            .config(Http1Config.builder()
                    .maxPrologueLength(MOST_LINE)
                    .maxHeadersSize(MOST_HEADERS)
                    .validatePath(true)
                    .build())
            .build();

    Connections(Supplier<TlsContexts> tls, Visits visits) {
        this.tls = tls;
        this.visits = visits;
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

    /// Nothing is read and counted yet: the library may think better of it.
    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Counted(context);
    }

    /// Closes the socket, by which whoever reads or writes there in vain is told.
    private static void hangUp(ConnectionContext context) {
        try {
            context.serverSocket().close();
        } catch (RuntimeException gone) {
            LOG.debug("a connection of the management port was closed already: {}", gone.getMessage());
        }
    }

    /// What came; null at the end.
    static byte @Nullable [] bytes(DataReader from) {
        try {
            return from.readBuffer().readBytes();
        } catch (DataReader.InsufficientDataAvailableException end) {
            return null;
        }
    }

    /// What is known of a connection while it is served. Owner: the thread of the connection.
    private static final class Serving {
        final Visits.Visit visit;
        /// Whether it ends with the request at hand.
        boolean isLast;

        Serving(Visits.Visit visit) {
            this.visit = visit;
        }
    }

    private static final ScopedValue<Serving> CURRENT = ScopedValue.newInstance();

    /// The connection whose request is served in this thread takes no other: the library goes on reading.
    static void endAfterThis() {
        if (CURRENT.isBound()) {
            CURRENT.get().isLast = true;
        }
    }

    /// The request that is served in this thread has been read whole.
    static void understood() {
        if (CURRENT.isBound()) {
            CURRENT.get().visit.understood();
        }
    }

    /// Who asks in this thread needs no log-in, or has done so.
    static void letIn() {
        if (CURRENT.isBound()) {
            CURRENT.get().visit.letIn();
        }
    }

    static InetAddress addressOf(PeerInfo peer) {
        return peer.address() instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /// Has a place while it is served, if there is one for its address; without one it is closed at once. The first
    /// byte says what is spoken.
    private final class Counted implements ServerConnection {
        private final ConnectionContext context;
        private volatile @Nullable ServerConnection inner;

        Counted(ConnectionContext context) {
            this.context = context;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            Optional<Visits.Visit> place = visits.begin(addressOf(context.remotePeer()), () -> hangUp(context));
            if (place.isEmpty()) {
                return;
            }
            try (Visits.Visit visit = place.get()) {
                serve(visit, limit);
            }
        }

        private void serve(Visits.Visit visit, Limit limit) throws InterruptedException {
            var serving = new Serving(visit);
            var writer = new TimedWriter(context.dataWriter(), visit);
            Supplier<byte @Nullable []> heard = () -> {
                byte[] bytes = bytes(context.dataReader());
                if (bytes != null) {
                    visit.heard();
                }
                return bytes;
            };
            byte first;
            try {
                first = context.dataReader().lookup();
            } catch (DataReader.InsufficientDataAvailableException nothing) {
                return;
            }
            if (first != HANDSHAKE) {
                DataReader reader = DataReader.create(() -> serving.isLast ? null : heard.get());
                handle(new Inside(context, reader, writer, false), serving, limit);
                return;
            }
            TlsContexts secured = tls.get();
            if (!secured.isUsable()) {
                return;
            }
            var pipe = new TlsPipe(heard, writer, secured.engine());
            try {
                DataReader reader = DataReader.create(() -> serving.isLast ? null : pipe.get());
                handle(new Inside(context, reader, pipe, true), serving, limit);
            } finally {
                pipe.close();
            }
        }

        private void handle(ConnectionContext inside, Serving serving, Limit limit) throws InterruptedException {
            ServerConnection served = http.connection(inside);
            inner = served;
            ScopedValue.where(CURRENT, serving).<@Nullable Object, InterruptedException>call(() -> {
                served.handle(limit);
                return null;
            });
        }

        @Override
        public Duration idleTime() {
            ServerConnection served = inner;
            return served == null ? Duration.ZERO : served.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            ServerConnection served = inner;
            if (served == null) {
                hangUp(context);
            } else {
                served.close(interrupt);
            }
        }
    }

    /// Says when it waits for whoever reads.
    private record TimedWriter(DataWriter to, Visits.Visit visit) implements DataWriter {
        private void timed(Runnable writing) {
            visit.writing();
            try {
                writing.run();
            } finally {
                visit.written();
            }
        }

        @Override
        public void write(BufferData... buffers) {
            timed(() -> to.write(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            timed(() -> to.write(buffer));
        }

        @Override
        public void writeNow(BufferData... buffers) {
            timed(() -> to.writeNow(buffers));
        }

        @Override
        public void writeNow(BufferData buffer) {
            timed(() -> to.writeNow(buffer));
        }

        @Override
        public void flush() {
            timed(to::flush);
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
