package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.QueueFailure;
import org.sluicemta.smtp.ClientLogin;

class AttemptTest {
    private static final String TO = "b@example.net";

    private final DeliverStage stage = new DeliverStage();

    private QueueFailure failureOf(DeliverStage.FakeOpening opening) {
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNotNull();
        return opening.failure;
    }

    private void endedInOrder(DeliverStage.FakeOpening opening) {
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
        assertThat(stage.server.slicesOut()).isZero();
    }

    // --- hosts

    @Test
    void aMessageIsCarriedAndTheIdleSessionQuitsOfItself() {
        stage.first.listens();
        var mail = stage.mail(TO);

        var opening = stage.open();

        assertThat(mail.only()).isInstanceOfSatisfying(Outcome.Delivered.class, taken -> {
            assertThat(taken.status()).isEqualTo("2.0.0");
            assertThat(taken.diagnostic()).isEqualTo("smtp;250 2.0.0 taken");
            assertThat(taken.remote().remoteIp()).isEqualTo("192.0.2.10");
        });
        assertThat(opening.ends).isZero();
        stage.pass(Duration.ofSeconds(5));
        endedInOrder(opening);
        assertThat(stage.shard.leaving).containsExactly(opening);
        assertThat(stage.first.heard).last().isEqualTo("QUIT");
    }

    @Test
    void aHostThatRefusesTheConnectionIsPassedOver() {
        stage.second.listens();
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.shard.notes)
                .first()
                .asString()
                .startsWith("ECONNREFUSED connecting to ")
                .contains("192.0.2.10");
    }

    @Test
    void aDeadHostIsRememberedByTheNextAttempt() {
        stage.second.listens();
        stage.mail(TO);
        stage.open();
        stage.mail(TO);
        stage.open();

        assertThat(stage.shard.notes)
                .filteredOn(note -> note.startsWith("ECONNREFUSED"))
                .hasSize(1);
        assertThat(stage.second.clients).hasSize(2);
    }

    @Test
    void whenNoHostCanBeReachedTheQueueHasFailed() {
        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
        assertThat(failure.status()).isEqualTo("4.4.1");
        assertThat(failure.text()).startsWith("ECONNREFUSED connecting to ").contains("192.0.2.11");
    }

    @Test
    void whenAllHostsRestTheyAreTriedAllTheSame() {
        stage.open();
        stage.second.listens();
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
    }

    @Test
    void noMoreHostsAreTriedThanMxConnectionAttemptsAllows() {
        stage.wishes.put("mx-connection-attempts", 1);
        stage.second.listens();

        assertThat(failureOf(stage.open()).text()).contains("192.0.2.10");
        assertThat(stage.second.clients).isEmpty();
    }

    @Test
    void aHostListThatCannotBeReadFailsTheQueueWithItsWords() {
        stage.wishes.put("hosts", "[no address]");

        assertThat(failureOf(stage.open()).status()).isEqualTo("4.3.5");
    }

    // --- source addresses

    @Test
    void sourceAddressesTakeTurnsWhateverHostsRest() {
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.second.listens();
        for (int i = 0; i < 4; i++) {
            stage.mail(TO);
            stage.open();
        }

        assertThat(stage.second.clients)
                .containsExactly("198.51.100.1", "198.51.100.2", "198.51.100.1", "198.51.100.2");
    }

    @Test
    void anAddressThatCannotBeBoundIsDisabledAndAnotherListedOneTaken() {
        stage.sources = List.of("203.0.113.7", "198.51.100.2");
        stage.first.listens();
        stage.mail(TO);
        stage.open();
        stage.mail(TO);
        stage.open();

        assertThat(stage.first.clients).containsExactly("198.51.100.2", "198.51.100.2");
        assertThat(stage.shard.notes)
                .filteredOn(note -> note.contains("cannot be bound"))
                .hasSize(1);
    }

    @Test
    void mailNeverLeavesByAnAddressThatIsNotListed() {
        stage.sources = List.of("203.0.113.7");
        stage.first.listens();
        stage.second.listens();

        assertThat(failureOf(stage.open()).text()).contains("no usable source address of virtual MTA m");
        assertThat(stage.first.clients).isEmpty();
        assertThat(stage.second.clients).isEmpty();
    }

    // --- before mail

    @Test
    void a5xxGreetingBouncesTheQueueUnlessForbidden() {
        stage.first.listens(line -> line.isEmpty() ? "554 5.7.1 go away" : "");
        stage.second.listens(line -> line.isEmpty() ? "554 5.7.1 go away" : "");
        QueueFailure failure = failureOf(stage.open());
        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.PERMANENT);
        assertThat(failure.status()).isEqualTo("5.7.1");
        assertThat(failure.diagnostic()).isEqualTo("smtp;554 5.7.1 go away");

        stage.wishes.put("bounce-5xx-greeting", false);
        stage.made = null;
        assertThat(failureOf(stage.open()).kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
    }

    @Test
    void a421GreetingSendsTheAttemptToTheNextHost() {
        stage.first.listens(line -> line.isEmpty() ? "421 4.3.2 busy" : "");
        stage.second.listens();
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.shard.notes).first().asString().contains("\"421 4.3.2 busy\" as greeting");
    }

    @Test
    void aRefusedEhloIsAFailureOfTheQueue() {
        stage.wishes.put("hosts", "[192.0.2.10]:25");
        stage.first.listens(line -> line.startsWith("EHLO") ? "451 4.7.0 not now" : "");

        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
        assertThat(failure.text()).contains("to EHLO");
    }

    @Test
    void refusedStarttlsGoesOnInClearOnANewConnectionToTheSameHost() {
        stage.wishes.put("use-starttls", true);
        stage.first.listens(line -> line.equals("STARTTLS") ? "454 4.7.0 not now" : "");
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.first.clients).hasSize(2);
        stage.mail(TO);
        stage.open();
        assertThat(stage.first.clients).as("remembered").hasSize(3);
    }

    @Test
    void aHostThatHangsUpOnStarttlsGetsItsMailInClear() {
        stage.wishes.put("use-starttls", true);
        stage.first.listens(line -> line.equals("STARTTLS") ? null : "");
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.second.clients).isEmpty();
    }

    @Test
    void whereTlsIsRequiredNothingGoesInClear() {
        stage.wishes.put("require-starttls", true);
        stage.first.listens(line -> line.equals("STARTTLS") ? "454 4.7.0 not now" : "");
        stage.second.listens(line -> line.startsWith("EHLO") ? "250 mx" : "");
        stage.mail(TO);

        assertThat(failureOf(stage.open()).status()).startsWith("4.7.");
        assertThat(stage.first.heard).noneMatch(line -> line.startsWith("MAIL"));
        assertThat(stage.second.heard).noneMatch(line -> line.startsWith("MAIL"));
        assertThat(stage.shard.mail).hasSize(1);
    }

    @Test
    void aRowSaysWhyTlsKeptMailFromAHost() {
        stage.wishes.put("hosts", "[192.0.2.10]:25");
        stage.wishes.put("require-starttls", true);
        stage.first.listens(line -> line.equals("STARTTLS") ? "454 4.7.0 not now" : "");

        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.status()).isEqualTo("4.7.5");
        assertThat(failure.diagnostic()).startsWith("X-Sluice;TLS with ").contains("454 4.7.0 not now");
    }

    @Test
    void aSessionLogsInBeforeItsFirstEnvelope() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH PLAIN"
                : line.startsWith("AUTH") ? "235 2.7.0 welcome" : "");
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.first.heard.get(1)).startsWith("AUTH PLAIN ");
    }

    @Test
    void aRefusedLogInFailsTheQueueAndIsNotTriedAtTheNextHost() {
        stage.wishes.put("login", new ClientLogin("joe", "pass word", true));
        stage.first.listens(line -> line.startsWith("EHLO")
                ? "250-mx\r\n250 AUTH PLAIN"
                : line.startsWith("AUTH") ? "535 5.7.8 who are you" : "");
        stage.second.listens();
        stage.mail(TO);

        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
        assertThat(failure.diagnostic()).isEqualTo("smtp;535 5.7.8 who are you");
        assertThat(failure.text()).contains("to AUTH").doesNotContain("pass word");
        assertThat(stage.second.clients).isEmpty();
        assertThat(stage.shard.mail).hasSize(1);
    }

    @Test
    void withoutALogInThatMayBeUsedNothingIsSent() {
        stage.wishes.put("hosts", "[192.0.2.10]:25");
        stage.wishes.put("login", new ClientLogin("joe", "pass word", false));
        stage.first.listens(line -> line.startsWith("EHLO") ? "250-mx\r\n250 AUTH PLAIN LOGIN" : "");
        stage.mail(TO);

        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
        assertThat(failure.status()).isEqualTo("4.7.0");
        assertThat(failure.diagnostic()).contains("PLAIN LOGIN").contains("in clear");
        assertThat(stage.first.heard).noneMatch(line -> line.startsWith("AUTH") || line.startsWith("MAIL"));
    }

    // --- in the dialogue

    @Test
    void a421ToARecipientDefersItAndTheOthersGoOn() {
        stage.first.listens(line -> line.contains("<c@") ? "421 4.7.0 slow down" : "");
        var mail = stage.mail(TO, "c@example.net");

        stage.open();

        assertThat(mail.outcomes.get(0)).isInstanceOf(Outcome.Delivered.class);
        assertThat(mail.outcomes.get(1))
                .isInstanceOfSatisfying(
                        Outcome.Deferred.class,
                        later -> assertThat(later.diagnostic()).isEqualTo("smtp;421 4.7.0 slow down"));
        assertThat(stage.first.clients).hasSize(1);
    }

    @Test
    void a421CanMeanThatTheHostIsNotAvailable() {
        stage.wishes.put("421-unavailable", true);
        stage.first.listens(line -> line.startsWith("RCPT") ? "421 4.7.0 slow down" : "");
        stage.second.listens();
        var mail = stage.mail(TO);
        var again = stage.mail(TO);

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Untouched.class);
        assertThat(again.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.second.clients).hasSize(1);
    }

    @Test
    void aConnectionLostBehindTheDotDefersForNobodyKnows() {
        stage.wishes.put("hosts", "[192.0.2.10]:25");
        stage.first.listens(line -> line.equals(".") ? null : "");
        var mail = stage.mail(TO);

        stage.open();

        assertThat(mail.only())
                .isInstanceOfSatisfying(
                        Outcome.Deferred.class,
                        later -> assertThat(later.status()).isEqualTo("4.4.2"));
    }

    @Test
    void aConnectionLostBeforeAnyAnswerIsTheHostsFailureAndTheMailGoesToTheNext() {
        stage.first.listens(line -> line.startsWith("MAIL") ? null : "");
        stage.second.listens();
        var mail = stage.mail(TO);
        var again = stage.mail(TO);

        var opening = stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Untouched.class);
        assertThat(again.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(opening.ends).isZero();
    }

    @Test
    void contentThatWasSentIsToldAlsoWhereItIsRefusedThen() {
        stage.first.listens(line -> line.equals(".") ? "554 5.6.0 no" : "");
        var sent = stage.mail(TO);
        stage.open();
        assertThat(sent.only()).isInstanceOf(Outcome.Bounced.class);
        assertThat(sent.contentBytes).isPositive();

        stage.first.listens(line -> line.startsWith("RCPT") ? "550 5.1.1 no" : "");
        var unsent = stage.mail(TO);
        stage.open();
        assertThat(unsent.only()).isInstanceOf(Outcome.Bounced.class);
        assertThat(unsent.contentBytes).isZero();
    }

    @Test
    void whatARemoteRefusesStandsAmongTheEventsOfTheQueue() {
        stage.first.listens(line -> line.startsWith("RCPT") ? "550 5.1.1 no such user" : "");
        stage.mail(TO);
        stage.open();

        assertThat(stage.shard.refusals).containsExactly("Error: \"550 5.1.1");
        assertThat(stage.shard.notes.getLast())
                .startsWith("Error: \"550 5.1.1 no such user\" while connected")
                .contains(" to [192.0.2.10] (192.0.2.10)");
    }

    /// Where all of a million is refused, a note of each would be work for nothing: it replaces the one before.
    @Test
    void refusalsOfOneKindAreNotedOnceASecondOfASession() {
        stage.first.listens(line ->
                line.startsWith("RCPT") ? line.contains("full") ? "452 4.2.2 full" : "550 5.1.1 no such user" : "");
        for (int i = 0; i < 50; i++) {
            stage.mail(TO);
        }
        stage.open();

        assertThat(stage.shard.refusals).containsExactly("Error: \"550 5.1.1");
    }

    @Test
    void threeClosesInARowWithoutAnAcceptanceFailTheQueue() {
        stage.first.listens(line -> line.equals("DATA") ? null : "");
        for (int i = 0; i < 2; i++) {
            var mail = stage.mail(TO);
            endedInOrder(stage.open());
            assertThat(mail.only()).isInstanceOf(Outcome.Untouched.class);
        }
        stage.mail(TO);

        QueueFailure failure = failureOf(stage.open());

        assertThat(failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
        assertThat(failure.text()).startsWith("EDISCON in connection to ").contains("3 times in a row");
    }

    @Test
    void anAcceptanceInBetweenForgivesTheCloses() {
        boolean[] isBad = {true};
        stage.wishes.put("max-msg-per-connection", 1);
        stage.first.listens(line -> line.equals("DATA") && isBad[0] ? null : "");
        for (int i = 0; i < 6; i++) {
            isBad[0] = i % 3 != 2;
            stage.mail(TO);
            assertThat(stage.open().failure).as("attempt %d", i).isNull();
        }
    }

    @Test
    void aRemoteThatClosesAnIdleSessionIsNoFailure() {
        for (int i = 0; i < 5; i++) {
            stage.first.listens();
            var opening = stage.open();
            assertThat(opening.ends).isZero();
            stage.pass(Duration.ofSeconds(10));
            endedInOrder(opening);
        }
    }

    // --- the life of a session

    @Test
    void aSessionEndsAfterMaxMsgPerConnection() {
        stage.wishes.put("max-msg-per-connection", 2);
        stage.first.listens();
        stage.mail(TO);
        stage.mail(TO);
        stage.mail(TO);

        endedInOrderAfterTwo(stage.open());
        assertThat(stage.shard.mail).hasSize(1);
    }

    private void endedInOrderAfterTwo(DeliverStage.FakeOpening opening) {
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
        assertThat(stage.first.heard).filteredOn(line -> line.equals(".")).hasSize(2);
    }

    @Test
    void withoutIdleTimeTheSessionQuitsAtOnceWhenThereIsNoMail() {
        stage.wishes.put("idle", Duration.ZERO);
        stage.first.listens();
        stage.mail(TO);

        endedInOrder(stage.open());
        assertThat(stage.first.heard).last().isEqualTo("QUIT");
    }

    @Test
    void aSessionThatMayNotIdleQuits() {
        stage.shard.mayIdle = false;
        stage.first.listens();
        stage.mail(TO);

        endedInOrder(stage.open());
    }

    @Test
    void mailThatComesWhileTheSessionRestsIsCarried() {
        stage.first.listens();
        var opening = stage.open();
        var late = stage.mail(TO);
        stage.shard.mail.clear();
        stage.shard.carryNow(late);
        stage.pass(Duration.ofSeconds(1));

        assertThat(late.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(opening.ends).isZero();
    }

    @Test
    void mailHandedToASessionThatQuitsGoesBackUntouched() {
        stage.first.listens(line -> line.equals("QUIT") ? "250 let me think" : "");
        var opening = stage.open();
        var carrier = stage.shard.lastCarrier;
        assertThat(carrier).isNotNull();
        stage.loop.post(carrier::retire);
        stage.pass(Duration.ofNanos(50_000));
        var late = stage.mail(TO);
        stage.shard.mail.clear();
        stage.shard.carryNow(late);
        stage.pass(Duration.ofSeconds(10));

        assertThat(late.only()).isInstanceOf(Outcome.Untouched.class);
        assertThat(opening.ends).isEqualTo(1);
    }

    @Test
    void anAbortSettlesAndEndsOnce() {
        stage.first.listens(line -> line.startsWith("RCPT") ? "" : "");
        var mail = stage.mail(TO);
        var opening = new DeliverStage.FakeOpening();
        stage.loop.post(() -> stage.delivery().open(DeliverStage.QUEUE, opening));
        while (mail.outcomes.isEmpty() && stage.first.heard.stream().noneMatch(line -> line.startsWith("MAIL"))) {
            stage.universe.step();
        }
        stage.loop.post(() -> stage.delivery().abort());
        stage.pass(Duration.ofSeconds(5));

        assertThat(mail.outcomes).hasSize(1);
        endedInOrder(opening);
        assertThat(stage.delivery().connections()).isZero();
    }

    @Test
    void anAbortBeforeAnythingStandsEndsAtOnce() {
        stage.first.listens();
        var opening = new DeliverStage.FakeOpening();
        stage.loop.post(() -> {
            stage.delivery().open(DeliverStage.QUEUE, opening);
            stage.loop.post(() -> stage.delivery().abort());
        });
        stage.pass(Duration.ofSeconds(5));

        endedInOrder(opening);
        assertThat(stage.first.heard).noneMatch(line -> line.startsWith("MAIL"));
    }

    @Test
    void anEnvelopeIdOfAnyTextCanStandInACommand() {
        assertThat(Attempt.xtext("QQ314159")).isEqualTo("QQ314159");
        assertThat(Attempt.xtext("e 1=\u00e9")).isEqualTo("e+201+3D+C3+A9");
        assertThat(Attempt.xtext("\u00e9".repeat(500))).hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void addressesThatCannotStandInACommandBounceAndDoNoHarm() {
        stage.first.listens();
        var odd = stage.mail("a b\r\nDATA@example.net");
        var good = stage.mail(TO);

        stage.open();

        assertThat(odd.only())
                .isInstanceOfSatisfying(
                        Outcome.Bounced.class, no -> assertThat(no.status()).isEqualTo("5.6.0"));
        assertThat(good.only()).isInstanceOf(Outcome.Delivered.class);
    }
}
