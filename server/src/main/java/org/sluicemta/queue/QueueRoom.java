package org.sluicemta.queue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Pacer;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.RecipientId;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.spool.Survivors;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// All queues: one shard for each mail loop, and the pacer on the first of them. A queue's shard is the hash of its
/// name, so mail finds it from any loop.
///
/// Operators' questions and commands go to every shard and are answered on the asker's loop with values. They are
/// rare, so they travel by [Loop#post].
///
/// Threads: [#arrived] from any mail loop; everything else as each method says. Never blocks.
public final class QueueRoom implements Intake, Survivors, LiveSource, Moves.Peers {
    /// Messages on their way to one shard: more than sessions can be waiting for a sync at one time.
    private static final int MAILBOX = 65_536;

    /// Recipients on their way to one shard because their queues' mail moves; each other shard may add one message
    /// more, whose recipients are 1,000 at most. Some megabytes.
    private static final int ON_THE_WAY = 16_384;

    private final List<QueueShard> shards = new ArrayList<>();
    private final List<Mailbox<Incoming>> arrivals = new ArrayList<>();
    private final Pacer pacer;
    private final QueueBudget budget;
    private final RecordedModes recorded;
    private final RouteMemory memory;
    private volatile @Nullable DelayListener delayListener;

    /// Shards that a checkpoint has not told to the end: meanwhile no mail goes from one shard to another.
    private final AtomicInteger untold = new AtomicInteger();

    /// By shard: recipients that were handed to it by others and that it has not taken in.
    private final AtomicIntegerArray onTheWay;

    /// Makes the shards, which take up what waits but send nothing before [#start].
    ///
    /// @param loops the mail loops, 1 or more; the first also owns the limits that span queues
    /// @param recorded what becomes of the modes that the spool tells
    public QueueRoom(List<Loop> loops, QueuePolicies policies, QueueBudget budget, RecordedModes recorded) {
        this.budget = budget;
        this.recorded = recorded;
        this.pacer = new Pacer(loops.getFirst(), budget.zone());
        this.memory = new RouteMemory(budget.zone(), this::keep);
        this.onTheWay = new AtomicIntegerArray(loops.size());
        for (Loop loop : loops) {
            var shard = new QueueShard(loop, pacer, policies, budget, this);
            shards.add(shard);
            arrivals.add(loop.mailbox(MAILBOX, incoming -> incoming.arriveAt(shard)));
        }
    }

    /// The spool is open and has told its survivors: mail may go out.
    ///
    /// @param dispatchers called once for each shard, on its loop
    public void start(Spool spool, Dispatchers dispatchers) {
        shards.forEach(shard -> shard.loop().post(() -> shard.start(spool, dispatchers.of(shard))));
    }

    /// Gives each shard its dispatcher: the two know each other.
    @FunctionalInterface
    public interface Dispatchers {
        Dispatcher of(Shard shard);
    }

    /// The owner of a share of the queues, for the sessions of its loop.
    public List<Shard> owners() {
        return List.copyOf(shards);
    }

    /// Which shard owns a queue. Pure; safe from any thread.
    @Override
    public int shardOf(QueueKey queue) {
        int hash = 31 * queue.domain().hashCode() + queue.virtualMta().hashCode();
        return Math.floorMod(hash * 0x9E3779B9 >>> 8, shards.size());
    }

    // ---- mail -----------------------------------------------------------------------------------------------------

    @Override
    public @Nullable Full full() {
        long overdrawn = 0;
        long queues = 0;
        for (QueueShard shard : shards) {
            overdrawn += shard.overdrawnBytes();
            queues += shard.queueCount();
        }
        if (queues > budget.mostQueues()) {
            return Full.QUEUES;
        }
        // Memory may be refused by the whole machine's share too, where the budget still has room.
        boolean fits = budget.slots().usedBytes() + overdrawn + RESERVED_TABLE_BYTES
                        <= budget.slots().limitBytes()
                && overdrawn <= MOST_OVERDRAWN;
        return fits ? null : Full.TABLES;
    }

    private static final long MOST_OVERDRAWN = 8L << 20;

    /// What waiting mail takes of what it may take: [#full] compares these.
    ///
    /// @param queues that there are
    /// @param mostQueues as many as the heap holds
    /// @param tableBytes of the tables of recipients and messages
    /// @param overdrawnBytes of them beside the budget: mail that was accepted when nothing was left of it
    /// @param tableLimitBytes of which [#RESERVED_TABLE_BYTES] are kept for mail that is on its way
    public record Room(long queues, long mostQueues, long tableBytes, long overdrawnBytes, long tableLimitBytes) {}

    /// Of [Room#tableLimitBytes], 4 MB.
    public static final long RESERVED_TABLE_BYTES = 4L << 20;

    /// Safe from any thread.
    public Room room() {
        return new Room(
                shards.stream().mapToLong(QueueShard::queueCount).sum(),
                budget.mostQueues(),
                budget.slots().usedBytes(),
                shards.stream().mapToLong(QueueShard::overdrawnBytes).sum(),
                budget.slots().limitBytes());
    }

    @Override
    public int behind(QueueKey queue) {
        return shards.get(shardOf(queue)).behind();
    }

    /// How many recipients fit in the tables when each has a message of its own: beyond it reception refuses. Safe
    /// from any thread.
    public long mostRecipients() {
        return budget.slots().limitBytes() / (2 * SlotTable.SLOT_BYTES);
    }

    @Override
    public void arrived(StoredMessage stored) {
        List<AcceptedRecipient> recipients = stored.message().recipients();
        int first = shardOf(recipients.getFirst().queue());
        boolean isOneShard = true;
        for (int i = 1; i < recipients.size() && isOneShard; i++) {
            isOneShard = shardOf(recipients.get(i).queue()) == first;
        }
        if (isOneShard) {
            deliver(first, new Arrival(stored, all(recipients.size())));
            return;
        }
        int[] counts = new int[shards.size()];
        int[] of = new int[recipients.size()];
        for (int i = 0; i < of.length; i++) {
            of[i] = shardOf(recipients.get(i).queue());
            counts[of[i]]++;
        }
        // One holder of the content for each shard, taken before the first can give its own back.
        int holders = 0;
        for (int count : counts) {
            if (count > 0 && holders++ > 0) {
                stored.content().retain();
            }
        }
        for (int s = 0; s < counts.length; s++) {
            int[] indexes = new int[counts[s]];
            int at = 0;
            for (int i = 0; i < of.length && at < indexes.length; i++) {
                if (of[i] == s) {
                    indexes[at++] = i;
                }
            }
            if (indexes.length > 0) {
                deliver(s, new Arrival(stored, indexes));
            }
        }
    }

    private static int[] all(int size) {
        int[] indexes = new int[size];
        for (int i = 0; i < size; i++) {
            indexes[i] = i;
        }
        return indexes;
    }

    @Override
    public RouteFacts facts(Loop loop) {
        return memory.at(loop);
    }

    @Override
    public RouteMemory memory() {
        return memory;
    }

    /// Says who hears that mail is late whose sender wants to be told. From any thread.
    public void tellDelays(DelayListener listener) {
        delayListener = listener;
    }

    @Override
    public @Nullable DelayListener delayListener() {
        return delayListener;
    }

    private void keep(QueueEvent.ColdCounted counted) {
        QueueShard owner = shards.get(shardOf(counted.queue()));
        owner.loop().post(() -> owner.keep(counted));
    }

    @Override
    public String held(QueueKey to) {
        if (untold.get() > 0) {
            return "a checkpoint of the spool is being written";
        }
        return onTheWay.get(shardOf(to)) < ON_THE_WAY ? "" : "much mail is on its way there";
    }

    @Override
    public void hand(Transfer transfer) {
        int shard = shardOf(transfer.queue());
        int count = transfer.recipients().size();
        onTheWay.addAndGet(shard, count);
        Incoming arrival = to -> {
            onTheWay.addAndGet(shard, -count);
            to.moves.receive(transfer);
        };
        if (!arrivals.get(shard).offer(arrival)) {
            // A message that has left its shard is never refused; what is on its way is bounded.
            QueueShard owner = shards.get(shard);
            owner.loop().post(() -> arrival.arriveAt(owner));
        }
    }

    private void deliver(int shard, Arrival arrival) {
        QueueShard owner = shards.get(shard);
        if (owner.loop().isCurrent()) {
            owner.arrive(arrival);
        } else if (!arrivals.get(shard).offer(to -> to.arrive(arrival))) {
            // Cannot happen while the mailbox is larger than the sessions; a durable message is never refused.
            owner.loop().post(() -> owner.arrive(arrival));
        }
    }

    @Override
    public void message(
            MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients) {
        List<List<LiveRecipient>> parts = new ArrayList<>();
        shards.forEach(shard -> parts.add(new ArrayList<>(0)));
        recipients.forEach(each -> parts.get(shardOf(each.queue())).add(each));
        for (int s = 0; s < parts.size(); s++) {
            List<LiveRecipient> part = parts.get(s);
            if (!part.isEmpty()) {
                QueueShard shard = shards.get(s);
                survivor(s, () -> shard.survive(id, position, queuedMillis, sizeBytes, part));
            }
        }
    }

    @Override
    public void queue(QueueEvent last) {
        if (last instanceof QueueEvent.ColdCounted counted) {
            memory.restore(counted);
        }
        int s = shardOf(last.queue());
        survivor(s, () -> {
            switch (recorded) {
                case KEPT -> shards.get(s).remember(last);
                case FORGOTTEN -> shards.get(s).rememberButModes(last);
            }
        });
    }

    @Override
    public void job(CommandEvent.JobPaused paused) {
        switch (recorded) {
            case KEPT -> {
                for (int s = 0; s < shards.size(); s++) {
                    QueueShard shard = shards.get(s);
                    survivor(s, () -> shard.pauseJob(paused));
                }
            }
            case FORGOTTEN -> {
                QueueShard first = shards.getFirst();
                survivor(0, () -> first.forgetPause(paused));
            }
        }
    }

    private void survivor(int shard, Runnable task) {
        if (shards.get(shard).loop().isCurrent()) {
            task.run();
        } else {
            // At the start, before there is mail: unbounded is right, they must all fit anyway.
            shards.get(shard).loop().post(task);
        }
    }

    /// What comes to a shard from other loops, in order.
    @FunctionalInterface
    private interface Incoming {
        void arriveAt(QueueShard shard);
    }

    // ---- for the spool --------------------------------------------------------------------------------------------

    @Override
    public int shards() {
        return shards.size();
    }

    @Override
    public Loop loop(int shard) {
        return shards.get(shard).loop();
    }

    @Override
    public long dump(int shard, long cursor, int atMost, LiveSink sink) {
        if (shard == 0 && cursor == 0) {
            shards.getFirst().jobs.paused().forEach(sink::job);
        }
        long next = shards.get(shard).dump(cursor, atMost, sink);
        if (next == LiveSource.END) {
            untold.updateAndGet(left -> Math.max(0, left - 1));
        }
        return next;
    }

    @Override
    public long evacuate(int shard, long cursor, long from, long to, int atMost) {
        return shards.get(shard).evacuate(cursor, from, to, atMost);
    }

    /// A mark follows the mail of `loop` into every other shard; when all marks have come, so has the mail.
    @Override
    public void whenTakenIn(Loop loop, Runnable done) {
        // The first word of a checkpoint.
        untold.set(shards.size());
        var left = new AtomicInteger(shards.size());
        for (int s = 0; s < shards.size(); s++) {
            Incoming mark = shard -> {
                if (left.decrementAndGet() == 0) {
                    done.run();
                }
            };
            QueueShard owner = shards.get(s);
            if (owner.loop() == loop || !arrivals.get(s).offer(mark)) {
                // Posted work keeps its order too, and is where mail goes that a full mailbox did not take.
                owner.loop().post(() -> mark.arriveAt(owner));
            }
        }
    }

    @Override
    public void checkpointEnded() {
        untold.set(0);
    }

    // ---- configuration, stop --------------------------------------------------------------------------------------

    /// Binds new limits at once, on each shard in a turn of its own.
    public void adopt(QueuePolicies policies) {
        memory.forgetRollups();
        shards.forEach(shard -> shard.loop().post(() -> shard.adopt(policies)));
    }

    /// Hands out no more mail and lets sessions end after what they carry.
    ///
    /// @param drained runs on `home` when every session has ended and every event is with the spool
    public void stop(Loop home, Runnable drained) {
        var gathering = new Gathering<Integer>(shards.size(), home, Integer::sum, ignored -> drained.run());
        for (QueueShard shard : shards) {
            shard.loop().post(() -> shard.stop(() -> gathering.add(1)));
        }
    }

    // ---- questions ------------------------------------------------------------------------------------------------

    /// @param answer called on `home`
    public void find(QueueQuery query, Loop home, Consumer<QueueQuery.Found> answer) {
        var gathering = new Gathering<QueueQuery.Found>(shards.size(), home, (a, b) -> a.plus(b, query), answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> new QueueSearch(shard, query, gathering::add).start());
        }
    }

    /// Sums of the queues of each domain or virtual MTA.
    ///
    /// @param answer called on `home`
    public void sums(QueueSums.By by, QueueSums.Query query, Loop home, Consumer<QueueSums.Found> answer) {
        var sums = new QueueSums(query, shards.size(), home, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> sums.ofQueues(shard, by));
        }
    }

    /// What waits of each job.
    ///
    /// @param answer called on `home`
    public void jobs(QueueSums.Query query, Loop home, Consumer<QueueSums.Found> answer) {
        var sums = new QueueSums(query, shards.size(), home, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> sums.ofJobs(shard));
        }
    }

    /// @param answer called on `home`
    public void totals(Loop home, Consumer<QueueTotals> answer) {
        var gathering = new Gathering<QueueTotals>(shards.size(), home, QueueTotals::plus, answer);
        for (QueueShard shard : shards) {
            var count = new QueueTotals.Count();
            shard.loop()
                    .post(() -> Slices.ofQueues(shard, count::add, () -> {}, () -> gathering.add(count.of(shard)))
                            .step());
        }
    }

    /// Minutes that [#outcomesLately] looks back, the present one among them.
    public static final int LATELY_MINUTES = OutcomeTally.MINUTES;

    /// What became of recipients lately, by the domain of their queues: of each shard's first few thousand domains.
    ///
    /// @param answer on `home`
    public void outcomesLately(Loop home, Consumer<Map<String, OutcomeCounts>> answer) {
        gather(home, shard -> shard.recorder.tally.lately(shard.loop().serverMillis()), QueueRoom::sum, answer);
    }

    /// What became of recipients since the start, by virtual MTA: of each shard's first thousand, and the others
    /// together as `{others}`.
    ///
    /// @param answer on `home`
    public void outcomes(Loop home, Consumer<Map<String, OutcomeCounts>> answer) {
        gather(home, shard -> shard.recorder.tally.totals(), QueueRoom::sum, answer);
    }

    private static Map<String, OutcomeCounts> sum(Map<String, OutcomeCounts> one, Map<String, OutcomeCounts> other) {
        Map<String, OutcomeCounts> sum = new HashMap<>(one);
        other.forEach((name, counts) -> sum.merge(name, counts, OutcomeCounts::plus));
        return sum;
    }

    /// How many recipients wait for virtual MTAs that `next` lacks, by their names in order: those that it would
    /// hold or bounce if it were adopted. Mail goes on meanwhile, so what is accepted during the count may be
    /// missed.
    ///
    /// @param answer on `home`
    public void stranded(QueuePolicies next, Loop home, Consumer<Map<String, Long>> answer) {
        var gathering = new Gathering<Map<String, Long>>(shards.size(), home, StrandedCount::sum, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> new StrandedCount(shard, next, gathering::add).step());
        }
    }

    /// Lists recipients, reading their messages where they are not at hand.
    ///
    /// @param answer called on `home`
    public void list(MailQuery query, Loop home, Consumer<MailQuery.Found> answer) {
        walk(
                query,
                home,
                true,
                (a, b) -> {
                    List<MailQuery.Row> rows = new ArrayList<>(a.rows());
                    rows.addAll(b.rows());
                    return new MailQuery.Found(
                            rows.subList(0, Math.min(rows.size(), query.mostItems())), a.unreadable() + b.unreadable());
                },
                answer,
                MailWalk.Listing::new);
    }

    // ---- reports --------------------------------------------------------------------------------------------------

    /// Reads a message to quote it in the report on recipients of it.
    ///
    /// @param indexes of recipients of the message
    /// @param answer on `home`; whoever gets a message releases its content
    public void owed(MessageId message, List<Integer> indexes, Loop home, Consumer<OwedMail> answer) {
        var gathering = new Gathering<OwedMail>(shards.size(), home, OwedMail::plus, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> shard.owed(message, indexes, gathering::add));
        }
    }

    /// The report on these recipients is accepted, or nobody wants it: they are settled. It goes the way of mail, so
    /// that no checkpoint that begins behind the acceptance overtakes it.
    public void reported(List<RecipientId> recipients) {
        Incoming news = shard -> recipients.forEach(each -> shard.reported(each.message(), each.index()));
        for (int s = 0; s < shards.size(); s++) {
            QueueShard owner = shards.get(s);
            if (!arrivals.get(s).offer(news)) {
                owner.loop().post(() -> news.arriveAt(owner));
            }
        }
    }

    /// Recipients that were owed a report at the start and that [#owed] was not asked about since: for them there is no
    /// event any more that says why they failed.
    ///
    /// @param atMost of each shard
    /// @param answer on `home`
    public void owedWithoutEvent(int atMost, Loop home, Consumer<ForgottenReports> answer) {
        gather(home, shard -> shard.owedWithoutEvent(atMost), ForgottenReports::plus, answer);
    }

    // ---- commands -------------------------------------------------------------------------------------------------

    /// Pauses or resumes queues. An exact name is remembered though there is no such queue yet.
    ///
    /// @param by who says so, for the record
    /// @param answer how many queues match, on `home`
    public void pause(QueuePattern pattern, boolean isPaused, String by, Loop home, Consumer<Integer> answer) {
        pause(pattern, isPaused, Duration.ZERO, by, home, answer);
    }

    /// As [#pause(QueuePattern, boolean, String, Loop, Consumer)], for a time.
    ///
    /// @param lasting after which a paused queue resumes by itself; zero where it does not
    public void pause(
            QueuePattern pattern, boolean isPaused, Duration lasting, String by, Loop home, Consumer<Integer> answer) {
        each(pattern, isPaused, home, answer, (shard, queue) -> {
            long until = lasting.isZero() ? 0 : shard.loop.serverMillis() + lasting.toMillis();
            shard.modes.pause(queue, isPaused, until, by);
            return true;
        });
    }

    /// What a pause has cost, told before its queues go on.
    ///
    /// @param queues that match
    /// @param expired recipients that have expired in the pause
    /// @param expiring recipients that expire within the next hour
    public record Resumed(int queues, long expired, long expiring) {
        Resumed plus(Resumed other) {
            return new Resumed(queues + other.queues, expired + other.expired, expiring + other.expiring);
        }
    }

    private static final long SOON_MILLIS = Duration.ofHours(1).toMillis();

    /// Counts what is lost in matching queues that are paused, then resumes all that match.
    ///
    /// @param answer on `home`
    public void resume(QueuePattern pattern, String by, Loop home, Consumer<Resumed> answer) {
        var query = new MailQuery(pattern, "", "", "", "", 0, 0);
        walk(
                query,
                home,
                false,
                Resumed::plus,
                lost -> pause(
                        pattern,
                        false,
                        by,
                        home,
                        queues -> answer.accept(new Resumed(queues, lost.expired(), lost.expiring()))),
                Expiring::new);
    }

    /// Counts what expires in paused queues.
    private static final class Expiring implements MailWalk.Visitor {
        private final QueueShard shard;
        private final Consumer<Resumed> answer;
        private final QueuePattern pattern;
        private final long nowMillis;
        private long expired;
        private long expiring;

        Expiring(QueueShard shard, MailQuery query, Consumer<Resumed> answer) {
            this.shard = shard;
            this.answer = answer;
            this.nowMillis = shard.loop.serverMillis();
            this.pattern = query.queue();
        }

        @Override
        public boolean found(int slot, @org.jspecify.annotations.Nullable StoredMessage stored) {
            WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
            if (queue.isPaused()) {
                long left = shard.messages.queuedMillis(shard.recipients.message(slot))
                        + shard.policy(queue).bounceAfter().value().toMillis()
                        - nowMillis;
                expired += left <= 0 ? 1 : 0;
                expiring += left > 0 && left <= SOON_MILLIS ? 1 : 0;
            }
            return true;
        }

        @Override
        public void done(int unreadable) {
            Slices.ofMatching(
                    shard,
                    pattern,
                    queue -> expired += queue.pause() == null ? 0 : queue.pause().expired,
                    () -> answer.accept(new Resumed(0, expired, expiring)));
        }
    }

    /// Holds the mail of a job in all queues, what waits and what comes, or lets it go on. It is remembered though no
    /// mail of the job is there.
    ///
    /// @param by who says so, for the record
    /// @param answer why not, or empty; on `home`
    public void pauseJob(String job, boolean isPaused, String by, Loop home, Consumer<String> answer) {
        QueueShard first = shards.getFirst();
        first.loop().post(() -> {
            String refusal = refusal(first.jobs, job, isPaused);
            if (!refusal.isEmpty()) {
                home.post(() -> answer.accept(refusal));
                return;
            }
            var event = new CommandEvent.JobPaused(job, first.loop().serverMillis(), isPaused, by);
            if (first.jobs.isPaused(job) != isPaused) {
                // At once, where it is recorded: a checkpoint is told by this shard.
                first.recorder.record(event);
                first.pauseJob(event);
            }
            gather(
                    home,
                    shard -> {
                        if (shard.jobs.isPaused(job) != isPaused) {
                            shard.pauseJob(event);
                        }
                        return "";
                    },
                    (a, b) -> a,
                    answer);
        });
    }

    private static String refusal(Jobs jobs, String job, boolean isPaused) {
        if (!isPaused) {
            return jobs.isPaused(job) ? "" : "job " + job + " is not paused; show jobs tells which are";
        }
        if (job.isEmpty() || job.length() > Jobs.LONGEST_NAME) {
            return "a job's id has 1 to " + Jobs.LONGEST_NAME + " letters";
        }
        if (!jobs.isPaused(job) && jobs.paused().size() >= Jobs.MOST_PAUSED) {
            return Jobs.MOST_PAUSED
                    + " jobs are paused, and that is the most; resume some first, or pause their queues";
        }
        return "";
    }

    /// The jobs that are paused, whether they have mail here or not; in the order in which they were paused.
    ///
    /// @param answer on `home`
    public void pausedJobs(Loop home, Consumer<List<CommandEvent.JobPaused>> answer) {
        QueueShard first = shards.getFirst();
        first.loop().post(() -> {
            List<CommandEvent.JobPaused> paused = first.jobs.paused();
            home.post(() -> answer.accept(paused));
        });
    }

    /// Gives waiting recipients another priority; it survives a restart.
    ///
    /// @param priority 0 to 100
    /// @param answer how many have it now that had another, on `home`
    public void prioritize(MailQuery query, int priority, Loop home, Consumer<Integer> answer) {
        walk(query, home, false, Integer::sum, answer, (shard, asked, tell) -> new Prioritizing(shard, priority, tell));
    }

    private static final class Prioritizing implements MailWalk.Visitor {
        private final QueueShard shard;
        private final int priority;
        private final Consumer<Integer> answer;
        private final List<RecipientId> changed = new ArrayList<>();
        private int count;

        Prioritizing(QueueShard shard, int priority, Consumer<Integer> answer) {
            this.shard = shard;
            this.priority = priority;
            this.answer = answer;
        }

        @Override
        public boolean found(int slot, @org.jspecify.annotations.Nullable StoredMessage stored) {
            if (shard.prioritize(slot, priority)) {
                count++;
                changed.add(new RecipientId(
                        shard.messages.id(shard.recipients.message(slot)), shard.recipients.index(slot)));
                if (changed.size() == CommandEvent.MOST_RECIPIENTS) {
                    sliceEnds();
                }
            }
            return true;
        }

        /// In the turn that changed them, so that no checkpoint comes between.
        @Override
        public void sliceEnds() {
            if (!changed.isEmpty()) {
                shard.recorder.record(new CommandEvent.PrioritySet(priority, shard.loop.serverMillis(), changed));
                changed.clear();
            }
        }

        @Override
        public void done(int unreadable) {
            answer.accept(count);
        }
    }

    /// What [#schedule] did.
    ///
    /// @param scheduled queues that match and whose mail waited for a clock that is cleared now
    /// @param total queues that match
    public record Scheduled(int scheduled, int total) {
        Scheduled plus(Scheduled other) {
            return new Scheduled(scheduled + other.scheduled, total + other.total);
        }
    }

    /// Clears the queue clocks of matching queues, and with `retryRecipients` also their recipients' clocks.
    ///
    /// @param answer on `home`
    public void schedule(QueuePattern pattern, boolean retryRecipients, Loop home, Consumer<Scheduled> answer) {
        var gathering = new Gathering<Scheduled>(shards.size(), home, Scheduled::plus, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> schedule(shard, pattern, retryRecipients, gathering::add));
        }
    }

    private static void schedule(
            QueueShard shard, QueuePattern pattern, boolean retryRecipients, Consumer<Scheduled> tell) {
        int[] counts = new int[2];
        Slices.ofMatching(
                shard,
                pattern,
                queue -> {
                    counts[0] += shard.schedule(queue, retryRecipients) ? 1 : 0;
                    counts[1]++;
                },
                () -> {
                    if (retryRecipients && counts[0] > 0) {
                        var query = new MailQuery(pattern, "", "", "", "", 0, 0);
                        new MailWalk(shard, query, false, new Scheduling(shard)).start();
                    }
                    tell.accept(new Scheduled(counts[0], counts[1]));
                });
    }

    /// Makes one attempt of a queue now and tells it; the trace hears also why none can be made.
    ///
    /// @param retryRecipients whether recipients that wait out their own clocks are tried too
    public void trace(QueueKey key, boolean retryRecipients, Trace trace) {
        QueueShard shard = shards.get(shardOf(key));
        shard.loop().post(() -> shard.trials.begin(key, retryRecipients, trace));
    }

    /// Tells of the sessions of a queue that begin from now on, until [#leave].
    public void watch(QueueKey key, Trace watcher) {
        QueueShard shard = shards.get(shardOf(key));
        shard.loop().post(() -> shard.trials.watch(key, watcher));
    }

    /// Who traced or watched a queue does so no more; attempts go on.
    public void leave(QueueKey key, Trace gone) {
        QueueShard shard = shards.get(shardOf(key));
        shard.loop().post(() -> shard.trials.leave(key, gone));
    }

    private record Scheduling(QueueShard shard) implements MailWalk.Visitor {
        @Override
        public boolean found(int slot, @org.jspecify.annotations.Nullable StoredMessage stored) {
            if (shard.recipients.state(slot) == Recipients.State.ASIDE) {
                shard.schedule(slot);
            }
            return true;
        }

        @Override
        public void done(int unreadable) {}
    }

    /// Deletes waiting recipients: each is recorded as bounced, `5.0.0`, "deleted by administrator". Those in
    /// mid-transfer are left.
    ///
    /// @param answer how many, on `home`, once all are on their way out
    public void delete(MailQuery query, Loop home, Consumer<Integer> answer) {
        delete(query, false, true, home, answer);
    }

    /// As [#delete(MailQuery, Loop, Consumer)].
    ///
    /// @param isReported whether senders get a non-delivery report
    /// @param isAccounted whether there is a row of each
    public void delete(MailQuery query, boolean isReported, boolean isAccounted, Loop home, Consumer<Integer> answer) {
        Ending why = Ending.deleted(isReported, isAccounted);
        walk(query, home, false, Integer::sum, answer, (shard, asked, tell) -> new Deleting(shard, why, tell));
    }

    private static final class Deleting implements MailWalk.Visitor {
        private final QueueShard shard;
        private final Ending why;
        private final Consumer<Integer> answer;
        private int count;

        Deleting(QueueShard shard, Ending why, Consumer<Integer> answer) {
            this.shard = shard;
            this.why = why;
            this.answer = answer;
        }

        @Override
        public boolean found(int slot, @org.jspecify.annotations.Nullable StoredMessage stored) {
            if (shard.end(slot, why)) {
                count++;
            }
            return true;
        }

        @Override
        public void done(int unreadable) {
            answer.accept(count);
        }
    }

    /// Everything that decides about one queue. An answer without a value: there is no such queue now.
    ///
    /// @param answer on `home`
    public void explain(QueueKey key, Loop home, Consumer<Optional<QueueExplanation>> answer) {
        QueueShard shard = shards.get(shardOf(key));
        shard.loop().post(() -> {
            WaitingQueue queue = shard.find(key);
            if (queue == null) {
                home.post(() -> answer.accept(Optional.empty()));
            } else {
                shard.explaining().explain(queue, found -> home.post(() -> answer.accept(Optional.of(found))));
            }
        });
    }

    /// Where the waiting recipients of a message are.
    ///
    /// @param answer on `home`
    public void explain(MessageId id, Loop home, Consumer<MessageExplanation> answer) {
        var gathering = new Gathering<MessageExplanation>(shards.size(), home, MessageExplanation::plus, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> shard.explaining().find(id, gathering::add));
        }
    }

    /// Puts queues in backoff or normal mode. An exact name is remembered though there is no such queue yet.
    ///
    /// @param answer how many queues match, on `home`
    public void setMode(QueuePattern pattern, boolean isBackoff, String by, Loop home, Consumer<Integer> answer) {
        each(pattern, isBackoff, home, answer, (shard, queue) -> {
            if (isBackoff) {
                shard.modes.enter(queue, QueueAction.Lasting.AsConfigured.AS_CONFIGURED, by);
            } else {
                shard.modes.leave(queue, by);
            }
            return true;
        });
    }

    /// Disables a source address in queues, or enables it again.
    ///
    /// @param lasting of a disabling
    /// @param answer how many queues it concerned, on `home`
    public void setSource(
            QueuePattern pattern,
            InetAddress address,
            boolean isEnabled,
            QueueAction.Lasting lasting,
            String by,
            Loop home,
            Consumer<Integer> answer) {
        each(pattern, !isEnabled, home, answer, (shard, queue) -> {
            if (!isEnabled) {
                shard.modes.disable(queue, new QueueAction.DisableSource(address, lasting, by));
                return queue.sources() != null && queue.sources().find(address) != null;
            }
            Sources.Source source =
                    queue.sources() == null ? null : queue.sources().find(address);
            if (source == null || !source.isDisabled) {
                return false;
            }
            shard.modes.enable(queue, source, by);
            return true;
        });
    }

    /// A source address that is disabled in a queue.
    public record DisabledSource(QueueKey queue, String address, long untilMillis, String reason) {}

    /// @param answer on `home`, at most 10,000
    public void disabledSources(QueuePattern pattern, Loop home, Consumer<List<DisabledSource>> answer) {
        var gathering = new Gathering<List<DisabledSource>>(shards.size(), home, QueueRoom::joined, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> disabledIn(shard, pattern, gathering::add));
        }
    }

    private static final int MOST_DISABLED = 10_000;

    private static void disabledIn(QueueShard shard, QueuePattern pattern, Consumer<List<DisabledSource>> tell) {
        var found = new ArrayList<DisabledSource>();
        Slices.ofMatching(
                shard,
                pattern,
                queue -> {
                    if (queue.sources() != null && found.size() < MOST_DISABLED) {
                        addDisabled(queue.key, queue.sources(), found);
                    }
                },
                () -> tell.accept(found));
    }

    private static void addDisabled(QueueKey queue, Sources sources, List<DisabledSource> found) {
        for (Sources.Source each : sources.all()) {
            if (each.isDisabled) {
                found.add(new DisabledSource(queue, each.name(), each.disabledUntilMillis, each.reason));
            }
        }
    }

    private static List<DisabledSource> joined(List<DisabledSource> a, List<DisabledSource> b) {
        var all = new ArrayList<>(a);
        all.addAll(b);
        return all.subList(0, Math.min(MOST_DISABLED, all.size()));
    }

    @FunctionalInterface
    private interface Doing {
        /// @return whether it concerned the queue
        boolean to(QueueShard shard, WaitingQueue queue);
    }

    /// @param makes whether a queue that is named exactly is made if it is not there
    private void each(QueuePattern pattern, boolean makes, Loop home, Consumer<Integer> answer, Doing doing) {
        var gathering = new Gathering<Integer>(shards.size(), home, Integer::sum, answer);
        for (int s = 0; s < shards.size(); s++) {
            QueueShard shard = shards.get(s);
            boolean isMade = makes && pattern.isExact() && shardOf(pattern.exact()) == s;
            shard.loop().post(() -> {
                if (isMade) {
                    WaitingQueue unused = shard.findOrMake(pattern.exact());
                }
                int[] count = new int[1];
                Slices.ofMatching(
                        shard,
                        pattern,
                        queue -> count[0] += doing.to(shard, queue) ? 1 : 0,
                        () -> gathering.add(count[0]));
            });
        }
    }

    // ---- asking all shards ----------------------------------------------------------------------------------------

    private interface Visiting<T> {
        MailWalk.Visitor visitor(QueueShard shard, MailQuery query, Consumer<T> answer);
    }

    private <T> void walk(
            MailQuery query,
            Loop home,
            boolean reads,
            BinaryOperator<T> sum,
            Consumer<T> answer,
            Visiting<T> visiting) {
        var gathering = new Gathering<T>(shards.size(), home, sum, answer);
        for (QueueShard shard : shards) {
            shard.loop()
                    .post(() ->
                            new MailWalk(shard, query, reads, visiting.visitor(shard, query, gathering::add)).start());
        }
    }

    private <T> void gather(Loop home, Function<QueueShard, T> question, BinaryOperator<T> sum, Consumer<T> answer) {
        var gathering = new Gathering<T>(shards.size(), home, sum, answer);
        for (QueueShard shard : shards) {
            shard.loop().post(() -> gathering.add(question.apply(shard)));
        }
    }

    /// Sums the shards' answers on the asker's loop.
    private static final class Gathering<T> {
        private final Loop home;
        private final BinaryOperator<T> sum;
        private final Consumer<T> answer;
        /// Owner: `home`.
        private final List<T> parts = new ArrayList<>();

        private final int expected;

        Gathering(int expected, Loop home, BinaryOperator<T> sum, Consumer<T> answer) {
            this.expected = expected;
            this.home = home;
            this.sum = sum;
            this.answer = answer;
        }

        /// From any shard's loop.
        void add(T part) {
            home.post(() -> {
                parts.add(part);
                if (parts.size() == expected) {
                    answer.accept(parts.stream().reduce(sum).orElseThrow());
                }
            });
        }
    }
}
