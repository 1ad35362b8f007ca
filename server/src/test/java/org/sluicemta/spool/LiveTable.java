package org.sluicemta.spool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// A plain stand-in for the queues: one shard for each loop, messages in order of coming. It keeps what the spool asks
/// of a holder of live recipients, and nothing of scheduling.
final class LiveTable implements LiveSource, Survivors {
    private static final long BUSY_NANOS = 3_000_000;

    /// A message in a shard.
    static final class Held {
        final MessageId id;
        final long queuedMillis;
        final long sizeBytes;
        final Map<Integer, LiveRecipient> recipients = new LinkedHashMap<>();
        long position;

        Held(MessageId id, long position, long queuedMillis, long sizeBytes) {
            this.id = id;
            this.position = position;
            this.queuedMillis = queuedMillis;
            this.sizeBytes = sizeBytes;
        }
    }

    /// An event that the spool had no room for.
    private record Kept(@Nullable RecipientEvent event, long position) {}

    /// A shard. Owner: its loop.
    final class Shard {
        final int number;
        final Loop loop;
        final TreeMap<Long, Held> held = new TreeMap<>();
        final ArrayDeque<Kept> kept = new ArrayDeque<>();
        /// What came and is not taken in yet: a shard that is busy with other things for a while.
        final ArrayDeque<Runnable> inbox = new ArrayDeque<>();

        final Mailbox<Runnable> mailbox;
        private final Alarm takeIn;
        long arrivals;

        Shard(int number, Loop loop) {
            this.number = number;
            this.loop = loop;
            this.takeIn = loop.alarm(() -> {
                while (!inbox.isEmpty()) {
                    inbox.poll().run();
                }
            });
            this.mailbox = loop.mailbox(100_000, item -> {
                if (inbox.isEmpty()) {
                    takeIn.set(loop.nanos() + BUSY_NANOS);
                }
                inbox.add(item);
            });
        }

        void add(Held message) {
            held.put(arrivals++, message);
        }

        void record(RecipientEvent event, long position) {
            kept.add(new Kept(event, position));
            flush();
        }

        void flush() {
            while (!kept.isEmpty()) {
                Kept next = kept.peek();
                boolean isTaken = next.event() == null
                        ? spool().giveBack(next.position())
                        : spool().record(next.event(), next.position());
                if (!isTaken) {
                    return;
                }
                kept.poll();
            }
        }

        void giveBack(long position) {
            kept.add(new Kept(null, position));
            flush();
        }
    }

    final List<Shard> shards = new ArrayList<>();
    final List<QueueEvent> queueStates = new ArrayList<>();
    final List<CommandEvent.JobPaused> pausedJobs = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    private @Nullable Spool spool;
    int moves;

    LiveTable(List<Loop> loops) {
        for (Loop loop : loops) {
            shards.add(new Shard(shards.size(), loop));
        }
    }

    void use(Spool used) {
        spool = used;
    }

    private Spool spool() {
        return Objects.requireNonNull(spool);
    }

    /// A message on its way from the loop where it was accepted to its shards.
    void arrived(StoredMessage stored) {
        Map<Integer, List<LiveRecipient>> split = new LinkedHashMap<>();
        List<AcceptedRecipient> recipients = stored.message().recipients();
        for (int i = 0; i < recipients.size(); i++) {
            AcceptedRecipient each = recipients.get(i);
            split.computeIfAbsent(shardOf(each.queue()), shard -> new ArrayList<>())
                    .add(new LiveRecipient(
                            i, each.queue(), 0, each.notBeforeMillis(), each.priority(), false, each.jobId()));
        }
        long size = stored.message().shape().sizeBytes();
        split.forEach((number, parts) -> {
            Shard shard = shards.get(number);
            boolean isTaken = shard.mailbox.offer(() -> {
                var message = new Held(
                        stored.message().id(),
                        stored.position(),
                        stored.message().queuedMillis(),
                        size);
                parts.forEach(each -> message.recipients.put(each.index(), each));
                shard.add(message);
            });
            if (!isTaken) {
                throw new IllegalStateException("the shard's mailbox is too small for this test");
            }
        });
        stored.content().release();
    }

    @Override
    public void message(
            MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients) {
        Map<Integer, Held> parts = new LinkedHashMap<>();
        for (LiveRecipient each : recipients) {
            told.add(id + "/" + each.index());
            parts.computeIfAbsent(shardOf(each.queue()), shard -> new Held(id, position, queuedMillis, sizeBytes))
                    .recipients
                    .put(each.index(), each);
        }
        parts.forEach((shard, message) -> shards.get(shard).add(message));
    }

    @Override
    public void queue(QueueEvent last) {
        queueStates.add(last);
    }

    @Override
    public void job(CommandEvent.JobPaused paused) {
        pausedJobs.add(paused);
    }

    @Override
    public int shards() {
        return shards.size();
    }

    @Override
    public Loop loop(int shard) {
        return shards.get(shard).loop;
    }

    @Override
    public int shardOf(QueueKey queue) {
        return Math.floorMod(queue.toString().hashCode(), shards.size());
    }

    @Override
    public void whenTakenIn(Loop loop, Runnable done) {
        int[] left = {shards.size()};
        for (Shard shard : shards) {
            boolean isTaken = shard.mailbox.offer(() -> loop.post(() -> {
                if (--left[0] == 0) {
                    done.run();
                }
            }));
            if (!isTaken) {
                throw new IllegalStateException("the shard's mailbox is too small for this test");
            }
        }
    }

    @Override
    public long dump(int number, long cursor, int atMost, LiveSink sink) {
        Shard shard = shards.get(number);
        if (cursor == 0) {
            queueStates.forEach(sink::queue);
            if (number == 0) {
                pausedJobs.forEach(sink::job);
            }
        }
        shard.flush();
        int left = Math.min(atMost, 3);
        for (Map.Entry<Long, Held> each : shard.held.tailMap(cursor).entrySet()) {
            if (left-- == 0) {
                return each.getKey();
            }
            Held message = each.getValue();
            sink.message(message.id, message.position, message.queuedMillis, message.sizeBytes);
            message.recipients
                    .values()
                    .forEach(one -> sink.recipient(
                            one.index(),
                            one.queue(),
                            one.attempts(),
                            one.dueMillis(),
                            one.priority(),
                            one.isReportOwed(),
                            one.jobId()));
        }
        return shard.kept.isEmpty() ? END : Math.max(cursor, shard.arrivals);
    }

    @Override
    public long evacuate(int number, long cursor, long from, long to, int atMost) {
        Shard shard = shards.get(number);
        int left = atMost;
        for (Map.Entry<Long, Held> each : shard.held.tailMap(cursor).entrySet()) {
            Held message = each.getValue();
            if (message.position >= from && message.position < to) {
                if (left-- == 0) {
                    return each.getKey();
                }
                move(shard, each.getKey(), message);
            }
        }
        return END;
    }

    private void move(Shard shard, long key, Held message) {
        spool().move(shard.loop, message.position, new Answer<>() {
            @Override
            public void ready(Long moved) {
                moves++;
                if (shard.held.get(key) == message) {
                    long old = message.position;
                    message.position = moved;
                    shard.giveBack(old);
                } else {
                    shard.giveBack(moved);
                }
            }

            @Override
            public void failed(IoFailure why) {
                // Nothing has changed; the segment's turn comes again.
            }
        });
    }
}
