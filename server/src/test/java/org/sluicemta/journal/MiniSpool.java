package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.Seed;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A small owner of messages over a journal, as the server's spool is one: accepts, defers, settles, checkpoints,
/// copies stragglers, follows. It lives for one boot; the [Ledger] outlives it and knows what was promised.
final class MiniSpool {
    private static final int MESSAGE = 1;
    private static final int DEFERRED = 2;
    private static final int SETTLED = 3;
    private static final int PASSED = 4;
    private static final int REMARK = 5;

    /// What was asked and promised over all boots; the judge.
    static final class Ledger {
        final Map<Integer, byte[]> bodies = new HashMap<>();
        final Set<Integer> accepted = new HashSet<>();
        final Set<Integer> settlementAsked = new HashSet<>();
        final Set<Integer> settlementDurable = new HashSet<>();
        final Map<Integer, Integer> attemptsDurable = new HashMap<>();
        final TreeMap<Long, String> eventsDurable = new TreeMap<>();
        int nextMessage;
        long checkpoints;
        long copies;
        long recycled;
        long followed;
        long refused;
    }

    /// A message as its owner knows it.
    private static final class Message {
        long position;
        int attempts;
        boolean isSettling;
        boolean isCopying;

        Message(long position) {
            this.position = position;
        }
    }

    final SimulatedWorld world;
    final Journal journal;
    private final Ledger ledger;
    private final Seed seed;
    private final Loop owner;
    private final Loop home;
    private final Memory memory;
    private final JournalReader reader;
    private final Mailbox<Runnable> results;
    private final TreeMap<Integer, Message> live;
    /// Settled, but not durably: a checkpoint must still tell of them.
    private final TreeMap<Integer, Message> settling = new TreeMap<>();
    private final boolean releasesEarly;
    private final @Nullable Follower follower;
    private boolean isCheckpointing;
    private long followerPlace;
    private final List<Long> followed = new ArrayList<>();
    private final long followedFrom;

    /// What a start finds; applies each record once however often it comes.
    static final class State implements Replay {
        final TreeMap<Integer, Message> live = new TreeMap<>();
        final List<Damage> damages = new ArrayList<>();
        final Map<Long, String> content = new TreeMap<>();
        final Map<Long, String> events = new TreeMap<>();
        final Set<Integer> settled = new HashSet<>();
        long followerPlace;

        @Override
        public boolean knows(StreamKind stream, int type, int version) {
            return type <= REMARK;
        }

        @Override
        public void checkpoint(ByteBuffer frame) {
            while (frame.hasRemaining()) {
                int id = frame.getInt();
                long position = frame.getLong();
                int attempts = frame.getInt();
                if (id < 0) {
                    followerPlace = position;
                } else {
                    Message message = new Message(position);
                    message.attempts = attempts;
                    live.put(id, message);
                    tell(id, "in checkpoint at " + Position.text(position));
                }
            }
        }

        @Override
        public void content(long position, StoredHead head) {
            int id = head.head().getInt();
            content.put(position, head.flags() + ":" + id);
            Message known = live.get(id);
            if (head.isCopy()) {
                if (known != null) {
                    known.position = position;
                }
            } else if (known == null) {
                live.put(id, new Message(position));
            }
            tell(id, "replayed at " + Position.text(position) + head.isCopy() + (known != null));
        }

        @Override
        public void event(long position, StoredHead head) {
            ByteBuffer bytes = head.head();
            int id = bytes.getInt();
            long value = bytes.getLong();
            events.put(position, head.type() + ":" + id + ":" + value);
            switch (head.type()) {
                case DEFERRED -> {
                    Message message = live.get(id);
                    if (message != null) {
                        message.attempts = Math.max(message.attempts, (int) value);
                    }
                }
                case SETTLED -> {
                    tell(id, "replayed as settled");
                    live.remove(id);
                    settled.add(id);
                }
                case PASSED -> followerPlace = Math.max(followerPlace, value);
                default -> {}
            }
        }

        @Override
        public void damaged(Damage damage) {
            damages.add(damage);
        }
    }

    MiniSpool(SimulatedWorld world, OpenSpool spool, State state, Ledger ledger, Seed seed, boolean releasesEarly) {
        this.world = world;
        this.journal = spool.journal;
        this.ledger = ledger;
        this.seed = seed;
        this.home = spool.home;
        this.memory = spool.memory;
        this.owner = world.loops().getFirst();
        this.live = state.live;
        this.followerPlace = state.followerPlace;
        this.followedFrom = state.followerPlace;
        this.releasesEarly = releasesEarly;
        this.reader = journal.reader(owner, memory);
        this.results = owner.mailbox(4096, Runnable::run);
        Follower[] made = new Follower[1];
        spool.onHome(() -> {
            made[0] = journal.follower("follower", owner, followerPlace, damage -> {
                throw new AssertionError("the follower met " + damage);
            });
            live.forEach((id, message) -> {
                if (!journal.retain(message.position)) {
                    throw new AssertionError(
                            "message " + id + " is live and its segment is gone: " + Position.text(message.position));
                }
            });
            journal.startReuse();
        });
        this.follower = made[0];
        owner.post(this::followOn);
    }

    // ---- what it does, each as a turn of its owner

    void accept() {
        int id = ledger.nextMessage++;
        int length = seed.nextInt(5) == 0 ? 8_000 + seed.nextInt(12_000) : seed.nextInt(3_000);
        byte[] body = OpenSpool.filled(length, id);
        ledger.bodies.put(id, body);
        Slice slice = memory.take(length);
        slice.view(0, length).put(body);
        Act act = new Act(MESSAGE, 0, id, 0, slice);
        act.then = position -> {
            ledger.accepted.add(id);
            tell(id, "durable " + Position.text(position));
            results.offer(() -> live.put(id, new Message(position)));
        };
        act.give(journal.content());
    }

    void defer() {
        int id = someLive();
        if (id >= 0) {
            Message message = live.get(id);
            int attempt = ++message.attempts;
            Act act = new Act(DEFERRED, 0, id, attempt, null);
            act.then = position -> ledger.attemptsDurable.merge(id, attempt, Math::max);
            act.give(journal.events());
        }
    }

    void settle() {
        int id = someLive();
        if (id < 0) {
            return;
        }
        Message message = live.get(id);
        message.isSettling = true;
        ledger.settlementAsked.add(id);
        tell(id, "settling, at " + Position.text(message.position));
        Act act = new Act(SETTLED, 0, id, 0, null);
        act.then = position -> {
            ledger.settlementDurable.add(id);
            tell(id, "settled durably");
            results.offer(() -> {
                settling.remove(id);
                if (!releasesEarly) {
                    journal.release(message.position);
                }
            });
        };
        act.whenRefused = () -> {
            settling.remove(id);
            live.put(id, message);
        };
        live.remove(id);
        settling.put(id, message);
        act.give(journal.events());
        if (releasesEarly) {
            journal.release(message.position);
        }
    }

    void remark() {
        new Act(REMARK, Entry.IGNORABLE, 0, seed.nextInt(1000), null).give(journal.events());
    }

    static void tell(int id, String what) {
        if (Integer.getInteger("power.watch", -1) == id) {
            System.out.println("    message " + id + " " + what);
        }
    }

    private int someLive() {
        if (live.isEmpty()) {
            return -1;
        }
        int skip = seed.nextInt(Math.min(live.size(), 12));
        for (Map.Entry<Integer, Message> each : live.entrySet()) {
            if (skip-- == 0) {
                Message message = each.getValue();
                return message.isSettling || message.isCopying ? -1 : each.getKey();
            }
        }
        return -1;
    }

    /// Both marks first, then the state in frames.
    void checkpoint() {
        if (isCheckpointing) {
            return;
        }
        isCheckpointing = true;
        Set<StreamKind> marks = new HashSet<>();
        home.post(() -> journal.beginCheckpoint(
                stream -> results.offer(() -> marks.add(stream)),
                OpenSpool.answer(
                        writer -> awaitMarks(writer, marks), why -> results.offer(() -> isCheckpointing = false))));
    }

    private void awaitMarks(CheckpointWriter writer, Set<StreamKind> marks) {
        results.offer(() -> {
            if (marks.size() < 2) {
                home.post(() -> awaitMarks(writer, marks));
            } else {
                dump(writer, -1);
            }
        });
    }

    /// On the owner: one frame of at most five messages with ids behind `after`.
    private void dump(CheckpointWriter writer, int after) {
        ByteBuffer frame = ByteBuffer.allocate(6 * 16).order(ByteOrder.LITTLE_ENDIAN);
        if (after < 0) {
            frame.putInt(-1).putLong(followerPlace).putInt(0);
        }
        int last = after;
        int count = 0;
        TreeMap<Integer, Message> all = new TreeMap<>(live.tailMap(after, false));
        all.putAll(settling.tailMap(after, false));
        for (Map.Entry<Integer, Message> each : all.entrySet()) {
            frame.putInt(each.getKey()).putLong(each.getValue().position).putInt(each.getValue().attempts);
            last = each.getKey();
            if (++count == 5) {
                break;
            }
        }
        boolean isLast = count < 5;
        int next = last;
        frame.flip();
        home.post(() -> {
            Runnable go = () -> {
                if (isLast) {
                    writer.finish(OpenSpool.answer(
                            done -> {
                                ledger.checkpoints++;
                                results.offer(() -> isCheckpointing = false);
                            },
                            why -> results.offer(() -> isCheckpointing = false)));
                } else {
                    results.offer(() -> dump(writer, next));
                }
            };
            if (frame.hasRemaining()) {
                writer.append(
                        frame, OpenSpool.answer(done -> go.run(), why -> results.offer(() -> isCheckpointing = false)));
            } else {
                go.run();
            }
        });
    }

    void copyStragglers() {
        home.post(() -> {
            List<Journal.Straggler> stragglers = journal.stragglers();
            if (!stragglers.isEmpty() && journal.mayCopy(4096)) {
                long segment = stragglers.getFirst().segment();
                results.offer(() -> copyFrom(segment));
            }
        });
    }

    private void copyFrom(long segment) {
        live.forEach((id, message) -> {
            if (Position.segment(message.position) == segment && !message.isCopying && !message.isSettling) {
                message.isCopying = true;
                reader.read(message.position, new JournalReader.Reading() {
                    @Override
                    public void record(StoredRecord record) {
                        appendCopy(id, message, record);
                        record.release();
                    }

                    @Override
                    public void damaged(Damage damage) {
                        throw new AssertionError("message " + id + " cannot be copied: " + damage);
                    }

                    @Override
                    public void failed(IoFailure why) {
                        message.isCopying = false;
                    }
                });
            }
        });
    }

    private void appendCopy(int id, Message message, StoredRecord record) {
        if (live.get(id) != message) {
            return;
        }
        Slice body = record.body();
        Act act = new Act(MESSAGE, Entry.COPY, id, 0, body == null ? null : body.retain());
        act.then = position -> results.offer(() -> {
            message.isCopying = false;
            ledger.copies++;
            tell(id, "copied to " + Position.text(position) + (live.get(id) == message));
            if (live.get(id) == message) {
                journal.release(message.position);
                message.position = position;
            } else {
                journal.release(position);
            }
        });
        act.whenRefused = () -> message.isCopying = false;
        act.give(journal.content());
    }

    private void followOn() {
        follower.next(OpenSpool.answer(
                batch -> {
                    batch.forEach((position, head) -> followed.add(position));
                    ledger.followed++;
                    long last = batch.last();
                    batch.release();
                    followerPlace = Math.max(followerPlace, last);
                    if (seed.nextInt(3) == 0) {
                        Act act = new Act(PASSED, 0, -1, followerPlace, null);
                        long place = followerPlace;
                        act.then = position -> results.offer(() -> follower.passed(place));
                        act.give(journal.events());
                    }
                    // Not at once: its own remark on its place would be the next event for ever.
                    owner.alarm(this::followOn).set(owner.nanos() + 20_000_000L);
                },
                why -> owner.alarm(this::followOn).set(owner.nanos() + 100_000_000L)));
    }

    /// What the follower saw is in order, and misses nothing durable before the last it saw.
    void checkFollower(String where) {
        for (int i = 1; i < followed.size(); i++) {
            if (followed.get(i) <= followed.get(i - 1)) {
                throw new AssertionError(where + ": the follower saw events out of order");
            }
        }
        if (!followed.isEmpty()) {
            Set<Long> seen = new HashSet<>(followed);
            for (long each : ledger.eventsDurable
                    .subMap(followedFrom, false, followed.getLast(), true)
                    .keySet()) {
                if (!seen.contains(each)) {
                    throw new AssertionError(where + ": the follower missed the event at " + Position.text(each));
                }
            }
        }
    }

    /// On any record.
    private final class Act extends Entry {
        private final int type;
        private final int flags;
        private final int id;
        private final long value;
        private final @Nullable Slice body;
        private java.util.function.LongConsumer then = position -> {};
        private Runnable whenRefused = () -> {};

        Act(int type, int flags, int id, long value, @Nullable Slice body) {
            this.type = type;
            this.flags = flags;
            this.id = id;
            this.value = value;
            this.body = body;
        }

        void give(Stream stream) {
            if (!stream.append(this)) {
                ledger.refused++;
                release();
                whenRefused.run();
            }
        }

        private void release() {
            if (body != null) {
                body.release();
            }
        }

        @Override
        public int type() {
            return type;
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public int flags() {
            return flags;
        }

        @Override
        public int headLength() {
            return 12;
        }

        @Override
        public void writeHead(ByteBuffer to) {
            to.putInt(id).putLong(value);
        }

        @Override
        public @Nullable Slice body() {
            return body;
        }

        @Override
        public void durable(long position) {
            release();
            if (type != MESSAGE) {
                ledger.eventsDurable.put(position, type + ":" + id + ":" + value);
            }
            then.accept(position);
        }

        @Override
        public void refused(IoFailure why) {
            release();
            ledger.refused++;
            results.offer(whenRefused);
        }
    }

    /// Judges what a start found against what was promised.
    static void check(State state, OpenSpool spool, Ledger ledger, String where) {
        for (Damage damage : state.damages) {
            if (damage.kind() != Damage.Kind.TORN_TAIL) {
                throw new AssertionError(where + ": called damaged: " + damage);
            }
        }
        for (int id : ledger.accepted) {
            boolean isSettled = ledger.settlementDurable.contains(id)
                    || ledger.settlementAsked.contains(id) && state.settled.contains(id);
            if (!isSettled && !state.live.containsKey(id)) {
                throw new AssertionError(where + ": message " + id + " was acknowledged and is lost");
            }
        }
        for (int id : ledger.settlementDurable) {
            if (state.live.containsKey(id)) {
                throw new AssertionError(where + ": message " + id + " was settled durably and is back");
            }
        }
        state.live.forEach((id, message) -> {
            byte[] body = ledger.bodies.get(id);
            if (body == null) {
                throw new AssertionError(where + ": message " + id + " was never accepted");
            }
            int least = ledger.attemptsDurable.getOrDefault(id, 0);
            if (message.attempts < least) {
                throw new AssertionError(where + ": message " + id + " forgot attempt " + least);
            }
            List<Object> told = new ArrayList<>();
            byte[] got = spool.read(message.position, told);
            if (!Arrays.equals(got, body)) {
                throw new AssertionError(where + ": message " + id + " at " + Position.text(message.position)
                        + " came back with another body " + told);
            }
        });
        // A message that came back although its client was told nothing is accepted from now on.
        state.live.keySet().forEach(ledger.accepted::add);
        ledger.settlementAsked.removeAll(state.live.keySet());
        state.live.forEach((id, message) -> ledger.attemptsDurable.merge(id, message.attempts, Math::max));
        state.settled.forEach(id -> ledger.settlementDurable.add(id));
    }
}
