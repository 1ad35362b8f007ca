package org.sluicemta.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A machine: a disk, addresses, a wall clock, and whatever process was booted on it. It outlives its processes.
/// Owner: the thread that drives the universe.
public final class SimulatedHost {
    private static final int FIRST_PORT = 32_768;
    private static final int LAST_PORT = 60_999;

    /// Both ends of a connection made here: no two are equal.
    private record Socket(InetSocketAddress local, InetSocketAddress remote) {}

    private final SimulatedUniverse universe;
    private final String name;
    private final SimulatedDisk disk;
    private final Seed seed;
    private final List<InetAddress> addresses = new ArrayList<>();
    private final List<SimulatedWorld> worlds = new ArrayList<>();
    private final long monotonicZero;
    private long wallOffsetMillis;
    private int loopCount = 2;
    private int boots;
    private boolean isOff;
    private int portLimit = LAST_PORT - FIRST_PORT + 1;
    private final Set<Socket> sockets = new HashSet<>();
    private final Map<String, SimulatedProgram> programs = new TreeMap<>();

    SimulatedHost(SimulatedUniverse universe, String name, SimulatedDisk disk, Seed seed, List<InetAddress> addresses) {
        this.universe = universe;
        this.name = name;
        this.disk = disk;
        this.seed = seed;
        // A monotonic clock's zero is arbitrary, on either side of ours: code that compares it with 0 is found out.
        this.monotonicZero = seed.between(-(1L << 50), 1L << 50);
        this.addresses.add(InetAddress.ofLiteral("127.0.0.1"));
        this.addresses.addAll(addresses);
    }

    /// Starts a process on this machine. Several may run at once: the second server on one spool.
    public SimulatedWorld boot() {
        isOff = false;
        SimulatedWorld world = new SimulatedWorld(this, ++boots, seed.fork());
        worlds.add(world);
        universe.trace(TraceKind.BOOT.code, boots, universe.nanos());
        return world;
    }

    /// Sets how many mail loops the next boot has, 1 or more.
    public SimulatedHost loops(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " loops; write 1 or more");
        }
        loopCount = count;
        return this;
    }

    /// Cuts the power: all processes end, and of what the disk had not synced, what the seed says survives.
    public void cutPower() {
        cutPower(disk.drawnSurvivors());
    }

    /// Cuts the power; of what was not synced, `survivors` stays.
    public void cutPower(SimulatedDisk.Survivors survivors) {
        universe.faultPoints().mark("crash: power cut");
        isOff = true;
        for (SimulatedWorld world : List.copyOf(worlds)) {
            world.end();
        }
        disk.cutPower(survivors);
    }

    /// Gives the machine one more address.
    public void addAddress(InetAddress address) {
        addresses.add(address);
    }

    public void removeAddress(InetAddress address) {
        addresses.remove(address);
    }

    /// Moves the wall clock, as an operator or a bad time server does. The monotonic clock does not notice.
    public void jumpWallClock(Duration by) {
        universe.faultPoints().mark("clock: jump");
        wallOffsetMillis += by.toMillis();
    }

    /// Puts a program on the machine, or another in its place.
    ///
    /// @param program what a server starts it as: the first word of its command
    public SimulatedHost install(String program, SimulatedProgram does) {
        programs.put(program, does);
        return this;
    }

    @Nullable
    SimulatedProgram program(String called) {
        return programs.get(called);
    }

    /// What the wall clock shows.
    public long wallMillis() {
        return universe.wallMillis() + wallOffsetMillis;
    }

    public String name() {
        return name;
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public SimulatedUniverse universe() {
        return universe;
    }

    /// The processes that run, oldest first.
    public List<SimulatedWorld> worlds() {
        return List.copyOf(worlds);
    }

    /// Sets how many connections may leave one address for one remote address and port, at most 28,232.
    public SimulatedHost ports(int limit) {
        portLimit = Math.clamp(limit, 0, LAST_PORT - FIRST_PORT + 1);
        return this;
    }

    /// @return a port from which no connection to `remote` leaves, or 0 when none is left
    int takePort(InetAddress source, InetSocketAddress remote, Seed draw) {
        if (portLimit == 0) {
            return 0;
        }
        int start = draw.nextInt(portLimit);
        for (int i = 0; i < portLimit; i++) {
            int port = FIRST_PORT + (start + i) % portLimit;
            if (sockets.add(new Socket(new InetSocketAddress(source, port), remote))) {
                return port;
            }
        }
        return 0;
    }

    void freePort(InetSocketAddress local, InetSocketAddress remote) {
        sockets.remove(new Socket(local, remote));
    }

    /// Whether the power is off: nobody answers, not even with a refusal.
    boolean isOff() {
        return isOff;
    }

    List<InetAddress> addresses() {
        return addresses;
    }

    int loopCount() {
        return loopCount;
    }

    long monotonicZero() {
        return monotonicZero;
    }

    void ended(SimulatedWorld world) {
        worlds.remove(world);
    }

    @Override
    public String toString() {
        return name;
    }
}
