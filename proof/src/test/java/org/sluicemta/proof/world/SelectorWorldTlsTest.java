package org.sluicemta.proof.world;

/// The real world where native epoll cannot be loaded.
final class SelectorWorldTlsTest extends TlsContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(false);
    }
}
