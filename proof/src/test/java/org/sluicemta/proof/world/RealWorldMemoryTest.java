package org.sluicemta.proof.world;

final class RealWorldMemoryTest extends MemoryContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
