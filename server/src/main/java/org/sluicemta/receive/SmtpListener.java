package org.sluicemta.receive;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.IpText;
import org.sluicemta.smtp.Extension;
import org.sluicemta.smtp.ServerSettings;
import org.sluicemta.smtp.SmtpServerEngine;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// Seats clients that connect to one SMTP listener: on the loop with the fewest of them, with an engine that speaks as
/// the client's source demands.
///
/// Owner: the loop that the listener's dealer is asked on; the counts of open connections are atomic, since they end on
/// their own loops.
public final class SmtpListener implements Network.Dealer {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpListener.class);
    /// Errors of a session before 421.
    private static final int MAX_ERRORS = 20;
    /// The longest that one message's content may take: bounds clients that trickle.
    private static final Duration MESSAGE_TIMEOUT = Duration.ofHours(1);
    /// Recipients of a transaction where the source sets no bound.
    private static final int MAX_RECIPIENTS = 10_000;

    private final Reception reception;
    private final String name;
    private final String listenerSource;
    private final List<Loop> loops;
    private final List<AtomicInteger> open = new ArrayList<>();
    private volatile Known known;

    /// What was made of one snapshot. Threads: any.
    private record Known(
            Reception.Snapshot snapshot, ListenerPolicy policy, Map<SourcePolicy, ServerSettings> settings) {}

    /// @param name of the listener, by which its policy is asked for
    /// @param listenerSource the named source that clients of this listener get, or empty
    public SmtpListener(Reception reception, String name, String listenerSource, List<Loop> loops) {
        this.reception = reception;
        this.name = name;
        this.listenerSource = listenerSource;
        this.loops = List.copyOf(loops);
        loops.forEach(loop -> open.add(new AtomicInteger()));
        this.known = knownOf(reception.snapshot());
    }

    private Known knownOf(Reception.Snapshot snapshot) {
        return new Known(snapshot, snapshot.listeners().of(name), new ConcurrentHashMap<>());
    }

    private Known known() {
        Reception.Snapshot now = reception.snapshot();
        Known present = known;
        if (present.snapshot() != now) {
            present = knownOf(now);
            known = present;
        }
        return present;
    }

    @Override
    public Network.@Nullable Seat deal(SocketAddress remote, SocketAddress local) {
        if (!(remote instanceof InetSocketAddress inet)) {
            return null;
        }
        int least = loops.size() - 1;
        for (int i = loops.size() - 1; i >= 0; i--) {
            if (open.get(i).get() < open.get(least).get()) {
                least = i;
            }
        }
        InetAddress client = inet.getAddress();
        ListenerPolicy policy = known().policy();
        Predicate<InetAddress> proxies = policy.proxies();
        if (proxies != null && !proxies.test(client)) {
            LOG.debug("{}: {} is none of its proxies", name, IpText.of(client));
            return null;
        }
        Loop loop = loops.get(least);
        AtomicInteger count = open.get(least);
        count.incrementAndGet();
        Engine engine = proxies == null
                ? engine(loop, client)
                : new ProxiedEngine(
                        client, policy.tls() != null && policy.tls().isImmediate(), proxied -> engine(loop, proxied));
        return new Network.Seat(loop, new Counted(engine, count));
    }

    private Engine engine(Loop loop, InetAddress client) {
        return new SmtpServerEngine(settings(client), reception.session(loop, client, listenerSource));
    }

    private ServerSettings settings(InetAddress client) {
        Known now = known();
        SourcePolicy source = now.snapshot().policies().source(client, Reception.names(listenerSource));
        ServerSettings made = now.settings().get(source);
        if (made == null) {
            boolean mayLogIn = now.snapshot().policies().hasUsers()
                    || !ReceiveSession.sharedPassword(
                                    now.snapshot().policies(), client, Reception.names(listenerSource))
                            .isEmpty();
            made = make(now, source, mayLogIn);
            now.settings().put(source, made);
        }
        return made;
    }

    /// The checker reads the annotation of `tls` from the class file, where the compiler has dropped it.
    @SuppressWarnings("NullAway")
    private ServerSettings make(Known now, SourcePolicy source, boolean mayLogIn) {
        Set<Extension> offered = EnumSet.copyOf(ServerSettings.DEFAULT_OFFER);
        if (!source.allowChunking().value()) {
            offered.remove(Extension.CHUNKING);
        }
        if (!source.allowSmtpUtf8().value()) {
            offered.remove(Extension.SMTPUTF8);
        }
        if (!mayLogIn) {
            offered.remove(Extension.AUTH);
        }
        TlsPlan.@Nullable Server tls = now.policy().tls();
        if (tls != null && !tls.isImmediate() && !source.allowStarttls().value()) {
            tls = null;
        }
        long most = reception.largestMessageBytes(source);
        int recipients = source.maxRcptPerMessage().value();
        return new ServerSettings(
                now.snapshot().policies().hostName(),
                offered,
                tls,
                (int) Math.min(most, Integer.MAX_VALUE),
                recipients == 0 ? MAX_RECIPIENTS : Math.max(recipients, 1),
                source.maxMessageHops().value(),
                MAX_ERRORS,
                source.commandTimeout().value(),
                source.dataTimeout().value(),
                MESSAGE_TIMEOUT,
                Duration.ZERO);
    }

    /// Counts a connection until its end. Owner: the connection's loop.
    private static final class Counted implements Engine {
        private final Engine engine;
        private final AtomicInteger count;

        Counted(Engine engine, AtomicInteger count) {
            this.engine = engine;
            this.count = count;
        }

        @Override
        public void opened(Connection connection) {
            engine.opened(connection);
        }

        @Override
        public void bytes(java.nio.ByteBuffer lent) {
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
            count.decrementAndGet();
            engine.failed(why);
        }
    }
}
