package org.sluicemta.receive;

import java.net.InetAddress;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sluicemta.queue.Intake;
import org.sluicemta.route.Routes;
import org.sluicemta.spool.Spool;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;
import org.sluicemta.world.Workers;

/// What all receiving sessions share: the present snapshot, the spool, the way into the queues, and counters.
///
/// Threads: the snapshot is one reference, swapped whole; a session takes it per transaction. Counters are atomic.
public final class Reception {
    /// One configuration, as far as reception sees it.
    ///
    /// @param listeners what holds for each listener
    public record Snapshot(ReceivePolicies policies, Routes routes, ListenerPolicies listeners) {}

    private static final long AGAIN_NANOS = 100_000_000;

    /// Of all memory outside the heap: kept for the connections that there are, and at least two of the pieces of 4 MB
    /// that it comes in.
    private static final int RESERVED_PART = 16;

    private static final long LEAST_RESERVED = 8L << 20;

    private final Spool spool;
    private final Intake intake;
    private final Memory memory;
    private final Supplier<MemoryUse> outsideHeap;
    private final ZoneId zone;
    private final Entropy entropy;
    private final Workers workers;
    private final FailedLogins failedLogins = new FailedLogins();
    private volatile Snapshot snapshot;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final LongAdder messages = new LongAdder();
    private final LongAdder recipients = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder envelopeMicros = new LongAdder();
    private final LongAdder contentMicros = new LongAdder();
    private final Map<Shortage, LongAdder> putOff = new EnumMap<>(Shortage.class);
    private final Set<ReceiveSession> sessions = ConcurrentHashMap.newKeySet();
    private final Map<Loop, OfLoop> byLoop = new ConcurrentHashMap<>();
    private final AtomicBoolean isEndTold = new AtomicBoolean();
    private volatile boolean isStopping;
    private volatile @Nullable Runnable nobodyLeft;

    /// @param memory the budget for messages on their way in
    /// @param outsideHeap all memory outside the heap, asked on any loop
    /// @param zone for the dates of trace fields
    /// @param workers where patterns are matched
    public Reception(
            Spool spool,
            Intake intake,
            Memory memory,
            Supplier<MemoryUse> outsideHeap,
            ZoneId zone,
            Entropy entropy,
            Workers workers,
            Snapshot first) {
        this.spool = spool;
        this.intake = intake;
        this.memory = memory;
        this.outsideHeap = outsideHeap;
        this.zone = zone;
        this.entropy = entropy;
        this.workers = workers;
        this.snapshot = first;
        for (Shortage each : Shortage.values()) {
            putOff.put(each, new LongAdder());
        }
    }

    /// A session for a client that has just connected. To be asked on any loop.
    ///
    /// @param listenerSource the named source that the listener asks for, or empty
    public ReceiveSession session(Loop loop, InetAddress client, String listenerSource) {
        return new ReceiveSession(this, loop, client, listenerSource, ReceiveSession.Kind.SMTP);
    }

    /// Swaps the snapshot. Never blocks.
    public void adopt(Snapshot next) {
        snapshot = next;
    }

    /// From now on clients hear 421; a message in transfer is finished first. Never blocks.
    ///
    /// @param gone runs on `home`, once, when no session is left
    public void stop(Loop home, Runnable gone) {
        nobodyLeft = () -> home.post(gone);
        isStopping = true;
        sessions.forEach(ReceiveSession::shutDown);
        tellIfNobodyIsLeft();
    }

    /// Drops the sessions that are left: the bound of a shutdown has passed.
    public void cut() {
        sessions.forEach(ReceiveSession::cut);
    }

    private void tellIfNobodyIsLeft() {
        Runnable tell = nobodyLeft;
        if (tell != null && sessions.isEmpty() && isEndTold.compareAndSet(false, true)) {
            tell.run();
        }
    }

    /// For `show status`.
    ///
    /// The most connections at one time are counted anew. From any thread.
    public void forgetMostConnections() {
        most.set(facts().connections());
    }

    /// @param mostConnections at one time since the start, or since they are counted anew
    /// @param envelopeMicros from MAIL to the beginning of content, summed over all messages accepted
    /// @param contentMicros from there to the acceptance
    public record Facts(
            int connections,
            int mostConnections,
            int limit,
            long messages,
            long recipients,
            long bytes,
            long envelopeMicros,
            long contentMicros) {}

    public Facts facts() {
        return new Facts(
                open.get(),
                most.get(),
                snapshot.policies().totalMaxSmtpIn().value(),
                messages.sum(),
                recipients.sum(),
                bytes.sum(),
                envelopeMicros.sum(),
                contentMicros.sum());
    }

    /// How often clients were asked to come again since the start, and for want of what. From any thread.
    public Map<Shortage, Long> putOff() {
        var all = new EnumMap<Shortage, Long>(Shortage.class);
        putOff.forEach((shortage, times) -> all.put(shortage, times.sum()));
        return all;
    }

    /// What a client is told to come again for where the queues are full.
    public static Shortage shortage(Intake.Full full) {
        return switch (full) {
            case TABLES -> Shortage.QUEUE_MEMORY;
            case QUEUES -> Shortage.QUEUES;
        };
    }

    void putOff(Shortage shortage) {
        Objects.requireNonNull(putOff.get(shortage), "each has its count").increment();
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /// What the sessions of one loop share, for each uses it within one call: what a large header made it grow to is
    /// there once, and not with each client.
    ///
    /// @param easing has clients wait while deliveries go first
    record OfLoop(Easing easing, HeaderSection header, TraceFields trace) {}

    OfLoop of(Loop loop) {
        return byLoop.computeIfAbsent(
                loop, owner -> new OfLoop(new Easing(owner), new HeaderSection(), new TraceFields(zone)));
    }

    Spool spool() {
        return spool;
    }

    Intake intake() {
        return intake;
    }

    Memory memory() {
        return memory;
    }

    ZoneId zone() {
        return zone;
    }

    Entropy entropy() {
        return entropy;
    }

    Workers workers() {
        return workers;
    }

    FailedLogins failedLogins() {
        return failedLogins;
    }

    /// What this source may send, and what can be read back to be sent on.
    long largestMessageBytes(SourcePolicy source) {
        long allowed = source.maxMessageSizeBytes().value();
        long most = spool.largestMessageBytes();
        return allowed > 0 ? Math.min(allowed, most) : most;
    }

    /// The names that [ReceivePolicies#source] wants; empty ones are left out.
    static List<String> names(String... names) {
        return Stream.of(names).filter(name -> !name.isEmpty()).toList();
    }

    /// Whether memory is so short that the connections that there are need what is left.
    boolean isShortOfMemory() {
        MemoryUse all = outsideHeap.get();
        return all.usedBytes() > all.limitBytes() - Math.max(LEAST_RESERVED, all.limitBytes() / RESERVED_PART);
    }

    boolean isStopping() {
        return isStopping;
    }

    /// @return whether there is room for one connection more; if so it counts until [#left]
    boolean entered(ReceiveSession session) {
        int now = open.incrementAndGet();
        if (now > snapshot.policies().totalMaxSmtpIn().value()) {
            open.decrementAndGet();
            return false;
        }
        most.accumulateAndGet(now, Math::max);
        sessions.add(session);
        if (isStopping) {
            // It came while the others were told.
            session.shutDown();
        }
        return true;
    }

    void left(ReceiveSession session) {
        open.decrementAndGet();
        sessions.remove(session);
        if (isStopping) {
            tellIfNobodyIsLeft();
        }
    }

    /// Gives back the place of a chunk that no message will list. Refused only while the event stream is behind.
    void giveBack(Loop loop, long position) {
        if (!spool.giveBack(position)) {
            loop.alarm(() -> giveBack(loop, position)).set(loop.nanos() + AGAIN_NANOS);
        }
    }

    void counted(int rcpts, long size, long envelopeNanos, long contentNanos) {
        envelopeMicros.add(envelopeNanos / 1000);
        contentMicros.add(contentNanos / 1000);
        messages.increment();
        recipients.add(rcpts);
        bytes.add(size);
    }
}
