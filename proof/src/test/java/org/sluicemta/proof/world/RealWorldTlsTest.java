package org.sluicemta.proof.world;

final class RealWorldTlsTest extends TlsContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
