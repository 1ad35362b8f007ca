package org.sluicemta.dns;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.sluicemta.dns.DnsFinding.Freshness;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;

/// Asks name servers and remembers what they said. Owner: one loop; others ask through an [Asker].
///
/// The idea: at most one *lookup* exists for a (name, type); everyone who asks meanwhile waits for it, so a queue of a
/// million messages costs one question. A lookup sends a question to a server, and on silence, refusal or nonsense to
/// the next, each round more patient, until its tries are used up. Its end is one of three:
///
/// - a server's word (records, no records, no such name): kept for its TTL, clamped to 5 s ... 1 day, negative ones to
///   5 s ... 15 min (RFC 2181 section 8, RFC 2308 section 5);
/// - nobody knows, but an expired answer is less than a day old: that one, for 30 s (RFC 8767 section 4);
/// - nobody knows: [DnsAnswer.Failed], remembered 1 s, doubling up to 5 min (RFC 2308 section 7, RFC 9520 section 3).
///
/// Bounds: lookups outstanding and waiting, answers cached, records of an answer, aliases, octets of a datagram,
/// connections. One alarm serves all lookups.
public final class Resolver {
    /// Aliases (CNAME) followed from one name. Source: RFC 1034 section 3.6.2 sets none; loops and chains cost
    /// questions.
    static final int MAX_ALIASES = 8;

    /// No honest answer is larger: we offer 4,096 at most.
    static final int MAX_DATAGRAM_OCTETS = 4_096;

    private static final int MAX_QUESTIONS_WAITING = 65_536;
    private static final int MAX_CONNECTIONS = 32;
    private static final long TCP_NANOS = 5_000_000_000L;
    private static final long MOST_TRY_NANOS = 8_000_000_000L;

    private final Loop loop;
    private final Network network;
    private final Entropy entropy;
    private final ResolverSettings settings;
    private final boolean onlyTcp;
    private final ResolverEar ear;
    private final UdpSockets sockets;
    private final DnsCache cache;
    private final Mailbox<Asker.Question<DnsQuestion, DnsFinding>> questions;
    private final Map<DnsQuestion, Lookup> lookups = new HashMap<>();
    private final ArrayDeque<Lookup> waiting = new ArrayDeque<>();
    private final PriorityQueue<Lookup> due = new PriorityQueue<>(
            Comparator.<Lookup>comparingLong(l -> l.dueNanos).thenComparingLong(l -> l.serial));
    private final Alarm alarm;
    private List<NameServer> servers;
    private int firstServer;
    private int connections;
    private long serials;
    private boolean isClosed;

    private long asked;
    private long fromCache;
    private long joined;
    private long sent;
    private long timedOut;
    private long failed;
    private long stale;
    private long refused;

    /// To be made in a turn of `loop`, or before it runs.
    public Resolver(Loop loop, Network network, Entropy entropy, ResolverSettings settings) {
        this(loop, network, entropy, settings, MAX_QUESTIONS_WAITING, false, ResolverEar.NONE);
    }

    /// For one operator's look-up.
    ///
    /// @param mailbox questions that may wait
    /// @param onlyTcp whether datagrams are left out
    /// @param ear hears what is asked and answered
    Resolver(
            Loop loop,
            Network network,
            Entropy entropy,
            ResolverSettings settings,
            int mailbox,
            boolean onlyTcp,
            ResolverEar ear) {
        this.onlyTcp = onlyTcp;
        this.ear = ear;
        this.loop = loop;
        this.network = network;
        this.entropy = entropy;
        this.settings = settings;
        this.servers = settings.nameServers().stream().map(NameServer::new).toList();
        this.sockets = new UdpSockets(loop, network, entropy, this::arrived);
        this.cache = new DnsCache(settings.cacheEntries());
        this.alarm = loop.alarm(this::ring);
        this.questions = loop.mailbox(mailbox, q -> find(q.question(), q.answer()));
        DnsCodec.warmUp();
    }

    /// A way to ask for `home`, to be made in a turn of `home`. Answers come as its turns.
    ///
    /// @param credits the most questions it may have open, 1 or more
    public Asker<DnsQuestion, DnsFinding> asker(Loop home, int credits) {
        return new Asker<>(questions, home, credits);
    }

    /// Answers from the cache at once, else when the lookup ends; on the owner's loop, within this call or later.
    void find(DnsQuestion question, Consumer<DnsFinding> found) {
        asked++;
        DnsFinding known = cache.find(question, loop.nanos());
        if (known != null) {
            fromCache++;
            found.accept(known);
            return;
        }
        Lookup underWay = lookups.get(question);
        if (underWay != null) {
            joined++;
            underWay.waiting.add(found);
            if (underWay.isSlow) {
                tellStale(underWay);
            }
            return;
        }
        boolean hasRoom = lookups.size() < settings.maxOutstanding();
        if (isClosed || (!hasRoom && waiting.size() >= settings.maxWaiting())) {
            refused++;
            found.accept(failure(question, List.of(), isClosed ? "the server is stopping" : "too many names wait"));
            return;
        }
        var lookup = new Lookup(question, settings.mixesCase());
        lookup.serial = serials++;
        lookup.waiting.add(found);
        lookups.put(question, lookup);
        if (hasRoom) {
            start(lookup);
        } else {
            waiting.add(lookup);
        }
    }

    /// Other name servers from now on; the cache stays.
    public void use(List<InetSocketAddress> nameServers) {
        servers = nameServers.stream().map(NameServer::new).toList();
    }

    /// Forgets what is known of a name, as an operator asks; any case.
    public void forget(String name) {
        DnsQuestion.canonical(name).ifPresent(cache::forget);
    }

    /// Forgets what is known of every name.
    public void forgetAll() {
        cache.clear();
    }

    public ResolverCounters counters() {
        int outstanding = lookups.size() - waiting.size();
        return new ResolverCounters(
                asked,
                fromCache,
                joined,
                sent,
                timedOut,
                failed,
                stale,
                refused,
                cache.size(),
                outstanding,
                waiting.size());
    }

    /// Stops: whatever is asked for fails.
    public void close() {
        isClosed = true;
        for (Lookup lookup : List.copyOf(lookups.values()).stream()
                .sorted(Comparator.comparingLong(l -> l.serial))
                .toList()) {
            waiting.remove(lookup);
            tell(lookup, failure(lookup.question, lookup.aliases, "the server is stopping"));
        }
        alarm.clear();
        sockets.close();
    }

    private void start(Lookup lookup) {
        lookup.servers = order();
        ask(lookup);
    }

    /// Servers in turn, those that have been silent lately behind.
    private List<NameServer> order() {
        var order = new ArrayList<NameServer>(servers.size());
        var doubtful = new ArrayList<NameServer>();
        long nanos = loop.nanos();
        for (int i = 0; i < servers.size(); i++) {
            NameServer server = servers.get((firstServer + i) % servers.size());
            (server.isDoubtful(nanos) ? doubtful : order).add(server);
        }
        firstServer = (firstServer + 1) % servers.size();
        order.addAll(doubtful);
        return order;
    }

    /// Sends the next question of a lookup and sets its time-out; a server that cannot even be sent to is left to the
    /// time-out too, so that a machine without network does not spin.
    private void ask(Lookup lookup) {
        NameServer server = lookup.nextServer();
        int round = lookup.tries / lookup.servers.size();
        lookup.tries++;
        long patience = settings.tryTimeout().toNanos() << Math.min(round, 10);
        long most = Math.max(MOST_TRY_NANOS, settings.tryTimeout().toNanos());
        if (onlyTcp) {
            askByTcp(lookup, server);
            return;
        }
        wakeAt(lookup, loop.nanos() + Math.min(patience, most));
        send(lookup, server);
    }

    private void send(Lookup lookup, NameServer server) {
        try {
            UdpSockets.Pending place = sockets.place(lookup, server);
            place.hasEdns = settings.ednsOctets() > 0 && server.takesEdns(loop.nanos());
            place.sentName = lookup.mixesCase ? DnsCodec.mixedCase(lookup.asked.name(), entropy) : lookup.asked.name();
            lookup.pending.add(place);
            sent++;
            int edns = place.hasEdns ? settings.ednsOctets() : 0;
            byte[] question = DnsCodec.question(place.id, place.sentName, lookup.asked.type(), edns);
            ear.sent(server.name(), false, question);
            if (!place.send(question)) {
                lookup.lastWhy = "the question to " + server.name() + " could not be sent";
            }
        } catch (NetworkException noSocket) {
            lookup.lastWhy = "no socket for " + server.name() + ": " + noSocket.getMessage();
        }
    }

    private void wakeAt(Lookup lookup, long nanos) {
        // A linear search among at most `maxOutstanding`, so that answered lookups leave nothing behind.
        due.remove(lookup);
        lookup.dueNanos = nanos;
        due.add(lookup);
        setAlarm();
    }

    private void setAlarm() {
        Lookup first = due.peek();
        if (first == null) {
            alarm.clear();
        } else {
            alarm.set(first.dueNanos);
        }
    }

    private void ring() {
        long nanos = loop.nanos();
        for (Lookup first = due.peek(); first != null && first.dueNanos - nanos <= 0; first = due.peek()) {
            due.remove();
            timedOut++;
            Lookup late = first;
            late.pending.forEach(p -> p.server.stayedSilent(nanos));
            // The next question goes out in plain letters: some servers do not repeat mixed ones.
            late.mixesCase = false;
            late.dropTcp();
            late.isSlow = true;
            tellStale(late);
            tryAgain(late);
        }
        setAlarm();
    }

    /// Whoever waits for a slow lookup takes the expired answer, if there is one, while the lookup goes on: mail does
    /// not stand still for 20 s because a name server does. Source: RFC 8767 section 5, client response timer.
    private void tellStale(Lookup lookup) {
        DnsFinding old = cache.stale(lookup.question, loop.nanos());
        if (old != null) {
            stale++;
            List<Consumer<DnsFinding>> told = List.copyOf(lookup.waiting);
            lookup.waiting.clear();
            told.forEach(each -> each.accept(old));
        }
    }

    private void tryAgain(Lookup lookup) {
        if (lookup.tries >= settings.tries() || lookup.refusals >= lookup.servers.size()) {
            giveUp(lookup, lookup.lastWhy);
        } else {
            ask(lookup);
        }
    }

    private void arrived(UdpSockets.Pending place, byte[] bytes) {
        Lookup lookup = place.lookup;
        DnsCodec.Reading reading = DnsCodec.read(bytes, place.id, place.sentName, lookup.asked);
        if (reading instanceof DnsCodec.Reading.Foreign) {
            return; // somebody guesses, or the letters' case was lost: the time-out decides
        }
        ear.came(place.server.name(), false, bytes);
        place.drop();
        lookup.pending.remove(place);
        place.server.answered();
        switch (reading) {
            case DnsCodec.Reading.Truncated cut -> askByTcp(lookup, place.server);
            case DnsCodec.Reading.NotUnderstood refusal
            when place.hasEdns -> {
                place.server.didNotUnderstand(loop.nanos());
                send(lookup, place.server); // within the time-out of the question that was not understood
            }
            case DnsCodec.Reading reason -> took(lookup, place.server, reason);
        }
    }

    private void took(Lookup lookup, NameServer server, DnsCodec.Reading reading) {
        switch (reading) {
            case DnsCodec.Reading.Complete whole -> complete(lookup, server, whole);
            case DnsCodec.Reading.Follow part -> follow(lookup, part);
            case DnsCodec.Reading.NotUnderstood refusal -> turnedAway(lookup, server, refusal.why());
            case DnsCodec.Reading.ServerFailed refusal -> turnedAway(lookup, server, refusal.why());
            case DnsCodec.Reading.Truncated cut -> turnedAway(lookup, server, "its answer over TCP is cut short");
            case DnsCodec.Reading.Foreign other -> turnedAway(lookup, server, "its answer is to another question");
        }
    }

    private void turnedAway(Lookup lookup, NameServer server, String why) {
        lookup.lastWhy = server.name() + " answered " + lookup.asked + ": " + why;
        lookup.refusals++;
        tryAgain(lookup);
    }

    private void askByTcp(Lookup lookup, NameServer server) {
        if (lookup.tcp != null) {
            return; // an answer to an earlier question came late and says the same
        }
        if (connections >= MAX_CONNECTIONS) {
            lookup.lastWhy = "too many answers need TCP at one time";
            return; // the time-out tries again
        }
        DnsQuestion about = lookup.asked;
        int id = entropy.nextInt(65_536);
        int edns = settings.ednsOctets() > 0 && server.takesEdns(loop.nanos()) ? settings.ednsOctets() : 0;
        byte[] question = DnsCodec.question(id, about.name(), about.type(), edns);
        var engine = new TcpQuestion(question, new TcpQuestion.Outcome() {
            @Override
            public void answered(byte[] bytes) {
                connections--;
                lookup.tcp = null;
                ear.came(server.name(), true, bytes);
                took(lookup, server, DnsCodec.read(bytes, id, about.name(), about));
            }

            @Override
            public void failed(String why) {
                connections--;
                lookup.tcp = null;
                turnedAway(lookup, server, (onlyTcp ? "" : "by datagram cut short, ") + "by TCP not at all: " + why);
            }

            @Override
            public void abandoned() {
                connections--;
            }
        });
        connections++;
        sent++;
        lookup.tcp = engine;
        ear.sent(server.name(), true, question);
        wakeAt(lookup, loop.nanos() + TCP_NANOS);
        network.connect(loop, new ConnectPlan(server.address(), null, TCP_NANOS), engine);
    }

    private void complete(Lookup lookup, NameServer server, DnsCodec.Reading.Complete whole) {
        if (!addAliases(lookup, whole.aliases())) {
            return;
        }
        var finding = new DnsFinding(
                lookup.question,
                whole.answer(),
                lookup.aliases,
                0,
                Freshness.ASKED,
                server.name(),
                loop.serverMillis());
        long ttl = Math.min(lookup.ttlSeconds, whole.ttlSeconds());
        tell(lookup, cache.put(finding, ttl, loop.nanos()));
    }

    private void follow(Lookup lookup, DnsCodec.Reading.Follow part) {
        if (!addAliases(lookup, part.aliases())) {
            return;
        }
        lookup.ttlSeconds = Math.min(lookup.ttlSeconds, part.ttlSeconds());
        lookup.dropAll();
        lookup.asked = new DnsQuestion(lookup.aliases.getLast(), lookup.question.type());
        lookup.tries = 0;
        lookup.refusals = 0;
        ask(lookup);
    }

    /// False when the chain has become too long or a circle; the lookup has ended then.
    private boolean addAliases(Lookup lookup, List<String> more) {
        for (String alias : more) {
            boolean isCircle = alias.equals(lookup.question.name()) || lookup.aliases.contains(alias);
            if (isCircle || lookup.aliases.size() == MAX_ALIASES) {
                giveUp(lookup, "its aliases (CNAME) lead in a circle or are more than " + MAX_ALIASES);
                return false;
            }
            lookup.aliases.add(alias);
        }
        return true;
    }

    private void giveUp(Lookup lookup, String why) {
        failed++;
        DnsFinding finding = cache.failed(failure(lookup.question, lookup.aliases, why), loop.nanos());
        if (finding.freshness() == Freshness.STALE) {
            stale++;
        }
        tell(lookup, finding);
    }

    private DnsFinding failure(DnsQuestion question, List<String> aliases, String why) {
        return new DnsFinding(
                question, new DnsAnswer.Failed(why), aliases, 0, Freshness.ASKED, "", loop.serverMillis());
    }

    private void tell(Lookup lookup, DnsFinding finding) {
        lookup.dropAll();
        due.remove(lookup);
        lookups.remove(lookup.question);
        ear.found(finding);
        for (Consumer<DnsFinding> each : lookup.waiting) {
            each.accept(finding);
        }
        setAlarm();
        // A lookup that waited may start now; one that is told may have asked for the next already.
        while (!waiting.isEmpty() && lookups.size() - waiting.size() < settings.maxOutstanding()) {
            start(waiting.remove());
        }
    }
}
