package org.sluicemta.world;

import java.util.List;

/// Everything a server may ask of its machine. `app` is given one; the rooms are given the parts that
/// they need.
public interface World {
    /// The mail loops, one per core, fixed for the life of the world. Never empty.
    List<Loop> loops();

    /// Makes a lane: a loop with one thread of its own, for state that must survive a crash. A lane has
    /// no network of its own. The disk calls of files whose home is a lane run on the lane's thread,
    /// between its turns, so a lane that waits for the disk gathers mail meanwhile: that is group
    /// commit.
    ///
    /// @param name for thread names and logs, e.g. `content-0`
    Loop lane(String name);

    Network network();

    Disk disk();

    Workers workers();

    Entropy entropy();

    Signals signals();

    /// Other programs on this machine.
    ChildProcesses children();

    /// Documents by HTTP.
    Web web();

    /// A named budget of memory outside the heap.
    ///
    /// @param name for the start-up line and `show status`, e.g. `content`
    /// @param limitBytes the most that may be taken at one time, 1 or more
    Memory memory(String name, long limitBytes);

    /// All memory outside the heap that is handed out, of the named budgets and of sockets, as it was at most 100 ms
    /// ago. From any thread; never blocks.
    MemoryUse outsideHeap();

    /// The addresses of this machine's interfaces, loopback included, as they are now. Blocks briefly;
    /// not for the mail path.
    List<java.net.InetAddress> localAddresses();
}
