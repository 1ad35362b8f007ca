package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.QueueAction;
import org.sluicemta.queue.QueueFailure;

/// Reply rules: SEMANTICS, "Replies"; syntax reference, section 8.
class ReplyRulesTest {
    private static final QueueAction.Lasting AS_CONFIGURED = QueueAction.Lasting.AsConfigured.AS_CONFIGURED;

    private static ReplyRules.Rule rule(String regex, ReplyRules.Action... actions) {
        return new ReplyRules.Rule(OperatorPattern.of(regex), List.of(actions), "config:7");
    }

    private static DeliverStage stage(ReplyRules.Rule... rules) {
        var stage = new DeliverStage();
        stage.wishes.put("smtp-pattern-list", new ReplyRules("rules", List.of(rules)));
        return stage;
    }

    private static String reply(String line, String verb, String text) {
        return line.startsWith(verb) ? text : "";
    }

    @Test
    void theFirstMatchWinsForEachKindOfAction() {
        var rules = new ReplyRules(
                "rules",
                List.of(
                        rule("busy", new ReplyRules.Action.Backoff(AS_CONFIGURED)),
                        rule("", new ReplyRules.Action.Normal(), new ReplyRules.Action.SkipMx())));

        ReplyRules.Verdict verdict = rules.judge("421 busy", false);

        assertThat(verdict.mode()).isEqualTo(Optional.of(new ReplyRules.Action.Backoff(AS_CONFIGURED)));
        assertThat(verdict.skipsMx()).isTrue();
        assertThat(rules.judge("421 other", false).mode()).isEqualTo(Optional.of(new ReplyRules.Action.Normal()));
    }

    @Test
    void aRuleForTheModeChangesTheQueueAndNeverTheFateOfTheRecipient() {
        var stage = stage(rule("blocked", new ReplyRules.Action.Backoff(AS_CONFIGURED)));
        stage.first.listens(line -> reply(line, "RCPT", "550 5.7.1 blocked by policy"));

        var mail = stage.mail("ann@example.net");
        stage.open();

        assertThat(stage.shard.actions)
                .singleElement()
                .isInstanceOfSatisfying(
                        QueueAction.Backoff.class,
                        backoff -> assertThat(backoff.reason()).contains("550 5.7.1 blocked by policy", "config:7"));
        assertThat(mail.outcomes).singleElement().isInstanceOf(Outcome.Bounced.class);
    }

    @Test
    void skipMxKeepsTheMailAfterAPermanentReplyAndTakesTheNextHost() {
        var stage = stage(rule("not here", new ReplyRules.Action.SkipMx()));
        stage.first.listens(line -> reply(line, "RCPT", "550 5.7.1 not here"));
        stage.second.listens(line -> "");

        var first = stage.mail("ann@example.net");
        stage.open();
        assertThat(first.outcomes).singleElement().isInstanceOf(Outcome.Untouched.class);
        assertThat(stage.shard.notes)
                .anySatisfy(note ->
                        assertThat(note).startsWith("skip of MX requested: \"550 5.7.1 not here\" received from"));

        var again = stage.mail("ann@example.net");
        stage.open();
        assertThat(again.outcomes).singleElement().isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.second.heard).anyMatch(line -> line.startsWith("RCPT"));
    }

    @Test
    void whenEveryHostIsSkippedTheQueueHasFailed() {
        var stage = stage(rule("", new ReplyRules.Action.SkipMx()));
        stage.first.listens(line -> line.isEmpty() ? "421 busy" : "");
        stage.second.listens(line -> line.isEmpty() ? "554 no" : "");

        stage.mail("ann@example.net");
        var opening = stage.open();

        assertThat(opening.failure).isNotNull();
        assertThat(opening.failure.kind()).isEqualTo(QueueFailure.Kind.TRANSIENT);
    }

    @Test
    void bounceRcptTurnsATransientReplyToRcptIntoABounceAndNoOther() {
        var stage = stage(rule("full", new ReplyRules.Action.BounceRcpt()));
        stage.first.listens(line -> reply(line, "RCPT TO:<ann", "452 4.2.2 mailbox full"));
        var ann = stage.mail("ann@example.net");
        stage.open();
        assertThat(ann.outcomes)
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Bounced.class,
                        bounced -> assertThat(bounced.status()).isEqualTo("4.2.2"));

        var other = stage(rule("full", new ReplyRules.Action.BounceRcpt()));
        other.first.listens(line -> reply(line, "MAIL", "452 4.3.1 disk full"));
        var bob = other.mail("bob@example.net");
        other.open();
        assertThat(bob.outcomes).singleElement().isInstanceOf(Outcome.Deferred.class);
    }

    @Test
    void bounceQueueBouncesTheRecipientAndTellsTheQueue() {
        var stage = stage(rule("no longer", new ReplyRules.Action.BounceQueue()));
        stage.first.listens(line -> reply(line, "RCPT", "451 4.1.0 this domain takes mail no longer"));

        var mail = stage.mail("ann@example.net");
        stage.open();

        assertThat(mail.outcomes).singleElement().isInstanceOf(Outcome.Bounced.class);
        assertThat(stage.shard.actions)
                .containsExactly(new QueueAction.BounceAll("4.1.0", "smtp;451 4.1.0 this domain takes mail no longer"));
    }

    @Test
    void aSourceIsDisabledForTheTimeThatTheRuleSays() {
        var lasting = new QueueAction.Lasting.For(Duration.ofHours(2));
        var stage = stage(rule("\\[TSS04\\]", new ReplyRules.Action.DisableSource(lasting)));
        stage.sources = List.of("198.51.100.1");
        stage.first.listens(line -> line.isEmpty() ? "421 4.7.0 [TSS04] Messages temporarily deferred" : "");
        stage.second.listens(line -> "");

        stage.mail("ann@example.net");
        stage.open();

        assertThat(stage.shard.actions)
                .singleElement()
                .isInstanceOfSatisfying(QueueAction.DisableSource.class, disable -> {
                    assertThat(disable.address()).isEqualTo(DeliverStage.address("198.51.100.1"));
                    assertThat(disable.lasting()).isEqualTo(lasting);
                });
    }

    @Test
    void aQueueThatIsDeferredEndsItsSessionWithoutAFailureOfItsOwn() {
        var stage = stage(rule("later", new ReplyRules.Action.DeferQueue()));
        stage.first.listens(line -> line.isEmpty() ? "421 come back later" : "");

        stage.mail("ann@example.net");
        var opening = stage.open();

        assertThat(stage.shard.actions).singleElement().isInstanceOf(QueueAction.Defer.class);
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
    }

    @Test
    void rulesDoNotSeeOurOwnTextsNorRepliesThatAccept() {
        var stage = stage(rule("", new ReplyRules.Action.Backoff(AS_CONFIGURED)));
        stage.first.listens(line -> "");
        stage.mail("ann@example.net");
        stage.open();
        assertThat(stage.shard.actions).isEmpty();

        var dead = stage(rule("", new ReplyRules.Action.Backoff(AS_CONFIGURED)));
        dead.mail("ann@example.net");
        dead.open();
        assertThat(dead.shard.actions).isEmpty();
    }

    @Test
    void theEndOfASessionWaitsForTheVerdictOnItsLastReply() {
        var stage = stage(rule("nothing of the kind", new ReplyRules.Action.Normal()));
        stage.wishes.put("421-unavailable", true);
        stage.first.listens(line -> reply(line, "RCPT", "421 4.7.0 slow down, closing"));
        stage.second.listens();
        var mail = stage.mail("ann@example.net");
        var again = stage.mail("ann@example.net");

        var opening = stage.open();
        stage.pass(Duration.ofMinutes(1));

        assertThat(mail.outcomes).singleElement().isInstanceOf(Outcome.Untouched.class);
        assertThat(again.outcomes).singleElement().isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.second.clients).hasSize(1);
        assertThat(opening.ends).isEqualTo(1);
    }

    @Test
    void anOpeningForAVirtualMtaThatIsNotThereEnds() {
        var stage = new DeliverStage();
        var opening = stage.open(new QueueKey("example.net", "gone"));
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
    }

    @Test
    void anAttemptIsNotOverBeforeTheWorkersHaveAnswered() {
        // Hangs up with its refusal, so that the end of the session overtakes the worker.
        var stage = stage(rule("no", new ReplyRules.Action.Normal()));
        stage.first.listens(line -> reply(line, "RCPT", "421 no"));

        var mail = stage.mail("ann@example.net");
        var opening = stage.open();
        stage.pass(Duration.ofMinutes(2));

        assertThat(mail.outcomes).hasSize(1);
        assertThat(opening.ends).isEqualTo(1);
        assertThat(stage.shard.actions).hasSize(1);
    }

    @Test
    void rulesWaitForWorkersThatAreFull() {
        var stage = stage(rule("no", new ReplyRules.Action.SkipMx()));
        stage.first.listens(line -> reply(line, "RCPT", "550 no"));
        stage.refusedWorks = 10;

        var mail = stage.mail("ann@example.net");
        stage.open();

        assertThat(stage.refusedWorks).isZero();
        assertThat(mail.outcomes).singleElement().isInstanceOf(Outcome.Untouched.class);
    }

    @Test
    void aReplyThatNoWorkerLooksAtCountsAsNoMatchAndTheQueueSaysSo() {
        var stage = stage(rule("no", new ReplyRules.Action.SkipMx()));
        stage.first.listens(line -> reply(line, "RCPT", "550 no"));
        stage.refusedWorks = Integer.MAX_VALUE;

        var mail = stage.mail("ann@example.net");
        stage.open();
        assertThat(mail.outcomes).isEmpty();
        stage.pass(Duration.ofSeconds(5));

        assertThat(mail.outcomes).singleElement().isInstanceOf(Outcome.Bounced.class);
        assertThat(stage.shard.notes).anyMatch(note -> note.contains("counts as no match: the workers are full"));
    }

    @Test
    void aSessionEndsAfterSoManyRefusedRecipients() {
        var stage = new DeliverStage();
        stage.wishes.put("max-errors-per-connection", 2);
        stage.first.listens(line -> reply(line, "RCPT", "550 5.1.1 no such user"));
        for (int i = 0; i < 5; i++) {
            stage.mail(i + "@example.net");
        }
        stage.open();

        long attempted = stage.first.heard.stream()
                .filter(line -> line.startsWith("RCPT"))
                .count();
        assertThat(attempted).isBetween(2L, 3L);
        assertThat(stage.first.heard).contains("QUIT");
    }

    @Test
    void a553ToRcptWithoutACodeIsAnInvalidMailbox() {
        var stage = new DeliverStage();
        stage.first.listens(line -> reply(line, "RCPT", "553 sorry, that address is not allowed"));
        var mail = stage.mail("ann@example.net");
        stage.open();
        assertThat(mail.outcomes)
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Bounced.class,
                        bounced -> assertThat(bounced.status()).isEqualTo("5.1.1"));
    }

    @Test
    void anAddressThatIsDisabledWhileAConnectionWaitsForTheRateIsNotUsed() {
        var stage = new DeliverStage();
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.shard.pausedNanos = 5_000_000_000L;
        stage.second.listens();
        stage.mail("1@example.net");
        // The first host is not there; the call to the second one has to wait.
        stage.open();
        InetAddress used = stage.shard.usedSources.getFirst();
        stage.shard.closedSources.add(used);
        stage.shard.pausedNanos = 0;
        stage.pass(Duration.ofSeconds(6));
        assertThat(stage.shard.usedSources).hasSize(2);
        assertThat(stage.shard.usedSources.getLast()).isNotEqualTo(used);
        assertThat(stage.second.clients).hasSize(1);
    }

    @Test
    void theNewConnectionInClearLeavesByAnotherAddressIfItsOwnWasDisabled() {
        var stage = new DeliverStage();
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.wishes.put("use-starttls", true);
        stage.first.listens(line -> {
            if (!line.equals("STARTTLS")) {
                return "";
            }
            stage.shard.closedSources.addAll(stage.shard.usedSources);
            return "454 4.7.0 not now";
        });
        DeliverStage.FakeConsignment mail = stage.mail("1@example.net");
        stage.open();
        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.first.clients).hasSize(2);
        assertThat(stage.shard.usedSources.getLast()).isNotEqualTo(stage.shard.usedSources.getFirst());
    }

    @Test
    void anAddressThatTheQueueMayNotUseNowIsPassedOver() {
        var stage = new DeliverStage();
        stage.sources = List.of("198.51.100.1", "198.51.100.2");
        stage.shard.closedSources.add(DeliverStage.address("198.51.100.1"));
        stage.first.listens(line -> "");
        for (int i = 0; i < 3; i++) {
            stage.mail(i + "@example.net");
            stage.open();
        }
        assertThat(stage.shard.usedSources).containsOnly(DeliverStage.address("198.51.100.2"));

        stage.shard.closedSources.add(DeliverStage.address("198.51.100.2"));
        stage.mail("4@example.net");
        var opening = stage.open();
        assertThat(opening.failure)
                .as("no address free is no failure of the queue")
                .isNull();
        assertThat(opening.ends).isEqualTo(1);
    }
}
