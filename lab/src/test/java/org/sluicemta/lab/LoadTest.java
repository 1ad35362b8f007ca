package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoadTest {
    private static ReceiverModel plain() {
        return ReceiverModel.accepting("plain", "mx.example.com");
    }

    @Test
    void everyMessageIsAcceptedOnceOverAGoodWire() {
        var stage = new Stage(1, plain(), 4, 200, 0).run();

        assertThat(stage.load.settled()).isEqualTo(200);
        assertThat(stage.acceptedRecipients()).hasSize(200).doesNotHaveDuplicates();
        assertThat(stage.handed).noneMatch(Load.Handed::isInDoubt);
        assertThat(stage.load.sessionsLost()).isZero();
    }

    @Test
    void aMessageWhoseSessionBrokeIsHandedOverAgainUnderTheSameName() {
        for (long seed = 10; seed < 30; seed++) {
            var stage = new Stage(seed, plain(), 3, 60, 0);
            stage.wire().resets(0.5).breaksWithin(20_000);
            stage.run();

            assertThat(stage.acceptedRecipients())
                    .as("seed %d: accepted", seed)
                    .hasSize(60)
                    .doesNotHaveDuplicates();
            assertThat(stage.receivedRecipients())
                    .as("seed %d: what was accepted has arrived", seed)
                    .containsAll(stage.acceptedRecipients());
            long doubts = stage.handed.stream().filter(Load.Handed::isInDoubt).count();
            assertThat(stage.receipts.size() - 60L)
                    .as("seed %d: twice only what was in doubt", seed)
                    .isBetween(0L, doubts);
        }
    }

    @Test
    void onlyRecipientsWithoutAnAnswerAreHandedOverAgain() {
        var small = new ReceiverModel("small", "mx.example.com", 0, Duration.ZERO, 0, 0, Duration.ZERO, 0, null, 1);
        var stage = new Stage(
                        2, _ -> small, 2, 10, 0, n -> Stage.to(n, "a" + n + "@example.com", "b" + n + "@example.com"))
                .run();

        assertThat(stage.receivedRecipients()).hasSize(20).doesNotHaveDuplicates();
        assertThat(stage.acceptedRecipients()).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void aRefusedRecipientIsSettledAndNotTriedAgain() {
        var stage = new Stage(3, plain().refusing(0, 1000), 2, 15, 0).run();

        assertThat(stage.refused()).isEqualTo(15);
        assertThat(stage.receipts).isEmpty();
    }

    @Test
    void aRateIsAScheduleThatDoesNotDependOnTheServer() {
        var stage = new Stage(4, plain(), 4, 50, 10).run();

        long first = stage.receipts.getFirst().atNanos();
        long last = stage.receipts.getLast().atNanos();
        assertThat(Duration.ofNanos(last - first)).isBetween(Duration.ofMillis(4800), Duration.ofMillis(5100));
        assertThat(stage.load.started()).isEqualTo(50);
    }

    @Test
    void aStallingServerShowsAsLateStartsAndInTheLatency() {
        var stage = new Stage(5, plain().slow(Duration.ofSeconds(1)), 1, 20, 10).run();

        assertThat(stage.load.lateStarts()).isGreaterThan(15);
        assertThat(stage.handed.getLast().sinceNanos())
                .isGreaterThan(Duration.ofSeconds(15).toNanos());
    }

    @Test
    void nobodyListeningIsSaidAndTriedAgain() {
        var stage = new Stage(6, plain(), 2, 5, 0);
        stage.wire().refuses(1);
        stage.start();
        stage.universe.advance(Duration.ofSeconds(5));
        assertThat(stage.load.trouble()).startsWith("no connection");
        assertThat(stage.isDone).isFalse();

        stage.wire().refuses(0);
        stage.universe.runUntil(() -> stage.isDone, Stage.LIMIT);

        assertThat(stage.acceptedRecipients()).hasSize(5);
    }

    @Test
    void aStopFinishesWhatIsInTransferAndEndsTheSessions() {
        var stage = new Stage(7, plain(), 3, 1_000_000, 0);
        stage.start();
        stage.universe.runUntil(() -> stage.receipts.size() > 50, Stage.LIMIT);
        stage.loop.post(stage.load::stop);
        stage.universe.runUntil(() -> stage.load.open() == 0, Stage.LIMIT);

        assertThat(stage.receivedRecipients()).containsExactlyInAnyOrderElementsOf(stage.acceptedRecipients());
        assertThat(stage.receiver.counts().openConnections).isZero();
    }
}
