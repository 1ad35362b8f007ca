package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoBookTest {
    private static final String ANN = "ann@roomy.example";
    private final DemoBook book = new DemoBook("r");

    private void accepted(String name, String recipient, boolean isInDoubt) {
        var message = new LoadMessage(1, name, "a@sender.example", List.of(recipient), new byte[0]);
        book.handed(new Load.Handed(message, isInDoubt ? List.of() : List.of(recipient), 0, isInDoubt, 1), 1_000_000);
    }

    private void received(String name, String recipient, String source) {
        book.received(new Receipt("x", recipient, name, "", source, 100, false, false, 5_000_000));
    }

    private void row(String type, String name, String recipient) {
        book.row(new AccountTail.Row(Map.of(
                "type", type, "envId", name, "rcpt", recipient, "vmta", "news1", "queue", "roomy.example/news1")));
    }

    private List<DemoBook.Check> failing(boolean crashed) {
        return book.audit(crashed).stream().filter(check -> !check.holds()).toList();
    }

    private void delivered(String name) {
        accepted(name, ANN, false);
        received(name, ANN, DemoScene.NEWS_1);
        row("d", name, ANN);
    }

    @Test
    void aDeliveryThatAllTellAlikeHolds() {
        delivered("r-1");

        assertThat(failing(false)).isEmpty();
        assertThat(book.tally(DemoScene.Place.ROOMY).inQueueMillis(50)).isEqualTo(4);
    }

    @Test
    void bouncedAndWaitingRecipientsAreAccountedFor() {
        accepted("r-1", ANN, false);
        row("b", "r-1", ANN);
        accepted("r-2", ANN, false);
        book.waiting("r-2", ANN);

        assertThat(failing(false)).isEmpty();
        assertThat(book.tally(DemoScene.Place.ROOMY).waiting()).isEqualTo(1);
    }

    @Test
    void aRecipientOfWhomNobodyKnowsIsLost() {
        accepted("r-1", ANN, false);

        assertThat(failing(false)).singleElement().satisfies(check -> {
            assertThat(check.question()).startsWith("every accepted recipient");
            assertThat(check.examples()).containsExactly("r-1 " + ANN);
        });
    }

    @Test
    void aSecondCopyIsAFaultUnlessItWasInDoubtOrTheServerWasKilled() {
        delivered("r-1");
        received("r-1", ANN, DemoScene.NEWS_1);

        assertThat(failing(false)).singleElement().matches(c -> c.question().contains("twice"));
        assertThat(failing(true)).isEmpty();

        accepted("r-1", ANN, true);
        assertThat(failing(false)).isEmpty();
        assertThat(book.repeatedCopies()).isEqualTo(1);
    }

    @Test
    void twoFinalRowsAreAFault() {
        delivered("r-1");
        row("b", "r-1", ANN);

        assertThat(failing(false)).singleElement().matches(c -> c.question().contains("two final rows"));
    }

    @Test
    void arrivalWithoutARowAndARowWithoutArrivalAreFaults() {
        accepted("r-1", ANN, false);
        received("r-1", ANN, DemoScene.NEWS_1);
        assertThat(failing(false)).singleElement().matches(c -> c.question().contains("rows (d)"));

        row("d", "r-1", ANN);
        assertThat(failing(false)).isEmpty();

        accepted("r-2", ANN, false);
        book.waiting("r-2", ANN);
        row("d", "r-2", ANN);
        assertThat(failing(false)).hasSize(2);
    }

    @Test
    void aCopyFromAForeignAddressIsAFault() {
        accepted("r-1", ANN, false);
        received("r-1", ANN, "127.0.0.1");
        row("d", "r-1", ANN);

        assertThat(failing(false)).singleElement().matches(c -> c.question().contains("own address"));
    }

    @Test
    void mailThatNobodyHandedOverIsAFault() {
        received("r-9", ANN, DemoScene.NEWS_1);
        row("d", "r-9", ANN);

        assertThat(failing(false)).singleElement().matches(c -> c.question().contains("not accepted"));
    }

    @Test
    void anotherRunsMailIsLeftOut() {
        received("other-1", ANN, DemoScene.NEWS_1);
        row("d", "other-1", ANN);

        assertThat(failing(false)).isEmpty();
        assertThat(book.strangers()).isEqualTo(1);
    }

    @Test
    void theMostWithinAWindowIsHalfOpen() {
        for (long at : new long[] {0, 400, 999, 1000, 1500}) {
            book.received(new Receipt("x", "u" + at + "@slow.example", "r-1", "", "1", 1, false, false, at));
        }

        assertThat(book.tally(DemoScene.Place.SLOW).mostWithin(1000)).isEqualTo(3);
        assertThat(book.tally(DemoScene.Place.SLOW).mostWithin(1001)).isEqualTo(4);
    }
}
