package org.sluicemta.proof.world;

final class RealWorldWorkersTest extends WorkersContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
