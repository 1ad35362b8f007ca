package org.sluicemta.proof.world;

final class SimulatedWorldNetworkTest extends NetworkContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
