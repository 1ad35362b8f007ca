package org.sluicemta.simulation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// A fault that lies in wait on a disk. Owner: the thread that drives the universe.
public final class InjectedFault {
    private final SimulatedDisk.Operation operation;
    private final Predicate<Path> where;
    private final DiskFault fault;
    private final long nth;
    private final double share;
    private final List<Runnable> held = new ArrayList<>();
    private long calls;
    private long hits;
    private boolean isRemoved;

    /// @param nth which matching call is hit, 1 the next; 0 for any, by chance
    /// @param share the chance of a hit where `nth` is 0
    InjectedFault(SimulatedDisk.Operation operation, Predicate<Path> where, long nth, double share, DiskFault fault) {
        this.operation = operation;
        this.where = where;
        this.nth = nth;
        this.share = share;
        this.fault = fault;
    }

    boolean hits(SimulatedDisk.Operation called, Path path, Seed seed) {
        if (isRemoved || called != operation || !where.test(path)) {
            return false;
        }
        calls++;
        boolean isHit = nth == 0 ? seed.chance(share) : calls == nth;
        if (isHit) {
            hits++;
        }
        return isHit;
    }

    DiskFault fault() {
        return fault;
    }

    void hold(Runnable resume) {
        held.add(resume);
    }

    /// How many calls were hit.
    public long hits() {
        return hits;
    }

    /// How many calls hang here.
    public int held() {
        return held.size();
    }

    /// Lets the calls that hang go on; they end well.
    public void release() {
        List<Runnable> resumed = List.copyOf(held);
        held.clear();
        resumed.forEach(Runnable::run);
    }

    /// Hits no more calls; what hangs goes on hanging.
    public void remove() {
        isRemoved = true;
    }
}
