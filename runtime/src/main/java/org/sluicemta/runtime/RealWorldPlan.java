package org.sluicemta.runtime;

/// How large a world to make.
///
/// @param loops mail loops, 1 to 256; one for each core
/// @param workers threads for pure work, 1 to 256
/// @param workWaiting the most pieces of work that may wait for a worker, 1 or more
/// @param diskThreads threads for the disk calls of mail loops, 1 to 64
/// @param prefersNative false takes the JDK's selector even where epoll could be had
public record RealWorldPlan(int loops, int workers, int workWaiting, int diskThreads, boolean prefersNative) {
    public RealWorldPlan {
        require(loops >= 1 && loops <= 256, "%d loops; take 1 to 256", loops);
        require(workers >= 1 && workers <= 256, "%d workers; take 1 to 256", workers);
        require(workWaiting >= 1, "room for %d pieces of work; take 1 or more", workWaiting);
        require(diskThreads >= 1 && diskThreads <= 64, "%d disk threads; take 1 to 64", diskThreads);
    }

    /// A loop and a worker for each core, two threads for the disk.
    public static RealWorldPlan forThisMachine() {
        int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 256);
        return new RealWorldPlan(cores, cores, 10_000, 2, true);
    }

    private static void require(boolean holds, String message, int value) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(java.util.Locale.ROOT, message, value));
        }
    }
}
