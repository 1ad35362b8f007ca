package org.sluicemta.proof.world;

final class SimulatedWorldTlsTest extends TlsContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
