package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackoffBookTest {
    private static final long SECOND = 1_000_000_000L;

    private final BackoffBook book = new BackoffBook();
    private final BackoffScene scene = new BackoffScene("r");

    /// Both domains' first copies before it, ten seconds of backoff with an attempt a second, both again after it.
    private void anOrdinaryRun() {
        delivered(0, 1);
        delivered(1, 1);
        book.modes(true, false, 10 * SECOND);
        for (int second = 11; second < 20; second++) {
            book.refused(refusal(Refusal.Stage.MAIL, second));
            book.row(row("t", recipient(3)));
        }
        book.refused(refusal(Refusal.Stage.CONNECT, 20));
        book.row(new AccountTail.Row(Map.of("type", "tq", "queue", BackoffScene.Place.MOODY.queue())));
        delivered(2, 15);
        book.modes(true, false, 20 * SECOND);
        book.modes(false, false, 21 * SECOND);
        delivered(3, 25);
    }

    private String recipient(long number) {
        return scene.message(number).recipients().getFirst();
    }

    private void handed(long number, long second) {
        LoadMessage message = scene.message(number);
        book.handed(new Load.Handed(message, message.recipients(), 0, false, 0), second * SECOND);
    }

    private void received(long number, long second) {
        book.received(new Receipt("x", recipient(number), "", "", "", 0, false, false, second * SECOND));
    }

    private void delivered(long number, long second) {
        handed(number, second);
        received(number, second);
        book.row(row("d", recipient(number)));
    }

    private static AccountTail.Row row(String type, String recipient) {
        return new AccountTail.Row(Map.of("type", type, "rcpt", recipient));
    }

    private static Refusal refusal(Refusal.Stage stage, long second) {
        return new Refusal("x", stage, "127.0.0.41", "", 421, "4.7.0 later", second * SECOND);
    }

    private List<String> broken() {
        return book.checks().stream()
                .filter(check -> !check.holds())
                .map(BackoffBook.Check::claim)
                .toList();
    }

    @Test
    void anOrdinaryRunHoldsEveryCheck() {
        anOrdinaryRun();

        assertThat(broken()).isEmpty();
    }

    @Test
    void moreAttemptsThanTheRateAllowsBreakACheck() {
        anOrdinaryRun();
        for (int i = 0; i < 20; i++) {
            book.refused(refusal(Refusal.Stage.MAIL, 15));
            book.row(row("t", recipient(3)));
        }

        assertThat(broken()).singleElement().asString().contains("backoff-max-msg-rate");
    }

    @Test
    void aSlowCopyOfTheOtherDomainBreaksACheck() {
        anOrdinaryRun();
        handed(4, 12);
        received(4, 16);
        book.row(row("d", recipient(4)));

        assertThat(broken()).singleElement().asString().contains("undisturbed");
    }

    @Test
    void aCopyTakenTwiceBreaksACheck() {
        anOrdinaryRun();
        received(3, 26);

        assertThat(broken()).singleElement().asString().contains("exactly once");
    }

    @Test
    void aRefusalWithoutARowBreaksACheck() {
        anOrdinaryRun();
        book.refused(refusal(Refusal.Stage.CONNECT, 23));

        assertThat(broken()).singleElement().asString().contains("tq row");
    }

    @Test
    void aQueueThatNeverWasInBackoffBreaksTheChecksAboutIt() {
        delivered(0, 1);
        delivered(1, 1);

        assertThat(broken()).hasSize(4);
    }
}
