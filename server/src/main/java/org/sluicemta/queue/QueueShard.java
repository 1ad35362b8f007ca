package org.sluicemta.queue;

import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Answer;
import org.sluicemta.pace.Ask;
import org.sluicemta.pace.Desk;
import org.sluicemta.pace.Gcra;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Pacer;
import org.sluicemta.pace.Rate;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientEvent;
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
    /// Queues looked at in one turn.
    private static final int QUEUES_A_TURN = 512;

    /// Retries that come due in one turn.
    private static final int DUE_A_TURN = 4_096;

    /// Slots that the search for expired mail looks at in one turn, and how often it may begin.
    private static final int SCAN_A_TURN = 16_384;

    private static final long SCAN_EVERY_MILLIS = 30_000;
    private static final long DOOM_SCAN_EVERY_MILLIS = 1_000;

    /// Recipients settled without an attempt in one turn, and how many of their messages may be being read.
    private static final int ENDINGS_A_TURN = 256;

    private static final int ENDINGS_READING = 16;

    /// Discarded messages in one turn of one queue.
    private static final int DISCARDS_A_TURN = 64;

    /// Ready messages for each connection that is being made: a burst of 20 opens 5 at once.
    private static final int MESSAGES_PER_OPENING = 4;

    /// A paced queue connects this long before its permit.
    private static final long OPEN_AHEAD_NANOS = 1_000_000_000L;

    /// After a connection that carried nothing and named no failure; after a ready message found nobody.
    private static final long CALM_NANOS = 1_000_000_000L;

    private static final long STARVED_NANOS = 1_000_000_000L;

    /// An empty queue is forgotten after this.
    private static final long FORGET_NANOS = 60_000_000_000L;

    private static final long NOTE_EVERY_MILLIS = 60_000;
    private static final long HELD_NANOS = 1_000_000_000L;

    /// A damaged message is tried again after this.
    private static final long UNREADABLE_MILLIS = 3_600_000;

    /// A message that could not be read because the memory for reading is taken is looked at again this soon.
    private static final long SHORT_OF_MEMORY_MILLIS = 200;

    private static final int READ_AHEAD = 4;

    /// Last replies kept for the row of an expiry.
    private static final int LAST_REPLIES = 16_384;

    private static final long NEVER = Long.MAX_VALUE;

    final Recipients recipients;
    final Messages messages;
    final Jobs jobs = new Jobs();
    final RetryWheel wheel;
    final FreshCache cache;
    final Readings readings;

    private final Loop loop;
    private @Nullable Dispatcher dispatcher;
    private @Nullable Spool spool;
    private final Desk desk;
    private final Recorder recorder;
    private final ZoneId zone;
    private final Alarm alarm;

    private final Map<QueueKey, WaitingQueue> byKey = new HashMap<>();
    private final ArrayList<@Nullable WaitingQueue> byNumber = new ArrayList<>();
    private final ArrayList<Integer> freeNumbers = new ArrayList<>();
    private final ArrayDeque<WaitingQueue> marked = new ArrayDeque<>();
    private final WakeHeap wakes = new WakeHeap();

    /// Queues that hand out nothing while events are late to be synced.
    private final Set<WaitingQueue> heldBack = new LinkedHashSet<>();

    private final Map<Integer, String> lastReplies = new HashMap<>();

    private QueuePolicies policies;
    private int snapshot;
    private final Map<String, VirtualMtaLimits> virtualMtaLimits = new HashMap<>();

    private long armedNanos = NEVER;
    private boolean isTurnEnding;
    private boolean isStopping;
    private @Nullable Runnable drained;
    private int sessions;
    private int unreadable;

    private long nextExpiryMillis = NEVER;
    private long scanFoundMillis = NEVER;
    private long scanStartedMillis = Long.MIN_VALUE / 2;
    private int scanAt = -1;

    /// Queues whose recipients on their own clocks are to end: since the present scan began, and in it.
    private final Set<WaitingQueue> dooms = new LinkedHashSet<>();

    private final Set<WaitingQueue> scannedDooms = new LinkedHashSet<>();

    private final List<Ending> endings = new ArrayList<>();
    private final Map<Ending, Integer> endingNumbers = new HashMap<>();
    private int endingHead = Recipients.NONE;
    private int endingTail = Recipients.NONE;
    private int endingsReading;
    private int endingsWaiting;

    private int[] taken = new int[16];
    private final int[] ahead = new int[READ_AHEAD];
    private final int[] counted = new int[64];
    private Meter.Clock clock;

    QueueShard(Loop loop, Pacer pacer, QueuePolicies policies, QueueBudget budget) {
        this.loop = loop;
        this.zone = budget.zone();
        this.policies = policies;
        this.messages = new Messages(budget.slots());
        this.recipients = new Recipients(budget.slots());
        this.wheel = new RetryWheel(recipients, loop.serverMillis());
        this.cache = new FreshCache(budget.freshBytes());
        this.readings = new Readings(loop, messages, cache);
        this.recorder = new Recorder(loop, this::recorderCaughtUp, this::recorderPunctual);
        this.desk = pacer.desk(loop, this::answered);
        this.alarm = loop.alarm(this::rings);
        this.clock = new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
    }

    /// The spool is open: what waits may go out.
    void start(Spool opened, Dispatcher opens) {
        spool = opened;
        dispatcher = opens;
        readings.connect(opened);
        recorder.connect(opened);
        for (WaitingQueue queue : byKey.values()) {
            if (queue.live > 0) {
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
        for (int index : arrival.indexes()) {
            AcceptedRecipient recipient = message.recipients().get(index);
            WaitingQueue queue = queue(recipient.queue());
            int each = add(queue, slot, index, 0, recipient.priority(), recipient.jobId());
            if (recipient.notBeforeMillis() > now) {
                setAside(queue, each, recipient.notBeforeMillis());
            } else {
                makeReady(queue, each);
                if (queue.retryUntilMillis > now
                        && policy(queue).retryUponNewMail().value()) {
                    queue.retryUntilMillis = 0;
                }
            }
            mark(queue);
        }
        cache.put(slot, stored);
    }

    /// A message found at start.
    void survive(MessageId id, long position, long queuedMillis, long sizeBytes, List<Survivors.LiveRecipient> live) {
        long now = loop.serverMillis();
        int slot = messages.add(id, position, queuedMillis, sizeBytes);
        for (Survivors.LiveRecipient recipient : live) {
            WaitingQueue queue = queue(recipient.queue());
            int each = add(queue, slot, recipient.index(), recipient.attempts(), recipient.priority(), "");
            if (recipient.isReportOwed()) {
                owe(queue, each);
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
            case QueueEvent.Failed failed -> {
                long longest = policy(queue).retryAfter().value().stream()
                        .mapToLong(Duration::toMillis)
                        .max()
                        .orElse(0);
                long dns = policy(queue).retryAfterDnsError().value().toMillis();
                queue.failures = failed.failures();
                queue.retryUntilMillis = Math.min(failed.nextDueMillis(), loop.serverMillis() + Math.max(longest, dns));
                queue.lastFailed = failed;
                queue.note(failed.atMillis(), failed.text());
            }
            case QueueEvent.Paused paused -> {
                queue.isPaused = paused.isPaused();
                queue.pausedUntilMillis = paused.untilMillis();
                queue.pausedBy = paused.by();
                queue.pausedAtMillis = paused.atMillis();
            }
            // Modes are not built yet; the event stays in the journal for the version that reads it.
            case QueueEvent.ModeChanged ignored -> {}
        }
        mark(queue);
    }

    private int add(WaitingQueue queue, int message, int index, int attempts, int priority, String job) {
        int slot = recipients.add(message, index, queue.number, attempts, priority, jobs.enter(job));
        messages.recipientAdded(message);
        queue.live++;
        queue.bytes += messages.sizeBytes(message);
        long expiry = messages.queuedMillis(message)
                + policy(queue).bounceAfter().value().toMillis();
        nextExpiryMillis = Math.min(nextExpiryMillis, expiry);
        scanFoundMillis = Math.min(scanFoundMillis, expiry);
        return slot;
    }

    private void makeReady(WaitingQueue queue, int slot) {
        ReadyOrder order = queue.order;
        if (order == null) {
            order = new ReadyOrder(recipients, messages);
            queue.order = order;
        }
        if (order.size() == 0) {
            queue.movedNanos = loop.nanos();
        }
        order.add(slot);
    }

    private void setAside(WaitingQueue queue, int slot, long dueMillis) {
        wheel.add(slot, dueMillis);
        queue.aside++;
        armLater();
    }

    /// Failed for good, its report not accepted: it keeps its message alive and counts as no waiting recipient.
    private void owe(WaitingQueue queue, int slot) {
        recipients.state(slot, Recipients.State.OWED);
        queue.owed++;
        queue.live--;
        queue.bytes -= messages.sizeBytes(recipients.message(slot));
    }

    /// Takes a recipient out of the tables.
    ///
    /// @return the message's position if that was its last recipient here, else -1
    private long gone(WaitingQueue queue, int slot) {
        int message = recipients.message(slot);
        queue.live--;
        queue.bytes -= messages.sizeBytes(message);
        jobs.leave(recipients.job(slot));
        if (!lastReplies.isEmpty()) {
            lastReplies.remove(slot);
        }
        recipients.remove(slot);
        if (messages.live(message) == 1) {
            cache.drop(message);
            readings.forget(message);
        }
        return messages.recipientGone(message);
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

    private QueuePolicy policy(WaitingQueue queue) {
        if (queue.snapshot != snapshot) {
            bind(queue, policies.of(queue.key));
        }
        return queue.policy;
    }

    private void bind(WaitingQueue queue, QueuePolicy policy) {
        queue.snapshot = snapshot;
        queue.policy = policy;
        queue.shared = limits(queue.key.virtualMta(), policy);
        queue.isFrozen = !policies.hasVirtualMta(queue.key.virtualMta());
        Pace pace = queue.paceIfAny();
        if (pace != null) {
            pace.bind(policy);
            // Whoever stands in line stands there with the old numbers.
            withdrawAsks(queue);
        }
    }

    /// Binds new policies: at once for queues with mail or sessions, for others when they are next looked at.
    void adopt(QueuePolicies next) {
        policies = next;
        snapshot++;
        virtualMtaLimits.clear();
        nextExpiryMillis = Math.min(nextExpiryMillis, loop.serverMillis());
        for (WaitingQueue queue : byKey.values()) {
            if (queue.crew != null || queue.live > 0) {
                mark(queue);
            }
        }
        armLater();
    }

    private void forget(WaitingQueue queue) {
        wakes.set(queue, NEVER);
        byKey.remove(queue.key);
        byNumber.set(queue.number, null);
        freeNumbers.add(queue.number);
    }

    // ---- the turn -------------------------------------------------------------------------------------------------

    private void mark(WaitingQueue queue) {
        if (!queue.isDirty) {
            queue.isDirty = true;
            marked.add(queue);
            armLater();
        }
    }

    private void armLater() {
        if (!isTurnEnding) {
            isTurnEnding = true;
            loop.afterTurn(this::endTurn);
        }
    }

    private void endTurn() {
        clock = new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
        try {
            for (int i = 0; i < QUEUES_A_TURN; i++) {
                WaitingQueue queue = marked.poll();
                if (queue == null) {
                    break;
                }
                pump(queue);
            }
            runEndings();
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
            nextExpiryMillis = NEVER;
        }
        long at = wakes.firstNanos();
        if (!marked.isEmpty() || scanAt >= 0 || canRunEndings()) {
            at = clock.nanos();
        } else {
            long millis = Math.min(wheel.nextMillis(), nextScanMillis());
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
            WaitingQueue queue = queue(recipients.queue(slot));
            queue.aside--;
            makeReady(queue, slot);
            mark(queue);
        });
        scan(millis);
    }

    // ---- one look at a queue --------------------------------------------------------------------------------------

    private void pump(WaitingQueue queue) {
        queue.isDirty = false;
        if (byNumber.get(queue.number) != queue) {
            return;
        }
        wakes.set(queue, NEVER);
        QueuePolicy policy = policy(queue);
        Pace pace = queue.paceIfAny();
        if (pace != null) {
            pace.binding = null;
        }
        if (queue.crew != null) {
            answerRetired(queue.crew);
        }
        if (!flows(queue)) {
            dismiss(queue);
        } else if (recorder.isLate()) {
            heldBack.add(queue);
        } else if (!recorder.isBehind()) {
            switch (policy.deliveryType().value()) {
                case DISCARD -> discard(queue);
                case SMTP -> {
                    serve(queue);
                    grow(queue);
                }
            }
        }
        noteHold(queue);
        rest(queue);
    }

    private void wakeAt(WaitingQueue queue, long nanos) {
        if (nanos < queue.wakeNanos) {
            wakes.set(queue, nanos);
        }
    }

    /// Whether mail may be handed out as far as the queue's own state goes.
    private boolean flows(WaitingQueue queue) {
        if (queue.isPaused && queue.pausedUntilMillis > 0 && queue.pausedUntilMillis <= clock.millis()) {
            queue.isPaused = false;
        }
        if (isStopping || queue.isFrozen || spool == null) {
            return false;
        }
        if (queue.isPaused) {
            if (queue.pausedUntilMillis > 0) {
                wakeAt(queue, nanosAt(queue.pausedUntilMillis));
            }
            return false;
        }
        if (queue.retryUntilMillis > clock.millis()) {
            wakeAt(queue, nanosAt(queue.retryUntilMillis));
            return false;
        }
        return true;
    }

    /// Sends the sessions away: those that ask are told that there is nothing, the others end after what they carry.
    private void dismiss(WaitingQueue queue) {
        withdrawAsks(queue);
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        boolean isForGood = isStopping || queue.isFrozen || queue.isPaused;
        for (Session session : List.copyOf(crew.sessions)) {
            if (session.takesMail()) {
                sendAway(crew, session);
            } else if (isForGood) {
                retire(crew, session);
            }
        }
    }

    /// A retired session that asks all the same is told that there is nothing.
    private static void answerRetired(Crew crew) {
        for (int i = 0; i < crew.sessions.size(); i++) {
            Session session = crew.sessions.get(i);
            if (session.isRetired && (session.isAsking || session.isIdle)) {
                sendAway(crew, session);
            }
        }
    }

    private static void sendAway(Crew crew, Session session) {
        crew.withdraws(session);
        session.isLeaving = true;
        Carrier carrier = session.carrier;
        if (carrier == null) {
            return;
        }
        if (session.isAsking) {
            session.isAsking = false;
            carrier.nothing(false);
        } else if (session.isIdle) {
            session.isIdle = false;
            carrier.retire();
        }
    }

    private static void retire(Crew crew, Session session) {
        if (session.isRetired || session.isLeaving) {
            return;
        }
        if (session.takesMail()) {
            sendAway(crew, session);
            return;
        }
        session.isRetired = true;
        if (session.carrier != null) {
            session.carrier.retire();
        }
    }

    private void withdrawAsks(WaitingQueue queue) {
        if (queue.paceIfAny() == null) {
            return;
        }
        withdrawPermitAsk(queue);
        withdrawOpenAsk(queue);
        returnPermits(queue);
    }

    private void withdrawPermitAsk(WaitingQueue queue) {
        if (queue.pace().permitAsk != null) {
            desk.withdraw(queue.pace().permitAsk);
            queue.pace().permitAsk = null;
            queue.pace().permitHeld = null;
        }
    }

    private void withdrawOpenAsk(WaitingQueue queue) {
        if (queue.pace().openAsk != null) {
            desk.withdraw(queue.pace().openAsk);
            queue.pace().openAsk = null;
            queue.pace().openHeld = null;
        }
    }

    private void returnPermits(WaitingQueue queue) {
        Answer.Granted grant = queue.pace().grant;
        if (grant != null) {
            queue.pace().grant = null;
            desk.unused(grant, grant.count() - queue.pace().grantUsed);
        }
    }

    // ---- handing out ----------------------------------------------------------------------------------------------

    private void serve(WaitingQueue queue) {
        Crew crew = queue.crew;
        if (crew == null) {
            return;
        }
        int mostMessages = queue.policy.maxMsgPerConnection().value();
        while (queue.ready() > 0 && crew.hasTakers()) {
            queue.pace().sinceNanos = Math.min(queue.pace().sinceNanos, clock.nanos());
            int free = permits(queue, crew);
            if (free == 0) {
                break;
            }
            Session session = crew.next();
            if (session == null) {
                break;
            }
            if (session.isRetired || mostMessages > 0 && session.carried >= mostMessages) {
                crew.offers(session);
                sendAway(crew, session);
                continue;
            }
            handOut(
                    queue,
                    session,
                    Math.min(free, queue.policy.maxRcptPerTransaction().value()));
        }
        if (queue.ready() == 0) {
            restSessions(queue, crew);
        } else if (crew.hasTakers()) {
            holdSessions(queue, crew);
        } else {
            // Nobody wants a permit now: what follows is no wait for one, and one that is used much after its instant
            // would stand too close to the next.
            queue.pace().sinceNanos = NEVER;
            withdrawPermitAsk(queue);
            returnPermits(queue);
        }
    }

    private void handOut(WaitingQueue queue, Session session, int most) {
        Lot lot = take(queue, session, most);
        session.isAsking = false;
        session.isIdle = false;
        session.carrying++;
        session.carried++;
        use(queue, lot.slots.length);
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
        queue.movedNanos = clock.nanos();
        return new Lot(queue, session, slots, attempts, clock.nanos());
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
            var discarded = new Outcome.Delivered(DISCARDED, "2.0.0", "");
            settle(lot, java.util.Collections.nCopies(lot.slots.length, discarded));
        } else if (session.carrier == null || session.isLeaving) {
            // It ended, or began to, while the message was being read.
            putBack(lot);
        } else {
            lot.load(stored, indexes);
            session.carrier.carry(lot);
        }
    }

    private static final Outcome.RemoteFacts DISCARDED = new Outcome.RemoteFacts("", "", "", "", "discard");

    private void putBack(Lot lot) {
        for (int slot : lot.slots) {
            makeReady(lot.queue, slot);
        }
        lot.queue.carried -= lot.slots.length;
        lot.end();
        mark(lot.queue);
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
        queue.carried -= lot.slots.length;
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
        withdrawPermitAsk(queue);
        returnPermits(queue);
        rest(crew, crew.free, queue.policy.maxMsgPerConnection().value());
        rest(crew, crew.ahead, queue.policy.maxMsgPerConnection().value());
    }

    private static void rest(Crew crew, ArrayList<Session> takers, int mostMessages) {
        for (int i = takers.size() - 1; i >= 0; i--) {
            Session session = takers.get(i);
            if (session.isRetired || mostMessages > 0 && session.carried >= mostMessages) {
                sendAway(crew, session);
            } else if (session.isAsking && session.carrier != null) {
                session.isAsking = false;
                session.isIdle = true;
                session.carrier.nothing(true);
            }
        }
    }

    /// Mail, but no permit: sessions that the rate will soon use are held, the others go.
    private void holdSessions(WaitingQueue queue, Crew crew) {
        long wait = queue.pace().bindingUntilNanos - clock.nanos();
        boolean isTooLong = wait > queue.policy.pacedConnectionHold().value().toNanos();
        if (isTooLong) {
            withdrawPermitAsk(queue);
        }
        int keep = isTooLong ? 0 : usable(queue);
        int busy = crew.staying() - crew.free.size() - crew.ahead.size() - crew.connecting();
        while (crew.free.size() > 0 && crew.free.size() + busy > keep) {
            sendAway(crew, crew.free.getLast());
        }
        while (isTooLong && !crew.ahead.isEmpty()) {
            sendAway(crew, crew.ahead.getLast());
        }
        if (crew.hasTakers() && queue.pace().permitAsk == null) {
            wakeAt(queue, queue.pace().bindingUntilNanos);
        }
    }

    /// How many sessions the rates can keep busy, at the time that a consignment has been taking.
    private static int usable(WaitingQueue queue) {
        double perNano = Double.MAX_VALUE;
        if (queue.pace().messageMeter != null) {
            perNano = perNano(queue.pace().messageMeter.rate());
        }
        for (Limit limit : queue.shared.forPermits()) {
            if (limit instanceof Limit.OfRate rate) {
                perNano = Math.min(perNano, perNano(rate.rate()));
            }
        }
        if (perNano == Double.MAX_VALUE) {
            return Integer.MAX_VALUE;
        }
        double service = queue.crew == null ? 1e9 : queue.crew.serviceNanos;
        return (int) Math.clamp(Math.ceil(perNano * service * 1.5), 1, 1_000_000);
    }

    private static double perNano(Rate rate) {
        return rate.isDaily() ? Double.MAX_VALUE : rate.count() / (rate.unitMillis() * 1e6);
    }

    // ---- permits --------------------------------------------------------------------------------------------------

    /// How many recipients may be attempted now; 0 names the limit that binds and when it ends.
    private int permits(WaitingQueue queue, Crew crew) {
        int free = Integer.MAX_VALUE;
        Meter own = queue.pace().messageMeter;
        if (own != null) {
            free = own.free(clock, queue.pace().sinceNanos);
            if (free == 0) {
                binds(queue, messageLimit(queue), own.earliest(clock, queue.pace().sinceNanos));
                return 0;
            }
        }
        if (queue.shared.forPermits().isEmpty()) {
            return free;
        }
        if (queue.pace().grant == null && queue.pace().permitAsk == null) {
            askPermits(queue, crew, Math.min(free, queue.ready()));
        }
        Answer.Granted grant = queue.pace().grant;
        if (grant == null) {
            Answer.Held held = queue.pace().permitHeld;
            if (held != null) {
                binds(queue, held.binding(), held.aboutNanos());
            } else {
                // The question is on its way.
                binds(queue, queue.shared.forPermits().getFirst(), clock.nanos());
            }
            return 0;
        }
        long next = grant.firstNanos() + queue.pace().grantUsed * grant.spacingNanos();
        long until = clock.nanos() + (grant.spacingNanos() < Gcra.COALESCE_NANOS ? Gcra.COALESCE_NANOS : 0);
        if (next > until) {
            binds(queue, queue.shared.forPermits().getFirst(), next);
            wakeAt(queue, next);
            return 0;
        }
        long granted = grant.spacingNanos() == 0 ? Long.MAX_VALUE : 1 + (until - next) / grant.spacingNanos();
        return (int) Math.min(free, Math.min(granted, grant.count() - queue.pace().grantUsed));
    }

    private void askPermits(WaitingQueue queue, Crew crew, int wanted) {
        Session withTurn = null;
        for (Session session : crew.sessions) {
            if (session.hasTurn && session.takesMail()) {
                withTurn = session;
                break;
            }
        }
        Ask ask = Ask.forPermits(
                queue.shared.forPermits(),
                wanted,
                clock.nanos() - queue.pace().sinceNanos,
                withTurn == null ? null : withTurn.opened,
                queue);
        if (withTurn != null) {
            withTurn.hasTurn = false;
        }
        queue.pace().permitAsk = ask;
        // On the pacer's own loop the answer comes before this returns.
        desk.ask(ask);
    }

    private void use(WaitingQueue queue, int count) {
        Meter own = queue.pace().messageMeter;
        if (own != null) {
            own.take(clock, own.earliest(clock, queue.pace().sinceNanos), count);
        }
        Answer.Granted grant = queue.pace().grant;
        if (grant != null) {
            queue.pace().grantUsed += count;
            if (queue.pace().grantUsed >= grant.count()) {
                queue.pace().grant = null;
            }
        }
    }

    private void binds(WaitingQueue queue, Limit limit, long untilNanos) {
        if (queue.pace().binding == null || untilNanos > queue.pace().bindingUntilNanos) {
            queue.pace().binding = limit;
            queue.pace().bindingUntilNanos = untilNanos;
        }
    }

    private static Limit messageLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.MESSAGE_RATE),
                queue.policy.maxMsgRate());
    }

    private static Limit connectLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.CONNECT_RATE),
                queue.policy.maxConnectRate());
    }

    private static Limit connectionsLimit(WaitingQueue queue) {
        return Limit.OfConnections.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.CONNECTIONS),
                queue.policy.maxSmtpOut());
    }

    /// The pacer answers: in a turn of its own, or from within the asking.
    private void answered(Ask ask, Answer answer) {
        WaitingQueue queue = (WaitingQueue) ask.context();
        switch (answer) {
            case Answer.Held held -> {
                if (ask == queue.pace().permitAsk) {
                    queue.pace().permitHeld = held;
                    mark(queue);
                } else if (ask == queue.pace().openAsk) {
                    queue.pace().openHeld = held;
                    mark(queue);
                }
            }
            case Answer.Granted grant -> {
                if (ask != queue.pace().permitAsk) {
                    desk.unused(grant, grant.count());
                    return;
                }
                queue.pace().permitAsk = null;
                queue.pace().permitHeld = null;
                queue.pace().grant = grant;
                queue.pace().grantUsed = 0;
                mark(queue);
            }
            case Answer.Opened opened -> {
                boolean isWanted = ask == queue.pace().openAsk;
                if (isWanted) {
                    queue.pace().openAsk = null;
                    queue.pace().openHeld = null;
                }
                // The answer may come long after the asking, and other connections may have used the rate meanwhile.
                clock = new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
                for (int i = 0; i < opened.count(); i++) {
                    if (isWanted && queue.ready() > 0 && mayConnect(queue)) {
                        open(queue, opened);
                    } else {
                        desk.closed(opened);
                        mark(queue);
                    }
                }
            }
        }
    }

    // ---- connections ----------------------------------------------------------------------------------------------

    private boolean mayConnect(WaitingQueue queue) {
        Meter rate = queue.pace().connectMeter;
        return rate == null || rate.free(clock, queue.pace().connectSinceNanos) > 0;
    }

    private void open(WaitingQueue queue, Answer.Opened opened) {
        Crew crew = queue.crew;
        if (crew == null) {
            crew = new Crew();
            queue.crew = crew;
        }
        Meter rate = queue.pace().connectMeter;
        if (rate != null) {
            rate.take(clock, rate.earliest(clock, queue.pace().connectSinceNanos), 1);
        }
        if (dispatcher == null) {
            throw new QueueException("a connection is wanted and nobody opens any: the wiring is not complete");
        }
        var session = new Session(queue, opened, loop.nanos());
        crew.sessions.add(session);
        sessions++;
        dispatcher.open(queue.key, session);
    }

    /// Opens connections if there is more mail than the present sessions will take.
    private void grow(WaitingQueue queue) {
        Crew crew = queue.crew;
        int staying = crew == null ? 0 : crew.staying();
        int connecting = crew == null ? 0 : crew.connecting();
        int most = queue.policy.maxSmtpOut().value();
        if (crew != null && staying > most) {
            retireSurplus(crew, staying - most);
        }
        // Sessions that are going still count at the remote until they are gone.
        int all = crew == null ? 0 : crew.sessions.size();
        int room = Math.min(Math.min(most, usable(queue)) - staying, most - all);
        int wanted = room > 0 && queue.ready() > 0 ? wanted(queue, Math.max(0, staying - connecting), connecting) : 0;
        if (wanted <= 0) {
            if (queue.ready() > 0 && queue.pace().binding == null && all >= most) {
                binds(queue, connectionsLimit(queue), NEVER);
            }
            withdrawOpenAsk(queue);
            queue.pace().connectSinceNanos = NEVER;
            return;
        }
        ask(queue, Math.min(wanted, room));
    }

    /// How many connections the waiting mail is worth beyond those that are being made.
    private int wanted(WaitingQueue queue, int connected, int connecting) {
        int lots = lotsWaiting(queue);
        if (lots <= connected) {
            // The sessions will take it when they are done; unless they take long.
            long patience = queue.movedNanos + STARVED_NANOS;
            if (patience > clock.nanos()) {
                wakeAt(queue, patience);
                return 0;
            }
            lots = connected + 1;
        }
        return Math.ceilDiv(lots - connected, MESSAGES_PER_OPENING) - connecting;
    }

    private void ask(WaitingQueue queue, int wanted) {
        if (queue.pace().openNotBeforeNanos > clock.nanos()) {
            wakeAt(queue, queue.pace().openNotBeforeNanos);
            return;
        }
        Meter messages = queue.pace().messageMeter;
        if (messages != null) {
            long permit = messages.earliest(clock, queue.pace().sinceNanos);
            if (permit - OPEN_AHEAD_NANOS > clock.nanos()) {
                binds(queue, messageLimit(queue), permit);
                wakeAt(queue, permit - OPEN_AHEAD_NANOS);
                return;
            }
        }
        int count = wanted;
        Meter connects = queue.pace().connectMeter;
        if (connects != null) {
            queue.pace().connectSinceNanos = Math.min(queue.pace().connectSinceNanos, clock.nanos());
            int free = connects.free(clock, queue.pace().connectSinceNanos);
            if (free == 0) {
                long next = connects.earliest(clock, queue.pace().connectSinceNanos);
                binds(queue, connectLimit(queue), next);
                wakeAt(queue, next);
                return;
            }
            count = Math.min(count, free);
        }
        if (queue.pace().openAsk == null) {
            Ask ask = Ask.toOpen(queue.shared.forOpening(), count, queue);
            queue.pace().openAsk = ask;
            desk.ask(ask);
            if (queue.pace().openAsk == null && count < wanted) {
                // The connect rate alone holds the rest back.
                mark(queue);
            }
        }
        Answer.Held held = queue.pace().openHeld;
        if (held != null) {
            binds(queue, held.binding(), held.aboutNanos());
        }
    }

    /// Transactions that wait, roughly: distinct messages among the first, never fewer than the recipients need.
    private int lotsWaiting(WaitingQueue queue) {
        ReadyOrder order = queue.order;
        if (order == null || order.size() == 0) {
            return 0;
        }
        int distinct = order.ahead(counted);
        return Math.max(
                distinct,
                Math.ceilDiv(order.size(), queue.policy.maxRcptPerTransaction().value()));
    }

    /// The youngest go first: the elder ones are known to work.
    private static void retireSurplus(Crew crew, int surplus) {
        int left = surplus;
        for (int i = crew.sessions.size() - 1; i >= 0 && left > 0; i--) {
            Session session = crew.sessions.get(i);
            if (!session.isRetired && !session.isLeaving) {
                retire(crew, session);
                left--;
            }
        }
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
        sessions--;
        if (session.isConnected()) {
            crew.connected--;
        }
        session.carrier = null;
        desk.closed(session.opened);
        if (failure == null && !session.hasSettled && !session.isRetired && !session.isLeaving) {
            queue.pace().openNotBeforeNanos = loop.nanos() + CALM_NANOS;
        }
        if (failure != null) {
            failed(queue, crew, session, failure);
        }
        if (crew.sessions.isEmpty()) {
            queue.crew = null;
            withdrawPermitAsk(queue);
            returnPermits(queue);
        }
        if (!crew.hasTakers()) {
            // Nobody is left who could use a permit: it must not wait here while other queues want it.
            withdrawPermitAsk(queue);
        }
        mark(queue);
    }

    @Override
    public long connectsAgain(Dispatcher.Opening opening) {
        Meter rate = ((Session) opening).queue.pace().connectMeter;
        if (rate == null) {
            return loop.nanos();
        }
        var now = new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
        long at = rate.earliest(now, now.nanos());
        rate.take(now, at, 1);
        return at;
    }

    /// A failure of the queue as a whole. Others that were opened before it count no second time; while other sessions
    /// stand or are being opened, one that failed is not the queue's failure, but no more are opened for a while,
    /// and the last of them decides. A remote that caps connections refuses the surplus faster than it
    /// greets the rest:
    /// were the first refusal to count, the rest would find the queue in retry, each time again.
    private void failed(WaitingQueue queue, Crew crew, Session session, QueueFailure failure) {
        long now = loop.serverMillis();
        QueuePolicy policy = policy(queue);
        queue.note(now, failure.text());
        boolean isRetrying = queue.retryUntilMillis > now;
        boolean isServedByOthers = crew.sessions.stream().anyMatch(s -> !s.isRetired && !s.isLeaving);
        switch (failure.kind()) {
            case PERMANENT -> {
                if (!isServedByOthers) {
                    endAll(queue, new Ending(failure.status(), failure.diagnostic(), true, false));
                    return;
                }
                // The remote takes mail on other sessions: its "never" was about this connection.
            }
            case DNS, TRANSIENT -> {
                if (isRetrying) {
                    return;
                }
            }
        }
        if (failure.kind() != QueueFailure.Kind.DNS && isServedByOthers) {
            queue.pace().openNotBeforeNanos =
                    session.openedNanos + wait(policy.retryAfter().value(), 1).toNanos();
            return;
        }
        queue.failures++;
        Duration wait = failure.kind() == QueueFailure.Kind.DNS
                ? policy.retryAfterDnsError().value()
                : wait(policy.retryAfter().value(), queue.failures);
        queue.retryUntilMillis = now + wait.toMillis();
        Outcome.RemoteFacts remote = failure.remote();
        var failed = new QueueEvent.Failed(
                queue.key,
                now,
                queue.retryUntilMillis,
                queue.failures,
                failure.status(),
                failure.diagnostic(),
                remote.mta(),
                remote.deliveryType(),
                remote.sourceIp(),
                remote.remoteIp(),
                failure.text());
        queue.lastFailed = failed;
        recorder.record(failed);
    }

    private static Duration wait(List<Duration> waits, int number) {
        return waits.get(Math.clamp(number, 1, waits.size()) - 1);
    }

    @Override
    public void note(QueueKey key, String text) {
        WaitingQueue queue = byKey.get(key);
        if (queue != null) {
            queue.note(loop.serverMillis(), text);
        }
    }

    // ---- outcomes -------------------------------------------------------------------------------------------------

    @Override
    public void settled(Consignment consignment, List<Outcome> outcomes) {
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
        settle(lot, outcomes);
    }

    private void settle(Lot lot, List<? extends Outcome> outcomes) {
        WaitingQueue queue = lot.queue;
        queue.carried -= lot.slots.length;
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
                    queue.failures = 0;
                    queue.retryUntilMillis = 0;
                    queue.lastFailed = null;
                    RecipientEvent event = event(
                            RecipientEvent.What.DELIVERED,
                            lot,
                            i,
                            now,
                            0,
                            delivered.remote(),
                            delivered.status(),
                            delivered.diagnostic(),
                            false);
                    recorder.record(event, gone(queue, slot));
                }
                case Outcome.Bounced bounced -> {
                    boolean isOwed = owesReport(lot.stored().message(), recipients.index(slot));
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
                    if (lastReplies.size() < LAST_REPLIES || lastReplies.containsKey(slot)) {
                        lastReplies.put(slot, deferred.diagnostic());
                    }
                    setAside(queue, slot, due);
                    recorder.record(event, -1);
                }
                case Outcome.Untouched ignored -> makeReady(queue, slot);
            }
        }
        lot.end();
        mark(queue);
    }

    private long release(WaitingQueue queue, int slot, boolean isOwed) {
        if (isOwed) {
            owe(queue, slot);
            return -1;
        }
        return gone(queue, slot);
    }

    /// Source: RFC 3461 section 5.2: no report to the null reverse-path, none where NOTIFY excludes failures.
    private static boolean owesReport(AcceptedMessage message, int index) {
        int notify = message.recipients().get(index).notifyBits();
        return !message.reversePath().isEmpty() && (notify == 0 || (notify & AcceptedRecipient.Notify.FAILURE) != 0);
    }

    private RecipientEvent event(
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

    private static RecipientEvent event(
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
                message.headerFacts());
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

    // ---- settled without an attempt -------------------------------------------------------------------------------

    /// Looks through a part of all slots for what has expired. It begins when the first can have expired, at most every
    /// 30 s, and goes on turn by turn; recipients in a consignment are left alone and found the next time.
    private void scan(long now) {
        if (scanAt < 0) {
            if (now < nextScanMillis()) {
                return;
            }
            scanAt = 0;
            scannedDooms.addAll(dooms);
            dooms.clear();
            scanStartedMillis = now;
            scanFoundMillis = NEVER;
        }
        int end = Math.min(recipients.end(), scanAt + SCAN_A_TURN);
        for (int slot = scanAt; slot < end; slot++) {
            int state = recipients.state(slot);
            if (state == Recipients.State.FREE || state == Recipients.State.OWED || state == Recipients.State.ENDING) {
                continue;
            }
            WaitingQueue queue = queue(recipients.queue(slot));
            long expiry = messages.queuedMillis(recipients.message(slot))
                    + policy(queue).bounceAfter().value().toMillis();
            Ending doom = queue.doom;
            if (expiry <= now && state != Recipients.State.CARRIED) {
                end(slot, Ending.EXPIRED);
            } else if (doom != null && state == Recipients.State.ASIDE) {
                end(slot, doom);
            } else {
                scanFoundMillis = Math.min(scanFoundMillis, expiry);
            }
        }
        scanAt = end;
        if (scanAt >= recipients.end()) {
            scanAt = -1;
            nextExpiryMillis = scanFoundMillis;
            for (WaitingQueue queue : scannedDooms) {
                if (!dooms.contains(queue)) {
                    queue.doom = null;
                }
            }
            scannedDooms.clear();
        }
    }

    private long nextScanMillis() {
        if (!dooms.isEmpty()) {
            return scanStartedMillis + DOOM_SCAN_EVERY_MILLIS;
        }
        return nextExpiryMillis == NEVER ? NEVER : Math.max(nextExpiryMillis, scanStartedMillis + SCAN_EVERY_MILLIS);
    }

    /// Takes a waiting recipient out of its list, to be settled as soon as its message has been read.
    ///
    /// @return false where it is in mid-transfer or has ended already
    boolean end(int slot, Ending why) {
        WaitingQueue queue = queue(recipients.queue(slot));
        switch (recipients.state(slot)) {
            case Recipients.State.READY, Recipients.State.SORTED -> {
                if (queue.order != null) {
                    queue.order.remove(slot);
                }
            }
            case Recipients.State.ASIDE -> {
                wheel.remove(slot);
                queue.aside--;
            }
            default -> {
                return false;
            }
        }
        recipients.state(slot, Recipients.State.ENDING);
        queue.ending++;
        int number = endingNumbers.computeIfAbsent(why, ending -> {
            endings.add(ending);
            return endings.size() - 1;
        });
        recipients.due(slot, number);
        recipients.next(slot, Recipients.NONE);
        if (endingTail == Recipients.NONE) {
            endingHead = slot;
        } else {
            recipients.next(endingTail, slot);
        }
        endingTail = slot;
        endingsWaiting++;
        mark(queue);
        return true;
    }

    private void endAll(WaitingQueue queue, Ending why) {
        ReadyOrder order = queue.order;
        while (order != null && order.first() != Recipients.NONE) {
            end(order.first(), why);
        }
        if (queue.aside > 0) {
            queue.doom = why;
            dooms.add(queue);
        }
    }

    private boolean canRunEndings() {
        return endingHead != Recipients.NONE && endingsReading < ENDINGS_READING && !recorder.isBehind();
    }

    private void runEndings() {
        for (int i = 0; i < ENDINGS_A_TURN && canRunEndings(); i++) {
            int slot = endingHead;
            endingHead = recipients.next(slot);
            if (endingHead == Recipients.NONE) {
                endingTail = Recipients.NONE;
            }
            int message = recipients.message(slot);
            StoredMessage stored = cache.find(message);
            if (stored != null) {
                finish(slot, stored);
            } else {
                endingsReading++;
                readings.want(message, new Readings.Reader() {
                    @Override
                    public void read(StoredMessage read) {
                        endingsReading--;
                        finish(slot, read);
                        armLater();
                    }

                    @Override
                    public void unreadable(IoFailure why) {
                        endingsReading--;
                        unreadable++;
                        WaitingQueue queue = queue(recipients.queue(slot));
                        queue.ending--;
                        ended();
                        setAside(queue, slot, loop.serverMillis() + UNREADABLE_MILLIS);
                        queue.note(loop.serverMillis(), "a message cannot be read from the spool: " + why.text());
                        armLater();
                    }
                });
            }
        }
    }

    private void finish(int slot, StoredMessage stored) {
        WaitingQueue queue = queue(recipients.queue(slot));
        Ending why = endings.get(recipients.due(slot));
        queue.ending--;
        ended();
        if (why.countsAsAttempt()) {
            recipients.attempted(slot);
        }
        String diagnostic =
                why.wantsLastReply() ? lastReplies.getOrDefault(slot, lastDiagnostic(queue)) : why.diagnostic();
        int index = recipients.index(slot);
        boolean isOwed = owesReport(stored.message(), index);
        RecipientEvent event = event(
                RecipientEvent.What.BOUNCED,
                queue,
                stored.message(),
                index,
                why.countsAsAttempt() ? recipients.attempts(slot) : 0,
                loop.serverMillis(),
                0,
                Outcome.RemoteFacts.NONE,
                why.status(),
                diagnostic,
                isOwed);
        recorder.record(event, release(queue, slot, isOwed));
        mark(queue);
    }

    private static String lastDiagnostic(WaitingQueue queue) {
        QueueEvent.Failed failed = queue.lastFailed;
        return failed == null ? "" : failed.diagnostic();
    }

    private void ended() {
        if (--endingsWaiting == 0) {
            endings.clear();
            endingNumbers.clear();
        }
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
            case MESSAGE_RATE, CONNECTIONS -> {
                if (clock.millis() - queue.pace().notedMessageRateMillis >= NOTE_EVERY_MILLIS) {
                    queue.pace().notedMessageRateMillis = clock.millis();
                    queue.note(
                            clock.millis(),
                            "message rate limit reached (based on "
                                    + (rate.key().scope() == LimitKey.Scope.QUEUE ? "queue's " : "virtual MTA's ")
                                    + rate.directive() + " in configuration)");
                }
            }
        }
    }

    /// Sets when the queue is looked at next, or forgets it.
    private void rest(WaitingQueue queue) {
        if (queue.crew == null) {
            if (queue.ready() == 0) {
                queue.order = null;
            }
            Pace pace = queue.paceIfAny();
            if (pace != null && !pace.remembers(clock, NOTE_EVERY_MILLIS)) {
                queue.dropPace();
            }
        }
        if (queue.live > 0 || queue.owed > 0 || queue.crew != null || queue.isPaused) {
            queue.emptySinceNanos = NEVER;
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

    // ---- why ------------------------------------------------------------------------------------------------------

    /// Why the queue's mail does not move at this moment, by name and source line.
    Wait why(WaitingQueue queue) {
        long now = loop.serverMillis();
        if (queue.live == 0) {
            return new Wait(Wait.Cause.EMPTY, "", "", "no mail", 0);
        }
        if (queue.isFrozen) {
            return new Wait(
                    Wait.Cause.FROZEN,
                    "removed-virtual-mta",
                    "",
                    "virtual MTA " + queue.key.virtualMta() + " is no longer configured",
                    0);
        }
        if (queue.isPaused) {
            return new Wait(Wait.Cause.PAUSED, "", "", "paused by " + queue.pausedBy, queue.pausedUntilMillis);
        }
        if (isStopping) {
            return new Wait(Wait.Cause.STOPPING, "", "", "the server is stopping", 0);
        }
        if (spool == null) {
            return new Wait(Wait.Cause.STARTING, "", "", "the server is starting", 0);
        }
        if (queue.retryUntilMillis > now) {
            var setting = queue.policy.retryAfter();
            return new Wait(
                    Wait.Cause.QUEUE_RETRY,
                    setting.directive(),
                    setting.origin().toString(),
                    "the queue failed " + queue.failures + " times in a row",
                    queue.retryUntilMillis);
        }
        if (queue.ready() == 0) {
            return withoutReady(queue);
        }
        if (recorder.isBehind() || recorder.isLate()) {
            return new Wait(Wait.Cause.SPOOL_BUSY, "", "", "the spool takes no more events for the moment", 0);
        }
        Pace pace = queue.paceIfAny();
        Limit binding = pace == null ? null : pace.binding;
        if (pace != null && binding != null) {
            long until = queue.pace().bindingUntilNanos == NEVER
                    ? 0
                    : now + Math.max(0, queue.pace().bindingUntilNanos - loop.nanos()) / 1_000_000L;
            return new Wait(
                    Wait.Cause.LIMIT,
                    binding.directive(),
                    binding.origin(),
                    binding.directive() + " of " + binding.key().scope() + " "
                            + binding.key().name(),
                    until);
        }
        if (queue.crew != null && queue.crew.connecting() > 0) {
            return new Wait(Wait.Cause.CONNECTING, "", "", "connecting", 0);
        }
        if (queue.reading > 0) {
            return new Wait(Wait.Cause.READING, "", "", "reading messages from the spool", 0);
        }
        if (pace != null && pace.openNotBeforeNanos > loop.nanos()) {
            return new Wait(Wait.Cause.CALMING, "", "", "the last connection ended without carrying anything", 0);
        }
        if (queue.crew != null) {
            return new Wait(Wait.Cause.BUSY, "", "", "its sessions are busy", 0);
        }
        return new Wait(Wait.Cause.MOVING, "", "", "about to go out", 0);
    }

    private static Wait withoutReady(WaitingQueue queue) {
        if (queue.carried > 0) {
            return queue.reading > 0
                    ? new Wait(Wait.Cause.READING, "", "", "reading messages from the spool", 0)
                    : new Wait(Wait.Cause.MOVING, "", "", "being delivered", 0);
        }
        if (queue.ending > 0) {
            return new Wait(Wait.Cause.MOVING, "", "", "being expired, deleted or bounced", 0);
        }
        var setting = queue.policy.retryRecipientsAfter();
        return new Wait(
                Wait.Cause.RECIPIENT_RETRY,
                setting.directive(),
                setting.origin().toString(),
                "every recipient waits out its own retry time",
                0);
    }

    // ---- for operators, in turns of this loop ---------------------------------------------------------------------

    Iterable<WaitingQueue> queues() {
        return byKey.values();
    }

    @Nullable
    WaitingQueue find(QueueKey key) {
        return byKey.get(key);
    }

    void pause(WaitingQueue queue, boolean isPaused, String by) {
        if (queue.isPaused != isPaused) {
            queue.isPaused = isPaused;
            queue.pausedBy = by;
            queue.pausedUntilMillis = 0;
            queue.pausedAtMillis = loop.serverMillis();
            recorder.record(new QueueEvent.Paused(queue.key, loop.serverMillis(), isPaused, 0, by));
            mark(queue);
        }
    }

    WaitingQueue findOrMake(QueueKey key) {
        return queue(key);
    }

    /// Clears the queue clock.
    void schedule(WaitingQueue queue) {
        queue.retryUntilMillis = 0;
        mark(queue);
    }

    /// Clears the clock of one recipient that waits out its own.
    void schedule(int slot) {
        WaitingQueue queue = queue(recipients.queue(slot));
        wheel.remove(slot);
        queue.aside--;
        makeReady(queue, slot);
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
        int looks = SCAN_A_TURN;
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
                    state == Recipients.State.OWED);
        }
        // Cursor 0 means the beginning and would tell the queues again; the last slot is looked at once more instead.
        return slot < recipients.end() || recorder.isBehind() ? Math.max(1, slot) : LiveSource.END;
    }

    private static void dump(WaitingQueue queue, LiveSource.LiveSink sink) {
        if (queue.isPaused) {
            sink.queue(new QueueEvent.Paused(
                    queue.key, queue.pausedAtMillis, true, queue.pausedUntilMillis, queue.pausedBy));
        }
        QueueEvent.Failed failed = queue.lastFailed;
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
        int end = Math.min(messages.end(), slot + SCAN_A_TURN);
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
