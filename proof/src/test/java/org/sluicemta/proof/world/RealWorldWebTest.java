package org.sluicemta.proof.world;

final class RealWorldWebTest extends WebContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
