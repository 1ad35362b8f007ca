package org.sluicemta.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HandshakeMemoryTest {
    private static final InetAddress HOST = InetAddress.ofLiteral("192.0.2.1");
    private static final OutgoingTls USUAL = terms("HIGH");
    private static final OutgoingTls NARROW = terms("ECDHE-RSA-CHACHA20-POLY1305");
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final HandshakeMemory memory = new HandshakeMemory(2);

    private static OutgoingTls terms(String ciphers) {
        return new OutgoingTls(
                StarttlsPolicy.OPPORTUNISTIC, new TlsVersions(false, false, true, true), ciphers, null, null);
    }

    private static HandshakeMemory.Peer peer(String host, OutgoingTls terms) {
        return new HandshakeMemory.Peer(InetAddress.ofLiteral(host), terms);
    }

    @Test
    void aFailureIsRememberedForAnHourAndForItsTermsOnly() {
        var usual = new HandshakeMemory.Peer(HOST, USUAL);
        var other = new HandshakeMemory.Peer(HOST, NARROW);
        memory.failed(usual, -5);

        assertThat(memory.hasFailedLately(usual, -5 + HOUR - 1)).isTrue();
        assertThat(memory.hasFailedLately(other, 0)).isFalse();
        assertThat(memory.hasFailedLately(usual, -5 + HOUR)).isFalse();
        assertThat(memory.size()).isZero();
    }

    @Test
    void aHandshakeThatStandsIsTheEndOfIt() {
        var usual = new HandshakeMemory.Peer(HOST, USUAL);
        memory.failed(usual, 0);
        memory.succeeded(usual);
        assertThat(memory.hasFailedLately(usual, 1)).isFalse();
    }

    @Test
    void theOldestFailureIsForgottenFirst() {
        var first = peer("192.0.2.1", USUAL);
        var second = peer("192.0.2.2", USUAL);
        memory.failed(first, 0);
        memory.failed(second, 1);
        memory.failed(first, 2);
        memory.failed(peer("192.0.2.3", USUAL), 3);

        assertThat(memory.hasFailedLately(first, 4)).isTrue();
        assertThat(memory.hasFailedLately(second, 4)).isFalse();
    }
}
