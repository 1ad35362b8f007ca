package org.sluicemta.proof.world;

final class RealWorldMailboxTest extends MailboxContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }
}
