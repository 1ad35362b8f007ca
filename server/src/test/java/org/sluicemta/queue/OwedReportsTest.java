package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.AcceptedRecipient.Notify;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.RecipientId;
import org.sluicemta.spool.StoredMessage;

/// Recipients that are settled but for their report.
class OwedReportsTest {
    private final Bench bench = new Bench(2);

    private static AcceptedRecipient asking(int notify) {
        AcceptedRecipient plain = to("a.com/m1", "1@a.com");
        return new AcceptedRecipient(plain.forwardPath(), plain.queue(), "", "", "", "", notify, 50, 0);
    }

    private OwedMail owed(StoredMessage message, Integer... indexes) {
        List<OwedMail> answers = new ArrayList<>();
        bench.room.owed(message.message().id(), List.of(indexes), bench.loops.getLast(), answers::add);
        bench.stage.advanceMillis(100);
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }

    private List<RecipientId> withoutEvent() {
        List<ForgottenReports> answers = new ArrayList<>();
        bench.room.owedWithoutEvent(1, bench.loops.getFirst(), answers::add);
        bench.stage.settle();
        return answers.getFirst().recipients();
    }

    private static RecipientId id(StoredMessage message, int index) {
        return new RecipientId(message.message().id(), index);
    }

    private boolean isOwed(RecipientEvent.What what) {
        return bench.events(what).getFirst().isReportOwed();
    }

    @Test
    void aMessageStaysUntilAllItsReportsAreAccepted() {
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        // Two queues, so that both shards may hold recipients of it.
        StoredMessage message =
                bench.submit(to("a.com/m1", "1@a.com"), to("b.com/m1", "2@b.com"), to("c.com/m1", "3@c.com"));
        bench.stage.advanceMillis(1_000);

        OwedMail mail = owed(message, 0, 1, 2, 3);
        assertThat(mail.indexes()).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(mail.stored()).isNotNull();
        assertThat(mail.stored().message()).isEqualTo(message.message());
        mail.stored().content().release();

        bench.room.reported(List.of(id(message, 0), id(message, 1)));
        bench.stage.advanceMillis(100);
        assertThat(bench.spool.reported).hasSize(2);
        assertThat(owed(message, 0, 1).indexes()).isEmpty();

        bench.room.reported(List.of(id(message, 2), id(message, 2), id(message, 0)));
        bench.stage.advanceMillis(100);
        assertThat(bench.spool.reported).hasSize(3);
        assertThat(bench.spool.released).isNotEmpty();
        assertThat(bench.spool.held).as("contents held in memory").isLessThanOrEqualTo(1);
        assertThat(bench.view("a.com/m1").reportsOwed()).isZero();
    }

    @Test
    void whoAsksForSuccessIsOwedAReportWhereTheRemoteSendsNone() {
        bench.submit(asking(Notify.SUCCESS));
        bench.stage.advanceMillis(1_000);
        assertThat(isOwed(RecipientEvent.What.DELIVERED)).isTrue();
        assertThat(bench.spool.released).isEmpty();
        assertThat(bench.view("a.com/m1").recipients()).isZero();
    }

    @Test
    void aRemoteWithDsnTellsOfSuccessItself() {
        var able = new Outcome.RemoteFacts("mx (192.0.2.1)", "192.0.2.1", "", "PIPELINING,DSN,SIZE", "smtp");
        bench.answers = (message, recipient) -> new Outcome.Delivered(able, "2.0.0", "smtp;250 ok");
        bench.submit(asking(Notify.SUCCESS));
        bench.stage.advanceMillis(1_000);
        assertThat(isOwed(RecipientEvent.What.DELIVERED)).isFalse();
    }

    @Test
    void noReportIsOwedWhereNobodyWantsIt() {
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        for (int notify : new int[] {
            Notify.NEVER, Notify.DELAY, Notify.SUCCESS, Notify.NO_LOCAL_REPORT, Notify.FAILURE | Notify.NO_LOCAL_REPORT
        }) {
            bench.submit(asking(notify));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED)).hasSize(5).noneMatch(RecipientEvent::isReportOwed);
    }

    @Test
    void aDomainMayBeWithoutReports() {
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        bench.policies.localReports = false;
        bench.adopt();
        bench.submit(asking(Notify.FAILURE));
        bench.stage.advanceMillis(1_000);
        assertThat(isOwed(RecipientEvent.What.BOUNCED)).isFalse();
    }

    @Test
    void thoseWhoWereAskedForAreNotForgotten() {
        StoredMessage message = survivors();
        assertThat(owed(message, 0).indexes()).containsExactly(0);
        assertThat(withoutEvent()).containsExactly(id(message, 1));
    }

    @Test
    void aMessageThatCannotBeReadIsToldAsSuch() {
        StoredMessage message = survivors();
        bench.spool.damaged = message.position();
        OwedMail mail = owed(message, 0, 1);
        assertThat(mail.indexes()).containsExactlyInAnyOrder(0, 1);
        assertThat(mail.stored()).isNull();
        assertThat(mail.isForNow()).isFalse();
    }

    @Test
    void whatAnOperatorDeletesIsNotReported() {
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "admin", bench.loops.getFirst(), n -> {});
        bench.submit(asking(0));
        bench.room.delete(
                new MailQuery(QueuePattern.of("a.com/m1"), "", "", "", "", 0, 100), bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(isOwed(RecipientEvent.What.BOUNCED)).isFalse();
    }

    @Test
    void thoseWhoseEventIsGoneAreFoundOnce() {
        StoredMessage message = survivors();
        assertThat(withoutEvent()).containsExactly(id(message, 0));
        assertThat(withoutEvent()).containsExactly(id(message, 1));
        assertThat(withoutEvent()).isEmpty();
        assertThat(owed(message, 1, 0).indexes()).containsExactlyInAnyOrder(0, 1);
    }

    /// Two recipients of one message that a start found owed.
    private StoredMessage survivors() {
        StoredMessage message = bench.store("sender@example.org", 0, to("a.com/m1", "1@a.com"), asking(0));
        bench.room.message(
                message.message().id(),
                message.position(),
                0,
                1000,
                List.of(
                        new org.sluicemta.spool.Survivors.LiveRecipient(0, Bench.queue("a.com/m1"), 3, 0, 50, true),
                        new org.sluicemta.spool.Survivors.LiveRecipient(1, Bench.queue("a.com/m1"), 3, 0, 50, true)));
        bench.stage.settle();
        return message;
    }
}
