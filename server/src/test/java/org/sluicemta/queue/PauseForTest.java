package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sluicemta.pace.Stage;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.RecipientId;

/// Pauses that end by themselves, what they cost, priorities that are changed, and deletions in all their kinds.
class PauseForTest {
    private static int pause(Bench bench, String pattern, Duration lasting) {
        List<Integer> counts = new ArrayList<>();
        bench.room.pause(QueuePattern.of(pattern), true, lasting, "command", bench.loops.getFirst(), counts::add);
        bench.stage.settle();
        return counts.getFirst();
    }

    private static List<String> delivered(Bench bench) {
        return bench.events(RecipientEvent.What.DELIVERED).stream()
                .map(RecipientEvent::forwardPath)
                .toList();
    }

    @Test
    void aPauseForATimeEndsByItselfAndSaysWhen() {
        var bench = new Bench(2);
        assertThat(pause(bench, "a.com/m1", Duration.ofMinutes(90))).isEqualTo(1);
        bench.submit(to("a.com/m1", "1@a.com"));
        QueueView view = bench.view("a.com/m1");
        assertThat(view.isPaused()).isTrue();
        assertThat(view.pausedUntilMillis()).isEqualTo(Stage.START_MILLIS + 5_400_000);
        assertThat(view.reason().untilMillis()).isEqualTo(Stage.START_MILLIS + 5_400_000);
        List<Optional<QueueExplanation>> explained = new ArrayList<>();
        bench.room.explain(Bench.queue("a.com/m1"), bench.loops.getFirst(), explained::add);
        bench.stage.settle();
        assertThat(explained.getFirst().orElseThrow().earliestMillis()).isEqualTo(Stage.START_MILLIS + 5_400_000);

        bench.stage.advanceMillis(5_400_000 - 1);
        assertThat(bench.openings).isEmpty();
        bench.stage.advanceMillis(100);
        assertThat(delivered(bench)).containsExactly("1@a.com");
        assertThat(bench.view("a.com/m1").isPaused()).isFalse();
        assertThat(bench.view("a.com/m1").notes().getFirst().text()).contains("the time of its pause is over");
    }

    @Test
    void aSecondPauseGivesTheFirstItsEndAndAPatternPausesWhatMatches() {
        var bench = new Bench(1);
        bench.connecting = (queue, n) -> Bench.DEAD;
        bench.submit(to("a.com/m1", "1@a.com"), to("b.com/m1", "2@b.com"), to("c.com/m2", "3@c.com"));
        assertThat(pause(bench, "*/m1", Duration.ofHours(1))).isEqualTo(2);
        assertThat(bench.view("c.com/m2").isPaused()).isFalse();
        pause(bench, "a.com/m1", Duration.ofHours(2));
        pause(bench, "b.com/m1", Duration.ZERO);
        bench.stage.advanceMillis(Duration.ofMinutes(61).toMillis());
        assertThat(bench.view("a.com/m1").isPaused()).isTrue();
        bench.stage.advanceMillis(Duration.ofMinutes(60).toMillis());
        assertThat(bench.view("a.com/m1").isPaused()).isFalse();
        assertThat(bench.view("b.com/m1").isPaused()).isTrue();
    }

    @Test
    void theRemainingTimeSurvivesARestartAlsoOfAnEmptyQueue() {
        var bench = new Bench(1);
        pause(bench, "a.com/m1", Duration.ofHours(2));
        pause(bench, "b.com/m1", Duration.ofMinutes(1));
        List<QueueEvent> events = List.copyOf(bench.spool.queueEvents);

        var after = new Bench(1, 1 << 20, false);
        after.stage.advanceMillis(Duration.ofHours(1).toMillis());
        events.forEach(event -> after.loops.getFirst().post(() -> after.room.queue(event)));
        after.start();
        assertThat(after.view("a.com/m1").pausedUntilMillis()).isEqualTo(Stage.START_MILLIS + 7_200_000);
        assertThat(after.find(QueuePattern.of("b.com/m1")).views())
                .as("its time was over while nothing ran")
                .noneMatch(QueueView::isPaused);
        after.stage.advanceMillis(Duration.ofMinutes(59).toMillis());
        after.submit(to("a.com/m1", "1@a.com"));
        assertThat(after.openings).isEmpty();
        after.stage.advanceMillis(Duration.ofMinutes(1).toMillis() + 100);
        assertThat(delivered(after)).containsExactly("1@a.com");
    }

    @Test
    void aResumeTellsWhatExpiredInThePauseAndWhatSoonWill() {
        var bench = new Bench(2);
        bench.policies.bounceAfter = Duration.ofHours(4);
        bench.adopt();
        pause(bench, "a.com/m1", Duration.ZERO);
        pause(bench, "b.com/m1", Duration.ZERO);
        bench.submit(to("a.com/m1", "1@a.com"), to("a.com/m1", "2@a.com"), to("b.com/m1", "3@b.com"));
        bench.stage.advanceMillis(Duration.ofHours(1).toMillis());
        bench.submit(to("a.com/m1", "4@a.com"));
        bench.stage.advanceMillis(Duration.ofHours(2).toMillis());
        bench.submit(to("a.com/m1", "5@a.com"));
        bench.stage.advanceMillis(Duration.ofMinutes(90).toMillis());
        List<QueueRoom.Resumed> resumed = new ArrayList<>();
        bench.room.resume(QueuePattern.of("a.com/m1"), "command", bench.loops.getFirst(), resumed::add);
        bench.stage.advanceMillis(100);
        assertThat(resumed).containsExactly(new QueueRoom.Resumed(1, 2, 1));
        assertThat(delivered(bench)).containsExactlyInAnyOrder("4@a.com", "5@a.com");
        bench.room.resume(QueuePattern.ALL, "command", bench.loops.getFirst(), resumed::add);
        bench.stage.advanceMillis(100);
        assertThat(resumed.getLast().expired()).as("of queues that are paused").isEqualTo(1);
    }

    @Test
    void aPriorityThatIsSetIsObeyedWhereverTheMailIsAndIsRecorded() {
        var bench = new Bench(2);
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        pause(bench, "a.com/m1", Duration.ZERO);
        List<RecipientId> set = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            bench.submit(to("a.com/m1", "n" + i, "news", 50));
            var bill = bench.submit(to("a.com/m1", "b" + i, "bill", 50));
            set.add(new RecipientId(bill.message().id(), 0));
        }
        List<Integer> counts = new ArrayList<>();
        var bills = new MailQuery(QueuePattern.of("a.com"), "", "", "bill", "", 0, 0);
        bench.room.prioritize(bills, 90, bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(100);
        bench.room.prioritize(bills, 90, bench.loops.getFirst(), counts::add);
        bench.stage.advanceMillis(100);
        assertThat(counts).as("what has it already is not counted").containsExactly(3, 0);
        assertThat(bench.spool.commandEvents)
                .singleElement()
                .isEqualTo(new CommandEvent.PrioritySet(90, Stage.START_MILLIS, set));

        bench.room.resume(QueuePattern.ALL, "command", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench)).containsExactly("b0", "b1", "b2", "n0", "n1", "n2");
    }

    @Test
    void aPriorityIsKeptByWhatIsPutOffOrHeldWithItsJob() {
        var bench = new Bench(1);
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.submit(to("a.com/m1", "1@a.com", "news", 50), to("a.com/m1", "2@a.com", "bill", 40));
        bench.stage.advanceMillis(1_000);
        PausedJobsTest.pause(bench, "news", true);
        bench.answers = (message, recipient) -> Bench.DELIVERED;
        pause(bench, "a.com/m1", Duration.ZERO);
        bench.submit(to("a.com/m1", "3@a.com", "news", 50), to("a.com/m1", "4@a.com", "tips", 60));
        bench.room.prioritize(
                new MailQuery(QueuePattern.ALL, "", "", "news", "", 0, 0), 70, bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(Duration.ofHours(2).toMillis());
        PausedJobsTest.pause(bench, "news", false);
        bench.room.resume(QueuePattern.ALL, "command", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench)).containsExactly("1@a.com", "3@a.com", "4@a.com", "2@a.com");
    }

    @Test
    void thousandsOfPrioritiesAreRecordedInPieces() {
        var bench = new Bench(1);
        pause(bench, "a.com/m1", Duration.ZERO);
        for (int i = 0; i < 2_500; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.room.prioritize(
                new MailQuery(QueuePattern.ALL, "", "", "", "", 0, 0), 1, bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(bench.spool.commandEvents)
                .extracting(
                        event -> ((CommandEvent.PrioritySet) event).recipients().size())
                .containsExactly(1_000, 1_000, 500);
    }

    @Test
    void aDeletionTellsSendersOnlyWhereAskedAndRowsAreLeftOutWhereAsked() {
        var bench = new Bench(1);
        pause(bench, "*/m1", Duration.ZERO);
        for (String name : List.of("a", "b", "c")) {
            pause(bench, name + ".com/m1", Duration.ZERO);
            bench.submit(to(name + ".com/m1", "1@" + name + ".com"));
        }
        delete(bench, "a.com/m1", false, true);
        delete(bench, "b.com/m1", true, true);
        delete(bench, "c.com/m1", false, false);
        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .extracting(event -> event.queue().domain() + " " + event.isReportOwed() + " " + event.isUnaccounted())
                .containsExactly("a.com false false", "b.com true false", "c.com false true");
        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .allSatisfy(event -> assertThat(event.diagnostic()).isEqualTo("deleted by administrator"));
    }

    private static void delete(Bench bench, String queue, boolean isReported, boolean isAccounted) {
        bench.room.delete(
                new MailQuery(QueuePattern.of(queue), "", "", "", "", 0, 0),
                isReported,
                isAccounted,
                bench.loops.getFirst(),
                n -> {});
        bench.stage.advanceMillis(100);
    }
}
