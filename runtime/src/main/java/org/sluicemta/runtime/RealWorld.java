package org.sluicemta.runtime;

import com.sun.management.OperatingSystemMXBean;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;
import org.sluicemta.world.Network;
import org.sluicemta.world.Signals;
import org.sluicemta.world.Web;
import org.sluicemta.world.Workers;
import org.sluicemta.world.World;

/// The real world: sockets by Netty, files by the system, time by its clocks.
///
/// Started once by `app` and closed once, after the rooms have flushed what they owe: [#close] drops connections, lets
/// lanes finish the disk calls that were asked for, and ends every thread.
public final class RealWorld implements World, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RealWorld.class);
    private static final long PATIENCE_MS = 10_000;

    /// Classes, compiled code, stacks and the collector's tables: measured at 90 to 100 MB.
    private static final long JVM_ITSELF = 100L << 20;

    private static final long LEAST_OUTSIDE_HEAP = 64L << 20;
    private static final long LOOK_AGAIN_NANOS = 100_000_000;

    private final Clocks clocks = new Clocks();
    private final MultiThreadIoEventLoopGroup group;
    private final List<MailLoop> loops;
    private final List<Lane> lanes = new ArrayList<>();
    private final DiskThreads diskThreads;
    private final RealDisk disk;
    private final RealNetwork network;
    private final RealWorkers workers;
    private final RealEntropy entropy = new RealEntropy();
    private final RealChildren children = new RealChildren();
    private final RealWeb web = new RealWeb(clocks);
    private boolean isClosed;
    /// The pool's chunks are asked one by one, so not for each connection. Two threads may ask at once: no harm.
    private volatile boolean isLooked;

    private volatile long lookedNanos;
    private volatile long usedOutside;

    private RealWorld(RealWorldPlan plan) {
        if (System.getProperty("io.netty.maxDirectMemory") == null) {
            System.setProperty("io.netty.maxDirectMemory", Long.toString(mostOutsideHeap()));
        }
        // Threads keep small buffers ready; what a crowd left behind goes back, or it would hold whole chunks.
        if (System.getProperty("io.netty.allocator.cacheTrimIntervalMillis") == null) {
            System.setProperty("io.netty.allocator.cacheTrimIntervalMillis", "1000");
        }
        // With it, and where the JVM opens its package of buffers, the pool takes memory from the system and
        // is refused at once at its limit. The JDK's own way waits half a second in a turn each time, with a
        // collection.
        if (System.getProperty("io.netty.tryReflectionSetAccessible") == null) {
            System.setProperty("io.netty.tryReflectionSetAccessible", "true");
        }
        // Read once by the TLS library when its classes are loaded: without it no TLS 1.2 session is ever resumed by
        // ticket. A setting on the command line wins.
        if (System.getProperty("jdk.tls.client.enableSessionTicketExtension") == null) {
            System.setProperty("jdk.tls.client.enableSessionTicketExtension", "true");
        }
        Transport transport = plan.prefersNative() ? Transport.best() : Transport.NIO;
        if (plan.prefersNative() && transport == Transport.NIO) {
            LOG.warn("native epoll cannot be loaded; sockets use the JDK's selector, at some cost");
        }
        if (!PlatformDependent.useDirectBufferNoCleaner()) {
            LOG.warn("memory outside the heap is bounded by the JVM's own limit, at which loops stand still; start the"
                    + " JVM with --add-opens=java.base/java.nio=ALL-UNNAMED");
        }
        group = new MultiThreadIoEventLoopGroup(
                plan.loops(), new DefaultThreadFactory("sluice-loop", true), transport.handlers());
        List<MailLoop> made = new ArrayList<>();
        for (int i = 0; i < plan.loops(); i++) {
            made.add(new MailLoop("loop-" + i, clocks, group.next()));
        }
        loops = List.copyOf(made);
        diskThreads = new DiskThreads(plan.diskThreads());
        disk = new RealDisk(diskThreads);
        workers = new RealWorkers(plan.workers(), plan.workWaiting());
        network = new RealNetwork(transport, new TlsContexts(workers.unbounded()));
        loops.getFirst().netty.scheduleWithFixedDelay(clocks::observe, 1, 1, TimeUnit.SECONDS);
    }

    /// Of the memory of this machine, or of the limit around this process: what the heap and the JVM itself leave, but
    /// at most half, for named budgets and sockets together.
    private static long mostOutsideHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        long all = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean known
                ? known.getTotalMemorySize()
                : 2 * heap;
        return Math.max(LEAST_OUTSIDE_HEAP, Math.min(all / 2, all - heap - JVM_ITSELF));
    }

    /// Makes the threads and loads the native libraries. Blocks for some 100 ms.
    public static RealWorld start(RealWorldPlan plan) {
        return new RealWorld(plan);
    }

    /// The loop as this room's own kind; one of another world is a defect of the caller.
    static TurnLoop own(Loop loop) {
        if (loop instanceof TurnLoop own) {
            return own;
        }
        throw new IllegalArgumentException(loop + " is not a loop of the real world");
    }

    @Override
    public List<Loop> loops() {
        return List.copyOf(loops);
    }

    @Override
    public synchronized Loop lane(String name) {
        if (isClosed) {
            throw new IllegalStateException("the world has ended");
        }
        Lane lane = new Lane(name, clocks);
        lanes.add(lane);
        return lane;
    }

    @Override
    public Network network() {
        return network;
    }

    @Override
    public MemoryUse outsideHeap() {
        long now = clocks.nanos();
        if (!isLooked || now - lookedNanos > LOOK_AGAIN_NANOS) {
            isLooked = true;
            lookedNanos = now;
            usedOutside = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
        }
        return new MemoryUse(usedOutside, PlatformDependent.maxDirectMemory());
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
    public Signals signals() {
        return (name, home, task) -> {
            TurnLoop loop = own(home);
            sun.misc.Signal.handle(new sun.misc.Signal(name), signal -> loop.later(task));
        };
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
    public Memory memory(String name, long limitBytes) {
        return new Budget(name, limitBytes);
    }

    @Override
    public List<InetAddress> localAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException none) {
            LOG.warn("the addresses of this machine cannot be read: {}", none.getMessage());
            return List.of();
        }
    }

    /// The longest turn of any loop or lane since the last call, in nanoseconds: the delay that everything else on that
    /// loop met. For the metrics. Never blocks.
    public synchronized long takeLongestTurnNanos() {
        long longest = 0;
        for (MailLoop loop : loops) {
            longest = Math.max(longest, loop.takeLongestTurnNanos());
        }
        for (Lane lane : lanes) {
            longest = Math.max(longest, lane.takeLongestTurnNanos());
        }
        return longest;
    }

    /// Ends the network and its loops, then the lanes with what they were asked to write, then the threads. Blocks up
    /// to some seconds; not to be called from a loop. A second call does nothing.
    @Override
    public void close() {
        List<Lane> ending;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            ending = List.copyOf(lanes);
        }
        children.end();
        web.end();
        group.shutdownGracefully(0, PATIENCE_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly(PATIENCE_MS);
        for (Lane lane : ending) {
            if (!lane.end(PATIENCE_MS)) {
                LOG.warn("{} did not end within {} s", lane, PATIENCE_MS / 1_000);
            }
        }
        try {
            diskThreads.end();
            workers.end();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
