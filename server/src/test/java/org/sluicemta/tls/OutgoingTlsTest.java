package org.sluicemta.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTrust;

class OutgoingTlsTest {
    private static final TlsVersions MODERN = new TlsVersions(false, false, true, true);
    private static final TlsTrust AUTHORITIES = new TlsTrust(new byte[] {1});
    private static final OutgoingTls.Peer NAMED = peer("m1", "mx.example.net", "192.0.2.1");
    private static final OutgoingTls.Peer NAMELESS = peer("m1", "", "192.0.2.1");

    private static OutgoingTls.Peer peer(String virtualMta, String name, String address) {
        return new OutgoingTls.Peer(virtualMta, name, address, Duration.ofSeconds(10));
    }

    private static OutgoingTls tls(StarttlsPolicy policy, @Nullable TlsTrust authorities) {
        return new OutgoingTls(policy, MODERN, "HIGH", authorities, null);
    }

    private static TlsPlan.Client plan(StarttlsPolicy policy, @Nullable TlsTrust authorities, OutgoingTls.Peer peer) {
        return tls(policy, authorities).plan(peer, false).orElseThrow();
    }

    @Test
    void opportunisticTlsSendsTheNameAndTakesAnyCertificate() {
        TlsPlan.Client plan = plan(StarttlsPolicy.OPPORTUNISTIC, AUTHORITIES, NAMED);

        assertThat(plan.serverName()).isEqualTo("mx.example.net");
        assertThat(plan.verify()).isFalse();
        assertThat(plan.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(plan.terms().ciphers()).isEqualTo("HIGH");
    }

    @Test
    void clearTextIsForWhoeverDoesNotInsist() {
        assertThat(tls(StarttlsPolicy.OPPORTUNISTIC, null).plan(NAMED, true)).isEmpty();
        assertThat(tls(StarttlsPolicy.NEVER, null).plan(NAMED, false)).isEmpty();
        assertThat(tls(StarttlsPolicy.REQUIRED, null).plan(NAMED, true)).isPresent();
    }

    @Test
    void requiredTlsVerifiesWhereAuthoritiesAreGiven() {
        assertThat(plan(StarttlsPolicy.REQUIRED, null, NAMED).verify()).isFalse();

        TlsPlan.Client verified = plan(StarttlsPolicy.REQUIRED, AUTHORITIES, NAMED);

        assertThat(verified.verify()).isTrue();
        assertThat(verified.trust()).isEqualTo(AUTHORITIES);
        assertThat(verified.serverName()).isEqualTo("mx.example.net");
    }

    @Test
    void anAddressSendsNoNameAndIsVerifiedAsAnAddress() {
        assertThat(plan(StarttlsPolicy.OPPORTUNISTIC, null, NAMELESS).serverName())
                .isEmpty();
        assertThat(plan(StarttlsPolicy.REQUIRED, AUTHORITIES, NAMELESS).serverName())
                .isEqualTo("192.0.2.1");
    }

    @Test
    void sessionsAreResumedOnlyUnderTheSameVirtualMtaHostNameAndPolicy() {
        Set<String> keys = new HashSet<>();
        for (OutgoingTls.Peer peer : new OutgoingTls.Peer[] {
            NAMED,
            peer("m2", "mx.example.net", "192.0.2.1"),
            peer("m1", "mx2.example.net", "192.0.2.1"),
            peer("m1", "mx.example.net", "192.0.2.2"),
            NAMELESS
        }) {
            keys.add(plan(StarttlsPolicy.OPPORTUNISTIC, null, peer).ticketKey());
            keys.add(plan(StarttlsPolicy.REQUIRED, AUTHORITIES, peer).ticketKey());
        }

        assertThat(keys).hasSize(10);
    }

    @Test
    void withoutAnyVersionOpportunisticTlsGoesInClearAndRequiredTlsIsImpossible() {
        var none = new TlsVersions(false, false, false, false);

        assertThat(new OutgoingTls(StarttlsPolicy.OPPORTUNISTIC, none, "", null, null).plan(NAMED, false))
                .isEmpty();
        assertThat(new OutgoingTls(StarttlsPolicy.REQUIRED, none, "", null, null).isImpossible())
                .isTrue();
        assertThat(tls(StarttlsPolicy.REQUIRED, null).isImpossible()).isFalse();
    }
}
