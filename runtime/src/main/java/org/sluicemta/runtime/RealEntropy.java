package org.sluicemta.runtime;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.sluicemta.world.Entropy;

/// A fast generator for each thread, seeded by the system's. Bytes come from the system's own, for they may become
/// keys and identities.
final class RealEntropy implements Entropy {
    private final SecureRandom system = new SecureRandom();
    private final ThreadLocal<RandomGenerator> fast = ThreadLocal.withInitial(
            () -> RandomGeneratorFactory.of("L64X128MixRandom").create(system.generateSeed(24)));

    @Override
    public long nextLong() {
        return fast.get().nextLong();
    }

    @Override
    public int nextInt(int bound) {
        return fast.get().nextInt(bound);
    }

    @Override
    public void fill(byte[] bytes) {
        system.nextBytes(bytes);
    }
}
