package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Who has a place at the management port, and for how long.
class VisitsTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final Visits visits = new Visits(now::get, _ -> 4);
    private final List<String> ended = new ArrayList<>();

    private Visits.Visit begin(InetAddress client, String name) {
        return visits.begin(client, () -> ended.add(name)).orElseThrow();
    }

    private void after(long millis) {
        now.addAndGet(millis);
        visits.look();
    }

    @Test
    void anAddressHasABoundAndGetsItsPlacesBack() {
        List<Visits.Visit> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(begin(HERE, "a" + i));
        }

        assertThat(visits.begin(HERE, () -> {})).isEmpty();
        assertThat(visits.begin(InetAddress.ofLiteral("192.0.2.2"), () -> {})).isPresent();
        all.getFirst().close();
        all.getFirst().close();
        assertThat(visits.begin(HERE, () -> {})).isPresent();
        assertThat(visits.begin(HERE, () -> {})).isEmpty();
    }

    @Test
    void theFirst64BitsOfIpv6AreOneAddress() {
        for (int i = 0; i < 4; i++) {
            begin(InetAddress.ofLiteral("2001:db8:1:2::" + i), "a" + i);
        }

        assertThat(visits.begin(InetAddress.ofLiteral("2001:db8:1:2:ffff::1"), () -> {}))
                .isEmpty();
        assertThat(visits.begin(InetAddress.ofLiteral("2001:db8:1:3::1"), () -> {}))
                .isPresent();
    }

    @Test
    void aRequestThatTricklesIsEnded() {
        Visits.Visit visit = begin(HERE, "slow");
        visit.letIn();
        visit.heard();
        after(Visits.REQUEST_MILLIS - 1);
        visit.heard();
        assertThat(ended).isEmpty();

        after(1);

        assertThat(ended).containsExactly("slow");
    }

    @Test
    void whatWasReadWholeMayTakeItsTime() {
        Visits.Visit visit = begin(HERE, "stream");
        visit.letIn();
        visit.heard();
        visit.understood();

        after(24 * 3_600_000L);

        assertThat(ended).isEmpty();
    }

    @Test
    void whoDoesNotReadIsEnded() {
        Visits.Visit visit = begin(HERE, "deaf");
        visit.letIn();
        visit.writing();
        visit.written();
        after(Visits.PIECE_MILLIS);
        assertThat(ended).isEmpty();
        visit.writing();

        after(Visits.PIECE_MILLIS);

        assertThat(ended).containsExactly("deaf");
    }

    @Test
    void whoIsNotLetInIsEnded() {
        begin(HERE, "stranger");
        begin(HERE, "known").letIn();

        after(Visits.STRANGER_MILLIS);

        assertThat(ended).containsExactly("stranger");
    }

    @Test
    void ofTooManyStrangersTheOldestGoesAndNobodyWhoIsLetIn() {
        begin(HERE, "known").letIn();
        for (int i = 0; i < Visits.MOST_STRANGERS; i++) {
            begin(InetAddress.ofLiteral("198.51.100." + i), "stranger" + i);
        }
        assertThat(ended).isEmpty();

        begin(HERE, "one more");

        assertThat(ended).containsExactly("stranger0");
    }
}
