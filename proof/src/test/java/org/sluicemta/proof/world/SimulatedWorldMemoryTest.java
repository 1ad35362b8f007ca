package org.sluicemta.proof.world;

final class SimulatedWorldMemoryTest extends MemoryContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
