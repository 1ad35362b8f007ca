package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;

/// Attempts that operators want to see: made at once, and otherwise like any.
class TrialsTest {
    private static final String QUEUE = "a.com/m1";
    private static final long MINUTE = 60_000;

    private final Bench bench = new Bench(1);

    /// Keeps what it is told.
    private static final class Ear implements Trace {
        final List<String> lines = new ArrayList<>();

        @Nullable
        String over;

        boolean isGone;

        @Override
        public Wishes wishes() {
            return Wishes.DIALOGUE;
        }

        @Override
        public void line(String text) {
            lines.add(text);
        }

        @Override
        public void over(String refusal) {
            assertThat(over).isNull();
            over = refusal;
        }

        @Override
        public boolean isGone() {
            return isGone;
        }
    }

    private Ear trace(boolean retryRecipients) {
        var ear = new Ear();
        bench.room.trace(Bench.queue(QUEUE), retryRecipients, ear);
        bench.stage.settle();
        return ear;
    }

    private int openings() {
        return bench.openings.getOrDefault(Bench.queue(QUEUE), 0);
    }

    private void putInRetry(int recipients) {
        bench.connecting = (queue, n) -> Bench.DEAD;
        for (int i = 0; i < recipients; i++) {
            bench.submit(to(QUEUE, i + "@a.com"));
        }
        bench.stage.advanceMillis(2_000);
        assertThat(bench.view(QUEUE).reason().cause()).isEqualTo(Wait.Cause.QUEUE_RETRY);
    }

    @Test
    void aTrialIsMadeThoughTheQueueWaitsAndADeliveryEndsTheWait() {
        putInRetry(1);
        bench.connecting = (queue, n) -> null;

        Ear ear = trace(false);
        bench.stage.advanceMillis(1_000);

        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
        bench.stage.advanceMillis(10_000);
        assertThat(ear.over).isEmpty();
        assertThat(ear.lines).containsExactly("done " + QUEUE);
    }

    @Test
    void aTrialThatFailsIsOneConnectionAndTakesTheNextWait() {
        putInRetry(50);
        int before = openings();

        Ear ear = trace(false);
        bench.stage.advanceMillis(5_000);

        assertThat(openings()).isEqualTo(before + 1);
        assertThat(ear.lines)
                .containsExactly(
                        "the attempt failed: " + Bench.DEAD.text(),
                        "the queue waits 1200 s (config:6)",
                        "done " + QUEUE);
        assertThat(ear.over).isEmpty();
        var failed = (QueueEvent.Failed) bench.spool.queueEvents.getLast();
        assertThat(failed.nextDueMillis() - failed.atMillis()).isEqualTo(20 * MINUTE);
    }

    @Test
    void whileTheQueueWaitsTheTrialsSessionAloneIsServed() {
        putInRetry(50);
        bench.connecting = (queue, n) -> null;
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        int before = openings();

        Ear ear = trace(false);
        bench.stage.advanceMillis(20_000);

        assertThat(openings()).isEqualTo(before + 1);
        assertThat(bench.remotes.getLast().carried).isEqualTo(50);
        assertThat(ear.over).isEmpty();
        assertThat(bench.view(QUEUE).retryMillis()).isGreaterThan(bench.stage.millis());
    }

    @Test
    void anEmptyAndAPausedQueueSaySo() {
        assertThat(trace(false).over).isEqualTo("queue " + QUEUE + " is empty: no mail waits in it");

        bench.room.pause(QueuePattern.of(QUEUE), true, "command", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        bench.submit(to(QUEUE, "1@a.com"));

        assertThat(trace(false).over)
                .isEqualTo(
                        "queue " + QUEUE + " is paused (paused by command); resume queue " + QUEUE + " lets it go on");
        assertThat(openings()).isZero();
    }

    @Test
    void recipientsThatWereDeferredAreTriedWhereTheyAreAskedFor() {
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.submit(to(QUEUE, "1@a.com"));
        bench.stage.advanceMillis(20_000);
        assertThat(bench.attempted).hasSize(1);

        assertThat(trace(false).over).contains("--retry-recipients");
        bench.stage.advanceMillis(1_000);
        assertThat(bench.attempted).hasSize(1);

        Ear ear = trace(true);
        bench.stage.advanceMillis(20_000);
        assertThat(bench.attempted).hasSize(2);
        assertThat(ear.over).isEmpty();
    }

    @Test
    void aLimitThatHoldsItIsNamedWithItsLineAndNothingIsOpened() {
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        bench.serviceNanos = 60_000_000_000L;
        bench.submit(to(QUEUE, "1@a.com"));
        bench.submit(to(QUEUE, "2@a.com"));
        bench.stage.advanceMillis(1_000);
        assertThat(openings()).isEqualTo(1);

        Ear ear = trace(false);

        assertThat(ear.over).startsWith("held by max-smtp-out of queue " + QUEUE + " (config:");
        assertThat(openings()).isEqualTo(1);
    }

    @Test
    void aTrialGetsAConnectionOfItsOwnBesideTheOthers() {
        bench.serviceNanos = 5_000_000_000L;
        bench.submit(to(QUEUE, "1@a.com"));
        bench.submit(to(QUEUE, "2@a.com"));
        bench.stage.advanceMillis(10);
        int before = openings();

        Ear ear = trace(false);
        bench.stage.advanceMillis(60_000);

        assertThat(openings()).isEqualTo(before + 1);
        assertThat(ear.over).isEmpty();
    }

    @Test
    void oneTraceOfAQueueAtATime() {
        bench.serviceNanos = 60_000_000_000L;
        putInRetry(1);
        bench.connecting = (queue, n) -> null;
        trace(false);
        bench.stage.advanceMillis(100);
        bench.submit(to(QUEUE, "2@a.com"));

        assertThat(trace(false).over).contains("is being traced already");
    }

    @Test
    void whoLeavesEndsTheTracingAndNotTheDelivery() {
        putInRetry(1);
        bench.connecting = (queue, n) -> null;
        bench.serviceNanos = 5_000_000_000L;
        Ear ear = trace(false);
        bench.stage.advanceMillis(100);

        ear.isGone = true;
        bench.room.leave(Bench.queue(QUEUE), ear);
        bench.stage.advanceMillis(30_000);

        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void whoeverWatchesHearsOfSessionsAsTheyComeAndNoAttemptIsMadeForIt() {
        var ear = new Ear();
        bench.room.watch(Bench.queue(QUEUE), ear);
        bench.stage.settle();
        assertThat(ear.lines).containsExactly("watching " + QUEUE + ": 0 recipients wait");
        assertThat(openings()).isZero();

        bench.submit(to(QUEUE, "1@a.com"));
        bench.stage.advanceMillis(30_000);

        assertThat(ear.lines).last().isEqualTo("(1) done " + QUEUE);
        assertThat(ear.over).isNull();
    }
}
