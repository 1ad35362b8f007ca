package org.sluicemta.bounce;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.DelayListener;
import org.sluicemta.queue.OwedMail;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.route.Assignment;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.HeapSlice;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReaderOffset;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.RecipientId;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Workers;

/// Makes the reports that are owed: reads the event stream for events that say so, gathers those of one message in one
/// queue for half a second, and has the report accepted as a message with the null reverse-path.
///
/// **Once.** The acceptance of a report names the recipients that it reports, so that it settles them in the same
/// record: a crash at any point finds the report accepted and its recipients settled, or neither. What has happened
/// only in memory then (the reader's place, the queue's own event) may be repeated; a recipient that owes nothing any
/// more is passed over. The queue is told by the way of mail, in front of a checkpoint that begins later.
///
/// **Never a loop.** Mail with the null reverse-path owes nothing, and reports have it.
///
/// It also writes the notices that operators want about modes and source addresses.
///
/// Owner: one mail loop.
public final class Reports implements DelayListener {
    private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
    private static final String READER = "reports";
    /// Recipients of one message that fail within this time share a report.
    private static final long GATHER_NANOS = 500_000_000L;
    private static final long RECORD_NANOS = 1_000_000_000L;
    private static final long RETRY_NANOS = 5_000_000_000L;
    private static final int MOST_IN_REPORT = 100;
    private static final int MOST_WAITING = 10_000;
    private static final int MOST_UNDER_WAY = 16;
    private static final int MOST_FORGOTTEN = 100;
    /// A message that cannot be read is not waited for longer than so many times 5 s.
    private static final int MOST_READINGS = 5;
    /// A report that cannot be written is given up after so many attempts: a defect must not end all others.
    private static final int MOST_WRITINGS = 3;
    /// Reports that may be made at once after a pause.
    private static final int BURST = 10;

    private final JournalSpool spool;
    private final QueueRoom queues;
    private final Loop loop;
    private final Workers workers;
    private final ReportMail mail;
    private final Notices notices;
    private final EventFollower follower;
    private final Alarm alarm;

    private ReportPolicy policy;
    /// In the order of their first events.
    private final LinkedHashSet<Work> works = new LinkedHashSet<>();
    /// Those that may still grow.
    private final Map<WorkKey, Work> open = new HashMap<>();

    private int recipientsWaiting;
    private int underWay;
    private boolean isAsking;
    private boolean isStopped;
    /// Whether everything has been read that was recorded before the start.
    private boolean hasCaughtUp;

    /// The youngest of the works that came of what was recorded before the start; null once they are done.
    private @Nullable Work lastOld;

    private boolean isLookingForForgotten;
    private boolean hasFoundForgotten;
    private long nextLookNanos;
    /// When the next report would be due if reports came evenly: GCRA.
    private long evenNanos;
    private long takenUpTo;
    private long recordedUpTo;
    private boolean isRecording;
    private long lastRecordNanos;

    private record WorkKey(MessageId message, QueueKey queue, boolean isFailure) {}

    /// Recipients of a message that are owed a report, and nobody knows why.
    private record Forgotten(MessageId message, List<Integer> indexes) {}

    /// A report that is to be made.
    private static final class Work {
        final List<RecipientEvent> events = new ArrayList<>(1);
        /// The reader's place before its first event.
        final long before;
        long notBeforeNanos;
        boolean isUnderWay;
        int readings;
        int writings;
        /// Of the report. One that was refused may be on the disk all the same; the next attempt bears the same id, so
        /// that a start finds one message.
        @Nullable
        MessageId id;

        /// Whose events are gone; null for what an event told.
        @Nullable
        Forgotten forgotten;

        Work(long before, long notBeforeNanos) {
            this.before = before;
            this.notBeforeNanos = notBeforeNanos;
        }
    }

    /// To be made on the spool's home loop, between its opening and its start.
    ///
    /// @param loop a mail loop
    public Reports(JournalSpool spool, QueueRoom queues, Loop loop, Workers workers, ZoneId zone, ReportPolicy policy) {
        this.spool = spool;
        this.queues = queues;
        this.loop = loop;
        this.policy = policy;
        this.workers = workers;
        this.mail = new ReportMail(zone);
        this.notices = new Notices(zone, loop.serverMillis());
        this.follower = spool.follow(READER, loop, EventFollower.Wish.REPORTABLE);
        this.alarm = loop.alarm(this::step);
        this.evenNanos = loop.nanos();
        this.nextLookNanos = evenNanos;
        this.lastRecordNanos = evenNanos;
        this.takenUpTo = recordedUpTo = spool.offset(READER).position();
    }

    /// Begins, when the queues have taken up what waits. From any thread.
    public void start() {
        queues.tellDelays(this);
        loop.post(() -> {
            // Says nothing new, and is an event of this run: whoever has read it has read all before it.
            recordPlace(recordedUpTo);
            step();
        });
    }

    /// From any thread.
    public void adopt(ReportPolicy next) {
        loop.post(() -> {
            policy = next;
            // A higher rate binds at once, whatever the old one had put off.
            evenNanos = Math.min(evenNanos, loop.nanos() + BURST * nanosEach());
            step();
        });
    }

    /// Begins no report more. What is not accepted yet is owed at the next start. From any thread.
    public void stop() {
        loop.post(() -> {
            isStopped = true;
            alarm.clear();
            follower.close();
        });
    }

    // ---- what is owed

    private final EventFollower.Taker taker = new EventFollower.Taker() {
        @Override
        public void recipient(long position, RecipientEvent event) {
            take(event);
            takenUpTo = position;
        }

        @Override
        public void queue(long position, QueueEvent event) {
            notices.of(event, policy).ifPresent(Reports.this::tell);
        }

        @Override
        public void receipt(long position, ReceiptEvent event) {}

        @Override
        public void end(long last, boolean hasNews) {
            isAsking = false;
            if (hasNews) {
                takenUpTo = last;
            }
            if (!hasCaughtUp && spool.isOfThisRun(last)) {
                hasCaughtUp = true;
                lastOld = works.isEmpty() ? null : works.getLast();
            }
            step();
        }

        @Override
        public void failed(IoFailure why) {
            isAsking = false;
            LOG.warn("reports: events cannot be read now: {}", why.text());
            nextLookNanos = loop.nanos() + RETRY_NANOS;
            step();
        }
    };

    private void take(RecipientEvent event) {
        var key = new WorkKey(event.id(), event.queue(), event.what() != RecipientEvent.What.DELIVERED);
        Work work = open.get(key);
        if (work == null || work.events.size() >= MOST_IN_REPORT) {
            work = new Work(takenUpTo, loop.nanos() + GATHER_NANOS);
            open.put(key, work);
            works.add(work);
        }
        work.events.add(event);
        recipientsWaiting++;
    }

    // ---- the steps

    private void step() {
        if (isStopped) {
            return;
        }
        long now = loop.nanos();
        begin(now);
        record(now);
        if (!isAsking && recipientsWaiting < MOST_WAITING && now - nextLookNanos >= 0) {
            isAsking = true;
            follower.next(taker);
        }
        lookForForgotten();
        setAlarm(now);
    }

    private void begin(long now) {
        for (Work work : works) {
            if (underWay >= MOST_UNDER_WAY || now - mayReportNanos() < 0) {
                return;
            }
            if (!work.isUnderWay && now - work.notBeforeNanos >= 0) {
                evenNanos = Math.max(evenNanos, now) + nanosEach();
                ask(work);
            }
        }
    }

    /// What was paid for is not made, now or ever.
    private void unpay() {
        evenNanos -= nanosEach();
    }

    private long nanosEach() {
        return (long) (1e9 / policy.perSecond());
    }

    /// The earliest instant of the next report.
    private long mayReportNanos() {
        return evenNanos - (BURST - 1) * nanosEach();
    }

    private void setAlarm(long now) {
        long at = now + RECORD_NANOS;
        if (!isAsking && recipientsWaiting < MOST_WAITING) {
            at = Math.min(at, nextLookNanos);
        }
        if (underWay < MOST_UNDER_WAY) {
            for (Work work : works) {
                if (!work.isUnderWay) {
                    at = Math.min(at, Math.max(work.notBeforeNanos, mayReportNanos()));
                    break;
                }
            }
        }
        boolean isIdle = isAsking && works.isEmpty() && recordedUpTo >= takenUpTo;
        if (isIdle) {
            alarm.clear();
        } else {
            alarm.set(at);
        }
    }

    private void ask(Work work) {
        work.isUnderWay = true;
        underWay++;
        Forgotten forgotten = work.forgotten;
        if (forgotten != null && work.events.isEmpty()) {
            queues.owed(forgotten.message(), forgotten.indexes(), loop, owed -> {
                if (isReadAgain(work, owed)) {
                    again(work);
                } else if (explain(work, forgotten, owed)) {
                    compose(work, owed);
                } else {
                    done(work);
                }
            });
            return;
        }
        RecipientEvent first = work.events.getFirst();
        open.remove(new WorkKey(first.id(), first.queue(), first.what() != RecipientEvent.What.DELIVERED), work);
        List<Integer> indexes =
                work.events.stream().map(RecipientEvent::index).distinct().toList();
        queues.owed(first.id(), indexes, loop, owed -> compose(work, owed));
    }

    private static boolean isReadAgain(Work work, OwedMail owed) {
        return owed.stored() == null
                && !owed.indexes().isEmpty()
                && (owed.isForNow() || ++work.readings < MOST_READINGS);
    }

    private void compose(Work work, OwedMail owed) {
        StoredMessage stored = owed.stored();
        if (isReadAgain(work, owed)) {
            again(work);
            return;
        }
        try {
            List<RecipientEvent> events = new ArrayList<>();
            for (int index : owed.indexes()) {
                work.events.stream()
                        .filter(event -> event.index() == index)
                        .reduce((_, last) -> last)
                        .ifPresent(events::add);
            }
            if (events.isEmpty() || isStopped) {
                unpay();
                done(work);
            } else {
                send(work, events, stored);
            }
        } catch (RuntimeException defect) {
            giveUp(work, defect.toString());
        } finally {
            if (stored != null) {
                stored.content().release();
            }
        }
    }

    private void send(Work work, List<RecipientEvent> events, @Nullable StoredMessage stored) {
        RecipientEvent first = events.getFirst();
        List<RecipientId> reported = events.stream()
                .map(event -> new RecipientId(event.id(), event.index()))
                .toList();
        MessageId id = work.id == null ? spool.nextId() : work.id;
        work.id = id;
        write(
                id,
                events,
                stored,
                0,
                reported,
                why -> {
                    if (++work.writings < MOST_WRITINGS) {
                        again(work);
                    } else {
                        giveUp(work, why);
                    }
                },
                new Spool.Acceptance() {
                    @Override
                    public void accepted(StoredMessage accepted) {
                        queues.reported(reported);
                        queues.arrived(accepted);
                        done(work);
                    }

                    @Override
                    public void refused(String text) {
                        LOG.warn(
                                "a report to {} cannot be stored now: {}; next attempt in 5 s",
                                first.reversePath(),
                                text);
                        again(work);
                    }
                });
    }

    /// Writes a report on a worker, for categories are found with patterns, and has it accepted.
    ///
    /// @param stored retained until it is written
    /// @param expiresMillis until when delayed recipients are tried
    /// @param reported whom the report settles
    /// @param unwritten hears why it could not be written
    private void write(
            MessageId id,
            List<RecipientEvent> events,
            @Nullable StoredMessage stored,
            long expiresMillis,
            List<RecipientId> reported,
            Consumer<String> unwritten,
            Spool.Acceptance answer) {
        ReportPolicy present = policy;
        long now = loop.serverMillis();
        if (stored != null) {
            stored.content().retain();
        }
        workers.run(loop, () -> mail.write(id, events, stored, present, now, expiresMillis), new Answer<>() {
            @Override
            public void ready(byte[] bytes) {
                release();
                RecipientEvent about = events.getFirst();
                accept(id, List.of(about.reversePath()), bytes, ReportMail.needsSmtpUtf8(about), reported, answer);
            }

            @Override
            public void failed(IoFailure why) {
                release();
                if (why.kind() == IoFailure.Kind.EXHAUSTED) {
                    answer.refused(why.text());
                } else {
                    unwritten.accept(why.text());
                }
            }

            private void release() {
                if (stored != null) {
                    stored.content().release();
                }
            }
        });
    }

    private void accept(
            MessageId id,
            List<String> to,
            byte[] bytes,
            boolean needsSmtpUtf8,
            List<RecipientId> reported,
            Spool.Acceptance answer) {
        List<AcceptedRecipient> recipients = new ArrayList<>(to.size());
        for (String each : to) {
            String domain = Address.ofChecked(each).canonicalDomain();
            // To the unnamed virtual MTA, or whatever stands for it: it is in every configuration.
            if (!(policy.routes().assign(domain, "", queues.facts(loop)) instanceof Assignment.Queued queued)) {
                answer.refused("no virtual MTA takes it");
                return;
            }
            recipients.add(new AcceptedRecipient(each, queued.queue(), queued.pool(), "", "", "", 0, 50, 0));
        }
        var message = new AcceptedMessage(
                id,
                loop.serverMillis(),
                "",
                "smtp",
                policy.hostName() + " (127.0.0.1)",
                needsSmtpUtf8,
                "",
                ContentShape.of(bytes),
                List.of(),
                recipients,
                reported);
        spool.accept(loop, message, new Content(List.of(new HeapSlice(bytes)), bytes.length), answer);
    }

    // ---- notices to operators

    /// Told once or not at all.
    private void tell(Notices.Notice notice) {
        MessageId id = spool.nextId();
        byte[] bytes = notices.write(notice, id.toString(), policy, loop.serverMillis());
        accept(id, notice.to(), bytes, false, List.of(), new Spool.Acceptance() {
            @Override
            public void accepted(StoredMessage accepted) {
                queues.arrived(accepted);
            }

            @Override
            public void refused(String text) {
                LOG.warn("nobody is told that {}: {}", notice.subject(), text);
            }
        });
    }

    // ---- delay

    @Override
    public void delayed(RecipientEvent event, long expiresMillis, StoredMessage stored) {
        loop.post(() -> {
            try {
                tellDelay(event, expiresMillis, stored);
            } finally {
                stored.content().release();
            }
        });
    }

    /// Delays are told once or not at all: what is above the rate is left out until the next interval.
    private void tellDelay(RecipientEvent event, long expiresMillis, StoredMessage stored) {
        long now = loop.nanos();
        if (isStopped || now - mayReportNanos() < 0) {
            return;
        }
        evenNanos = Math.max(evenNanos, now) + nanosEach();
        Consumer<String> unwritten = why -> LOG.error("a notice of delay cannot be written: {}", why);
        write(spool.nextId(), List.of(event), stored, expiresMillis, List.of(), unwritten, new Spool.Acceptance() {
            @Override
            public void accepted(StoredMessage accepted) {
                queues.arrived(accepted);
            }

            @Override
            public void refused(String text) {
                LOG.warn("a notice of delay to {} cannot be stored: {}", event.reversePath(), text);
            }
        });
    }

    private void again(Work work) {
        unpay();
        work.isUnderWay = false;
        work.notBeforeNanos = loop.nanos() + RETRY_NANOS;
        underWay--;
        step();
    }

    /// Nobody hears of these recipients; the others' reports go on.
    private void giveUp(Work work, String why) {
        LOG.error(
                "the report about {} recipients of message {} is given up: {}",
                work.events.size(),
                work.events.getFirst().id(),
                why);
        queues.reported(work.events.stream()
                .map(event -> new RecipientId(event.id(), event.index()))
                .toList());
        done(work);
    }

    private void done(Work work) {
        if (!works.remove(work)) {
            return;
        }
        if (work == lastOld) {
            lastOld = null;
        }
        underWay--;
        recipientsWaiting -= work.events.size();
        step();
    }

    // ---- the reader's place

    private void record(long now) {
        long passed = works.isEmpty() ? takenUpTo : works.getFirst().before;
        if (isRecording || passed <= recordedUpTo || now - lastRecordNanos < RECORD_NANOS) {
            return;
        }
        lastRecordNanos = now;
        recordPlace(passed);
    }

    private void recordPlace(long passed) {
        isRecording = spool.record(new ReaderOffset(READER, passed, "", 0), loop, () -> {
            isRecording = false;
            recordedUpTo = passed;
            if (!isStopped) {
                follower.passed(passed);
                step();
            }
        });
    }

    // ---- what was owed before this reader was there

    /// Recipients whose event is gone get a report that cannot say why they failed.
    private void lookForForgotten() {
        boolean isReady = hasCaughtUp && lastOld == null && recipientsWaiting < MOST_WAITING;
        if (!isReady || hasFoundForgotten || isLookingForForgotten) {
            return;
        }
        isLookingForForgotten = true;
        queues.owedWithoutEvent(MOST_FORGOTTEN, loop, forgotten -> {
            isLookingForForgotten = false;
            hasFoundForgotten = forgotten.isAll();
            Map<MessageId, List<Integer>> byMessage = new HashMap<>();
            for (RecipientId each : forgotten.recipients()) {
                byMessage
                        .computeIfAbsent(each.message(), _ -> new ArrayList<>())
                        .add(each.index());
            }
            byMessage.forEach(this::expectForgotten);
            step();
        });
    }

    private void expectForgotten(MessageId message, List<Integer> indexes) {
        var work = new Work(takenUpTo, loop.nanos());
        work.forgotten = new Forgotten(message, indexes);
        works.add(work);
    }

    /// @return whether the message says whom to tell
    private boolean explain(Work work, Forgotten forgotten, OwedMail owed) {
        StoredMessage stored = owed.stored();
        if (stored == null) {
            if (!owed.indexes().isEmpty()) {
                LOG.error("message {} owes a report and can be read no more: nothing is sent", forgotten.message());
                queues.reported(owed.indexes().stream()
                        .map(index -> new RecipientId(forgotten.message(), index))
                        .toList());
            }
            return false;
        }
        owed.indexes().forEach(index -> work.events.add(unexplained(stored.message(), index)));
        recipientsWaiting += work.events.size();
        return true;
    }

    private RecipientEvent unexplained(AcceptedMessage message, int index) {
        AcceptedRecipient recipient = message.recipients().get(index);
        return new RecipientEvent(
                RecipientEvent.What.BOUNCED,
                message.id(),
                index,
                0,
                loop.serverMillis(),
                0,
                message.queuedMillis(),
                recipient.queue(),
                recipient.queue().virtualMta(),
                recipient.pool(),
                message.reversePath(),
                recipient.forwardPath(),
                recipient.originalRecipient(),
                recipient.jobId(),
                recipient.envelopeId(),
                message.sourceType(),
                message.sourceMta(),
                "5.0.0",
                "",
                "",
                "smtp",
                "",
                "",
                "",
                0,
                true,
                List.of());
    }
}
