package org.sluicemta.proof.world;

final class SimulatedWorldWorkersTest extends WorkersContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
