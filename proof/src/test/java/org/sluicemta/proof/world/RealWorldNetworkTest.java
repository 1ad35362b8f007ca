package org.sluicemta.proof.world;

final class RealWorldNetworkTest extends NetworkContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
