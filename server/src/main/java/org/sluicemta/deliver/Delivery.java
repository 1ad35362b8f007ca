package org.sluicemta.deliver;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.Asker;
import org.sluicemta.dns.Families;
import org.sluicemta.dns.HostMemory;
import org.sluicemta.dns.MxPlan;
import org.sluicemta.dns.PlanQuestion;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.QueueFailure;
import org.sluicemta.queue.Shard;
import org.sluicemta.route.Routes;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.tls.HandshakeMemory;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.Workers;

/// Opens connections for the queues of one shard and keeps what sessions of one loop remember together: hosts that
/// could not be reached, hosts whose TLS is broken, the turn of each virtual MTA's addresses.
///
/// Owner: the shard's loop.
public final class Delivery implements Dispatcher {
    /// Hosts remembered as dead or as broken in TLS; the oldest is forgotten first.
    static final int MAX_HOSTS_REMEMBERED = 50_000;

    /// So many closes in a row without an acceptance are a failure of the queue (a remote that takes recipients and
    /// then hangs up would else be called again at once, for ever).
    static final int BARREN_CLOSES = 3;

    /// One configuration, as far as delivery sees it.
    public record Snapshot(DeliveryPolicies policies, Routes routes) {}

    private final Loop loop;
    private final Network network;
    private final Entropy entropy;
    private final Workers workers;
    private final Asker<PlanQuestion, MxPlan> plans;
    private final HostMemory hosts = new HostMemory(MAX_HOSTS_REMEMBERED);
    private final HandshakeMemory handshakes = new HandshakeMemory(MAX_HOSTS_REMEMBERED);
    private final Map<String, Integer> addressTurns = new HashMap<>();
    private final Map<VirtualMta, Set<InetAddress>> unusable = new HashMap<>();
    private final FileStore files;
    private final Set<Attempt> attempts = new HashSet<>();
    private final Set<FileCarrier> carriers = new HashSet<>();
    /// Read for `show status` from another loop.
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<QueueKey, Integer> barrenCloses = new LinkedHashMap<>();
    private final Counts counts = new Counts();
    private final Signatures signatures;
    private final Source nameless;
    private @Nullable Shard shard;
    private Snapshot snapshot;

    /// To be made in a turn of `loop`.
    ///
    /// @param plans asks for MX plans on behalf of this loop
    /// @param files where mail goes that is not sent but written
    /// @param hostName EHLO name where no source host is configured
    public Delivery(
            Loop loop,
            Network network,
            Entropy entropy,
            Workers workers,
            Asker<PlanQuestion, MxPlan> plans,
            FileStore files,
            String hostName,
            Snapshot first) {
        this.loop = loop;
        this.network = network;
        this.entropy = entropy;
        this.workers = workers;
        this.signatures = new Signatures(loop, workers);
        this.plans = plans;
        this.files = files;
        this.nameless = new Source(null, hostName);
        this.snapshot = first;
    }

    /// Whether this is the delivery of `other`'s shard.
    public boolean isOn(Loop other) {
        return loop == other;
    }

    /// Connects both sides; before the first [#open].
    public void serve(Shard shard) {
        this.shard = shard;
    }

    /// Swaps the snapshot. What binds a transaction binds the next one; a session whose virtual MTA changed its
    /// addresses, or whose queue changed its hosts or TLS, ends after its present message. Values count, not the
    /// lines that they stand in.
    public void adopt(Snapshot next) {
        Snapshot before = snapshot;
        snapshot = next;
        // The machine may have got an address since, and names of virtual MTAs that are gone need no turn.
        addressTurns.keySet().removeIf(name -> !next.routes().hasVirtualMta(name));
        unusable.clear();
        for (FileCarrier carrier : List.copyOf(carriers)) {
            DeliveryPolicy changed = next.policies().of(carrier.opening().queue());
            if (changed.files() == null) {
                carrier.retire();
            } else {
                carrier.adopt(changed);
            }
        }
        for (Attempt attempt : List.copyOf(attempts)) {
            QueueKey queue = attempt.queue();
            boolean isSameWay = next.routes().hasVirtualMta(queue.virtualMta())
                    && before.routes()
                            .virtualMta(queue.virtualMta())
                            .sourceHosts()
                            .value()
                            .equals(next.routes()
                                    .virtualMta(queue.virtualMta())
                                    .sourceHosts()
                                    .value())
                    && before.policies().of(queue).connectsAs(next.policies().of(queue));
            if (isSameWay) {
                attempt.adopt(next.policies().of(queue));
            } else {
                attempt.retire();
            }
        }
    }

    @Override
    public void open(QueueKey queue, Opening opening) {
        Shard owner = shard();
        if (!snapshot.routes().hasVirtualMta(queue.virtualMta())) {
            // A reload reaches the queues and their deliveries in turns of their own.
            loop.post(() -> owner.ended(opening, null));
            return;
        }
        DeliveryPolicy policy = snapshot.policies().of(queue);
        if (policy.files() != null) {
            var carrier = new FileCarrier(this, files, owner, opening, policy);
            carriers.add(carrier);
            TraceLines lines = TraceLines.of(opening);
            if (lines != null) {
                lines.tell("the mail of this queue is written to files: there is no dialogue");
            }
            carrier.start();
            return;
        }
        var attempt = new Attempt(this, owner, opening, policy, virtualMta(queue));
        attempts.add(attempt);
        connections.incrementAndGet();
        attempt.start();
    }

    /// Recipients, messages and bytes that remotes took, for `show status`. Safe from any thread.
    public static final class Counts {
        private final java.util.concurrent.atomic.LongAdder recipients = new java.util.concurrent.atomic.LongAdder();
        private final java.util.concurrent.atomic.LongAdder messages = new java.util.concurrent.atomic.LongAdder();
        private final java.util.concurrent.atomic.LongAdder bytes = new java.util.concurrent.atomic.LongAdder();

        void add(int taken, long size) {
            recipients.add(taken);
            messages.increment();
            bytes.add(size);
        }

        public long recipients() {
            return recipients.sum();
        }

        public long messages() {
            return messages.sum();
        }

        public long bytes() {
            return bytes.sum();
        }
    }

    public Counts counts() {
        return counts;
    }

    /// Connections under way or standing, for `show status`. Safe from any thread.
    public int connections() {
        return connections.get();
    }

    /// Drops all sessions at once: the bound of a shutdown has passed.
    public void abort() {
        List.copyOf(attempts).forEach(Attempt::abort);
        List.copyOf(carriers).forEach(FileCarrier::abort);
    }

    void ended(FileCarrier carrier) {
        carriers.remove(carrier);
    }

    void ended(Attempt attempt) {
        if (attempts.remove(attempt)) {
            connections.decrementAndGet();
        }
    }

    /// The remote closed a session of `queue` in which it took no message.
    ///
    /// @return whether that was the third in a row: then the queue has failed, and the count begins anew
    boolean isClosedTooOften(QueueKey queue) {
        int closes = barrenCloses.merge(queue, 1, Integer::sum);
        if (closes < BARREN_CLOSES) {
            if (barrenCloses.size() > MAX_HOSTS_REMEMBERED) {
                barrenCloses.remove(barrenCloses.keySet().iterator().next());
            }
            return false;
        }
        barrenCloses.remove(queue);
        return true;
    }

    /// A message of `queue` was taken.
    void took(QueueKey queue) {
        if (!barrenCloses.isEmpty()) {
            barrenCloses.remove(queue);
        }
    }

    Loop loop() {
        return loop;
    }

    Network network() {
        return network;
    }

    Entropy entropy() {
        return entropy;
    }

    Workers workers() {
        return workers;
    }

    Signatures signatures() {
        return signatures;
    }

    Asker<PlanQuestion, MxPlan> plans() {
        return plans;
    }

    HostMemory hosts() {
        return hosts;
    }

    private Shard shard() {
        Shard owner = shard;
        if (owner == null) {
            throw new IllegalStateException("delivery serves no shard yet");
        }
        return owner;
    }

    Routes routes() {
        return snapshot.routes();
    }

    private VirtualMta virtualMta(QueueKey queue) {
        return snapshot.routes().virtualMta(queue.virtualMta());
    }

    /// Where a connection leaves from.
    ///
    /// @param address null for the system's choice
    record Source(@Nullable InetAddress address, String helloName) {}

    /// The turn of an attempt among its virtual MTA's addresses: the same for all hosts that it tries.
    int nextTurn(VirtualMta from) {
        return addressTurns.merge(from.name(), 1, Integer::sum) - 1;
    }

    /// The usable address of a family whose turn it is; null when the virtual MTA lists addresses and none of the
    /// family is left: mail never leaves by an address that is not listed.
    ///
    /// @param isFree whether the queue may use an address now (null for the system's choice)
    @Nullable
    Source source(VirtualMta from, boolean isV4, int turn, Predicate<@Nullable InetAddress> isFree) {
        List<VirtualMta.SourceHost> all = from.sourceHosts().value();
        if (all.isEmpty()) {
            return isFree.test(null) ? nameless : null;
        }
        Set<InetAddress> broken = unusable.getOrDefault(from, Set.of());
        int usable = 0;
        for (VirtualMta.SourceHost host : all) {
            usable += isUsable(host, isV4, broken) && isFree.test(host.address()) ? 1 : 0;
        }
        if (usable == 0) {
            return null;
        }
        int left = Math.floorMod(turn, usable);
        for (VirtualMta.SourceHost host : all) {
            if (isUsable(host, isV4, broken) && isFree.test(host.address()) && left-- == 0) {
                return new Source(host.address(), host.helloName());
            }
        }
        return null;
    }

    private static boolean isUsable(VirtualMta.SourceHost host, boolean isV4, Set<InetAddress> broken) {
        return host.address() instanceof Inet4Address == isV4 && !broken.contains(host.address());
    }

    /// An address that this machine lacks is not tried again for this virtual MTA until the next reload.
    void cannotBind(VirtualMta from, InetAddress address) {
        unusable.computeIfAbsent(from, v -> new HashSet<>()).add(address);
    }

    static Families families(VirtualMta from) {
        boolean v4 = false;
        boolean v6 = false;
        for (VirtualMta.SourceHost host : from.sourceHosts().value()) {
            if (host.address() instanceof Inet4Address) {
                v4 = true;
            } else {
                v6 = true;
            }
        }
        if (v4 && v6) {
            return Families.V4_THEN_V6;
        }
        // Without addresses of its own a virtual MTA leaves by the system's choice; IPv4 until IPv6 is asked for.
        return v6 ? Families.V6 : Families.V4;
    }

    HandshakeMemory handshakes() {
        return handshakes;
    }

    /// The queue's own words for a failure.
    static QueueFailure transientFailure(
            String status, String diagnostic, org.sluicemta.queue.Outcome.RemoteFacts remote, String text) {
        return new QueueFailure(QueueFailure.Kind.TRANSIENT, status, diagnostic, remote, text);
    }
}
