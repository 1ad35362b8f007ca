package org.sluicemta.queue;

import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sluicemta.benchmarks.HandLoop;
import org.sluicemta.benchmarks.OneFile;
import org.sluicemta.benchmarks.Samples;
import org.sluicemta.benchmarks.StillSlice;
import org.sluicemta.mail.MessageId;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.CommandEvent;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.ReportedEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;

/// A message's way through a queue: it arrives, is given to a session that asks, and is settled. State: one shard, one
/// queue, one session that stands; the spool keeps nothing; workload: one message with one recipient after another,
/// without a limit, and under the rates of queue and virtual MTA.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueueBench {
    private static final long MEMORY_BYTES = 64L << 20;
    /// So long lies between two messages.
    private static final long PACE_NANOS = 100_000L;

    private static final Outcome DELIVERED = new Outcome.Delivered(
            new Outcome.RemoteFacts(
                    "mx.receiver.example (198.51.100.9)", "198.51.100.9", "192.0.2.25", "PIPELINING", "smtp"),
            "2.0.0",
            "smtp;250 2.0.0 Ok");

    private final HandLoop loop = new HandLoop();
    private final RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true));
    private final AcceptedMessage message = Samples.accepted(1);
    private final Content content = new Content(
            List.of(new StillSlice(Samples.message())), message.shape().sizeBytes());
    private final Way free = new Way("");
    private final Way paced = new Way("    max-msg-rate 36000000/h\n");

    @TearDown
    public void close() {
        world.close();
    }

    @Setup
    public void open() {
        free.send();
        paced.send();
    }

    @Benchmark
    public long arriveOfferSettle() {
        return free.send();
    }

    @Benchmark
    public long arriveOfferSettleUnderRates() {
        return paced.send();
    }

    /// A queue room with one session.
    private final class Way {
        private final QueueRoom room;
        private final Remote remote = new Remote();
        private long position = 1_000;

        Way(String limits) {
            room = new QueueRoom(
                    List.of(loop),
                    policies(limits),
                    new QueueBudget(world.memory("queues", MEMORY_BYTES), 16L << 20, ZoneOffset.UTC),
                    RecordedModes.KEPT);
            room.start(new NoSpool(), shard -> (queue, opening) -> loop.post(() -> remote.opened(shard, opening)));
            loop.run(PACE_NANOS);
        }

        /// @return how many have been sent
        long send() {
            long before = remote.sent;
            room.arrived(new StoredMessage(message, position++, content));
            for (int i = 0; remote.sent == before; i++) {
                if (i > 100) {
                    throw new IllegalStateException("the message is not sent");
                }
                loop.run(PACE_NANOS);
            }
            return remote.sent;
        }
    }

    private final class Remote implements Carrier {
        private @Nullable Shard shard;
        private Dispatcher.@Nullable Opening opening;
        private @Nullable Consignment carried;
        private final List<Outcome> outcomes = List.of(DELIVERED);
        private final Runnable settle = this::settle;
        long sent;

        void opened(Shard owner, Dispatcher.Opening made) {
            if (opening != null) {
                owner.ended(made, null);
                return;
            }
            shard = owner;
            opening = made;
            owner.wants(made, this);
        }

        @Override
        public void carry(Consignment consignment) {
            carried = consignment;
            loop.post(settle);
        }

        private void settle() {
            Consignment done = carried;
            if (shard != null && opening != null && done != null) {
                carried = null;
                sent++;
                shard.settled(done, outcomes, Samples.SIZE);
                shard.wants(opening, this);
            }
        }

        @Override
        public void nothing(boolean mayIdle) {}

        @Override
        public void retire() {}
    }

    private static QueuePolicies policies(String limits) {
        return OneFile.snapshot(
                        "smtp-listener 127.0.0.1:25\n<virtual-mta news1>\n    smtp-source-host 127.0.0.1 m.example\n"
                                + (limits.isEmpty() ? "" : "    max-smtp-msg-rate 36000000/h\n")
                                + "</virtual-mta>\n<domain *>\n" + limits + "</domain>\n")
                .queues();
    }

    /// Takes every event and keeps none.
    private static final class NoSpool implements Spool {
        private long events;

        private boolean taken() {
            events++;
            return events > 0;
        }

        @Override
        public MessageId nextId() {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable Refusal refusesNewMail() {
            return null;
        }

        @Override
        public void accept(Loop home, AcceptedMessage accepted, Content content, Acceptance answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void acceptChunk(Loop home, MessageId id, int chunk, Slice bytes, Answer<Long> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void acceptChunked(
                Loop home, AcceptedMessage accepted, List<Long> chunks, Content rest, Acceptance answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean record(RecipientEvent event, long releasePosition) {
            return taken();
        }

        @Override
        public boolean record(QueueEvent event) {
            return taken();
        }

        @Override
        public boolean record(CommandEvent event) {
            return taken();
        }

        @Override
        public boolean record(ReportedEvent event, long releasePosition) {
            return taken();
        }

        @Override
        public boolean record(ReceiptEvent event, Runnable settled) {
            return taken();
        }

        @Override
        public boolean takesEvents() {
            return true;
        }

        @Override
        public void read(Loop home, long position, Answer<StoredMessage> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void move(Loop home, long position, Answer<Long> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean hold(long position) {
            return true;
        }

        @Override
        public boolean giveBack(long position) {
            return taken();
        }

        @Override
        public boolean isLate(long nowMillis) {
            return false;
        }

        @Override
        public SpoolFacts facts() {
            return new SpoolFacts(1, 0, 0, 0, 0, 0, 0, 0, 0, Written.NOTHING, Written.NOTHING);
        }
    }
}
