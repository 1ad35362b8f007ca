package org.sluicemta.proof.world;

final class RealWorldLoopTest extends LoopContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
