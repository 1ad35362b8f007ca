package org.sluicemta.receive;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.IpText;
import org.sluicemta.smtp.ProxyHeader;
import org.sluicemta.smtp.ProxyHeaderDecoder;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;

/// Waits for a proxy's header, then hands the connection to an engine for the client that the header names. Nothing is
/// said before; what comes behind the header is the client's, be it SMTP or a handshake. Whoever sends no good header
/// in time is cut off. Source: the PROXY protocol, sections 2 and 5.
///
/// Owner: the loop of its connection.
final class ProxiedEngine implements Engine {
    /// Proxies send it with the first packet.
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ProxiedEngine.class);

    private final InetAddress proxy;
    private final boolean isTlsImmediate;
    private final Function<InetAddress, Engine> serve;
    private final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
    private @Nullable Connection connection;
    private @Nullable Alarm patience;
    private @Nullable Engine served;
    private boolean isRefused;

    /// @param isTlsImmediate whether what follows the header is a handshake, which no engine reads
    /// @param serve makes the engine for a client's address
    ProxiedEngine(InetAddress proxy, boolean isTlsImmediate, Function<InetAddress, Engine> serve) {
        this.proxy = proxy;
        this.isTlsImmediate = isTlsImmediate;
        this.serve = serve;
    }

    @Override
    public void opened(Connection opened) {
        connection = opened;
        patience = opened.loop().alarm(() -> refuse("no whole header came within " + PATIENCE.toSeconds() + " s"));
        patience.set(opened.loop().nanos() + PATIENCE.toNanos());
    }

    @Override
    public void bytes(ByteBuffer lent) {
        Engine known = served;
        if (known != null) {
            known.bytes(lent);
            return;
        }
        if (isRefused) {
            return;
        }
        switch (decoder.read(lent)) {
            case MORE -> {}
            case BROKEN -> refuse(decoder.fault());
            case HEADER -> {
                begin(decoder.header());
                if (lent.hasRemaining() && !isTlsImmediate && served != null) {
                    served.bytes(lent);
                }
            }
        }
    }

    private void begin(ProxyHeader header) {
        forget();
        InetAddress client =
                switch (header) {
                    case ProxyHeader.Proxied(InetSocketAddress from, InetSocketAddress _) -> from.getAddress();
                    case ProxyHeader.Own _ -> proxy;
                };
        Connection handedOn = connection;
        if (handedOn != null) {
            Engine made = serve.apply(client);
            served = made;
            made.opened(handedOn);
        }
    }

    private void refuse(String why) {
        isRefused = true;
        forget();
        LOG.debug("proxy {} refused: {}", IpText.of(proxy), why);
        if (connection != null) {
            connection.abort();
        }
    }

    private void forget() {
        if (patience != null) {
            patience.clear();
        }
    }

    @Override
    public void writable() {
        if (served != null) {
            served.writable();
        }
    }

    @Override
    public void secured(TlsFacts facts) {
        if (served != null) {
            served.secured(facts);
        }
    }

    @Override
    public void ended() {
        if (served != null) {
            served.ended();
        } else {
            refuse("it hung up before a whole header came");
        }
    }

    @Override
    public void failed(IoFailure why) {
        forget();
        if (served != null) {
            served.failed(why);
        }
    }
}
