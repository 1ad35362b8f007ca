package org.sluicemta.simulation;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A machine: a disk, addresses, a wall clock, and whatever process was booted on it. It outlives its processes.
/// Owner: the thread that drives the universe.
public final class SimulatedHost {
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
        SimulatedWorld world = new SimulatedWorld(this, ++boots, seed.fork());
        worlds.add(world);
        universe.trace(TraceKind.BOOT.ordinal(), boots, universe.nanos());
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
