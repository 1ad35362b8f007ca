package org.sluicemta.simulation;

import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Time, wires and chance for any number of hosts: one thread, one heap of events, everything drawn from the seed.
///
/// An event is a turn of a loop, a step of a disk, or a piece of a wire. Events run in the order of virtual time;
/// among equals the seed decides. What must keep an order (mail of one mailbox, bytes of one connection) keeps it in a
/// queue of its own, so any order of events is a legal one. Nothing here reads a clock, an identity hash or a thread.
///
/// The **trace hash** takes in the order, moment and kind of all events and the bytes that moved. One seed run twice
/// must give one hash; where it does not, something outside the seed has crept in.
///
/// Owner: the thread that drives it.
public final class SimulatedUniverse {
    /// A wall clock to begin with: 2026-03-01T00:00:00Z.
    private static final long WALL_AT_START_MILLIS = 1_772_323_200_000L;

    /// What the simulation does to a machine by itself; faults that a test injects into a disk are named when they hit.
    private static final String[] FAULT_POINTS = {
        "clock: jump",
        "crash: power cut",
        "crash: process killed",
        "disk: full",
        "disk: killed in a durable write",
        "disk: torn block",
        "disk: unsynced block kept",
        "disk: unsynced block lost",
        "disk: unsynced name kept",
        "disk: unsynced name lost",
        "disk: unsynced size kept",
        "disk: unsynced size lost"
    };

    private final long seedNumber;
    private final Seed scheduling;
    private final Seed parts;
    private final FaultPoints faultPoints;
    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong((Event e) -> e.at)
            .thenComparingLong(e -> e.tie)
            .thenComparingLong(e -> e.number));
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final Wires wires;
    private final Map<String, SimulatedPage> pages = new TreeMap<>();
    private final List<RuntimeException> defects = new ArrayList<>();
    private boolean keepsDefects;
    private long now;
    private long eventCount;
    private long mostEvents = Long.MAX_VALUE;
    private long eventNumber;
    private long traceHash;
    private @Nullable Consumer<String> teller;
    private @Nullable SimulatedLoop current;
    private boolean isRunning;

    private SimulatedUniverse(long seedNumber, FaultPoints faultPoints) {
        this.seedNumber = seedNumber;
        this.faultPoints = faultPoints;
        faultPoints.declare(FAULT_POINTS);
        Seed seed = new Seed(Seed.mix(seedNumber ^ 0x5851F42D4C957F2DL));
        this.scheduling = seed.fork();
        this.parts = seed.fork();
        this.traceHash = Seed.mix(seedNumber);
        this.wires = new Wires(this);
    }

    public static SimulatedUniverse seeded(long seed) {
        return new SimulatedUniverse(seed, new FaultPoints());
    }

    /// @param faultPoints counts the faults of several universes together
    public static SimulatedUniverse seeded(long seed, FaultPoints faultPoints) {
        return new SimulatedUniverse(seed, faultPoints);
    }

    /// A machine with a fresh disk. It does nothing until it is booted.
    ///
    /// @param name for the trace
    /// @param addresses its interfaces besides 127.0.0.1
    public SimulatedHost host(String name, InetAddress... addresses) {
        return host(name, SimulatedDisk.empty(parts.nextLong()), addresses);
    }

    /// A machine with this disk in it.
    public SimulatedHost host(String name, SimulatedDisk disk, InetAddress... addresses) {
        SimulatedHost host = new SimulatedHost(this, name, disk, parts.fork(), List.of(addresses));
        disk.countIn(faultPoints);
        hosts.add(host);
        return host;
    }

    public List<SimulatedHost> hosts() {
        return List.copyOf(hosts);
    }

    public long seed() {
        return seedNumber;
    }

    public FaultPoints faultPoints() {
        return faultPoints;
    }

    /// The network between the hosts, and its faults.
    public Wires wires() {
        return wires;
    }

    /// Puts a page on the web, or another in its place.
    ///
    /// @param address without a user
    public void publish(URI address, SimulatedPage page) {
        pages.put(SimulatedWeb.withoutUser(address), page);
    }

    @Nullable
    SimulatedPage page(String address) {
        return pages.get(address);
    }

    /// From now on a turn that throws does not end the run, as in the real world it does not end the loop; what was
    /// thrown is kept in [#defects].
    public void keepDefects() {
        keepsDefects = true;
    }

    /// What turns threw since [#keepDefects].
    public List<RuntimeException> defects() {
        return List.copyOf(defects);
    }

    /// A room's code threw: ends the run, or is noted.
    void defect(RuntimeException thrown) {
        if (!keepsDefects) {
            throw thrown;
        }
        defects.add(thrown);
    }

    /// Virtual nanoseconds since the beginning.
    public long nanos() {
        return now;
    }

    /// How many events have run.
    public long eventCount() {
        return eventCount;
    }

    /// Order, moment and kind of all events so far, and the bytes that moved.
    public long traceHash() {
        return traceHash;
    }

    /// Tells each event in a line, to find where two runs of one seed part.
    public void traceTo(Consumer<String> teller) {
        this.teller = teller;
    }

    /// Runs the next event, if there is one.
    ///
    /// @return false when nothing is left to happen
    public boolean step() {
        return step(Long.MAX_VALUE);
    }

    /// Lets virtual time pass, and everything happen that belongs into it.
    public void advance(Duration time) {
        long until = now + time.toNanos();
        boolean isMore = true;
        while (isMore) {
            isMore = step(until);
        }
        now = until;
    }

    /// Runs until `condition` holds; it is asked between events.
    ///
    /// @throws SimulationException when it does not hold after `limit` of virtual time
    public void runUntil(BooleanSupplier condition, Duration limit) {
        if (!reaches(condition, limit)) {
            throw new SimulationException("seed " + seedNumber + ": not reached within " + limit + " of virtual time");
        }
    }

    /// Like [#runUntil], with the end as an answer.
    public boolean reaches(BooleanSupplier condition, Duration limit) {
        long until = now + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (!step(until)) {
                now = until;
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    private boolean step(long until) {
        if (isRunning) {
            throw new SimulationException("seed " + seedNumber + ": time was moved on from within " + current);
        }
        for (Event event = events.peek(); event != null && event.at <= until; event = events.peek()) {
            events.poll();
            if (event.isCancelled || (event.world != null && !event.world.isAlive())) {
                continue;
            }
            Event due = event.loop == null ? event : event.loop.admit(event);
            if (due == null) {
                continue;
            }
            now = due.at;
            run(due);
            return true;
        }
        return false;
    }

    /// Ends the simulation with an exception after so many events: a system that runs in a circle takes no virtual time
    /// and would never be seen to hang.
    public void mostEvents(long most) {
        mostEvents = most;
    }

    private void run(Event event) {
        eventCount++;
        if (eventCount > mostEvents) {
            throw new SimulationException("seed " + seedNumber + ": more than " + mostEvents
                    + " events; something runs in a circle at " + Duration.ofNanos(now));
        }
        trace(event.kind.code, event.loop == null ? -1 : event.loop.number(), event.at);
        if (teller != null) {
            teller.accept(event.at + " " + (event.loop == null ? "-" : event.loop) + " " + event.kind);
        }
        isRunning = true;
        try {
            if (event.loop == null) {
                event.task.run();
            } else {
                current = event.loop;
                event.loop.turn(event);
            }
        } catch (RuntimeException | Error broken) {
            throw new SimulationException(
                    "seed " + seedNumber + ", event " + eventCount + " (" + event.kind + " of " + event.loop + " at "
                            + Duration.ofNanos(now) + "): " + broken,
                    broken);
        } finally {
            current = null;
            isRunning = false;
        }
    }

    /// Sets an event. Without a world it happens whoever dies; with one it dies with it.
    Event schedule(
            long delayNanos,
            @Nullable SimulatedWorld world,
            @Nullable SimulatedLoop loop,
            TraceKind kind,
            Runnable task) {
        Event event = new Event(now + Math.max(0, delayNanos), world, loop, kind, task);
        put(event);
        return event;
    }

    private void put(Event event) {
        event.tie = scheduling.nextLong();
        event.number = eventNumber++;
        events.add(event);
    }

    Seed scheduling() {
        return scheduling;
    }

    @Nullable
    SimulatedLoop current() {
        return current;
    }

    long wallMillis() {
        return WALL_AT_START_MILLIS + now / 1_000_000;
    }

    void trace(long a, long b, long c) {
        traceHash = Seed.mix(traceHash * 31 + a + (b << 8) + (c << 20));
    }

    /// Takes bytes into the trace hash, without moving the buffer's position.
    void trace(ByteBuffer bytes) {
        long hash = bytes.remaining();
        int at = bytes.position();
        for (; at + Long.BYTES <= bytes.limit(); at += Long.BYTES) {
            hash = (hash ^ bytes.getLong(at)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        for (; at < bytes.limit(); at++) {
            hash = hash * 0x100000001B3L + bytes.get(at);
        }
        trace(1, 2, hash);
    }

    /// Something that happens at a moment. It is mutable because a busy loop puts it off.
    static final class Event {
        long at;
        long tie;
        long number;
        boolean isCancelled;
        final @Nullable SimulatedWorld world;
        final @Nullable SimulatedLoop loop;
        final TraceKind kind;
        final Runnable task;

        Event(long at, @Nullable SimulatedWorld world, @Nullable SimulatedLoop loop, TraceKind kind, Runnable task) {
            this.at = at;
            this.world = world;
            this.loop = loop;
            this.kind = kind;
            this.task = task;
        }
    }
}
