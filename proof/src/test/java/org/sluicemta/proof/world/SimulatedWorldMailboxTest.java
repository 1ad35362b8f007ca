package org.sluicemta.proof.world;

final class SimulatedWorldMailboxTest extends MailboxContract {
    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(1);
    }
}
