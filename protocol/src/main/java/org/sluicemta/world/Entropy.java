package org.sluicemta.world;

/// Randomness: the system's in the real world, from the seed in the simulation. Safe from any thread.
public interface Entropy {
    long nextLong();

    /// From 0 to `bound` - 1; `bound` is 1 or more.
    int nextInt(int bound);

    void fill(byte[] bytes);
}
