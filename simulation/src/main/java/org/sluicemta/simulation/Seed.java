package org.sluicemta.simulation;

import org.sluicemta.world.Entropy;

/// Every drawing of the simulation: SplitMix64, so that a seed means the same on every JDK. Forks keep parts apart: a
/// draw more in one part does not shift the draws of another. Owner: the simulation's one thread.
public final class Seed implements Entropy {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private long state;

    public Seed(long seed) {
        this.state = seed;
    }

    /// A generator of its own, drawn from this one.
    public Seed fork() {
        return new Seed(nextLong());
    }

    static long mix(long bits) {
        long z = bits;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    @Override
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound is " + bound + "; write 1 or more");
        }
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /// From `least` to `most`, both included.
    public long between(long least, long most) {
        if (most < least) {
            throw new IllegalArgumentException("between " + least + " and " + most + " lies nothing");
        }
        return least + Long.remainderUnsigned(nextLong(), most - least + 1);
    }

    /// True with probability `share`, 0 to 1.
    public boolean chance(double share) {
        return (nextLong() >>> 11) * 0x1.0p-53 < share;
    }

    @Override
    public void fill(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) nextLong();
        }
    }
}
