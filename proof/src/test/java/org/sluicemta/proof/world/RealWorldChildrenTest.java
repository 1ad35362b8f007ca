package org.sluicemta.proof.world;

final class RealWorldChildrenTest extends ChildrenContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
