package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.AcceptedRecipient.Notify;
import org.sluicemta.spool.RecipientEvent;

/// Senders who asked for it hear that their mail is late.
class DelayNoticesTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private record Notice(RecipientEvent event, long expiresMillis) {}

    private final Bench bench = new Bench(1);
    private final List<Notice> notices = new ArrayList<>();

    @BeforeEach
    void listen() {
        bench.room.tellDelays((event, expires, stored) -> {
            assertThat(stored.message().id()).isEqualTo(event.id());
            stored.content().release();
            notices.add(new Notice(event, expires));
        });
    }

    private static AcceptedRecipient asking(int notify) {
        AcceptedRecipient plain = to("a.com/m1", "1@a.com");
        return new AcceptedRecipient(plain.forwardPath(), plain.queue(), "", "", "", "", notify, 50, 0);
    }

    private void pass(Duration time) {
        bench.stage.advanceMillis(time.toMillis());
    }

    @Test
    void mailForADeadHostIsToldOfAtEachInterval() {
        bench.connecting = (queue, n) -> Bench.DEAD;
        long accepted = bench.stage.millis();
        bench.submit(asking(Notify.DELAY | Notify.FAILURE));
        pass(HOUR.multipliedBy(3));
        assertThat(notices).isEmpty();
        pass(HOUR.multipliedBy(6));

        assertThat(notices).hasSize(2).allSatisfy(notice -> {
            assertThat(notice.event().what()).isEqualTo(RecipientEvent.What.DEFERRED);
            assertThat(notice.event().status()).isEqualTo("4.4.1");
            assertThat(notice.event().forwardPath()).isEqualTo("1@a.com");
            assertThat(notice.expiresMillis() - accepted).isEqualTo(bench.policies.bounceAfter.toMillis());
        });
        assertThat(notices.getFirst().event().atMillis() - accepted)
                .isBetween(
                        HOUR.multipliedBy(4).toMillis(),
                        HOUR.multipliedBy(4).plusMinutes(1).toMillis());
        assertThat(bench.spool.held).as("contents held in memory").isLessThanOrEqualTo(1);
    }

    @Test
    void aRecipientsOwnReplyIsTold() {
        bench.answers =
                (message, recipient) -> new Outcome.Deferred(Bench.REMOTE, "4.2.2", "smtp;452 4.2.2 mailbox full");
        bench.submit(asking(Notify.DELAY));
        pass(HOUR.multipliedBy(5));

        assertThat(notices).singleElement().satisfies(notice -> {
            assertThat(notice.event().status()).isEqualTo("4.2.2");
            assertThat(notice.event().diagnostic()).isEqualTo("smtp;452 4.2.2 mailbox full");
        });
    }

    @Test
    void nobodyElseHearsOfDelay() {
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(asking(0));
        bench.submit(asking(Notify.FAILURE));
        bench.submit(asking(Notify.DELAY | Notify.NO_LOCAL_REPORT));
        bench.submitFrom("", asking(Notify.DELAY));
        pass(HOUR.multipliedBy(24));
        assertThat(notices).isEmpty();
    }

    @Test
    void deliveredMailIsLateNoMore() {
        bench.connecting = (queue, n) -> n == 1 ? Bench.DEAD : null;
        bench.submit(asking(Notify.DELAY));
        pass(HOUR.multipliedBy(10));
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
        assertThat(notices).isEmpty();
    }

    @Test
    void aDomainMayHaveAnotherIntervalOrNone() {
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.policies.delayNoticeEvery = HOUR;
        bench.adopt();
        bench.submit(asking(Notify.DELAY));
        pass(Duration.ofMinutes(150));
        assertThat(notices).hasSize(2);

        bench.policies.delayNoticeEvery = Duration.ZERO;
        bench.adopt();
        pass(HOUR.multipliedBy(10));
        // One was on its way when the policy changed.
        assertThat(notices).hasSizeBetween(2, 3);
    }
}
