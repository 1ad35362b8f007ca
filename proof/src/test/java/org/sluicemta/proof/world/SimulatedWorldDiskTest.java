package org.sluicemta.proof.world;

final class SimulatedWorldDiskTest extends DiskContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
