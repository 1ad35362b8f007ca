package org.sluicemta.proof.world;

final class SimulatedWorldLoopTest extends LoopContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
