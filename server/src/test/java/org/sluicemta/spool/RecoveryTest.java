package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// What a start makes of checkpoints and tails.
class RecoveryTest {
    private static final QueueKey QUEUE = new QueueKey("a.example", "v");

    private static byte[] mode(boolean isBackoff, long atMillis) {
        return EventEncoding.encode(
                new RecordWriter(64), new QueueEvent.ModeChanged(QUEUE, atMillis, isBackoff, 0, "test"));
    }

    @Test
    void theLastOfAQueueIsWhatStandsLastThoughTheClockWasSetBack() {
        var recovery = new Recovery();
        recovery.frame(ByteBuffer.wrap(LiveFrame.of(LiveFrame.Kinds.QUEUE, mode(true, 5_000_000))));
        recovery.queueEvent(ByteBuffer.wrap(mode(false, 1_000_000)));

        List<QueueEvent> told = told(recovery).queues;

        assertThat(told)
                .singleElement()
                .isInstanceOfSatisfying(
                        QueueEvent.ModeChanged.class,
                        changed -> assertThat(changed.isBackoff()).isFalse());
    }

    @Test
    void aPrioritySetAfterTheAcceptanceOrTheCheckpointHoldsAndTheLastOneWins() {
        MessageId id = RecordSamples.fixedMessage().id();
        var recovery = new Recovery();
        recovery.commandEvent(priority(10, new RecipientId(id, 0)));
        recovery.acceptance(0, 4096, acceptance(RecordSamples.fixedMessage()));
        recovery.commandEvent(priority(90, new RecipientId(id, 0)));
        recovery.recipientEvent(event(RecipientEvent.What.DEFERRED, 1, false));
        recovery.commandEvent(priority(0, new RecipientId(id, 1)));

        assertThat(told(recovery).recipients)
                .satisfiesExactly(
                        first -> {
                            assertThat(first.priority()).isEqualTo(90);
                            assertThat(first.jobId()).isEqualTo("job-77");
                            assertThat(first.attempts()).isZero();
                        },
                        second -> {
                            assertThat(second.priority()).isZero();
                            assertThat(second.attempts()).isEqualTo(1);
                        });
    }

    private static ByteBuffer priority(int priority, RecipientId recipient) {
        return ByteBuffer.wrap(EventEncoding.encode(
                new RecordWriter(64), new CommandEvent.PrioritySet(priority, 1, List.of(recipient))));
    }

    @Test
    void aJobThatACheckpointTellsAsPausedMayHaveBeenResumedSince() {
        var recovery = new Recovery();
        for (String job : List.of("a", "b")) {
            recovery.frame(ByteBuffer.wrap(LiveFrame.of(
                    LiveFrame.Kinds.COMMAND,
                    EventEncoding.encode(new RecordWriter(64), new CommandEvent.JobPaused(job, 9, true, "command")))));
        }
        recovery.commandEvent(ByteBuffer.wrap(
                EventEncoding.encode(new RecordWriter(64), new CommandEvent.JobPaused("a", 5, false, "command"))));

        assertThat(told(recovery).jobs).containsExactly("b");
    }

    private static Recovery withFixedMessage() {
        var recovery = new Recovery();
        recovery.acceptance(0, 4096, acceptance(RecordSamples.fixedMessage()));
        for (int index = 0; index < 2; index++) {
            recovery.recipientEvent(event(RecipientEvent.What.BOUNCED, index, true));
        }
        return recovery;
    }

    private static ByteBuffer acceptance(AcceptedMessage message) {
        return ByteBuffer.wrap(AcceptanceEncoding.encode(new RecordWriter(64), message, new long[0]));
    }

    private static ByteBuffer event(RecipientEvent.What what, int index, boolean isReportOwed) {
        return ByteBuffer.wrap(EventEncoding.encode(
                new RecordWriter(64),
                SpoolHouse.event(what, RecordSamples.fixedMessage().id(), index, 1, 5_000, 0, QUEUE, isReportOwed)));
    }

    @Test
    void whatFailedWaitsForItsReport() {
        Told told = told(withFixedMessage());

        assertThat(told.recipients)
                .hasSize(2)
                .allSatisfy(recipient -> assertThat(recipient.isReportOwed()).isTrue());
    }

    @Test
    void theAcceptanceOfAReportSettlesThoseWhomItReports() {
        var recovery = withFixedMessage();
        AcceptedMessage report = RecordSamples.fixedReport();
        recovery.acceptance(0, 8192, acceptance(report));

        Told told = told(recovery);

        assertThat(told.messages).containsExactly(report.id());
        assertThat(told.recipients).hasSize(1);
    }

    @Test
    void itSettlesThemWhicheverOfTheStreamsIsReadFirst() {
        var recovery = new Recovery();
        recovery.acceptance(0, 8192, acceptance(RecordSamples.fixedReport()));
        recovery.acceptance(0, 4096, acceptance(RecordSamples.fixedMessage()));
        recovery.recipientEvent(event(RecipientEvent.What.BOUNCED, 0, true));
        recovery.recipientEvent(event(RecipientEvent.What.BOUNCED, 1, true));

        assertThat(told(recovery).messages)
                .containsExactly(RecordSamples.fixedReport().id());
    }

    @Test
    void whatOnlyAnAcceptanceHasSettledIsSaidAsAnEvent() {
        var recovery = withFixedMessage();
        AcceptedMessage report = RecordSamples.fixedReport();
        recovery.acceptance(0, 8192, acceptance(report));
        assertThat(recovery.settledByReportsOnly()).isEqualTo(report.reported());

        recovery.reportedEvent(
                ByteBuffer.wrap(EventEncoding.encode(new RecordWriter(64), RecordSamples.fixedReported())));
        assertThat(recovery.settledByReportsOnly())
                .containsExactly(report.reported().getFirst());
    }

    /// It was refused by one folder, whose disk had it all the same, and taken by another.
    @Test
    void aReportThatStandsInTwoFoldersIsToldOnce() {
        for (int first : new int[] {0, 1}) {
            var recovery = new Recovery();
            // Of the folders' checkpoint: the second one's content up to here is covered.
            recovery.frame(ByteBuffer.wrap(FoldersFrame.encode(
                    List.of(new Recovery.Cut("a", "/spool/a", 4096), new Recovery.Cut("b", "/spool/b", 100_000)))));
            recovery.acceptance(first, first == 0 ? 8192 : 200_000, acceptance(RecordSamples.fixedReport()));
            recovery.acceptance(1 - first, first == 0 ? 200_000 : 8192, acceptance(RecordSamples.fixedReport()));
            assertThat(told(recovery).messages)
                    .as("folder %d is read first", first)
                    .containsExactly(RecordSamples.fixedReport().id());
        }
    }

    @Test
    void theEventThatAReportIsAcceptedSettlesItsRecipientOnly() {
        var recovery = withFixedMessage();
        recovery.reportedEvent(
                ByteBuffer.wrap(EventEncoding.encode(new RecordWriter(64), RecordSamples.fixedReported())));

        assertThat(told(recovery).recipients).singleElement().satisfies(recipient -> {
            assertThat(recipient.index()).isZero();
            assertThat(recipient.isReportOwed()).isTrue();
        });
    }

    @Test
    void whoWantsToHearOfSuccessWaitsForItsReportToo() {
        var recovery = new Recovery();
        recovery.acceptance(0, 4096, acceptance(RecordSamples.fixedMessage()));
        recovery.recipientEvent(event(RecipientEvent.What.DELIVERED, 0, true));
        recovery.recipientEvent(event(RecipientEvent.What.DELIVERED, 1, false));

        assertThat(told(recovery).recipients).singleElement().satisfies(recipient -> {
            assertThat(recipient.index()).isZero();
            assertThat(recipient.isReportOwed()).isTrue();
        });
    }

    /// What a start is told.
    private static final class Told implements Survivors, Recovery.Ground {
        final List<QueueEvent> queues = new ArrayList<>();
        final List<MessageId> messages = new ArrayList<>();
        final List<String> jobs = new ArrayList<>();
        final List<LiveRecipient> recipients = new ArrayList<>();

        @Override
        public void message(MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> live) {
            messages.add(id);
            recipients.addAll(live);
        }

        @Override
        public void queue(QueueEvent last) {
            queues.add(last);
        }

        @Override
        public void job(CommandEvent.JobPaused paused) {
            jobs.add(paused.job());
        }

        @Override
        public boolean retain(long place) {
            return true;
        }

        @Override
        public int folderOf(String identity) {
            return identity.equals("b") ? 1 : 0;
        }

        @Override
        public int shardOf(QueueKey queue) {
            return 0;
        }

        @Override
        public void chunked(long place, long[] chunkPlaces, int holds) {}

        @Override
        public void lost(String what) {}
    }

    private static Told told(Recovery recovery) {
        var told = new Told();
        recovery.tell(told, told);
        return told;
    }
}
