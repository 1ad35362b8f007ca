package org.sluicemta.queue;

import java.net.InetAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Answer;
import org.sluicemta.pace.Desk;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Pacer;
import org.sluicemta.settings.Setting;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.RecipientId;
import org.sluicemta.spool.ReportedEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.spool.Survivors;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// The owner of a share of the queues.
///
/// **How a turn goes.** Whatever happens to a queue (mail arrives, a session asks, an outcome comes, a permit is
/// granted, a time is reached) changes its tables at once and marks it. At the end of the turn every marked queue is
/// looked at once ([#pump]): sessions that ask are given consignments as far as permits go, connections are opened if
/// there is more mail than the sessions will take, and the moment is set at which the queue is to be looked at again.
/// So a burst costs one look, and a queue that only waits costs nothing: the shard has one alarm, at the earliest of
/// its queues' moments, of its retry wheel and of the next expiry.
///
/// **Where a recipient can be** is the table of [Recipients]; it is in one place at a time and leaves the tables only
/// when the spool has taken (or [Recorder] holds) the event that settles it.
///
/// **Limits.** What binds one queue alone lives in the queue (a [Meter]); all else is asked of the [Pacer]. A queue
/// asks at most one question for permits and one for openings at a time and stands in line with it.
///
/// **Why nothing goes out** can always be said: [#why].
///
/// Owner: one loop; everything here is called in its turns.
final class QueueShard implements Shard {
    private static final Logger LOG = LoggerFactory.getLogger(QueueShard.class);

    /// Queues looked at in one turn.
    private static final int QUEUES_A_TURN = 512;

    /// Retries that come due in one turn.
    private static final int DUE_A_TURN = 4_096;

    /// Discarded messages in one turn of one queue.
    private static final int DISCARDS_A_TURN = 64;

    /// After a connection that carried nothing and named no failure.
    private static final long CALM_NANOS = 1_000_000_000L;

    /// An empty queue is forgotten after this.
    private static final long FORGET_NANOS = 60_000_000_000L;

    private static final long NOTE_EVERY_MILLIS = 60_000;
    private static final long HELD_NANOS = 1_000_000_000L;

    /// A damaged message is tried again after this.
    static final long UNREADABLE_MILLIS = 3_600_000;

    /// A message that could not be read because the memory for reading is taken is looked at again this soon.
    private static final long SHORT_OF_MEMORY_MILLIS = 200;

    private static final int READ_AHEAD = 4;

    /// Last replies kept for the row of an expiry.
    private static final int LAST_REPLIES = 16_384;

    private static final long NEVER = Long.MAX_VALUE;

    /// A count of a cold virtual MTA that is older is forgotten.
    private static final long COLD_MILLIS =
            Duration.ofDays(RouteMemory.DAYS_KEPT).toMillis();

    final Recipients recipients;
    final Messages messages;
    final Jobs jobs = new Jobs();
    final RecipientNotes recipientNotes = new RecipientNotes();
    final Interned<String> texts = new Interned<>();
    private final ReadyOrder.Tables tables;
    final RetryWheel wheel;
    final FreshCache cache;
    final Readings readings;

    final Loop loop;
    private @Nullable Dispatcher dispatcher;
    private @Nullable Spool spool;
    final Desk desk;
    final Recorder recorder;
    final Endings endings;
    private final Permits permits;
    private final Openings openings;
    final Modes modes;
    private final Failures failures;
    final Moves moves;
    final Trials trials;
    private final Moves.Peers peers;
    private final ZoneId zone;
    private final Alarm alarm;

    private final Map<QueueKey, WaitingQueue> byKey = new HashMap<>();
    /// Written by the owner, read by any thread.
    private volatile int queueCount;
    private final ArrayList<@Nullable WaitingQueue> byNumber = new ArrayList<>();
    private final ArrayList<Integer> freeNumbers = new ArrayList<>();
    private final ArrayDeque<WaitingQueue> marked = new ArrayDeque<>();
    private final WakeHeap wakes = new WakeHeap();

    /// What [Recipients#due] says of an owed recipient that the start found.
    private static final int UNASKED = 1;

    private final OwedSlots owed;
    /// How far [#owedWithoutEvent] has looked.
    private int unaskedAt;

    private final DelayNotices delays;

    /// Queues that hand out nothing while events are late to be synced.
    private final Set<WaitingQueue> heldBack = new LinkedHashSet<>();

    final Map<Integer, String> lastReplies = new HashMap<>();

    private QueuePolicies policies;
    private int snapshot;
    private final Map<String, VirtualMtaLimits> virtualMtaLimits = new HashMap<>();

    /// Virtual MTAs that have been configured since the start.
    private final Set<String> knownVirtualMtas = new HashSet<>();

    private long armedNanos = NEVER;
    private boolean isTurnEnding;
    private boolean isStopping;
    private @Nullable Runnable drained;
    private int sessions;
    int unreadable;

    private int[] taken = new int[16];
    private final int[] ahead = new int[READ_AHEAD];
    Meter.Clock clock;

    QueueShard(Loop loop, Pacer pacer, QueuePolicies policies, QueueBudget budget, Moves.Peers peers) {
        this.loop = loop;
        this.peers = peers;
        this.zone = budget.zone();
        this.policies = policies;
        this.knownVirtualMtas.addAll(policies.virtualMtas());
        this.messages = new Messages(budget.slots());
        this.recipients = new Recipients(budget.slots());
        this.tables = new ReadyOrder.Tables(recipients, messages, jobs);
        this.owed = new OwedSlots(recipients, messages);
        this.wheel = new RetryWheel(recipients, loop.serverMillis());
        this.cache = new FreshCache(budget.freshBytes());
        this.readings = new Readings(loop, messages, cache);
        this.recorder = new Recorder(loop, this::recorderCaughtUp, this::recorderPunctual);
        this.endings = new Endings(this);
        this.delays = new DelayNotices(this);
        this.permits = new Permits(this);
        this.openings = new Openings(this, permits);
        this.modes = new Modes(this);
        this.failures = new Failures(this);
        this.moves = new Moves(this, peers);
        this.trials = new Trials(this);
        this.desk = pacer.desk(loop, permits::answered);
        this.alarm = loop.alarm(this::rings);
        this.clock = new Meter.Clock(loop.nanos(), loop.serverMillis(), budget.zone());
    }

    /// The spool is open: what waits may go out.
    void start(Spool opened, Dispatcher opens) {
        spool = opened;
        dispatcher = opens;
        readings.connect(opened);
        recorder.connect(opened);
        for (WaitingQueue queue : byKey.values()) {
            if (queue.live > 0 || queue.pausedUntilMillis() > 0) {
                mark(queue);
            }
        }
        armLater();
    }

    @Override
    public Loop loop() {
        return loop;
    }

    // ---- mail comes in --------------------------------------------------------------------------------------------

    void arrive(Arrival arrival) {
        StoredMessage stored = arrival.stored();
        AcceptedMessage message = stored.message();
        long now = loop.serverMillis();
        int slot = messages.add(
                message.id(),
                stored.position(),
                message.queuedMillis(),
                message.shape().sizeBytes());
        WaitingQueue newest = null;
        for (int index : arrival.indexes()) {
            AcceptedRecipient recipient = message.recipients().get(index);
            WaitingQueue queue = queue(recipient.queue());
            newest = queue;
            int each = add(queue, slot, index, 0, recipient.priority(), recipient.jobId());
            if (queue.isFrozen && isUnknown(queue)) {
                makeReady(queue, each);
                end(each, Ending.UNKNOWN_VIRTUAL_MTA);
            } else if (recipient.notBeforeMillis() > now) {
                setAside(queue, each, recipient.notBeforeMillis());
            } else {
                makeReady(queue, each);
                if (queue.retryUntilMillis > now
                        && !jobs.isPaused(recipient.jobId())
                        && policy(queue).retryUponNewMail().value()) {
                    queue.retryUntilMillis = 0;
                }
            }
            delays.waits(each, queue, message, index);
            mark(queue);
        }
        cache.put(slot, stored);
        if (newest != null) {
            behind = behind(newest);
        }
    }

    /// Sixteenths of the cache that mail which could go may fill before it counts as behind.
    private static final int NOT_BEHIND = 7;

    /// What a message at hand takes besides its content.
    private static final int BESIDE_CONTENT = 4 << 10;

    private volatile int behind;

    /// As the newest arrival found it: [Intake#behind]. Safe from any thread.
    int behind() {
        return behind;
    }

    /// Mail of a queue whose connections are all busy goes as fast as this loop and the remote let it; what waits for a
    /// permit or for its clock is not behind.
    private int behind(WaitingQueue queue) {
        Crew crew = queue.crew;
        ReadyOrder order = queue.order;
        if (crew == null || crew.connected == 0 || !crew.free.isEmpty() || order == null || order.size() == 0) {
            return 0;
        }
        long each = queue.bytes / Math.max(1, queue.live) + BESIDE_CONTENT;
        return (int) Math.clamp(16 * each * order.size() / cache.limitBytes() - NOT_BEHIND, 0, Intake.MOST_BEHIND);
    }

    /// Mail that was taken for a virtual MTA that does not exist. One that existed until now holds its mail, new mail
    /// included that was on its way.
    private boolean isUnknown(WaitingQueue queue) {
        return !knownVirtualMtas.contains(queue.key.virtualMta());
    }

    /// A message found at start.
    void survive(MessageId id, long position, long queuedMillis, long sizeBytes, List<Survivors.LiveRecipient> live) {
        long now = loop.serverMillis();
        int slot = messages.add(id, position, queuedMillis, sizeBytes);
        for (Survivors.LiveRecipient recipient : live) {
            WaitingQueue queue = queue(recipient.queue());
            int each =
                    add(queue, slot, recipient.index(), recipient.attempts(), recipient.priority(), recipient.jobId());
            if (recipient.isReportOwed()) {
                owe(queue, each);
                recipients.due(each, UNASKED);
            } else if (recipient.dueMillis() > now) {
                setAside(queue, each, dueAfterStart(queue, recipient, now));
            } else {
                makeReady(queue, each);
            }
            mark(queue);
        }
    }

    /// A clock that stood wrong must not put mail off for years: after an attempt no due time is further than the
    /// longest retry. Before the first it is the message's own not-before.
    private long dueAfterStart(WaitingQueue queue, Survivors.LiveRecipient recipient, long now) {
        if (recipient.attempts() == 0) {
            return recipient.dueMillis();
        }
        long longest = policy(queue).retryRecipientsAfter().value().stream()
                .mapToLong(Duration::toMillis)
                .max()
                .orElse(0);
        return Math.min(recipient.dueMillis(), now + longest);
    }

    /// What was last recorded of a queue before the start.
    void remember(QueueEvent last) {
        WaitingQueue queue = queue(last.queue());
        switch (last) {
            case QueueEvent.Failed failed -> failures.restore(queue, failed);
            case QueueEvent.Paused paused -> {
                modes.restore(queue, paused);
            }
            case QueueEvent.ModeChanged changed -> modes.restore(queue, changed);
            case QueueEvent.SourceChanged changed -> modes.restore(queue, changed);
            case QueueEvent.ColdCounted counted -> queue.particulars().cold = counted;
        }
        mark(queue);
    }

    /// As [#remember], without what [RecordedModes] names: that is ended, and recorded as ended.
    void rememberButModes(QueueEvent last) {
        long now = loop.serverMillis();
        switch (last) {
            case QueueEvent.Failed _, QueueEvent.ColdCounted _ -> remember(last);
            case QueueEvent.Paused paused -> {
                if (paused.isPaused()) {
                    forgotten(last, new QueueEvent.Paused(last.queue(), now, false, 0, FRESH), "pause");
                }
            }
            case QueueEvent.ModeChanged changed -> {
                if (changed.isBackoff()) {
                    forgotten(last, new QueueEvent.ModeChanged(last.queue(), now, false, 0, FRESH), "backoff mode");
                }
            }
            case QueueEvent.SourceChanged changed -> {
                if (changed.isDisabled()) {
                    forgotten(
                            last,
                            new QueueEvent.SourceChanged(last.queue(), now, false, 0, changed.address(), FRESH),
                            "disabled source " + changed.address());
                }
            }
        }
    }

    /// A job's pause of before the start is ended, and recorded as ended.
    void forgetPause(CommandEvent.JobPaused paused) {
        LOG.info("job {}: its pause of before the start is forgotten", paused.job());
        recorder.record(new CommandEvent.JobPaused(paused.job(), loop.serverMillis(), false, FRESH));
    }

    private static final String FRESH = "forgotten at the start";

    private void forgotten(QueueEvent last, QueueEvent end, String what) {
        LOG.info("queue {}: its {} of before the start is forgotten", last.queue(), what);
        recorder.record(end);
    }

    int add(WaitingQueue queue, int message, int index, int attempts, int priority, String job) {
        int slot = recipients.add(message, index, queue.number, attempts, priority, jobs.enter(job));
        messages.recipientAdded(message);
        queue.live++;
        queue.bytes += messages.sizeBytes(message);
        jobs.waits(recipients.job(slot), 1, messages.sizeBytes(message));
        long expiry = messages.queuedMillis(message)
                + policy(queue).bounceAfter().value().toMillis();
        endings.expires(expiry);
        return slot;
    }

    private void makeReady(WaitingQueue queue, int slot) {
        ReadyOrder order = queue.order;
        if (order == null) {
            order = new ReadyOrder(tables);
            queue.order = order;
        }
        if (order.size() == 0) {
            queue.movedNanos = loop.nanos();
        }
        order.add(slot);
    }

    void setAside(WaitingQueue queue, int slot, long dueMillis) {
        wheel.add(slot, dueMillis);
        queue.aside++;
        endings.isPutAside(queue, slot);
        armLater();
    }

    /// Failed for good, its report not accepted: it keeps its message alive and counts as no waiting recipient.
    private void owe(WaitingQueue queue, int slot) {
        recipients.state(slot, Recipients.State.OWED);
        recipients.due(slot, 0);
        owed.add(slot);
        queue.owed++;
        waitsNoMore(queue, slot);
    }

    private void waitsNoMore(WaitingQueue queue, int slot) {
        int bytes = messages.sizeBytes(recipients.message(slot));
        queue.live--;
        queue.bytes -= bytes;
        jobs.waits(recipients.job(slot), -1, -bytes);
    }

    /// Reads a message to quote it in the report on recipients of it.
    ///
    /// @param answer in a turn of this shard: those of `indexes` whose report is owed here, and the message, its
    ///     content retained for whoever takes it
    void owed(MessageId id, List<Integer> indexes, Consumer<OwedMail> answer) {
        List<Integer> found = new ArrayList<>(indexes.size());
        int message = Recipients.NONE;
        for (int index : indexes) {
            int slot = owed.find(id, index);
            if (slot != OwedSlots.NONE) {
                recipients.due(slot, 0);
                message = recipients.message(slot);
                found.add(index);
            }
        }
        if (message == Recipients.NONE) {
            answer.accept(OwedMail.NONE);
            return;
        }
        StoredMessage fresh = cache.find(message);
        if (fresh != null && fresh.isWhole()) {
            fresh.content().retain();
            answer.accept(new OwedMail(found, fresh, false));
            return;
        }
        readings.want(message, new Readings.Reader() {
            @Override
            public void read(StoredMessage stored) {
                stored.content().retain();
                answer.accept(new OwedMail(found, stored, false));
            }

            @Override
            public void unreadable(IoFailure why) {
                answer.accept(new OwedMail(found, null, why.kind() == IoFailure.Kind.EXHAUSTED));
            }
        });
    }

    /// The report on a recipient is accepted, or nobody wants it.
    void reported(MessageId id, int index) {
        int slot = owed.find(id, index);
        if (slot == OwedSlots.NONE) {
            return;
        }
        WaitingQueue queue = queue(recipients.queue(slot));
        queue.owed--;
        recorder.record(new ReportedEvent(new RecipientId(id, index), loop.serverMillis()), leave(slot));
        mark(queue);
    }

    /// Recipients that the start found owed and that nobody has asked for: their events are gone. Each call looks
    /// further, through a part of the slots.
    ///
    /// @param atMost of them, 1 or more
    ForgottenReports owedWithoutEvent(int atMost) {
        List<RecipientId> found = new ArrayList<>();
        int end = owed.count() == 0 ? recipients.end() : Math.min(recipients.end(), unaskedAt + Endings.SCAN_A_TURN);
        for (; unaskedAt < end && found.size() < atMost && owed.count() > 0; unaskedAt++) {
            if (recipients.state(unaskedAt) == Recipients.State.OWED && recipients.due(unaskedAt) == UNASKED) {
                found.add(new RecipientId(messages.id(recipients.message(unaskedAt)), recipients.index(unaskedAt)));
            }
        }
        return new ForgottenReports(found, unaskedAt >= recipients.end() || owed.count() == 0);
    }

    /// Takes a recipient out of the tables.
    ///
    /// @return the message's position if that was its last recipient here, else -1
    long gone(WaitingQueue queue, int slot) {
        waitsNoMore(queue, slot);
        return leave(slot);
    }

    private long leave(int slot) {
        int message = recipients.message(slot);
        if (recipients.state(slot) == Recipients.State.OWED) {
            owed.remove(slot);
        }
        jobs.leave(recipients.job(slot));
        if (!lastReplies.isEmpty()) {
            lastReplies.remove(slot);
        }
        delays.left(slot);
        recipients.remove(slot);
        if (messages.live(message) == 1) {
            cache.drop(message);
            readings.forget(message);
        }
        return messages.recipientGone(message);
    }

    /// Takes a waiting recipient out of the list that it is in.
    void leaveList(WaitingQueue queue, int slot) {
        if (recipients.state(slot) == Recipients.State.ASIDE) {
            wheel.remove(slot);
            queue.aside--;
        } else if (queue.order != null) {
            queue.order.remove(slot);
        }
    }

    /// Puts a recipient that is in no list into one.
    ///
    /// @param dueMillis of its own retry clock; 0 where it does not run
    void enterList(WaitingQueue queue, int slot, long dueMillis) {
        if (dueMillis > loop.serverMillis()) {
            setAside(queue, slot, dueMillis);
        } else {
            makeReady(queue, slot);
        }
    }

    /// A recipient that is in no list belongs to another queue of this shard now.
    void changeQueue(int slot, WaitingQueue from, WaitingQueue to) {
        int bytes = messages.sizeBytes(recipients.message(slot));
        from.live--;
        from.bytes -= bytes;
        to.live++;
        to.bytes += bytes;
        recipients.queue(slot, to.number);
        endings.expires(messages.queuedMillis(recipients.message(slot))
                + policy(to).bounceAfter().value().toMillis());
        mark(from);
    }

    void keepReply(int slot, String reply) {
        if (lastReplies.size() < LAST_REPLIES || lastReplies.containsKey(slot)) {
            lastReplies.put(slot, reply);
        }
    }

    // ---- queues ---------------------------------------------------------------------------------------------------

    private WaitingQueue queue(QueueKey key) {
        WaitingQueue queue = byKey.get(key);
        if (queue == null) {
            int number = freeNumbers.isEmpty() ? byNumber.size() : freeNumbers.removeLast();
            QueuePolicy policy = policies.of(key);
            queue = new WaitingQueue(key, number, policy, snapshot - 1, limits(key.virtualMta(), policy));
            if (number == byNumber.size()) {
                byNumber.add(queue);
            } else {
                byNumber.set(number, queue);
            }
            byKey.put(key, queue);
            queueCount = byKey.size();
            bind(queue, policy);
        }
        return queue;
    }

    WaitingQueue queue(int number) {
        WaitingQueue queue = byNumber.get(number);
        if (queue == null) {
            throw new QueueException("queue number " + number + " is not in use");
        }
        return queue;
    }

    private VirtualMtaLimits limits(String virtualMta, QueuePolicy policy) {
        return virtualMtaLimits.computeIfAbsent(virtualMta, name -> VirtualMtaLimits.of(name, policy, policies));
    }

    QueuePolicy policy(WaitingQueue queue) {
        if (queue.snapshot != snapshot) {
            bind(queue, policies.of(queue.key));
        }
        return queue.policy;
    }

    /// The queue's mode has changed: what it means for its limits binds at once.
    void rebind(WaitingQueue queue) {
        bind(queue, policies.of(queue.key));
        mark(queue);
    }

    private void bind(WaitingQueue queue, QueuePolicy normal) {
        QueuePolicy policy = queue.backoff() == null ? normal : normal.inBackoff();
        queue.snapshot = snapshot;
        queue.policy = policy;
        if (queue.sources() != null || !policy.sources().limits().isEmpty()) {
            for (Sources.Source gone : queue.sources(policy.sources(), now()).bind(policy.sources(), now())) {
                modes.enable(queue, gone, "it is no address of virtual MTA " + queue.key.virtualMta() + " any more");
            }
        }
        queue.shared = limits(queue.key.virtualMta(), policy);
        queue.isFrozen = !policies.hasVirtualMta(queue.key.virtualMta());
        queue.forgetMoves();
        Pace pace = queue.paceIfAny();
        if (pace != null) {
            pace.bind(policy, now());
            // Whoever stands in line stands there with the old numbers.
            permits.withdrawAsks(queue);
        }
    }

    /// Binds new policies: at once for queues with mail or sessions, for others when they are next looked at.
    void adopt(QueuePolicies next) {
        policies = next;
        snapshot++;
        knownVirtualMtas.addAll(next.virtualMtas());
        virtualMtaLimits.clear();
        endings.lookAnew(loop.serverMillis());
        for (WaitingQueue queue : List.copyOf(byKey.values())) {
            // An address that was disabled may be the queue's no more: pools wait for that.
            if (queue.crew != null || queue.live > 0 || queue.sources() != null) {
                mark(queue);
            }
        }
        armLater();
    }

    QueuePolicies policies() {
        return policies;
    }

    private void forget(WaitingQueue queue) {
        wakes.set(queue, NEVER);
        byKey.remove(queue.key);
        queueCount = byKey.size();
        byNumber.set(queue.number, null);
        recipientNotes.forget(queue);
        freeNumbers.add(queue.number);
    }

    // ---- the turn -------------------------------------------------------------------------------------------------

    void mark(WaitingQueue queue) {
        if (!queue.isDirty) {
            queue.isDirty = true;
            marked.add(queue);
            armLater();
        }
    }

    void armLater() {
        if (!isTurnEnding) {
            isTurnEnding = true;
            loop.afterTurn(this::endTurn);
        }
    }

    private void endTurn() {
        clock = now();
        try {
            for (int i = 0; i < QUEUES_A_TURN; i++) {
                WaitingQueue queue = marked.poll();
                if (queue == null) {
                    break;
                }
                pump(queue);
            }
            endings.run();
        } finally {
            // A defect costs the queue it was met in this turn, never the shard.
            isTurnEnding = false;
            arm();
        }
        if (drained != null && isDrained()) {
            Runnable done = drained;
            drained = null;
            cache.clear();
            done.run();
        }
    }

    private void arm() {
        if (recipients.count() == 0) {
            endings.nothingWaits();
        }
        long at = wakes.firstNanos();
        if (!marked.isEmpty() || endings.isScanning() || endings.canRun()) {
            at = clock.nanos();
        } else {
            long millis = Math.min(Math.min(wheel.nextMillis(), endings.nextScanMillis()), delays.nextMillis());
            if (millis != NEVER) {
                at = Math.min(at, nanosAt(millis));
            }
        }
        if (at != armedNanos) {
            armedNanos = at;
            if (at == NEVER) {
                alarm.clear();
            } else {
                alarm.set(at);
            }
        }
    }

    private long nanosAt(long millis) {
        return clock.nanos() + Math.max(0, Math.min(millis - clock.millis(), 1L << 40)) * 1_000_000L;
    }

    private void rings() {
        armedNanos = NEVER;
        armLater();
        long nanos = loop.nanos();
        long millis = loop.serverMillis();
        for (WaitingQueue queue = wakes.poll(nanos); queue != null; queue = wakes.poll(nanos)) {
            mark(queue);
        }
        wheel.advance(millis, DUE_A_TURN, slot -> {
            isDue(queue(recipients.queue(slot)), slot);
        });
        endings.scan(millis);
        delays.run(millis);
    }

    @Nullable
    DelayListener delayListener() {
        return peers.delayListener();
    }

    // ---- one look at a queue --------------------------------------------------------------------------------------

    private void pump(WaitingQueue queue) {
        queue.isDirty = false;
        if (byNumber.get(queue.number) != queue) {
            return;
        }
        wakes.set(queue, NEVER);
        QueuePolicy policy = policy(queue);
        if (queue.live > 0 && !policy.sources().limits().isEmpty()) {
            // They were forgotten while the queue was empty.
            var unused = queue.sources(policy.sources(), now());
        }
        Pace pace = queue.paceIfAny();
        if (pace != null) {
            pace.binding = null;
        }
        if (queue.crew != null) {
            queue.crew.answerRetired();
        }
        if (queue.isFrozen && queue.live > 0 && policies.bouncesRemoved()) {
            endings.endAll(queue, Ending.UNKNOWN_VIRTUAL_MTA);
        }
        boolean goesHome = spool != null && !isStopping && moves.goesHome(queue, spool);
        boolean isTried = queue.trial() != null && !queue.trial().isGathering;
        if (goesHome || !isOpen(queue) || spool != null && moves.pump(queue, spool) || isInRetry(queue) && !isTried) {
            dismiss(queue);
        } else if (recorder.isLate()) {
            heldBack.add(queue);
            waitForDisk(queue);
        } else if (recorder.isBehind()) {
            waitForDisk(queue);
        } else {
            switch (policy.deliveryType().value()) {
                case DISCARD, DISCARD_AS_BOUNCE -> discard(queue);
                case SMTP, FILE -> {
                    if (isTried && isInRetry(queue)) {
                        dismissOthers(queue);
                    }
                    serve(queue);
                    openings.grow(queue);
                }
            }
        }
        noteHold(queue);
        trials.look(queue);
        rest(queue);
    }

    /// A permit that waited for the disk would be used too late.
    private void waitForDisk(WaitingQueue queue) {
        if (queue.paceIfAny() != null) {
            permits.withdrawPermitAsk(queue);
            permits.returnPermits(queue);
        }
    }

    void wakeAt(WaitingQueue queue, long nanos) {
        if (nanos < queue.wakeNanos) {
            wakes.set(queue, nanos);
        }
    }

    /// Whether nobody holds the queue: it is not paused, its virtual MTA is there, the server runs.
    private boolean isOpen(WaitingQueue queue) {
        if (queue.backoff() != null || queue.sources() != null) {
            long ends = modes.expire(queue, clock.millis());
            if (ends != NEVER) {
                wakeAt(queue, nanosAt(ends));
            }
        }
        if (queue.isPaused() && queue.pausedUntilMillis() > 0 && queue.pausedUntilMillis() <= clock.millis()) {
            modes.resumeByItself(queue);
        }
        if (queue.isPaused() && queue.pausedUntilMillis() > 0) {
            wakeAt(queue, nanosAt(queue.pausedUntilMillis()));
        }
        if (isStopping || queue.isFrozen || spool == null) {
            return false;
        }
        return !queue.isPaused();
    }

    private boolean isInRetry(WaitingQueue queue) {
        if (queue.retryUntilMillis > clock.millis()) {
            wakeAt(queue, nanosAt(queue.retryUntilMillis));
            return true;
        }
        return false;
    }

    /// Sends the sessions away: those that ask are told that there is nothing, the others end after what they carry.
    private void dismiss(WaitingQueue queue) {
        permits.withdrawAsks(queue);
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        boolean isForGood = isStopping || queue.isFrozen || queue.isPaused();
        for (Session session : List.copyOf(crew.sessions)) {
            if (session.takesMail()) {
                crew.sendAway(session);
            } else if (isForGood) {
                crew.retire(session);
            }
        }
    }

    /// While the queue clock runs only the session of an operator's trial is served.
    private static void dismissOthers(WaitingQueue queue) {
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        for (Session session : List.copyOf(crew.sessions)) {
            if (!session.isTrial && session.takesMail()) {
                crew.sendAway(session);
            }
        }
    }

    // ---- handing out ----------------------------------------------------------------------------------------------

    private void serve(WaitingQueue queue) {
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        int mostMessages = queue.policy.maxMsgPerConnection().value();
        boolean onlyFree = permits.isPaced(queue) && crew.isSlow();
        while (queue.ready() > 0 && crew.hasTakers(onlyFree)) {
            queue.pace().sinceNanos = Math.min(queue.pace().sinceNanos, clock.nanos());
            if (queue.sources() != null && !hasTakerBySource(queue, queue.sources(), crew, onlyFree)) {
                permits.withdrawPermitAsk(queue);
                permits.returnPermits(queue);
                break;
            }
            int free = permits.free(queue, crew);
            if (free == 0) {
                break;
            }
            Session session = queue.sources() == null ? crew.next() : nextBySource(queue, crew, onlyFree);
            if (session == null) {
                // No address may take mail: a permit would be used long after its instant.
                permits.returnPermits(queue);
                break;
            }
            if (session.isRetired
                    || mostMessages > 0 && session.carried >= mostMessages
                    || session.source != null && session.source.isDisabled) {
                crew.offers(session);
                crew.sendAway(session);
                continue;
            }
            int most = Math.min(free, queue.policy.maxRcptPerTransaction().value());
            if (session.source != null) {
                most = Math.min(most, Sources.free(session, clock, queue.pace().sinceNanos));
            }
            handOut(queue, session, most);
        }
        if (queue.ready() == 0) {
            restSessions(queue, crew);
        } else if (crew.hasTakers(onlyFree)) {
            holdSessions(queue, crew);
        } else {
            // Nobody wants a permit now: what follows is no wait for one, and one that is used much after its instant
            // would stand too close to the next.
            queue.pace().sinceNanos = NEVER;
            permits.withdrawPermitAsk(queue);
            permits.returnPermits(queue);
        }
    }

    /// Whether there is a session whose source address may take mail, or is disabled and is to go. Without one the
    /// limit that ends first binds. Asked before permits are: no queue takes one that it cannot use.
    private boolean hasTakerBySource(WaitingQueue queue, Sources sources, Crew crew, boolean onlyFree) {
        long since = queue.pace().sinceNanos;
        Sources.Hold first = null;
        for (Session each : crew.sessions) {
            if (!each.takesMail()) {
                continue;
            }
            if (isTakerBySource(each, since, onlyFree)) {
                return true;
            }
            Sources.Hold hold = sources.heldMail(each, clock, since);
            if (hold != null && (first == null || hold.untilNanos() < first.untilNanos())) {
                first = hold;
            }
        }
        if (first != null) {
            Permits.binds(queue, first.limit(), first.untilNanos());
        }
        return false;
    }

    private @Nullable Session nextBySource(WaitingQueue queue, Crew crew, boolean onlyFree) {
        long since = queue.pace().sinceNanos;
        return crew.next(each -> isTakerBySource(each, since, onlyFree));
    }

    private boolean isTakerBySource(Session session, long since, boolean onlyFree) {
        return session.source != null && session.source.isDisabled
                || (session.carrying == 0 || !onlyFree) && Sources.free(session, clock, since) > 0;
    }

    private void handOut(WaitingQueue queue, Session session, int most) {
        Lot lot = take(queue, session, most);
        session.isAsking = false;
        session.isIdle = false;
        session.carrying++;
        session.carried++;
        permits.use(queue, lot.slots.length, lot.bytes);
        if (session.source != null) {
            Sources.use(session, lot.slots.length, lot.bytes, clock, queue.pace().sinceNanos);
        }
        load(lot);
    }

    private Lot take(WaitingQueue queue, @Nullable Session session, int most) {
        ReadyOrder order = queue.order;
        if (order == null) {
            throw new QueueException("nothing is ready in " + queue.key);
        }
        if (taken.length < most) {
            taken = new int[most];
        }
        int count = order.take(most, taken);
        int[] slots = new int[count];
        int[] attempts = new int[count];
        for (int i = 0; i < count; i++) {
            slots[i] = taken[i];
            attempts[i] = recipients.attempts(slots[i]) + 1;
            recipients.state(slots[i], Recipients.State.CARRIED);
        }
        queue.carried += count;
        if (session != null) {
            jobs.carried(recipients.job(slots[0]), 1);
        }
        queue.movedNanos = clock.nanos();
        long bytes = messages.sizeBytes(recipients.message(slots[0]));
        return new Lot(queue, session, slots, attempts, clock, bytes);
    }

    /// Gives the lot its message, from the cache or by reading it, and hands it on.
    private void load(Lot lot) {
        int message = recipients.message(lot.slots[0]);
        StoredMessage stored = cache.find(message);
        if (stored != null) {
            carry(lot, stored);
            return;
        }
        lot.queue.reading++;
        readings.want(message, new Readings.Reader() {
            @Override
            public void read(StoredMessage read) {
                lot.queue.reading--;
                mark(lot.queue);
                carry(lot, read);
            }

            @Override
            public void unreadable(IoFailure why) {
                lot.queue.reading--;
                mark(lot.queue);
                giveUp(lot, why);
            }
        });
        ReadyOrder order = lot.queue.order;
        if (order != null) {
            int count = order.ahead(ahead);
            for (int i = 0; i < count; i++) {
                readings.ahead(ahead[i]);
            }
        }
    }

    private void carry(Lot lot, StoredMessage stored) {
        int[] indexes = new int[lot.slots.length];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = recipients.index(lot.slots[i]);
        }
        Session session = lot.session;
        if (session == null) {
            lot.load(stored, indexes);
            boolean asBounce = lot.queue.policy.deliveryType().value() == QueuePolicy.DeliveryType.DISCARD_AS_BOUNCE;
            Outcome discarded = asBounce
                    ? new Outcome.Bounced(DISCARDED, "5.0.0", "")
                    : new Outcome.Delivered(DISCARDED, "2.0.0", "");
            settle(lot, java.util.Collections.nCopies(lot.slots.length, discarded), 0);
        } else if (session.carrier == null || session.isLeaving) {
            // It ended, or began to, while the message was being read.
            putBack(lot);
        } else {
            lot.load(stored, indexes);
            session.carrier.carry(lot);
        }
    }

    private static final Outcome.RemoteFacts DISCARDED = new Outcome.RemoteFacts("", "", "", "", "discard");

    /// To be called while its recipients are in the tables.
    private void carriesNoMore(Lot lot) {
        lot.queue.carried -= lot.slots.length;
        if (lot.session != null) {
            jobs.carried(recipients.job(lot.slots[0]), -1);
        }
    }

    private void putBack(Lot lot) {
        refund(lot, 0);
        for (int slot : lot.slots) {
            makeReady(lot.queue, slot);
        }
        carriesNoMore(lot);
        lot.end();
        mark(lot.queue);
    }

    /// Memory of the tables that is on the heap, because none could be had outside. From any thread.
    long overdrawnBytes() {
        return messages.overdrawnBytes() + recipients.overdrawnBytes();
    }

    /// The message cannot be read: its recipients go aside for an hour, and the queue says so.
    private void giveUp(Lot lot, IoFailure why) {
        WaitingQueue queue = lot.queue;
        unreadable++;
        queue.note(
                loop.serverMillis(),
                "a message cannot be read from the spool (position "
                        + messages.position(recipients.message(lot.slots[0])) + "): " + why.text());
        boolean isOnlyShortOfMemory = why.kind() == IoFailure.Kind.EXHAUSTED;
        long aside = isOnlyShortOfMemory ? SHORT_OF_MEMORY_MILLIS : UNREADABLE_MILLIS;
        for (int slot : lot.slots) {
            setAside(queue, slot, loop.serverMillis() + aside);
        }
        carriesNoMore(lot);
        refund(lot, 0);
        lot.end();
        Session session = lot.session;
        Crew crew = queue.crew;
        if (session != null && crew != null && session.carrier != null) {
            session.carrying--;
            session.carried--;
            crew.withdraws(session);
            session.isAsking = true;
            crew.offers(session);
        }
    }

    /// No mail: who asks may idle, and its asking stands.
    private void restSessions(WaitingQueue queue, Crew crew) {
        queue.pace().sinceNanos = NEVER;
        permits.withdrawPermitAsk(queue);
        permits.returnPermits(queue);
        crew.rest(queue.policy.maxMsgPerConnection().value());
    }

    /// Mail, but no permit: sessions that the rate will soon use are held, the others go.
    private void holdSessions(WaitingQueue queue, Crew crew) {
        long wait = queue.pace().bindingUntilNanos - clock.nanos();
        boolean isTooLong = wait > queue.policy.pacedConnectionHold().value().toNanos();
        if (isTooLong) {
            permits.withdrawPermitAsk(queue);
        }
        int keep = isTooLong ? 0 : Permits.usable(queue);
        int busy = crew.staying() - crew.free.size() - crew.ahead.size() - crew.connecting();
        while (crew.free.size() > 0 && crew.free.size() + busy > keep) {
            crew.sendAway(crew.free.getLast());
        }
        while (isTooLong && !crew.ahead.isEmpty()) {
            crew.sendAway(crew.ahead.getLast());
        }
        if (crew.hasTakers() && queue.pace().permitAsk == null) {
            wakeAt(queue, queue.pace().bindingUntilNanos);
        }
    }

    // ---- connections ----------------------------------------------------------------------------------------------

    /// A connection was permitted.
    void opened(WaitingQueue queue, Answer.Opened opened, boolean isWanted) {
        // The answer may come long after the asking, and other connections may have used the rate meanwhile.
        clock = now();
        for (int i = 0; i < opened.count(); i++) {
            if (isWanted && queue.ready() > 0 && openings.mayConnect(queue)) {
                openings.open(queue, opened);
            } else {
                desk.closed(opened);
                mark(queue);
            }
        }
    }

    /// Others wait for a connection: one of an opening's ends after what it carries.
    void yields(WaitingQueue queue, Answer.Opened opened) {
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        for (Session session : List.copyOf(crew.sessions)) {
            if (session.opened == opened && !session.isRetired && !session.isLeaving) {
                crew.retire(session);
                return;
            }
        }
    }

    Meter.Clock now() {
        return new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
    }

    Dispatcher dispatcher() {
        if (dispatcher == null) {
            throw new QueueException("a connection is wanted and nobody opens any: the wiring is not complete");
        }
        return dispatcher;
    }

    void sessionOpened() {
        sessions++;
    }

    @Override
    public void wants(Dispatcher.Opening opening, Carrier carrier) {
        Session session = (Session) opening;
        Crew crew = crew(session);
        if (session.carrier == null) {
            session.carrier = carrier;
            crew.connected++;
        }
        if (!session.isAsking && !session.isIdle) {
            session.isAsking = true;
            session.isLeaving = false;
            crew.offers(session);
        }
        mark(session.queue);
    }

    @Override
    public void leaving(Dispatcher.Opening opening) {
        Session session = (Session) opening;
        crew(session).withdraws(session);
        session.isAsking = false;
        session.isIdle = false;
        session.isLeaving = true;
        mark(session.queue);
    }

    private static Crew crew(Session session) {
        Crew crew = session.queue.crew;
        if (crew == null || session.isEnded) {
            throw new QueueException("an opening of " + session.queue.key + " was used after its end");
        }
        return crew;
    }

    @Override
    public void ended(Dispatcher.Opening opening, @Nullable QueueFailure failure) {
        Session session = (Session) opening;
        Crew crew = crew(session);
        WaitingQueue queue = session.queue;
        crew.withdraws(session);
        crew.sessions.remove(session);
        session.isEnded = true;
        // Before it is counted no more: whether any of its addresses was used at all.
        List<Sources.Source> heldBack = session.hasLeft ? List.of() : session.heldBack();
        Sources.closed(session);
        sessions--;
        if (session.isConnected()) {
            crew.connected--;
        }
        session.carrier = null;
        desk.closed(session.opened);
        // A trial may have been told to leave from one address alone.
        if (failure == null && !heldBack.isEmpty() && !session.isTrial) {
            openings.waitFor(queue, heldBack);
        } else if (failure == null && !session.hasSettled && !session.isRetired && !session.isLeaving) {
            queue.pace().openNotBeforeNanos = loop.nanos() + CALM_NANOS;
        }
        if (failure != null) {
            failures.failed(queue, crew, session, failure);
        }
        trials.ended(queue, session, failure);
        if (crew.sessions.isEmpty()) {
            queue.crew = null;
            permits.withdrawPermitAsk(queue);
            permits.returnPermits(queue);
        }
        if (!crew.hasTakers()) {
            // Nobody is left who could use a permit: it must not wait here while other queues want it.
            permits.withdrawPermitAsk(queue);
        }
        mark(queue);
    }

    @Override
    public long connectsAgain(Dispatcher.Opening opening) {
        return openings.connectsAgain(opening);
    }

    @Override
    public boolean mayLeaveFrom(Dispatcher.Opening opening, @Nullable InetAddress address) {
        Session session = (Session) opening;
        // Who chooses an address has no connection: one that it had to another host is over.
        Sources.closed(session);
        session.hasAddress = false;
        Sources sources = session.queue.sources();
        if (sources == null || sources.mayOpen(address, now())) {
            return true;
        }
        session.heldBackFrom(sources.find(address));
        return false;
    }

    @Override
    public void leavesFrom(Dispatcher.Opening opening, @Nullable InetAddress address) {
        Session session = (Session) opening;
        session.hasLeft = true;
        session.hasAddress = true;
        session.address = address;
        Sources sources = session.queue.sources();
        if (sources != null) {
            sources.opened(session, address, now());
            mark(session.queue);
        }
    }

    @Override
    public void joins(Dispatcher.Opening opening, String rollup) {
        moves.join(((Session) opening).queue, rollup);
    }

    @Override
    public void act(Dispatcher.Opening opening, QueueAction action) {
        WaitingQueue queue = ((Session) opening).queue;
        switch (action) {
            case QueueAction.Backoff(QueueAction.Lasting lasting, String reason) -> modes.enter(queue, lasting, reason);
            case QueueAction.Normal(String reason) -> modes.leave(queue, reason);
            case QueueAction.DisableSource disable -> modes.disable(queue, disable);
            case QueueAction.Defer(QueueFailure failure) -> {
                // Once: every session may hear the same reply, and one transaction may hear it for each recipient.
                if (queue.retryUntilMillis <= loop.serverMillis()) {
                    failures.putOff(queue, failure);
                    queue.pace().deferredNanos = loop.nanos();
                }
            }
            case QueueAction.BounceAll(String status, String diagnostic) ->
                failures.endMany(queue, new Ending(status, diagnostic, true, false));
        }
    }

    static Duration wait(List<Duration> waits, int number) {
        return waits.get(Math.clamp(number, 1, waits.size()) - 1);
    }

    @Override
    public void note(QueueKey key, String text) {
        WaitingQueue queue = byKey.get(key);
        if (queue != null) {
            queue.note(loop.serverMillis(), texts.of(text));
        }
    }

    @Override
    public void noteRefusal(QueueKey key, String kind, String text) {
        WaitingQueue queue = byKey.get(key);
        if (queue != null) {
            queue.noteRefusal(loop.serverMillis(), kind, text);
        }
    }

    // ---- outcomes -------------------------------------------------------------------------------------------------

    @Override
    public void settled(Consignment consignment, List<Outcome> outcomes, long contentBytes) {
        Lot lot = (Lot) consignment;
        if (lot.isDead) {
            throw new QueueException("a consignment of " + lot.queue.key + " was settled twice");
        }
        if (outcomes.size() != lot.slots.length) {
            throw new QueueException("a consignment of " + lot.slots.length + " recipients was settled with "
                    + outcomes.size() + " outcomes");
        }
        Session session = lot.session;
        Crew crew = lot.queue.crew;
        if (session != null && crew != null) {
            boolean isTaker = session.takesMail();
            if (isTaker) {
                crew.withdraws(session);
            }
            session.carrying--;
            if (isTaker) {
                crew.offers(session);
            }
            crew.served(loop.nanos() - lot.takenNanos);
        }
        settle(lot, outcomes, contentBytes);
    }

    private void settle(Lot lot, List<? extends Outcome> outcomes, long contentBytes) {
        WaitingQueue queue = lot.queue;
        carriesNoMore(lot);
        long now = loop.serverMillis();
        for (int i = 0; i < lot.slots.length; i++) {
            int slot = lot.slots[i];
            if (!(outcomes.get(i) instanceof Outcome.Untouched)) {
                recipients.attempted(slot);
                if (lot.session != null) {
                    lot.session.hasSettled = true;
                }
            }
            switch (outcomes.get(i)) {
                case Outcome.Delivered delivered -> {
                    if (queue.backoff() != null
                            && queue.policy.backoff().toNormalAfterDelivery().value()) {
                        modes.leave(queue, "a message was delivered");
                    }
                    // A transaction that began before a reply put the queue off does not call it back.
                    if (queue.retryUntilMillis <= now || lot.takenNanos > queue.pace().deferredNanos) {
                        failures.areOver(queue);
                    }
                    boolean isOwed =
                            owesSuccess(queue, lot.stored().message(), recipients.index(slot), delivered.remote());
                    RecipientEvent event = event(
                            RecipientEvent.What.DELIVERED,
                            lot,
                            i,
                            now,
                            0,
                            delivered.remote(),
                            delivered.status(),
                            delivered.diagnostic(),
                            isOwed);
                    recipientNotes.note(queue, event);
                    recorder.record(event, release(queue, slot, isOwed));
                }
                case Outcome.Bounced bounced -> {
                    boolean isOwed = owesReport(queue, lot.stored().message(), recipients.index(slot));
                    RecipientEvent event = event(
                            RecipientEvent.What.BOUNCED,
                            lot,
                            i,
                            now,
                            0,
                            bounced.remote(),
                            bounced.status(),
                            bounced.diagnostic(),
                            isOwed);
                    recipientNotes.note(queue, event);
                    recorder.record(event, release(queue, slot, isOwed));
                }
                case Outcome.Deferred deferred -> {
                    long due = now
                            + wait(policy(queue).retryRecipientsAfter().value(), recipients.attempts(slot))
                                    .toMillis();
                    RecipientEvent event = event(
                            RecipientEvent.What.DEFERRED,
                            lot,
                            i,
                            now,
                            due,
                            deferred.remote(),
                            deferred.status(),
                            deferred.diagnostic(),
                            false);
                    keepReply(slot, deferred.diagnostic());
                    delays.waits(slot, queue, lot.stored().message(), recipients.index(slot));
                    setAside(queue, slot, due);
                    recipientNotes.note(queue, event);
                    recorder.record(event, -1);
                }
                case Outcome.Untouched ignored -> makeReady(queue, slot);
            }
        }
        refund(lot, contentBytes);
        lot.end();
        mark(queue);
    }

    /// Takes back what was paid for a message beyond what was sent of it.
    private void refund(Lot lot, long sentBytes) {
        long unsent = lot.bytes - sentBytes;
        if (lot.session != null && unsent > 0) {
            permits.refund(lot.queue, unsent, lot.takenMillis);
            Sources.refund(lot.session, unsent, lot.takenMillis, now());
        }
    }

    long release(WaitingQueue queue, int slot, boolean isOwed) {
        if (isOwed) {
            owe(queue, slot);
            return -1;
        }
        return gone(queue, slot);
    }

    /// Source: RFC 3461 section 5.2: no report to the null reverse-path, none where NOTIFY excludes failures.
    boolean owesReport(WaitingQueue queue, AcceptedMessage message, int index) {
        int notify = message.recipients().get(index).notifyBits();
        boolean isAsked =
                (notify & AcceptedRecipient.Notify.OF_CLIENT) == 0 || (notify & AcceptedRecipient.Notify.FAILURE) != 0;
        return isAsked && isReporting(queue, message, notify);
    }

    /// Who asked to hear of success is told by the remote if it can tell, else by this server. Source: RFC 3461 section
    /// 5.2.2.
    private boolean owesSuccess(WaitingQueue queue, AcceptedMessage message, int index, Outcome.RemoteFacts remote) {
        int notify = message.recipients().get(index).notifyBits();
        return (notify & AcceptedRecipient.Notify.SUCCESS) != 0
                && !remote.offers("DSN")
                && isReporting(queue, message, notify);
    }

    boolean isReporting(WaitingQueue queue, AcceptedMessage message, int notify) {
        return !message.reversePath().isEmpty()
                && (notify & AcceptedRecipient.Notify.NO_LOCAL_REPORT) == 0
                && policy(queue).deliveryType().value() != QueuePolicy.DeliveryType.DISCARD_AS_BOUNCE
                && policy(queue).localReports().value();
    }

    RecipientEvent event(
            RecipientEvent.What what,
            Lot lot,
            int i,
            long now,
            long due,
            Outcome.RemoteFacts remote,
            String status,
            String diagnostic,
            boolean isOwed) {
        return event(
                what,
                lot.queue,
                lot.stored().message(),
                recipients.index(lot.slots[i]),
                lot.attempts[i],
                now,
                due,
                remote,
                status,
                diagnostic,
                isOwed);
    }

    static RecipientEvent event(
            RecipientEvent.What what,
            WaitingQueue queue,
            AcceptedMessage message,
            int index,
            int attempt,
            long now,
            long due,
            Outcome.RemoteFacts remote,
            String status,
            String diagnostic,
            boolean isOwed) {
        AcceptedRecipient recipient = message.recipients().get(index);
        return new RecipientEvent(
                what,
                message.id(),
                index,
                attempt,
                now,
                due,
                message.queuedMillis(),
                queue.key,
                queue.key.virtualMta(),
                recipient.pool(),
                message.reversePath(),
                recipient.forwardPath(),
                recipient.originalRecipient(),
                recipient.jobId(),
                recipient.envelopeId(),
                message.sourceType(),
                message.sourceMta(),
                status,
                diagnostic,
                remote.mta(),
                remote.deliveryType(),
                remote.sourceIp(),
                remote.remoteIp(),
                remote.capabilities(),
                what == RecipientEvent.What.DELIVERED ? message.shape().sizeBytes() : 0,
                isOwed,
                message.headerFacts(),
                message.smtpUser(),
                remote.tlsProtocol(),
                remote.tlsCipher(),
                false);
    }

    private void discard(WaitingQueue queue) {
        for (int i = 0; i < DISCARDS_A_TURN && queue.ready() > 0 && queue.reading < DISCARDS_A_TURN; i++) {
            load(take(queue, null, queue.policy.maxRcptPerTransaction().value()));
        }
        if (queue.ready() > 0 && queue.reading < DISCARDS_A_TURN) {
            mark(queue);
        }
    }

    private void recorderCaughtUp() {
        for (WaitingQueue queue : byKey.values()) {
            if (queue.crew != null || queue.ready() > 0) {
                mark(queue);
            }
        }
        armLater();
    }

    private void recorderPunctual() {
        heldBack.forEach(this::mark);
        heldBack.clear();
        armLater();
    }

    // ---- resting --------------------------------------------------------------------------------------------------

    private void noteHold(WaitingQueue queue) {
        Pace pace = queue.paceIfAny();
        if (pace == null) {
            return;
        }
        Limit binding = pace.binding;
        if (binding == null || queue.ready() == 0) {
            pace.bindingSinceNanos = NEVER;
            return;
        }
        if (!(binding instanceof Limit.OfRate rate)) {
            return;
        }
        queue.pace().bindingSinceNanos = Math.min(queue.pace().bindingSinceNanos, clock.nanos());
        if (queue.pace().bindingUntilNanos - queue.pace().bindingSinceNanos <= HELD_NANOS) {
            return;
        }
        switch (rate.key().kind()) {
            case CONNECT_RATE -> {
                if (clock.millis() - queue.pace().notedConnectRateMillis >= NOTE_EVERY_MILLIS) {
                    queue.pace().notedConnectRateMillis = clock.millis();
                    queue.note(clock.millis(), "connect rate limit reached");
                }
            }
            case OPENING_PAUSE -> {}
            case MESSAGE_RATE, CONNECTIONS, DATA_VOLUME -> {
                if (clock.millis() - queue.pace().notedMessageRateMillis >= NOTE_EVERY_MILLIS) {
                    queue.pace().notedMessageRateMillis = clock.millis();
                    queue.note(
                            clock.millis(),
                            (rate.key().kind() == LimitKey.Kind.DATA_VOLUME
                                            ? "data volume limit reached (based on "
                                            : "message rate limit reached (based on ")
                                    + (rate.key().scope() == LimitKey.Scope.VIRTUAL_MTA ? "virtual MTA's " : "queue's ")
                                    + rate.directive() + " in configuration)");
                }
            }
        }
    }

    /// Sets when the queue is looked at next, or forgets it.
    private void rest(WaitingQueue queue) {
        if (queue.crew == null) {
            restOrder(queue);
            Pace pace = queue.paceIfAny();
            if (pace != null && !pace.remembers(clock, NOTE_EVERY_MILLIS)) {
                queue.dropPace();
            }
        }
        Sources sources = queue.sources();
        if (sources != null && queue.crew == null) {
            dropSources(queue, sources);
        }
        boolean remembersCold = remembersCold(queue);
        queue.dropParticularsIfNone();
        if (queue.live > 0
                || queue.owed > 0
                || isWatched(queue)
                || queue.crew != null
                || queue.isPaused()
                || queue.backoff() != null
                || queue.sources() != null
                || remembersCold) {
            queue.emptySinceNanos = NEVER;
            if (queue.live == 0 && queue.crew == null && (queue.sources() != null || queue.cold() != null)) {
                // What is remembered for its own time only: nothing else would look at the queue again.
                wakeAt(queue, clock.nanos() + FORGET_NANOS);
            }
            return;
        }
        queue.emptySinceNanos = Math.min(queue.emptySinceNanos, clock.nanos());
        long forgetAt = queue.emptySinceNanos + FORGET_NANOS;
        if (queue.retryUntilMillis > clock.millis()) {
            forgetAt = Math.max(forgetAt, nanosAt(queue.retryUntilMillis));
        }
        if (queue.paceIfAny() != null) {
            forgetAt = Math.max(forgetAt, clock.nanos() + FORGET_NANOS);
        }
        if (forgetAt <= clock.nanos()) {
            forget(queue);
        } else {
            wakeAt(queue, forgetAt);
        }
    }

    private static void restOrder(WaitingQueue queue) {
        ReadyOrder order = queue.order;
        if (order != null && order.isEmpty()) {
            queue.order = null;
        } else if (order != null) {
            order.rest();
        }
    }

    private boolean isWatched(WaitingQueue queue) {
        return queue.trial() != null || trials.isWatched(queue.key);
    }

    private boolean remembersCold(WaitingQueue queue) {
        QueueEvent.ColdCounted cold = queue.cold();
        if (cold != null && cold.atMillis() + COLD_MILLIS < clock.millis()) {
            queue.particulars().cold = null;
        }
        return queue.cold() != null;
    }

    private void dropSources(WaitingQueue queue, Sources sources) {
        boolean isNeeded = queue.live > 0 && !queue.policy.sources().limits().isEmpty();
        if (!isNeeded && !sources.isAnyDisabled() && !sources.remembers(clock)) {
            queue.particulars().sources = null;
        }
    }

    // ---- why ------------------------------------------------------------------------------------------------------

    /// Why the queue's mail does not move at this moment, by name and source line.
    Wait why(WaitingQueue queue) {
        return Reasons.of(this, queue);
    }

    /// Keeps a count beyond a restart.
    void keep(QueueEvent.ColdCounted counted) {
        WaitingQueue queue = queue(counted.queue());
        QueueEvent.ColdCounted known = queue.cold();
        if (known == null
                || known.day() < counted.day()
                || known.day() == counted.day() && known.count() < counted.count()) {
            queue.particulars().cold = counted;
            recorder.record(counted);
        }
        mark(queue);
    }

    Explaining explaining() {
        return new Explaining(this);
    }

    Setting<Integer> totalMaxSmtpOut() {
        return policies.totalMaxSmtpOut();
    }

    boolean isStopping() {
        return isStopping;
    }

    boolean isStarted() {
        return spool != null;
    }

    /// See [Endings#end].
    boolean end(int slot, Ending why) {
        return endings.end(slot, why);
    }

    // ---- for operators, in turns of this loop ---------------------------------------------------------------------

    /// From any thread.
    int queueCount() {
        return queueCount;
    }

    Iterable<WaitingQueue> queues() {
        return byKey.values();
    }

    @Nullable
    WaitingQueue find(QueueKey key) {
        return byKey.get(key);
    }

    /// Numbers of queues are below this; some may be free.
    int queueNumbers() {
        return byNumber.size();
    }

    /// The queue of this number, or null where the number is free.
    @Nullable
    WaitingQueue numbered(int number) {
        return byNumber.get(number);
    }

    /// A job is paused, or may go on.
    void pauseJob(CommandEvent.JobPaused event) {
        int job = jobs.pause(event);
        if (job == 0) {
            return;
        }
        String name = event.job();
        Slices.ofMatching(this, QueuePattern.ALL, queue -> jobChanged(queue, name), () -> {});
    }

    private void jobChanged(WaitingQueue queue, String name) {
        ReadyOrder order = queue.order;
        // Meanwhile nobody may bear it any more, and its number be another's.
        int job = jobs.number(name);
        if (order != null && job != 0) {
            boolean hadNone = order.hadNone();
            if (order.jobChanged(job)) {
                queue.movedNanos = hadNone ? loop.nanos() : queue.movedNanos;
                mark(queue);
            }
        }
    }

    /// Gives a waiting recipient another priority.
    ///
    /// @return false where it has it already
    boolean prioritize(int slot, int priority) {
        if (recipients.priority(slot) == priority) {
            return false;
        }
        WaitingQueue queue = queue(recipients.queue(slot));
        int state = recipients.state(slot);
        ReadyOrder order = queue.order;
        if (order != null && (state == Recipients.State.READY || state == Recipients.State.SORTED)) {
            order.remove(slot);
            recipients.priority(slot, priority);
            order.add(slot);
            mark(queue);
        } else {
            recipients.priority(slot, priority);
        }
        return true;
    }

    WaitingQueue findOrMake(QueueKey key) {
        return queue(key);
    }

    /// Clears the queue clock.
    ///
    /// @param withRecipients whether those of its recipients are cleared too
    /// @return whether mail waited for them
    boolean schedule(WaitingQueue queue, boolean withRecipients) {
        boolean isWaiting =
                queue.live > 0 && queue.retryUntilMillis > loop.serverMillis() || withRecipients && queue.aside > 0;
        queue.retryUntilMillis = 0;
        mark(queue);
        return isWaiting;
    }

    /// Clears the clock of one recipient that waits out its own.
    void schedule(int slot) {
        WaitingQueue queue = queue(recipients.queue(slot));
        wheel.remove(slot);
        isDue(queue, slot);
    }

    /// A recipient that has left the wheel goes out, unless it was to end before.
    private void isDue(WaitingQueue queue, int slot) {
        Ending doom = endings.doom(queue, slot);
        queue.aside--;
        makeReady(queue, slot);
        if (doom != null) {
            endings.end(slot, doom);
        }
        mark(queue);
    }

    // ---- for the spool ---------------------------------------------------------------------------------------------

    /// Tells the next slice of what lives: see [LiveSource#dump]. The cursor is a recipient's slot, so a message whose
    /// recipients do not stand together is told in parts, each with its own hold after a restart.
    long dump(long cursor, int atMost, LiveSource.LiveSink sink) {
        if (cursor == 0) {
            for (WaitingQueue queue : byKey.values()) {
                dump(queue, sink);
            }
        }
        int told = 0;
        int open = -1;
        int slot = (int) cursor;
        int looks = Endings.SCAN_A_TURN;
        for (; slot < recipients.end() && looks-- > 0; slot++) {
            if (recipients.state(slot) == Recipients.State.FREE) {
                continue;
            }
            int message = recipients.message(slot);
            if (message != open) {
                if (told++ == atMost) {
                    break;
                }
                open = message;
                sink.message(
                        messages.id(message),
                        messages.position(message),
                        messages.queuedMillis(message),
                        messages.sizeBytes(message));
            }
            int state = recipients.state(slot);
            sink.recipient(
                    recipients.index(slot),
                    queue(recipients.queue(slot)).key,
                    recipients.attempts(slot),
                    state == Recipients.State.ASIDE ? wheel.dueMillis(slot) : 0,
                    recipients.priority(slot),
                    state == Recipients.State.OWED,
                    jobs.name(recipients.job(slot)));
        }
        // Cursor 0 means the beginning and would tell the queues again; the last slot is looked at once more instead.
        return slot < recipients.end() || recorder.isBehind() ? Math.max(1, slot) : LiveSource.END;
    }

    private static void dump(WaitingQueue queue, LiveSource.LiveSink sink) {
        Pause pause = queue.pause();
        if (pause != null) {
            sink.queue(new QueueEvent.Paused(queue.key, pause.atMillis, true, pause.untilMillis, pause.by));
        }
        Backoff backoff = queue.backoff();
        if (backoff != null) {
            sink.queue(new QueueEvent.ModeChanged(
                    queue.key, backoff.sinceMillis(), true, backoff.untilMillis(), backoff.reason()));
        }
        Sources sources = queue.sources();
        if (sources != null) {
            for (Sources.Source each : sources.all()) {
                if (each.isDisabled) {
                    sink.queue(Modes.event(queue, each, each.disabledAtMillis));
                }
            }
        }
        QueueEvent.ColdCounted cold = queue.cold();
        if (cold != null) {
            sink.queue(cold);
        }
        QueueEvent.Failed failed = Failures.last(queue);
        if (failed != null) {
            sink.queue(failed);
        }
    }

    /// Has messages moved whose place is in a range: see [LiveSource#evacuate].
    long evacuate(long cursor, long from, long to, int atMost) {
        Spool opened = spool;
        if (opened == null) {
            return LiveSource.END;
        }
        int asked = 0;
        int slot = (int) cursor;
        int end = Math.min(messages.end(), slot + Endings.SCAN_A_TURN);
        for (; slot < end && asked < atMost; slot++) {
            if (messages.live(slot) > 0 && messages.position(slot) >= from && messages.position(slot) < to) {
                asked++;
                move(opened, slot);
            }
        }
        return slot < messages.end() ? slot : LiveSource.END;
    }

    private void move(Spool opened, int slot) {
        MessageId id = messages.id(slot);
        long before = messages.position(slot);
        opened.move(loop, before, new org.sluicemta.world.Answer<Long>() {
            @Override
            public void ready(Long after) {
                boolean isHere = messages.live(slot) > 0
                        && messages.position(slot) == before
                        && messages.id(slot).equals(id);
                if (isHere) {
                    messages.moved(slot, after);
                }
                recorder.giveBack(isHere ? before : after);
            }

            // Nothing has changed; the spool asks again in its next round and says itself what is damaged.
            @Override
            public void failed(IoFailure why) {}
        });
    }

    void stop(Runnable whenDrained) {
        isStopping = true;
        drained = whenDrained;
        for (WaitingQueue queue : byKey.values()) {
            if (queue.crew != null || queue.paceIfAny() != null) {
                mark(queue);
            }
        }
        armLater();
    }

    private boolean isDrained() {
        return isStopping && sessions == 0 && !recorder.isBehind() && marked.isEmpty();
    }

    int sessions() {
        return sessions;
    }

    int unreadable() {
        return unreadable;
    }

    boolean isRecorderBehind() {
        return recorder.isBehind();
    }
}
