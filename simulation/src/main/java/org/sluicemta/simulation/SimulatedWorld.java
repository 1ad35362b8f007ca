package org.sluicemta.simulation;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;
import org.sluicemta.world.Network;
import org.sluicemta.world.Web;
import org.sluicemta.world.Workers;
import org.sluicemta.world.World;

/// The world as one process sees it, from its boot to its end. A crash ends it for good: its events never run, its
/// mailboxes refuse, its connections are reset; [SimulatedHost#boot] makes the next one on the same disk.
/// Owner: the thread that drives the universe.
public final class SimulatedWorld implements World {
    private final SimulatedHost host;
    private final SimulatedUniverse universe;
    private final String name;
    private final Seed seed;
    private final List<Loop> loops = new ArrayList<>();
    private final List<SimulatedMemory> memories = new ArrayList<>();
    private final ServerClock clock;
    private final MountedDisk disk;
    private final SimulatedNetwork network;
    private final SimulatedWorkers workers;
    private final SimulatedSignals signals;
    private final SimulatedChildren children;
    private final SimulatedWeb web;
    private final Seed entropy;
    private int loopNumbers;
    private boolean isAlive = true;

    SimulatedWorld(SimulatedHost host, int boot, Seed seed) {
        this.host = host;
        this.universe = host.universe();
        this.name = host.name() + "#" + boot;
        this.seed = seed;
        this.clock = new ServerClock(host.wallMillis(), universe.nanos());
        this.entropy = seed.fork();
        this.disk = new MountedDisk(this, host.disk(), seed.fork());
        this.network = new SimulatedNetwork(this, seed.fork());
        this.workers = new SimulatedWorkers(this, seed.fork());
        this.signals = new SimulatedSignals(this);
        // Not forked from the boot's seed: what older seeds mean must not shift.
        Seed rim = new Seed(Seed.mix(universe.seed() + boot));
        this.children = new SimulatedChildren(this, rim.fork());
        this.web = new SimulatedWeb(this, rim.fork());
        for (int i = 0; i < host.loopCount(); i++) {
            loops.add(newLoop("loop-" + i, false));
        }
    }

    /// A universe with one host, `server`, booted.
    public static SimulatedWorld seeded(long seed) {
        return SimulatedUniverse.seeded(seed).host("server").boot();
    }

    /// A universe with one host that has this disk, booted.
    public static SimulatedWorld seeded(long seed, SimulatedDisk disk) {
        return SimulatedUniverse.seeded(seed).host("server", disk).boot();
    }

    private SimulatedLoop newLoop(String loopName, boolean isLane) {
        return new SimulatedLoop(this, loopName, loopNumbers++, isLane, host.monotonicZero());
    }

    @Override
    public List<Loop> loops() {
        return List.copyOf(loops);
    }

    @Override
    public Loop lane(String laneName) {
        return newLoop(laneName, true);
    }

    @Override
    public Network network() {
        return network;
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Override
    public Workers workers() {
        return workers;
    }

    @Override
    public Entropy entropy() {
        return entropy;
    }

    @Override
    public SimulatedSignals signals() {
        return signals;
    }

    @Override
    public ChildProcesses children() {
        return children;
    }

    @Override
    public Web web() {
        return web;
    }

    @Override
    public Memory memory(String memoryName, long limitBytes) {
        SimulatedMemory memory = new SimulatedMemory(memoryName, limitBytes);
        memories.add(memory);
        return memory;
    }

    /// What the budgets gave; there is no limit but theirs.
    @Override
    public MemoryUse outsideHeap() {
        return new MemoryUse(memories.stream().mapToLong(Memory::usedBytes).sum(), Long.MAX_VALUE);
    }

    @Override
    public List<InetAddress> localAddresses() {
        return List.copyOf(host.addresses());
    }

    // What tests do to a world.

    /// The process dies as by SIGKILL: the page cache and what the kernel had taken stay.
    public void kill() {
        universe.faultPoints().mark("crash: process killed");
        end();
        disk.abandonWrites();
    }

    /// The machine loses power: see [SimulatedHost#cutPower()].
    public void cutPower() {
        host.cutPower();
    }

    /// The next process on the same machine; to be asked for after a crash, or for a second server beside this one.
    public SimulatedWorld reboot() {
        return host.boot();
    }

    public void advance(Duration time) {
        universe.advance(time);
    }

    public void runUntil(BooleanSupplier condition, Duration limit) {
        universe.runUntil(condition, limit);
    }

    public boolean step() {
        return universe.step();
    }

    /// Whether the process still runs.
    public boolean isAlive() {
        return isAlive;
    }

    public SimulatedHost host() {
        return host;
    }

    public SimulatedUniverse universe() {
        return universe;
    }

    /// Slices that were taken and not given back, over all budgets.
    public long slicesOut() {
        return memories.stream().mapToLong(SimulatedMemory::slicesOut).sum();
    }

    /// Slices of one budget that were taken and not given back.
    public long slicesOut(String budget) {
        return memories.stream()
                .filter(memory -> memory.name().equals(budget))
                .mapToLong(SimulatedMemory::slicesOut)
                .sum();
    }

    /// Jumps of the wall clock that the server's clock saw and did not follow.
    public List<Duration> clockJumps() {
        return clock.jumps();
    }

    String name() {
        return name;
    }

    SimulatedNetwork ownNetwork() {
        return network;
    }

    void readWallClock() {
        clock.read(universe.nanos(), host.wallMillis());
    }

    long serverMillis() {
        return clock.millis();
    }

    /// How long until a loop wakes for new work: mostly 1 to 5 µs, now and then up to 300 µs as a busy machine has it.
    long wakeUpNanos() {
        return seed.nextInt(64) == 0 ? seed.between(5_000, 300_000) : seed.between(1_000, 5_000);
    }

    void end() {
        if (!isAlive) {
            return;
        }
        isAlive = false;
        universe.trace(TraceKind.CRASH.code, 0, universe.nanos());
        network.processEnded();
        disk.processEnded();
        host.ended(this);
    }

    @Override
    public String toString() {
        return name;
    }
}
