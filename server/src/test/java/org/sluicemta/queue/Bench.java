package org.sluicemta.queue;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Rate;
import org.sluicemta.pace.Stage;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.ReportedEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A queue room on a stage, with a spool and remotes of its own, for tests.
final class Bench {
    final Stage stage = new Stage();
    final List<Stage.StageLoop> loops = new ArrayList<>();
    final BenchSpool spool = new BenchSpool();
    final Policies policies = new Policies();
    final List<Remote> remotes = new ArrayList<>();
    final BenchMemory memory = new BenchMemory();
    final QueueRoom room;
    long freshBytes = 1 << 20;

    /// What happens to an opening: after how long it connects, or how it fails.
    BiFunction<QueueKey, Integer, @Nullable QueueFailure> connecting = (queue, n) -> null;
    long connectNanos = 1_000_000L;
    /// For a failure, or null for one that connects; null leaves it to [#connectNanos].
    java.util.function.@Nullable ToLongFunction<@Nullable QueueFailure> connectingNanos;
    /// From the decision to leave to the end.
    long partingNanos = 1000;
    long serviceNanos = 1_000_000L;
    BiFunction<StoredMessage, AcceptedRecipient, Outcome> answers = (message, recipient) -> DELIVERED;
    boolean isIdling = true;
    /// Whether remotes refuse what they refuse only after the end of data.
    boolean isRefusedAfterContent;

    /// The rollup that DNS shows for every domain; empty for none.
    String joins = "";

    /// What the next replies do to their queues.
    @Nullable
    QueueAction actOn;

    /// Source addresses of a family that no remote has an address of.
    final List<InetAddress> unreachable = new ArrayList<>();

    /// From which addresses connections left, in order.
    final List<InetAddress> leftFrom = new ArrayList<>();
    private static final long IDLE_NANOS = 5_000_000_000L;
    boolean asksAhead;

    static final Outcome.RemoteFacts REMOTE =
            new Outcome.RemoteFacts("mx.example.net (192.0.2.1)", "192.0.2.1", "198.51.100.1", "PIPELINING", "smtp");
    static final Outcome DELIVERED = new Outcome.Delivered(REMOTE, "2.0.0", "smtp;250 ok");
    static final Outcome DEFERRED = new Outcome.Deferred(REMOTE, "4.2.0", "smtp;450 later");
    static final Outcome BOUNCED = new Outcome.Bounced(REMOTE, "5.1.1", "smtp;550 no");
    static final QueueFailure DEAD = new QueueFailure(
            QueueFailure.Kind.TRANSIENT,
            "4.4.1",
            "",
            Outcome.RemoteFacts.NONE,
            "ETIMEDOUT connecting to mx.example.net (192.0.2.1)");

    final Map<QueueKey, Integer> openings = new HashMap<>();
    final List<long[]> attempted = new ArrayList<>();

    /// What was handed to sessions, a line a recipient.
    final List<Given> given = new ArrayList<>();

    record Given(long nanos, QueueKey queue) {}

    int open;
    int mostOpen;
    private long sequence;

    Bench(int loopCount) {
        this(loopCount, 1 << 20);
    }

    Bench(int loopCount, long freshBytes) {
        this(loopCount, freshBytes, true);
    }

    Bench(int loopCount, long freshBytes, boolean startsAtOnce) {
        this(loopCount, freshBytes, startsAtOnce, RecordedModes.KEPT);
    }

    Bench(int loopCount, long freshBytes, boolean startsAtOnce, RecordedModes recorded) {
        this.freshBytes = freshBytes;
        for (int i = 0; i < loopCount; i++) {
            loops.add(stage.loop());
        }
        room = new QueueRoom(
                List.<Loop>copyOf(loops),
                policies.copy(),
                new QueueBudget(memory, freshBytes, ZoneOffset.UTC),
                recorded);
        if (startsAtOnce) {
            start();
        }
    }

    void start() {
        room.start(spool, shard -> (queue, opening) -> dial(shard, queue, opening));
        stage.settle();
    }

    void adopt() {
        room.adopt(policies.copy());
        stage.settle();
    }

    void dial(Shard shard, QueueKey queue, Dispatcher.Opening opening) {
        int n = openings.merge(queue, 1, Integer::sum);
        open++;
        mostOpen = Math.max(mostOpen, open);
        var loop = (Stage.StageLoop) shard.loop();
        QueueFailure failure = connecting.apply(queue, n);
        stage.after(loop, connectingNanos == null ? connectNanos : connectingNanos.applyAsLong(failure), () -> {
            if (failure != null) {
                open--;
                shard.ended(opening, failure);
            } else {
                if (!joins.isEmpty() && !queue.domain().equals(joins)) {
                    open--;
                    shard.joins(opening, joins);
                    shard.ended(opening, null);
                    return;
                }
                boolean hasLeft = true;
                for (int i = 0; i < hosts && hasLeft; i++) {
                    hasLeft = leave(shard, opening, n);
                }
                if (!hasLeft) {
                    open--;
                    shard.ended(opening, null);
                    return;
                }
                var remote = new Remote(shard, loop, opening);
                remotes.add(remote);
                shard.wants(opening, remote);
            }
        });
    }

    /// Connections that an opening makes before one stands: the hosts before the last are called and do not answer.
    int hosts = 1;

    /// Takes the queue's addresses in turn, as far as they are free.
    private boolean leave(Shard shard, Dispatcher.Opening opening, int turn) {
        List<InetAddress> all = policies.sources;
        for (int i = 0; i < all.size(); i++) {
            InetAddress address = all.get((turn + i) % all.size());
            if (unreachable.contains(address)) {
                continue;
            }
            if (shard.mayLeaveFrom(opening, address)) {
                shard.leavesFrom(opening, address);
                leftFrom.add(address);
                return true;
            }
        }
        return all.isEmpty();
    }

    boolean mayLeaveFrom(String queue, InetAddress address) {
        QueueKey key = queue(queue);
        var shard = (QueueShard) room.owners().get(room.shardOf(key));
        WaitingQueue found = shard.find(key);
        return found == null || found.sources() == null || found.sources().mayOpen(address, shard.now());
    }

    /// A session that carries what it is given and asks again.
    final class Remote implements Carrier {
        final Shard shard;
        final Stage.StageLoop loop;
        final Dispatcher.Opening opening;
        final List<Consignment> carrying = new ArrayList<>();
        int carried;
        boolean isLeaving;
        boolean isEnded;

        @Nullable
        Boolean told;

        boolean isAsking = true;

        Remote(Shard shard, Stage.StageLoop loop, Dispatcher.Opening opening) {
            this.shard = shard;
            this.loop = loop;
            this.opening = opening;
        }

        @Override
        public void carry(Consignment consignment) {
            if (!isAsking && told == null) {
                throw new AssertionError("mail that was not asked for");
            }
            isAsking = false;
            told = null;
            carrying.add(consignment);
            consignment.recipients().forEach(each -> given.add(new Given(stage.nanos(), consignment.queue())));
            carried++;
            if (carrying.size() == 1) {
                stage.after(loop, serviceNanos, this::finish);
            }
            if (asksAhead && carrying.size() == 1) {
                isAsking = true;
                shard.wants(opening, this);
            }
        }

        private void finish() {
            if (isEnded) {
                return;
            }
            Consignment consignment = carrying.removeFirst();
            List<Outcome> outcomes = new ArrayList<>();
            for (AcceptedRecipient recipient : consignment.recipients()) {
                attempted.add(new long[] {stage.nanos(), consignment.stored().position()});
                outcomes.add(answers.apply(consignment.stored(), recipient));
            }
            QueueAction action = actOn;
            if (action != null) {
                shard.act(opening, action);
            }
            boolean isSent = isRefusedAfterContent || outcomes.stream().anyMatch(o -> o instanceof Outcome.Delivered);
            shard.settled(consignment, outcomes, isSent ? 1_000 : 0);
            if (!carrying.isEmpty()) {
                stage.after(loop, serviceNanos, this::finish);
            } else if (isLeaving) {
                end(null);
                return;
            }
            if (!isAsking && !isLeaving && told == null && (carrying.isEmpty() || asksAhead)) {
                isAsking = true;
                shard.wants(opening, this);
            }
        }

        @Override
        public void nothing(boolean mayIdle) {
            if (!isAsking) {
                throw new AssertionError("an answer that was not asked for");
            }
            isAsking = false;
            told = mayIdle;
            if (mayIdle && !isIdling) {
                shard.leaving(opening);
            } else if (mayIdle) {
                int seen = carried;
                stage.after(loop, IDLE_NANOS, () -> {
                    if (carried == seen && carrying.isEmpty() && !isEnded && !isLeaving) {
                        shard.leaving(opening);
                        leave();
                    }
                });
            }
            if (!mayIdle || !isIdling) {
                leave();
            }
        }

        @Override
        public void retire() {
            leave();
        }

        private void leave() {
            isLeaving = true;
            told = null;
            if (carrying.isEmpty()) {
                stage.after(loop, partingNanos, () -> end(null));
            }
        }

        void end(@Nullable QueueFailure failure) {
            if (!isEnded) {
                isEnded = true;
                open--;
                // Handed over while it was leaving.
                carrying.forEach(each -> shard.settled(
                        each, java.util.Collections.nCopies(each.recipients().size(), new Outcome.Untouched()), 0));
                carrying.clear();
                shard.ended(opening, failure);
            }
        }
    }

    // ---- mail -----------------------------------------------------------------------------------------------------

    static QueueKey queue(String text) {
        int slash = text.indexOf('/');
        return new QueueKey(text.substring(0, slash), text.substring(slash + 1));
    }

    static AcceptedRecipient to(String queue, String address) {
        return new AcceptedRecipient(address, queue(queue), "", "", "", "", 0, 50, 0);
    }

    static AcceptedRecipient to(String queue, String address, String job, int priority) {
        return new AcceptedRecipient(address, queue(queue), "", job, "", "", 0, priority, 0);
    }

    static AcceptedRecipient notBefore(String queue, String address, long millis) {
        return new AcceptedRecipient(address, queue(queue), "", "", "", "", 0, 50, millis);
    }

    StoredMessage submit(AcceptedRecipient... recipients) {
        return submitFrom("sender@example.org", recipients);
    }

    StoredMessage submitFrom(String reversePath, AcceptedRecipient... recipients) {
        StoredMessage stored = store(reversePath, stage.millis(), recipients);
        loops.getFirst().turn(() -> room.arrived(stored));
        stage.settle();
        return stored;
    }

    StoredMessage store(String reversePath, long queuedMillis, AcceptedRecipient... recipients) {
        var message = new AcceptedMessage(
                new MessageId(1, ++sequence),
                queuedMillis,
                reversePath,
                "smtp",
                "client (192.0.2.9)",
                false,
                "",
                new ContentShape(1000, 100, false, 70, new long[0], false, new byte[0]),
                List.of("Subject: number " + sequence),
                List.of(recipients));
        return spool.store(message);
    }

    QueueView view(String queue) {
        return find(QueuePattern.of(queue)).views().getFirst();
    }

    QueueQuery.Found find(QueuePattern pattern) {
        List<QueueQuery.Found> found = new ArrayList<>();
        room.find(
                new QueueQuery(
                        pattern,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Sort.RECIPIENTS,
                        1000,
                        true),
                loops.getFirst(),
                found::add);
        stage.advanceNanos(0);
        return found.getFirst();
    }

    List<RecipientEvent> events(RecipientEvent.What what) {
        return spool.events.stream().filter(e -> e.what() == what).toList();
    }

    /// A spool in memory that counts who holds contents.
    final class BenchSpool implements Spool {
        final Map<Long, AcceptedMessage> messages = new HashMap<>();
        final List<RecipientEvent> events = new ArrayList<>();
        final List<ReportedEvent> reported = new ArrayList<>();
        final List<QueueEvent> queueEvents = new ArrayList<>();
        final List<CommandEvent> commandEvents = new ArrayList<>();
        final List<Long> released = new ArrayList<>();
        final Map<Long, Integer> extraHolds = new HashMap<>();
        boolean isFull;
        boolean isLate;
        boolean isHoldRefused;
        int refusedHolds;
        int reads;
        long readNanos = 100_000L;
        int held;
        long damaged = -1;

        StoredMessage store(AcceptedMessage message) {
            long position = 1000 + messages.size();
            messages.put(position, message);
            return new StoredMessage(message, position, content());
        }

        Content content() {
            held++;
            return new Content(List.of(new BenchSlice(() -> held--)), 1000);
        }

        @Override
        public MessageId nextId() {
            return new MessageId(1, ++sequence);
        }

        @Override
        public boolean hold(long position) {
            if (isHoldRefused && ++refusedHolds > 1_000) {
                throw new AssertionError("holds are asked for without end");
            } else if (isHoldRefused) {
                return false;
            }
            extraHolds.merge(position, 1, Integer::sum);
            return messages.containsKey(position);
        }

        @Override
        public boolean record(ReportedEvent event, long releasePosition) {
            if (isFull) {
                return false;
            }
            reported.add(event);
            if (releasePosition >= 0) {
                released.add(releasePosition);
            }
            return true;
        }

        @Override
        public boolean isLate(long nowMillis) {
            return isLate;
        }

        @Override
        public @Nullable Refusal refusesNewMail() {
            return null;
        }

        @Override
        public void accept(Loop home, AcceptedMessage message, Content content, Acceptance answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void acceptChunk(Loop home, MessageId id, int chunk, Slice bytes, Answer<Long> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void acceptChunked(
                Loop home, AcceptedMessage message, List<Long> chunks, Content rest, Acceptance answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean record(RecipientEvent event, long releasePosition) {
            if (isFull) {
                return false;
            }
            events.add(event);
            if (releasePosition >= 0) {
                released.add(releasePosition);
            }
            return true;
        }

        @Override
        public boolean record(QueueEvent event) {
            if (isFull) {
                return false;
            }
            queueEvents.add(event);
            return true;
        }

        @Override
        public boolean record(CommandEvent event) {
            if (isFull) {
                return false;
            }
            commandEvents.add(event);
            return true;
        }

        @Override
        public boolean record(ReceiptEvent event, Runnable settled) {
            throw new AssertionError("queues record no receipts");
        }

        @Override
        public boolean takesEvents() {
            return true;
        }

        @Override
        public void read(Loop home, long position, Answer<StoredMessage> answer) {
            reads++;
            AcceptedMessage message = messages.get(position);
            stage.after((Stage.StageLoop) home, readNanos, () -> {
                if (position == damaged) {
                    answer.failed(new IoFailure(IoFailure.Kind.ERROR, "checksum of record at " + position));
                } else {
                    answer.ready(new StoredMessage(message, position, content()));
                }
            });
        }

        @Override
        public void move(Loop home, long position, Answer<Long> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean giveBack(long position) {
            if (isFull) {
                return false;
            }
            released.add(position);
            return true;
        }

        @Override
        public SpoolFacts facts() {
            return new SpoolFacts(1, 0, 0, 0, 0, 0, 0, 0, 0, Written.NOTHING, Written.NOTHING);
        }
    }

    private static final class BenchSlice implements Slice {
        private final Runnable freed;
        private int holders = 1;

        BenchSlice(Runnable freed) {
            this.freed = freed;
        }

        @Override
        public int length() {
            return 1000;
        }

        @Override
        public void get(int at, ByteBuffer to) {}

        @Override
        public ByteBuffer view(int from, int length) {
            return ByteBuffer.allocate(length);
        }

        @Override
        public Slice retain() {
            if (holders == 0) {
                throw new AssertionError("retained after it was freed");
            }
            holders++;
            return this;
        }

        @Override
        public void release() {
            if (holders == 0) {
                throw new AssertionError("released too often");
            }
            if (--holders == 0) {
                freed.run();
            }
        }
    }

    /// A budget that counts.
    static final class BenchMemory implements Memory {
        long used;
        long limit = 1L << 30;

        @Override
        public @Nullable Slice take(int bytes) {
            if (used + bytes > limit) {
                return null;
            }
            used += bytes;
            ByteBuffer memory = ByteBuffer.allocate(bytes);
            return new Slice() {
                @Override
                public int length() {
                    return bytes;
                }

                @Override
                public void get(int at, ByteBuffer to) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public ByteBuffer view(int from, int length) {
                    return memory.duplicate();
                }

                @Override
                public Slice retain() {
                    return this;
                }

                @Override
                public void release() {}
            };
        }

        @Override
        public String name() {
            return "queues";
        }

        @Override
        public long usedBytes() {
            return used;
        }

        @Override
        public long limitBytes() {
            return limit;
        }
    }

    /// Policies that a test may change and adopt anew.
    static final class Policies {
        int maxSmtpOut = 20;
        Rate maxMsgRate = Rate.UNLIMITED;
        Rate maxConnectRate = Rate.UNLIMITED;
        int virtualMtaMaxSmtpOut = 1_000;
        Rate virtualMtaMaxMsgRate = Rate.UNLIMITED;
        List<Duration> retryAfter = List.of(Duration.ofMinutes(10), Duration.ofMinutes(20));
        List<Duration> retryRecipientsAfter = List.of(Duration.ofMinutes(10));
        Duration bounceAfter = Duration.ofHours(100);
        int maxMsgPerConnection;
        int maxRcptPerTransaction = 50;
        Duration pacedConnectionHold = Duration.ofSeconds(15);
        boolean retryUponNewMail;
        Rate maxDataVolumeRate = Rate.UNLIMITED;
        Rate virtualMtaMaxDataVolumeRate = Rate.UNLIMITED;
        Duration rampUp = Duration.ZERO;
        int massActionLimit = 1_000;
        int backoffMaxSmtpOut = 20;
        Rate backoffMaxMsgRate = Rate.UNLIMITED;
        List<Duration> backoffRetryAfter = List.of(Duration.ofHours(1));
        Optional<Duration> toNormalAfter = Optional.empty();
        boolean toNormalAfterDelivery;
        boolean uponAllSourcesDisabled;
        List<InetAddress> sources = List.of();
        final Map<InetAddress, QueueLimits> sourceLimits = new HashMap<>();
        Optional<Duration> reenableAfter = Optional.empty();
        String rerouteTo = "";
        boolean localReports = true;
        Duration delayNoticeEvery = Duration.ofHours(4);
        String backoffRerouteTo = "";
        /// Of single virtual MTAs, where they differ.
        final Map<String, String> reroutes = new HashMap<>();
        final List<String> rollups = new ArrayList<>();
        /// Members by the name of the pool.
        final Map<String, List<String>> pools = new HashMap<>();
        /// Then they take the first that is available.
        boolean poolsSkipUnavailable;
        boolean bouncesRemoved;
        QueuePolicy.DeliveryType deliveryType = QueuePolicy.DeliveryType.SMTP;
        boolean tracksRecipients;
        int total = 1200;
        List<String> virtualMtas = new ArrayList<>(List.of("m1", "m2"));

        QueuePolicies copy() {
            var policy = new QueuePolicy(
                    new QueueLimits(
                            set("max-smtp-out", maxSmtpOut, 1),
                            set("max-msg-rate", maxMsgRate, 2),
                            set("max-connect-rate", maxConnectRate, 3),
                            set("max-data-volume-rate", maxDataVolumeRate, 16)),
                    set("smtp-out-rampup-interval", rampUp, 17),
                    set("max-smtp-out", virtualMtaMaxSmtpOut, 4),
                    set("max-smtp-msg-rate", virtualMtaMaxMsgRate, 5),
                    set("max-smtp-data-volume-rate", virtualMtaMaxDataVolumeRate, 18),
                    set("retry-after", retryAfter, 6),
                    set("retry-recipients-after", retryRecipientsAfter, 7),
                    set("retry-after-dns-error", Duration.ofMinutes(5), 8),
                    set("bounce-after", bounceAfter, 9),
                    set("max-msg-per-connection", maxMsgPerConnection, 10),
                    set("max-rcpt-per-message", maxRcptPerTransaction, 11),
                    set("paced-connection-hold", pacedConnectionHold, 12),
                    set("retry-upon-new-mail", retryUponNewMail, 13),
                    set("max-events-recorded", 10, 19),
                    set("track-recipient-events", tracksRecipients, 19),
                    set("mass-action-limit", massActionLimit, 20),
                    set("reroute-to-virtual-mta", rerouteTo, 21),
                    set("deliver-local-dsn", localReports, 22),
                    set("notify-of-delay-every", delayNoticeEvery, 23),
                    set("type", deliveryType, 14),
                    new SourcesPolicy(sources, sourceLimits, set("reenable-source-ip-after", reenableAfter, 22)),
                    new BackoffPolicy(
                            new QueueLimits(
                                    set("backoff-max-smtp-out", backoffMaxSmtpOut, 23),
                                    set("backoff-max-msg-rate", backoffMaxMsgRate, 24),
                                    set("max-connect-rate", maxConnectRate, 3),
                                    set("max-data-volume-rate", maxDataVolumeRate, 16)),
                            set("backoff-retry-after", backoffRetryAfter, 25),
                            set("backoff-to-normal-after", toNormalAfter, 26),
                            set("backoff-to-normal-after-delivery", toNormalAfterDelivery, 27),
                            set("backoff-upon-all-sources-disabled", uponAllSourcesDisabled, 28),
                            set("backoff-reroute-to-virtual-mta", backoffRerouteTo, 29)));
            var totalSetting = set("total-max-smtp-out", total, 15);
            List<String> names = List.copyOf(virtualMtas);
            List<String> joints = List.copyOf(rollups);
            boolean bounces = bouncesRemoved;
            Map<String, List<String>> members = Map.copyOf(pools);
            boolean skips = poolsSkipUnavailable;
            return new QueuePolicies() {
                @Override
                public Optional<String> resolve(String name, String domain, RouteFacts facts) {
                    List<String> all = members.get(name);
                    if (all == null) {
                        return QueuePolicies.super.resolve(name, domain, facts);
                    }
                    int turn = (int) (facts.nextTurn(name, domain) % all.size());
                    return Optional.of(
                            skips
                                    ? all.stream()
                                            .filter(each -> facts.isAvailable(each, domain))
                                            .findFirst()
                                            .orElseThrow()
                                    : all.get(turn));
                }

                @Override
                public QueuePolicy of(QueueKey queue) {
                    String reroute = reroutes.get(queue.virtualMta());
                    return reroute == null ? policy : rerouted(policy, reroute);
                }

                @Override
                public boolean hasRollup(String queue) {
                    return joints.contains(queue);
                }

                @Override
                public Set<String> virtualMtas() {
                    return Set.copyOf(names);
                }

                @Override
                public boolean bouncesRemoved() {
                    return bounces;
                }

                @Override
                public Setting<Integer> totalMaxSmtpOut() {
                    return totalSetting;
                }

                @Override
                public boolean hasVirtualMta(String name) {
                    return name.equals(QueueKey.DEFAULT_VIRTUAL_MTA) || names.contains(name);
                }
            };
        }

        private static QueuePolicy rerouted(QueuePolicy p, String to) {
            return new QueuePolicy(
                    p.limits(),
                    p.rampUpInterval(),
                    p.virtualMtaMaxSmtpOut(),
                    p.virtualMtaMaxMsgRate(),
                    p.virtualMtaMaxDataVolumeRate(),
                    p.retryAfter(),
                    p.retryRecipientsAfter(),
                    p.retryAfterDnsError(),
                    p.bounceAfter(),
                    p.maxMsgPerConnection(),
                    p.maxRcptPerTransaction(),
                    p.pacedConnectionHold(),
                    p.retryUponNewMail(),
                    p.maxEventsRecorded(),
                    p.trackRecipientEvents(),
                    p.massActionLimit(),
                    set("reroute-to-virtual-mta", to, 21),
                    p.localReports(),
                    p.delayNoticeEvery(),
                    p.deliveryType(),
                    p.sources(),
                    p.backoff());
        }

        static <T> Setting<T> set(String directive, T value, int line) {
            return Setting.builtIn(directive, value).overriddenBy(value, new Origin.Line("config", line, 1, ""));
        }
    }
}
