package org.sluicemta.runtime;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;
import org.sluicemta.world.TlsTrust;

/// TLS contexts, made once for each identity or client policy, and the links of a pipeline made from them. Certificate
/// checks and private-key work run on the workers. Safe from any loop; making a context takes milliseconds and happens
/// once.
final class TlsContexts {
    /// Distinct identities and policies in use: more means that somebody makes a new one for each connection.
    private static final int MOST_CONTEXTS = 256;

    /// Ticket keys remembered. Netty finds a session by name and port, so each key is given a port of its own.
    private static final int MOST_TICKET_KEYS = 60_000;

    private static final int MOST_SESSIONS = 20_000;
    private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);

    private sealed interface Key {
        record Server(
                TlsIdentity identity,
                TlsTerms terms,
                @Nullable TlsTrust clients) implements Key {}

        record Client(
                boolean verify,
                @Nullable TlsTrust trust,
                TlsTerms terms,
                @Nullable TlsIdentity identity) implements Key {}
    }

    private final SslProvider provider;
    private final Executor workers;
    private final Map<Key, SslContext> contexts = new LinkedHashMap<>();
    private final Map<String, Integer> ticketKeys = leastRecentlyUsed();
    private int nextTicketKey;

    TlsContexts(Executor workers) {
        this.workers = workers;
        if (OpenSsl.isAvailable()) {
            // Counted, without finalizers: links and contexts are released by hand.
            provider = SslProvider.OPENSSL_REFCNT;
        } else {
            provider = SslProvider.JDK;
            LOG.warn(
                    "BoringSSL cannot be loaded ({}); TLS uses the JDK's, at three to four times the cost of a handshake",
                    OpenSsl.unavailabilityCause() == null
                            ? "no reason given"
                            : OpenSsl.unavailabilityCause().toString());
        }
    }

    private static Map<String, Integer> leastRecentlyUsed() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
                return size() > MOST_TICKET_KEYS;
            }
        };
    }

    SslHandler link(TlsPlan plan, ByteBufAllocator allocator) throws SSLException {
        SslHandler link =
                switch (plan) {
                    case TlsPlan.Server server -> {
                        SslContext context =
                                retained(new Key.Server(server.identity(), server.terms(), server.clients()));
                        try {
                            yield context.newHandler(allocator, workers);
                        } finally {
                            ReferenceCountUtil.release(context);
                        }
                    }
                    case TlsPlan.Client client -> {
                        int port = ticketPort(client.ticketKey());
                        // Without a dot it is not sent as SNI, and serves to find a session to resume.
                        String name = client.serverName().isEmpty() ? "key-" + port : client.serverName();
                        SslContext context = retained(
                                new Key.Client(client.verify(), client.trust(), client.terms(), client.identity()));
                        try {
                            yield context.newHandler(allocator, name, port, workers);
                        } finally {
                            ReferenceCountUtil.release(context);
                        }
                    }
                };
        link.setHandshakeTimeoutMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(plan.timeoutNanos())));
        return link;
    }

    private synchronized int ticketPort(String ticketKey) {
        return ticketKeys.computeIfAbsent(ticketKey, key -> 1 + nextTicketKey++ % MOST_TICKET_KEYS);
    }

    /// The context of a key, held for the caller, who releases it: another loop may let it go meanwhile.
    private synchronized SslContext retained(Key key) throws SSLException {
        SslContext known = contexts.get(key);
        if (known != null) {
            return ReferenceCountUtil.retain(known);
        }
        SslContext made =
                switch (key) {
                    case Key.Server server -> server(server);
                    case Key.Client client -> client(client);
                };
        if (contexts.size() >= MOST_CONTEXTS) {
            // The oldest goes; its native memory is freed with the last connection that uses it.
            ReferenceCountUtil.release(
                    contexts.remove(contexts.keySet().iterator().next()));
        }
        contexts.put(key, made);
        return ReferenceCountUtil.retain(made);
    }

    private SslContext server(Key.Server key) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(
                        new ByteArrayInputStream(key.identity().chainPem()),
                        new ByteArrayInputStream(key.identity().keyPem()))
                .sslProvider(provider)
                .protocols(key.terms().protocols())
                .clientAuth(ClientAuth.NONE)
                .sessionCacheSize(MOST_SESSIONS);
        TlsTrust clients = key.clients();
        if (clients != null) {
            builder.clientAuth(ClientAuth.OPTIONAL).trustManager(new ByteArrayInputStream(clients.pem()));
        }
        restrict(builder, key.terms());
        SslContext made = builder.build();
        if (made.sessionContext() instanceof OpenSslSessionContext sessions) {
            var random = new SecureRandom();
            byte[] name = new byte[OpenSslSessionTicketKey.NAME_SIZE];
            byte[] mac = new byte[OpenSslSessionTicketKey.HMAC_KEY_SIZE];
            byte[] aes = new byte[OpenSslSessionTicketKey.AES_KEY_SIZE];
            random.nextBytes(name);
            random.nextBytes(mac);
            random.nextBytes(aes);
            sessions.setTicketKeys(new OpenSslSessionTicketKey(name, mac, aes));
        }
        return made;
    }

    private SslContext client(Key.Client key) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(provider)
                .protocols(key.terms().protocols())
                .sessionCacheSize(MOST_SESSIONS);
        TlsTrust trust = key.trust();
        if (key.verify()) {
            builder.endpointIdentificationAlgorithm("HTTPS");
            if (trust != null) {
                builder.trustManager(new ByteArrayInputStream(trust.pem()));
            }
        } else {
            builder.endpointIdentificationAlgorithm("").trustManager(InsecureTrustManagerFactory.INSTANCE);
        }
        TlsIdentity identity = key.identity();
        if (identity != null) {
            builder.keyManager(
                    new ByteArrayInputStream(identity.chainPem()), new ByteArrayInputStream(identity.keyPem()));
        }
        restrict(builder, key.terms());
        SslContext made = builder.build();
        if (made.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setSessionCacheEnabled(true);
        }
        return made;
    }

    /// Netty's builder takes names of single suites only. The JDK's TLS knows no OpenSSL strings and keeps its own
    /// suites.
    private void restrict(SslContextBuilder builder, TlsTerms terms) throws SSLException {
        if (!terms.ciphers().isEmpty() && provider != SslProvider.JDK) {
            builder.ciphers(TlsLibrary.suites(terms.ciphers()));
        }
    }

    /// @param begunMillis wall clock at the start of the handshake: the JDK tells a session taken up by its age only
    static TlsFacts facts(SSLEngine engine, int droppedBytes, long begunMillis) {
        SSLSession session = engine.getSession();
        boolean isResumed = engine instanceof ReferenceCountedOpenSslEngine boring
                ? SSL.isSessionReused(boring.sslPointer())
                : session.getCreationTime() < begunMillis;
        return new TlsFacts(session.getProtocol(), session.getCipherSuite(), isResumed, droppedBytes);
    }
}
