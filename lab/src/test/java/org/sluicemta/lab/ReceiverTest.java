package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReceiverTest {
    private static ReceiverModel plain() {
        return ReceiverModel.accepting("plain", "mx.example.com");
    }

    @Test
    void anAcceptingReceiverTellsEveryCopyWithItsFacts() {
        var stage = new Stage(1, plain(), 3, 20, 0).run();

        assertThat(stage.receipts).hasSize(20);
        assertThat(stage.receivedRecipients()).doesNotHaveDuplicates();
        Receipt one = stage.receipts.getFirst();
        assertThat(one.receiver()).isEqualTo("plain");
        assertThat(one.reversePath()).isEqualTo(Stage.FROM);
        assertThat(one.sourceAddress()).isEqualTo("10.0.0.1");
        assertThat(one.messageName()).startsWith("test-");
        assertThat(one.isSecured()).isFalse();
        assertThat(stage.receipts).noneMatch(Receipt::isDamaged);
        assertThat(stage.receiver.counts().messages).isEqualTo(20);
    }

    @Test
    void aBodyThatDoesNotFitItsDigestIsDamaged() {
        var stage = new Stage(2, _ -> plain(), 1, 1, 0, n -> {
                    LoadMessage whole = Stage.usual(n);
                    byte[] changed = whole.content().clone();
                    changed[changed.length - 10]++;
                    return new LoadMessage(n, whole.name(), whole.reversePath(), whole.recipients(), changed);
                })
                .run();

        assertThat(stage.receipts).singleElement().matches(Receipt::isDamaged);
    }

    @Test
    void aCapAnswers421AboveItAndCountsOnlyWhomItServes() {
        var stage = new Stage(3, plain().capping(2), 5, 30, 0).run();

        assertThat(stage.receiver.counts().mostFromOneSource).isEqualTo(2);
        assertThat(stage.receiver.counts().refusedConnections).isPositive();
        assertThat(stage.receivedRecipients()).hasSize(30).doesNotHaveDuplicates();
        assertThat(stage.load.trouble()).contains("421");
    }

    @Test
    void aGreylistPutsARecipientOffUntilItsTimeHasPassed() {
        var stage = new Stage(
                4, _ -> plain().greylisting(Duration.ofSeconds(30)), 1, 3, 0, n -> Stage.to(n, "ann@example.com"));
        stage.run();

        assertThat(stage.refused()).isEqualTo(3);
        assertThat(stage.receiver.counts().deferred).isEqualTo(3);

        var later = new Stage(
                4,
                _ -> plain().greylisting(Duration.ofSeconds(30)),
                1,
                3,
                1 / 40.0,
                n -> Stage.to(n, "ann@example.com"));
        later.run();

        assertThat(later.refused()).isEqualTo(1);
        assertThat(later.receivedRecipients()).hasSize(2);
    }

    @Test
    void sharesAreRefusedForGoodAndPutOffOnce() {
        var stage = new Stage(5, plain().refusing(100, 200), 4, 2000, 0).run();

        Receiver.Counts counts = stage.receiver.counts();
        assertThat(counts.rejected).isBetween(330L, 470L);
        assertThat(counts.deferred).isBetween(140L, 260L);
        assertThat(counts.recipients).isEqualTo(2000 - counts.rejected - counts.deferred);
        assertThat(stage.receivedRecipients()).containsExactlyInAnyOrderElementsOf(stage.acceptedRecipients());
    }

    @Test
    void aPutOffRecipientIsTakenAtItsSecondAttempt() {
        var stage = new Stage(6, _ -> plain().refusing(1000, 0), 1, 2, 0, n -> Stage.to(n, "ann@example.com")).run();

        assertThat(stage.refused()).isEqualTo(1);
        assertThat(stage.receivedRecipients()).containsExactly("ann@example.com");
    }

    @Test
    void aSlowReceiverTakesItsTimeForEachMessage() {
        var stage = new Stage(7, plain().slow(Duration.ofMillis(200)), 1, 10, 0).run();

        long took =
                stage.receipts.getLast().atNanos() - stage.receipts.getFirst().atNanos();
        assertThat(Duration.ofNanos(took)).isGreaterThanOrEqualTo(Duration.ofMillis(9 * 200));
    }

    @Test
    void aSilentCloserGivesItsLastReplyAndLosesNothing() {
        var stage = new Stage(8, plain().closingAfter(5), 1, 23, 0).run();

        assertThat(stage.receiver.counts().silentCloses).isEqualTo(4);
        assertThat(stage.acceptedRecipients()).hasSize(23);
        assertThat(stage.receivedRecipients()).containsExactlyInAnyOrderElementsOf(stage.acceptedRecipients());
    }

    @Test
    void recipientsAboveTheBoundOfATransactionComeInAnother() {
        var small = new ReceiverModel("small", "mx.example.com", 0, Duration.ZERO, 0, 0, Duration.ZERO, 0, null, 2);
        var stage = new Stage(
                        9, _ -> small, 1, 1, 0, n -> Stage.to(n, "a@example.com", "b@example.com", "c@example.com"))
                .run();

        assertThat(stage.receivedRecipients()).containsExactly("a@example.com", "b@example.com", "c@example.com");
        assertThat(stage.receiver.counts().messages).isEqualTo(2);
    }

    @Test
    void aMoodIsAnsweredAtItsStagesAndEachRefusalIsTold() {
        var stage = new Stage(10, plain(), 1, 3, 0);
        stage.receiver.mood(
                new Mood(Set.of(Refusal.Stage.MAIL), 421, "4.7.0 [TSS04] Messages from {source} temporarily deferred"));

        stage.run();

        assertThat(stage.receipts).isEmpty();
        assertThat(stage.refused()).isEqualTo(3);
        assertThat(stage.receiver.counts().deferred).isEqualTo(3);
        assertThat(stage.refusals).hasSize(3).allSatisfy(each -> {
            assertThat(each.stage()).isEqualTo(Refusal.Stage.MAIL);
            assertThat(each.code()).isEqualTo(421);
            assertThat(each.text()).isEqualTo("4.7.0 [TSS04] Messages from 10.0.0.1 temporarily deferred");
        });
    }

    @Test
    void aMoodAgainstConnectionsEndsWithIt() {
        var stage = new Stage(11, plain(), 1, 2, 0);
        stage.receiver.mood(new Mood(Set.of(Refusal.Stage.CONNECT), 421, "4.7.0 not now"));

        stage.start();
        stage.universe.runUntil(() -> stage.refusals.size() == 2, Stage.LIMIT);
        stage.receiver.mood(Mood.GOOD);
        stage.universe.runUntil(() -> stage.isDone, Stage.LIMIT);

        assertThat(stage.refusals).extracting(Refusal::stage).containsOnly(Refusal.Stage.CONNECT);
        assertThat(stage.receiver.counts().refusedConnections).isEqualTo(2);
        assertThat(stage.receipts).hasSize(2);
    }

    @Test
    void whoIsDismissedHearsGoodbyeAndMayComeAgain() {
        var stage = new Stage(12, plain(), 2, 40, 10);

        stage.start();
        stage.universe.runUntil(() -> stage.receipts.size() == 10, Stage.LIMIT);
        stage.receiver.dismiss();
        stage.universe.runUntil(() -> stage.isDone, Stage.LIMIT);

        assertThat(stage.load.sessionsLost()).isEqualTo(2);
        assertThat(stage.receivedRecipients()).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void aFieldIsFoundAtTheBeginningOfALineOnly() {
        String header = "Subject: X-Lab-Message: no\r\nX-Lab-Message: yes\r\n\r\n";

        assertThat(Receiver.field(header, "X-Lab-Message")).isEqualTo("yes");
        assertThat(Receiver.field(header, "Subject")).isEqualTo("X-Lab-Message: no");
        assertThat(Receiver.field(header, "Missing")).isEmpty();
    }

    @Test
    void theHashSpreadsNeighboursEvenly() {
        int[] thousandths = new int[10];
        for (int i = 0; i < 10_000; i++) {
            thousandths[Math.floorMod(Receiver.spread("user" + i + "@example.com"), 1000) / 100]++;
        }

        assertThat(List.of(java.util.Arrays.stream(thousandths).boxed().toArray(Integer[]::new)))
                .allMatch(n -> n > 850 && n < 1150);
    }
}
