package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.journal.CheckpointWriter;
import org.sluicemta.journal.StreamKind;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Writes checkpoints of what lives, one at a time, while mail goes on. Owner: the spool's home loop.
///
/// The steps, and why a crash between any two loses and repeats nothing:
/// 1. The first folder notes its place in the events, then its place in the content; then the others theirs. So nothing
///    that was settled before the events' place is accepted behind a content place.
/// 2. At each noting the content lane marks every mail loop, through the mailbox in which that loop hears what became
///    durable. When the marks have come, and the messages told before them stand in their shards
///    ([LiveSource#whenTakenIn]), nothing that the tails will not repeat is on its way.
/// 3. The shards are dumped slice by slice into the first folder's checkpoint, one frame under way at a time.
/// 4. A mark goes through the event stream. When it is durable, so is the event of everything that the dump left out
///    because it was settled: without this wait a crash could keep the gap and lose its reason, and with it a row of
///    accounting.
/// 5. The first folder's checkpoint becomes valid, then those of the others, which hold nothing but their cut. Between
///    the two their tails begin too early, which the first one's cuts make up for.
final class CheckpointRound {
    /// What was settled by a lost event is missing in the shards, and nothing durable says why.
    private static final IoFailure LOST =
            new IoFailure(IoFailure.Kind.DISTRUSTED, "events were lost, only a start can tell what holds");

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRound.class);
    /// Messages of one slice of a dump: some 100 µs of a mail loop.
    private static final int SLICE = 500;

    private static final long RETRY_NANOS = 5_000_000L;

    private static final long CALM_NANOS = 30_000_000_000L;

    private final JournalSpool spool;
    private final Loop home;
    private final LiveSource live;
    private final List<SpoolFolder> folders;
    private final List<LoopSide> sides;
    private final Alarm again;
    private final AtomicBoolean isWanted = new AtomicBoolean();
    private volatile long written;
    /// Recipients that the newest checkpoint tells, or the start found.
    private volatile long told;

    private final Alarm calm;
    private boolean isLooking;
    private long newAtLastLook;
    private @Nullable Round round;
    private boolean isStopped;

    CheckpointRound(JournalSpool spool, Loop home, LiveSource live, List<SpoolFolder> folders, List<LoopSide> sides) {
        this.spool = spool;
        this.home = home;
        this.live = live;
        this.folders = folders;
        this.sides = sides;
        again = home.alarm(() -> {
            if (round != null) {
                round.settleEvents();
            }
        });
        calm = home.alarm(this::lookForCalm);
    }

    /// New recipients after which the next checkpoint is due, besides what the settings say: with a third more than the
    /// last one told, all checkpoints of a spool that grows are four times the last one, and a start reads
    /// a quarter of what waits from the stream at most.
    long dueAfterRecipients() {
        return told / 3;
    }

    /// What a start has found, before any checkpoint of this process.
    void found(long recipients) {
        told = recipients;
    }

    /// So many recipients have come since the last checkpoint that a start would feel it. From any thread.
    void noteNewRecipients() {
        home.post(() -> {
            if (!isStopped && !isLooking) {
                isLooking = true;
                newAtLastLook = spool.newRecipients();
                calm.set(home.nanos() + CALM_NANOS);
            }
        });
    }

    /// When nothing comes any more a checkpoint is cheap, and a start has nothing left to read from the stream.
    private void lookForCalm() {
        isLooking = false;
        long now = spool.newRecipients();
        if (isStopped || now < spool.notedRecipients()) {
            return;
        }
        if (now == newAtLastLook) {
            wanted();
        } else {
            isLooking = true;
            newAtLastLook = now;
            calm.set(home.nanos() + CALM_NANOS);
        }
    }

    long written() {
        return written;
    }

    /// Enough has gathered. From any thread.
    void wanted() {
        if (isWanted.compareAndSet(false, true)) {
            home.post(() -> begin(new Answer<>() {
                @Override
                public void ready(Disk.Done done) {}

                @Override
                public void failed(IoFailure why) {
                    LOG.warn("no checkpoint was written, a start will take longer: {}", why.text());
                }
            }));
        }
    }

    void begin(Answer<Disk.Done> answer) {
        if (spool.hasLostEvents()) {
            home.post(() -> answer.failed(LOST));
            return;
        }
        if (round != null || isStopped) {
            home.post(() -> answer.failed(new IoFailure(
                    IoFailure.Kind.EXHAUSTED, isStopped ? "the spool is closing" : "a checkpoint is being written")));
            return;
        }
        isWanted.set(true);
        spool.checkpointBegins();
        round = new Round(answer);
        round.noteNext();
    }

    void stop() {
        isStopped = true;
        calm.clear();
        Round open = round;
        if (open != null) {
            open.fail(new IoFailure(IoFailure.Kind.CLOSED_HERE, "the spool is closing"));
        }
    }

    private final class Round implements LiveSource.LiveSink {
        private final Answer<Disk.Done> answer;
        private final List<CheckpointWriter> writers = new ArrayList<>();
        private final long[] cuts = new long[folders.size()];
        private final LiveFrame.Writer frame = new LiveFrame.Writer();
        private final List<byte[]> others = new ArrayList<>();
        private int loopsToCome = sides.size();
        private boolean isMessageOpen;
        private boolean isOver;
        private long recipients;

        Round(Answer<Disk.Done> answer) {
            this.answer = answer;
        }

        // ---- 1 and 2

        void noteNext() {
            int number = writers.size();
            SpoolFolder folder = folders.get(number);
            boolean isLast = number == folders.size() - 1;
            folder.journal().beginCheckpoint(stream -> noted(folder, stream, isLast), new Answer<>() {
                @Override
                public void ready(CheckpointWriter writer) {
                    if (isOver) {
                        writer.abandon();
                        return;
                    }
                    writers.add(writer);
                    if (isLast) {
                        mayDump();
                    } else {
                        noteNext();
                    }
                }

                @Override
                public void failed(IoFailure why) {
                    fail(why);
                }
            });
        }

        /// On a lane of `folder`.
        private void noted(SpoolFolder folder, StreamKind stream, boolean isLast) {
            switch (stream) {
                case EVENTS -> {}
                case CONTENT -> {
                    cuts[folder.number()] = folder.cut();
                    for (LoopSide side : sides) {
                        side.tell(() -> marked(side.loop(), isLast));
                    }
                }
            }
        }

        /// On a mail loop. The folders are noted one after the other, so the last one's mark comes last.
        private void marked(Loop loop, boolean isLast) {
            if (isLast) {
                live.whenTakenIn(
                        loop,
                        () -> home.post(() -> {
                            if (isOver) {
                                // The live source began to tell after the end; nobody else would say so.
                                if (round == null) {
                                    live.checkpointEnded();
                                }
                                return;
                            }
                            loopsToCome--;
                            mayDump();
                        }));
            }
        }

        private void mayDump() {
            if (!isOver && loopsToCome == 0 && writers.size() == folders.size()) {
                List<Recovery.Cut> named = new ArrayList<>();
                for (SpoolFolder folder : folders) {
                    named.add(new Recovery.Cut(
                            folder.identity(), folder.journal().folder().toString(), cuts[folder.number()]));
                }
                byte[] cut = FoldersFrame.encode(named);
                writeAll(cut, 0, () -> dump(0, 0));
            }
        }

        /// The same first frame for all: it also tells a start which folder is the first.
        private void writeAll(byte[] bytes, int number, Runnable next) {
            if (number == writers.size()) {
                next.run();
            } else {
                append(number, bytes, () -> writeAll(bytes, number + 1, next));
            }
        }

        private void append(int number, byte[] bytes, Runnable next) {
            writers.get(number).append(ByteBuffer.wrap(bytes), then(next));
        }

        private Answer<Disk.Done> then(Runnable next) {
            return new Answer<>() {
                @Override
                public void ready(Disk.Done done) {
                    if (!isOver) {
                        next.run();
                    }
                }

                @Override
                public void failed(IoFailure why) {
                    fail(why);
                }
            };
        }

        // ---- 3

        private void dump(int shard, long cursor) {
            if (shard == live.shards()) {
                offsets(spool.offsets(), 0);
                return;
            }
            live.loop(shard).post(() -> slice(shard, cursor));
        }

        /// On the shard's loop.
        private void slice(int shard, long cursor) {
            long next = live.dump(shard, cursor, SLICE, this);
            closeMessage();
            boolean isDone = next == LiveSource.END;
            boolean isFrame = frame.isFull() || isDone && !frame.isEmpty();
            List<byte[]> frames = new ArrayList<>(others);
            others.clear();
            if (isFrame) {
                frames.add(frame.take());
            }
            home.post(() -> write(frames, 0, () -> {
                if (isDone) {
                    dump(shard + 1, 0);
                } else {
                    dump(shard, next);
                }
            }));
        }

        private void write(List<byte[]> frames, int from, Runnable next) {
            if (isOver) {
                return;
            }
            if (from == frames.size()) {
                next.run();
            } else {
                append(0, frames.get(from), () -> write(frames, from + 1, next));
            }
        }

        private void closeMessage() {
            if (isMessageOpen) {
                isMessageOpen = false;
                frame.end();
                if (frame.isFull()) {
                    others.add(frame.take());
                }
            }
        }

        @Override
        public void message(MessageId id, long position, long queuedMillis, long sizeBytes) {
            closeMessage();
            isMessageOpen = true;
            frame.message(id, position, queuedMillis, sizeBytes, local(spool.chunksOf(position)));
        }

        private static long[] local(long[] places) {
            long[] local = places.clone();
            for (int i = 0; i < local.length; i++) {
                local[i] = Place.local(local[i]);
            }
            return local;
        }

        @Override
        public void recipient(
                int index,
                QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String jobId) {
            recipients++;
            frame.recipient(index, queue, attempts, dueMillis, priority, isReportOwed, jobId);
        }

        @Override
        public void job(CommandEvent.JobPaused paused) {
            others.add(LiveFrame.of(LiveFrame.Kinds.COMMAND, EventEncoding.encode(new RecordWriter(256), paused)));
        }

        @Override
        public void queue(org.sluicemta.spool.QueueEvent last) {
            others.add(LiveFrame.of(LiveFrame.Kinds.QUEUE, EventEncoding.encode(new RecordWriter(256), last)));
        }

        // ---- 4 and 5

        private void offsets(List<ReaderOffset> offsets, int from) {
            if (from == offsets.size()) {
                settleEvents();
                return;
            }
            byte[] record = EventEncoding.encode(new RecordWriter(256), offsets.get(from));
            append(0, LiveFrame.of(LiveFrame.Kinds.READER, record), () -> offsets(offsets, from + 1));
        }

        void settleEvents() {
            if (!isOver && !spool.afterEvents(() -> home.post(() -> finish(0)))) {
                again.set(home.nanos() + RETRY_NANOS);
            }
        }

        private void finish(int number) {
            if (isOver) {
                return;
            }
            if (spool.hasLostEvents()) {
                fail(LOST);
                return;
            }
            if (number == writers.size()) {
                over();
                written++;
                told = recipients;
                answer.ready(Disk.Done.DONE);
                return;
            }
            writers.get(number).finish(then(() -> finish(number + 1)));
        }

        void fail(IoFailure why) {
            if (!isOver) {
                over();
                writers.forEach(CheckpointWriter::abandon);
                answer.failed(why);
            }
        }

        private void over() {
            isOver = true;
            round = null;
            again.clear();
            isWanted.set(false);
            live.checkpointEnded();
        }
    }
}
