package org.sluicemta.proof.world;

final class RealWorldDiskTest extends DiskContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
