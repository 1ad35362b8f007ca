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
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.Survivors.LiveRecipient;

/// Jobs that an operator has paused.
class PausedJobsTest {
    static String pause(Bench bench, String job, boolean isPaused) {
        List<String> answers = new ArrayList<>();
        bench.room.pauseJob(job, isPaused, "command", bench.loops.getFirst(), answers::add);
        bench.stage.settle();
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }

    private static List<String> delivered(Bench bench) {
        return bench.events(RecipientEvent.What.DELIVERED).stream()
                .map(RecipientEvent::forwardPath)
                .toList();
    }

    @Test
    void whatWaitsAndWhatComesIsHeldInAllQueuesAndOthersGoOn() {
        var bench = new Bench(2);
        bench.connectNanos = 10_000_000L;
        for (int i = 0; i < 5; i++) {
            bench.submit(
                    to("d" + i + ".com/m1", "early@d" + i, "news", 50), to("d" + i + ".com/m1", "b@x", "bill", 50));
        }
        assertThat(pause(bench, "news", true)).isEmpty();
        for (int i = 0; i < 5; i++) {
            bench.submit(to("d" + i + ".com/m1", "late@d" + i, "news", 90));
        }
        bench.submit(to("e.com/m1", "none@e"), to("e.com/m1", "late@e", "news", 100));
        bench.stage.advanceMillis(60_000);

        assertThat(delivered(bench)).containsExactlyInAnyOrder("b@x", "b@x", "b@x", "b@x", "b@x", "none@e");
        QueueView view = bench.view("d1.com/m1");
        assertThat(view.recipients()).isEqualTo(2);
        assertThat(view.reason().cause()).isEqualTo(Wait.Cause.JOBS_PAUSED);
        assertThat(view.reason().text()).contains("2 recipients are of paused jobs");

        assertThat(pause(bench, "news", false)).isEmpty();
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench)).hasSize(17);
        assertThat(bench.find(QueuePattern.ALL).recipients()).isZero();
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void noConnectionIsOpenedAndNothingIsDoneForMailOfPausedJobsOnly() {
        var bench = new Bench(1);
        pause(bench, "news", true);
        for (int i = 0; i < 100; i++) {
            bench.submit(to("a.com/m1", i + "@a.com", "news", 50));
        }
        bench.stage.advanceMillis(10_000);
        long turns = bench.stage.turns;
        bench.stage.advanceMillis(Duration.ofMinutes(50).toMillis());
        assertThat(bench.openings).isEmpty();
        assertThat(bench.stage.turns - turns).as("turns of an hour of waiting").isLessThanOrEqualTo(5);
    }

    @Test
    void aPausedJobMissesNoTurnsOfTheOthersAndKeepsItsOwnOrder() {
        var bench = new Bench(1);
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "test", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        for (int i = 0; i < 3; i++) {
            bench.submit(to("a.com/m1", "n" + i, "news", 50));
            bench.submit(to("a.com/m1", "b" + i, "bill", 50));
            bench.submit(to("a.com/m1", "u" + i, "news", 80));
            bench.submit(to("a.com/m1", "t" + i, "tips", 50));
        }
        pause(bench, "news", true);
        bench.room.pause(QueuePattern.ALL, false, "test", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench)).containsExactly("b0", "t0", "b1", "t1", "b2", "t2");
        pause(bench, "news", false);
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench))
                .containsExactly("b0", "t0", "b1", "t1", "b2", "t2", "u0", "u1", "u2", "n0", "n1", "n2");
    }

    @Test
    void whatIsOnItsWayIsSettledAndComesBackToBeHeld() {
        var bench = new Bench(1);
        bench.serviceNanos = 100_000_000L;
        bench.answers = (message, recipient) -> Bench.DEFERRED;
        bench.submit(to("a.com/m1", "1@a.com", "news", 50));
        bench.stage.advanceMillis(50);
        pause(bench, "news", true);
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DEFERRED)).hasSize(1);
        bench.answers = (message, recipient) -> Bench.DELIVERED;
        bench.stage.advanceMillis(Duration.ofHours(2).toMillis());
        assertThat(bench.attempted).hasSize(1);
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.JOBS_PAUSED);
        pause(bench, "news", false);
        bench.stage.advanceMillis(1_000);
        assertThat(delivered(bench)).containsExactly("1@a.com");
    }

    @Test
    void expiryRunsInPausedJobsAndTheyCanBeDeleted() {
        var bench = new Bench(1);
        bench.policies.bounceAfter = Duration.ofHours(4);
        bench.adopt();
        pause(bench, "news", true);
        bench.submit(to("a.com/m1", "1@a.com", "news", 50));
        bench.submit(to("b.com/m1", "2@b.com", "news", 50));
        List<Integer> deleted = new ArrayList<>();
        bench.room.delete(
                new MailQuery(QueuePattern.ALL, "", "2@b.com", "news", "", 0, 0), bench.loops.getFirst(), deleted::add);
        bench.stage.advanceMillis(100);
        assertThat(deleted).containsExactly(1);
        bench.stage.advanceMillis(Duration.ofHours(4).toMillis() + 60_000);
        assertThat(bench.events(RecipientEvent.What.BOUNCED))
                .extracting(RecipientEvent::status)
                .containsExactly("5.0.0", "4.4.7");
        assertThat(bench.find(QueuePattern.ALL).recipients()).isZero();
    }

    @Test
    void mailOfAPausedJobThatIsReroutedStaysUntilItMayGoOn() {
        var bench = new Bench(1);
        pause(bench, "news", true);
        bench.submit(to("a.com/m1", "1@a.com", "news", 50));
        bench.policies.reroutes.put("m1", "m2");
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(bench.view("a.com/m1").recipients()).isEqualTo(1);
        pause(bench, "news", false);
        bench.stage.advanceMillis(5_000);
        assertThat(bench.find(QueuePattern.ALL).recipients()).isZero();
        assertThat(bench.openings.keySet()).noneMatch(key -> key.virtualMta().equals("m1"));
    }

    @Test
    void aRestartKeepsThePauseFromTheRecordAndFromACheckpoint() {
        var bench = new Bench(2);
        pause(bench, "news", true);
        pause(bench, "tips", true);
        pause(bench, "tips", false);
        pause(bench, "news", true);
        assertThat(bench.spool.commandEvents)
                .extracting(
                        event -> ((CommandEvent.JobPaused) event).job() + ((CommandEvent.JobPaused) event).isPaused())
                .as("nothing is recorded twice")
                .containsExactly("newstrue", "tipstrue", "tipsfalse");
        var message = bench.submit(to("a.com/m1", "1@a.com", "news", 50), to("a.com/m1", "2@a.com", "tips", 50));

        List<CommandEvent.JobPaused> told = new ArrayList<>();
        List<LiveRecipient> live = new ArrayList<>();
        var sink = new Telling(told, live);
        for (int shard = 0; shard < 2; shard++) {
            int number = shard;
            long[] cursor = {0};
            while (cursor[0] != LiveSource.END) {
                bench.loops.get(shard).turn(() -> cursor[0] = bench.room.dump(number, cursor[0], 3, sink));
            }
        }
        assertThat(told).extracting(CommandEvent.JobPaused::job).containsExactly("news");

        var after = new Bench(2, 1 << 20, false);
        after.spool.messages.put(message.position(), message.message());
        after.loops.getFirst().post(() -> {
            told.forEach(after.room::job);
            after.room.message(message.message().id(), message.position(), Stage.START_MILLIS, 1_000, live);
        });
        after.start();
        after.submit(to("a.com/m1", "3@a.com", "news", 50));
        after.stage.advanceMillis(1_000);
        assertThat(live).extracting(LiveRecipient::jobId).contains("news");
        assertThat(delivered(after)).doesNotContain("1@a.com", "3@a.com");
        assertThat(after.view("a.com/m1").recipients()).isEqualTo(2);
        pause(after, "news", false);
        after.stage.advanceMillis(1_000);
        assertThat(delivered(after)).contains("1@a.com", "3@a.com");

        var fresh = new Bench(1, 1 << 20, false, RecordedModes.FORGOTTEN);
        fresh.loops.getFirst().post(() -> told.forEach(fresh.room::job));
        fresh.start();
        fresh.submit(to("a.com/m1", "4@a.com", "news", 50));
        fresh.stage.advanceMillis(1_000);
        assertThat(delivered(fresh)).containsExactly("4@a.com");
        assertThat(fresh.spool.commandEvents)
                .singleElement()
                .isInstanceOfSatisfying(
                        CommandEvent.JobPaused.class,
                        ended -> assertThat(ended.isPaused()).isFalse());
    }

    /// A look at each queue would hold the loop for tens of milliseconds where there are a hundred thousand.
    @Test
    void pausingAJobOfManyQueuesTakesManyTurnsAndNothingOfItGoesOutMeanwhile() {
        var bench = new Bench(1);
        int queues = 3_000;
        for (int i = 0; i < queues; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com", i % 2 == 0 ? "even" : "odd", 50));
        }
        var shard = (QueueShard) bench.room.owners().getFirst();
        bench.stage.turns = 0;
        bench.loops.getFirst().turn(() -> {
            shard.pauseJob(new CommandEvent.JobPaused("even", bench.stage.millis(), true, "test"));
            // The last queue has not been looked at, and knows all the same.
            WaitingQueue last = shard.find(Bench.queue("d" + (queues - 2) + ".com/m1"));
            assertThat(last.ready()).isZero();
            assertThat(last.held()).isEqualTo(1);
        });
        bench.stage.advanceMillis(10_000);
        assertThat(bench.stage.turns).isGreaterThan(queues / Slices.CHANGES_A_TURN);
        assertThat(bench.events(RecipientEvent.What.DELIVERED))
                .hasSize(queues / 2)
                .allMatch(event -> event.jobId().equals("odd"));

        bench.loops
                .getFirst()
                .turn(() -> shard.pauseJob(new CommandEvent.JobPaused("even", bench.stage.millis(), false, "test")));
        // A listing between two slices sees the change first; the queues are looked at all the same.
        assertThat(bench.find(QueuePattern.ALL).views()).isNotEmpty();
        bench.stage.advanceMillis(10_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(queues);
    }

    @Test
    void onlySoManyJobsArePausedAndWhatCannotBeIsSaid() {
        var bench = new Bench(1);
        for (int i = 0; i < Jobs.MOST_PAUSED; i++) {
            assertThat(pause(bench, "job-" + i, true)).isEmpty();
        }
        assertThat(pause(bench, "one-more", true)).contains("1000 jobs are paused", "resume some first");
        assertThat(pause(bench, "job-7", true)).as("it is paused already").isEmpty();
        assertThat(pause(bench, "one-more", false)).contains("job one-more is not paused");
        assertThat(pause(bench, "x".repeat(256), true)).contains("1 to 255 letters");
        assertThat(pause(bench, "job-7", false)).isEmpty();
        assertThat(pause(bench, "one-more", true)).isEmpty();
        List<List<CommandEvent.JobPaused>> paused = new ArrayList<>();
        bench.room.pausedJobs(bench.loops.getFirst(), paused::add);
        bench.stage.settle();
        assertThat(paused.getFirst()).hasSize(1_000);
        assertThat(paused.getFirst().getLast().job()).isEqualTo("one-more");
    }

    @Test
    void anExplanationTellsHowManyArePausedAndWhichRecipients() {
        var bench = new Bench(1);
        pause(bench, "news", true);
        var message = bench.submit(to("a.com/m1", "1@a.com", "news", 50), to("a.com/m1", "2@a.com", "news", 50));
        List<Optional<QueueExplanation>> queues = new ArrayList<>();
        bench.room.explain(Bench.queue("a.com/m1"), bench.loops.getFirst(), queues::add);
        List<MessageExplanation> messages = new ArrayList<>();
        bench.room.explain(message.message().id(), bench.loops.getFirst(), messages::add);
        bench.stage.settle();
        bench.stage.advanceMillis(10);
        assertThat(queues.getFirst().orElseThrow().held()).isEqualTo(2);
        assertThat(queues.getFirst().orElseThrow().ready()).isZero();
        assertThat(messages.getFirst().rows())
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.state()).isEqualTo("its job is paused"));
    }

    /// Keeps what a checkpoint is told.
    record Telling(List<CommandEvent.JobPaused> jobs, List<LiveRecipient> live) implements LiveSource.LiveSink {
        @Override
        public void message(org.sluicemta.mail.MessageId id, long position, long queuedMillis, long sizeBytes) {}

        @Override
        public void recipient(
                int index,
                org.sluicemta.mail.QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String jobId) {
            live.add(new LiveRecipient(index, queue, attempts, dueMillis, priority, isReportOwed, jobId));
        }

        @Override
        public void queue(QueueEvent last) {}

        @Override
        public void job(CommandEvent.JobPaused paused) {
            jobs.add(paused);
        }
    }
}
