package org.sluicemta.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.tls.OutgoingTls.AfterFailure;
import org.sluicemta.tls.OutgoingTls.ClearReason;
import org.sluicemta.tls.OutgoingTls.Peer;
import org.sluicemta.tls.OutgoingTls.Step;

class OutgoingTlsTest {
    private static final Peer NAMED =
            new Peer("m1", "mx.example.com", "192.0.2.1", Optional.empty(), Duration.ofSeconds(30));
    private static final Peer NAMELESS = new Peer("m1", "", "192.0.2.1", Optional.empty(), Duration.ofSeconds(30));

    @Test
    void theTwoDirectivesMakeOnePolicy() {
        assertThat(StarttlsPolicy.of(false, false)).isEqualTo(StarttlsPolicy.NEVER);
        assertThat(StarttlsPolicy.of(true, false)).isEqualTo(StarttlsPolicy.OPPORTUNISTIC);
        assertThat(StarttlsPolicy.of(false, true)).isEqualTo(StarttlsPolicy.REQUIRED);
        assertThat(StarttlsPolicy.of(true, true)).isEqualTo(StarttlsPolicy.REQUIRED);
    }

    @Test
    void whatIsOfferedIsUsedWithAnyCertificate() {
        var step = (Step.Secure) OutgoingTls.afterEhlo(StarttlsPolicy.OPPORTUNISTIC, true, false, NAMED);

        assertThat(step.plan().verify()).isFalse();
        assertThat(step.plan().serverName()).isEqualTo("mx.example.com");
        assertThat(step.plan().timeoutNanos()).isEqualTo(30_000_000_000L);
    }

    @Test
    void withoutAnOfferOrAfterAFailureMailGoesInClear() {
        assertThat(OutgoingTls.afterEhlo(StarttlsPolicy.OPPORTUNISTIC, false, false, NAMED))
                .isEqualTo(new Step.GoInClear(ClearReason.NOT_OFFERED));
        assertThat(OutgoingTls.afterEhlo(StarttlsPolicy.OPPORTUNISTIC, true, true, NAMED))
                .isEqualTo(new Step.GoInClear(ClearReason.FAILED_LATELY));
        assertThat(OutgoingTls.afterEhlo(StarttlsPolicy.NEVER, true, false, NAMED))
                .isEqualTo(new Step.GoInClear(ClearReason.NOT_WANTED));
        assertThat(OutgoingTls.afterFailure(StarttlsPolicy.OPPORTUNISTIC, "it stalled"))
                .isEqualTo(new AfterFailure.RetryInClear());
    }

    @Test
    void whereTlsIsRequiredMailNeverGoesInClear() {
        for (boolean isOffered : new boolean[] {true, false}) {
            for (boolean hasFailed : new boolean[] {true, false}) {
                Step step = OutgoingTls.afterEhlo(StarttlsPolicy.REQUIRED, isOffered, hasFailed, NAMED);
                assertThat(step).isNotInstanceOf(Step.GoInClear.class);
                assertThat(step instanceof Step.Secure).isEqualTo(isOffered);
            }
        }
        assertThat(OutgoingTls.afterFailure(StarttlsPolicy.REQUIRED, "it stalled"))
                .isEqualTo(new AfterFailure.LeaveHost("4.7.5", "TLS is required and failed: it stalled"));
    }

    @Test
    void sessionsAreResumedOnlyWithinOneVirtualMtaHostAndPolicy() {
        var other = new Peer("m2", "mx.example.com", "192.0.2.1", Optional.empty(), Duration.ofSeconds(30));

        assertThat(ticketKey(StarttlsPolicy.OPPORTUNISTIC, NAMED))
                .isNotEqualTo(ticketKey(StarttlsPolicy.OPPORTUNISTIC, other))
                .isNotEqualTo(ticketKey(StarttlsPolicy.REQUIRED, NAMED))
                .isNotEqualTo(ticketKey(StarttlsPolicy.OPPORTUNISTIC, NAMELESS));
    }

    @Test
    void aHostWithoutANameIsSentNone() {
        var step = (Step.Secure) OutgoingTls.afterEhlo(StarttlsPolicy.REQUIRED, true, false, NAMELESS);

        assertThat(step.plan().serverName()).isEmpty();
    }

    @Test
    void aFailedHandshakeIsRememberedForAnHour() {
        var memory = new HandshakeMemory(2);
        InetAddress host = InetAddress.ofLiteral("192.0.2.1");
        long hour = Duration.ofHours(1).toNanos();

        memory.failed(host, 5);
        assertThat(memory.hasFailedLately(host, hour + 4)).isTrue();
        assertThat(memory.hasFailedLately(host, hour + 5)).isFalse();
        memory.failed(host, 5);
        memory.succeeded(host);
        assertThat(memory.hasFailedLately(host, 6)).isFalse();
        for (int i = 1; i < 10; i++) {
            memory.failed(InetAddress.ofLiteral("192.0.2." + i), i);
        }
        assertThat(memory.size()).isEqualTo(2);
    }

    private static String ticketKey(StarttlsPolicy policy, Peer peer) {
        return ((Step.Secure) OutgoingTls.afterEhlo(policy, true, false, peer))
                .plan()
                .ticketKey();
    }
}
