package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// One stream of a directory: takes records, writes them in batches, tells each sender when its record is durable.
/// Owner: its lane, except for [#append] and the questions, which any thread may call.
///
/// The idea is group commit. While a batch is on its way to the disk the lane gathers what comes in; when the batch is
/// back, what was gathered goes as the next one: one batch, one durable write, however many senders. A batch begins on
/// a fresh block, so no write ever touches a block that holds something acknowledged.
///
/// Invariants: at most one write is out. A record's `durable` is called after every gate agreed to its batch, in the
/// order of the batch. A segment whose write or sync failed is never written again: the stream moves to a fresh one,
/// whose header tells where the acknowledged part of the old one ends. Two failures in a row end the stream.
///
/// Cost: a record costs one offer to a mailbox, one add to and one take from a counter, its checksums, and one copy
/// of its body into the batch's buffer, in pieces that stay in the cache for their checksum. No allocation.
public final class Stream {
    /// Where the stream has got to.
    private enum State {
        /// Not yet begun, or between two segments.
        BETWEEN_SEGMENTS,
        /// A segment's header is on its way.
        BEGINNING_SEGMENT,
        READY,
        WRITING,
        FAILED,
        CLOSED
    }

    /// Told of each durable batch, before its senders are.
    interface BatchTap {
        /// @param batch the bytes, lent for the call
        /// @param offset in the segment
        void durable(Segment segment, long offset, ByteBuffer batch, int headsEnd);
    }

    /// Makes the next segment's file. Called on the lane; answers on the lane.
    interface SegmentSource {
        void prepare(StreamKind stream, Answer<Prepared> answer);
    }

    /// A file with its durable name, the right size, and no header of this life.
    record Prepared(long id, int generation, java.nio.file.Path path) {}

    static final long NOTHING_PENDING = Long.MAX_VALUE;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(Stream.class);
    private static final Consumer<Entry> TELL_DURABLE = entry -> entry.durable(entry.position);
    private static final int FIRST_BUFFER = 16 * 1024;
    private static final int FAILURES_TO_END = 2;

    private final StreamKind kind;
    private final Loop lane;
    private final Disk disk;
    private final JournalSettings settings;
    private final SegmentTable table;
    private final SegmentSource source;
    private final ServerId server;
    private final JournalFlaws flaws;
    private final List<Gate> gates;
    private final Mailbox<Entry> mailbox;
    private final Alarm commitAlarm;
    private final int capacity;
    private final BatchEncoder encoder;

    private final AtomicInteger outstanding = new AtomicInteger();
    private volatile boolean isOpen;
    private volatile boolean hasFailed;
    private volatile boolean isStarved;
    private volatile boolean refusesNew;
    private volatile long pendingSince = NOTHING_PENDING;
    private volatile long durableRecords;
    private volatile long durableBatches;
    private volatile long durableBytes;
    private volatile long unsyncedSinceMillis;
    private volatile long usualWriteNanos;
    private long gatheredMillis;

    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private State state = State.BETWEEN_SEGMENTS;
    private boolean commitIsDue;
    private boolean isClosing;
    private @Nullable Answer<Disk.Done> closed;
    private @Nullable BatchTap tap;

    private @Nullable DiskFile file;
    private @Nullable Segment segment;
    private @Nullable Prepared next;
    private boolean isPreparing;
    private long end;
    private long sequence = 1;
    private long incarnation;
    private SegmentHeader.Seal seal = SegmentHeader.Seal.NONE;
    private int failures;
    private long lastCommitNanos;

    private int gatesOut;
    private @Nullable IoFailure flightFailure;

    private @Nullable Answer<Disk.Done> begun;

    private final Answer<Disk.Done> written = new Answer<>() {
        @Override
        public void ready(Disk.Done done) {
            gateAnswered(null);
        }

        @Override
        public void failed(IoFailure why) {
            gateAnswered(why);
        }
    };

    Stream(
            StreamKind kind,
            JournalPorts ports,
            JournalSettings settings,
            SegmentTable table,
            SegmentSource source,
            ServerId server,
            List<Gate> gates,
            JournalFlaws flaws) {
        this.kind = kind;
        this.lane = ports.lane(kind);
        this.disk = ports.disk();
        this.settings = settings;
        this.table = table;
        this.source = source;
        this.server = server;
        this.gates = List.copyOf(gates);
        this.flaws = flaws;
        this.capacity = settings.waitingRecords();
        this.mailbox = lane.mailbox(capacity, this::arrived);
        this.commitAlarm = lane.alarm(this::commitNow);
        long largest = Math.min(settings.recordBytes(), settings.segmentBytes(kind) - BatchLayout.BLOCK);
        this.encoder = new BatchEncoder(settings.batchBytes(), largest, this::refuseTooLarge);
    }

    /// Gives a record to be written. From any thread; never blocks. The entry belongs to the journal until
    /// `durable` or `refused`, one of which comes on the lane; when this returns false neither comes.
    ///
    /// @return false when too many records wait, when the stream has failed or is closed, or (content only) when
    ///     the directory is suspect or short of space: the caller answers 452 or takes another directory
    public boolean append(Entry entry) {
        if (outstanding.get() == 0) {
            unsyncedSinceMillis = UNKNOWN;
        }
        return isOpen && !refusesNew && offer(entry);
    }

    private boolean offer(Entry entry) {
        if (outstanding.incrementAndGet() > capacity || !mailbox.offer(entry)) {
            outstanding.decrementAndGet();
            return false;
        }
        return true;
    }

    /// As [#append], of a sender who wants to know how far the disk is behind: see [#unsyncedMillis].
    ///
    /// @param nowMillis the sender's [Loop#serverMillis]
    public boolean append(Entry entry, long nowMillis) {
        // Two senders at one time may both say so; they say the same to the millisecond.
        if (outstanding.get() == 0 || unsyncedSinceMillis == UNKNOWN) {
            unsyncedSinceMillis = nowMillis;
        }
        return isOpen && !refusesNew && offer(entry);
    }

    /// For how long the oldest record that waits or is under way has waited, to about a millisecond; 0 without one,
    /// and while no sender has said the time.
    public long unsyncedMillis(long nowMillis) {
        long since = unsyncedSinceMillis;
        return outstanding.get() == 0 || since == UNKNOWN ? 0 : Math.max(0, nowMillis - since);
    }

    /// What a durable write takes on this disk when nothing disturbs it: it follows shorter ones quickly and longer
    /// ones slowly.
    public long usualWriteNanos() {
        return usualWriteNanos;
    }

    /// How many records wait or are under way.
    public int waitingRecords() {
        return outstanding.get();
    }

    /// Since when, on [Loop#nanos], the oldest unanswered write is out; `Long.MAX_VALUE` when none is.
    public long oldestPendingNanos() {
        return pendingSince;
    }

    /// Whether it has given up: two writes in a row failed, in two segments. Only a restart mends it.
    public boolean hasFailed() {
        return hasFailed;
    }

    /// Whether there was no file for the next segment: the disk is full.
    public boolean isStarved() {
        return isStarved;
    }

    /// Records and batches made durable since the start, for metrics.
    public long durableRecords() {
        return durableRecords;
    }

    public long durableBatches() {
        return durableBatches;
    }

    /// Bytes of those batches as they were written, with what fills their last blocks.
    public long durableBytes() {
        return durableBytes;
    }

    void refuseNew(boolean refuses) {
        refusesNew = refuses;
    }

    boolean refusesNew() {
        return refusesNew;
    }

    // ---- everything below runs on the lane

    /// Begins to write, behind what was recovered. Called once, on the lane.
    ///
    /// @param first the file of the first segment
    /// @param seal the end of what is there
    void begin(
            Prepared first, SegmentHeader.Seal seal, long firstSequence, long incarnation, Answer<Disk.Done> answer) {
        this.seal = seal;
        this.sequence = firstSequence;
        this.incarnation = incarnation;
        this.begun = answer;
        this.next = first;
        lastCommitNanos = lane.nanos() - settings.eventDelay().toNanos();
        beginSegment();
    }

    /// Begins without a segment, because the disk is full: what was recovered can be read and settled, which
    /// makes room. The header that seals the tail is written before the first record, as ever.
    void beginStarved(SegmentHeader.Seal seal, long firstSequence, long incarnation, Answer<Disk.Done> answer) {
        this.seal = seal;
        this.sequence = firstSequence;
        this.incarnation = incarnation;
        isStarved = true;
        isOpen = true;
        answer.ready(Disk.Done.DONE);
    }

    /// Flawed journals only: goes on in the last segment as it was found.
    void resume(Segment last, long firstSequence, long incarnation, Answer<Disk.Done> answer) {
        this.sequence = firstSequence;
        this.incarnation = incarnation;
        disk.open(
                lane,
                last.path,
                Disk.OpenPlan.DURABLE,
                new Then<>(
                        opened -> {
                            file = opened;
                            segment = last;
                            end = last.end;
                            last.isSealed = false;
                            isOpen = true;
                            state = State.READY;
                            answer.ready(Disk.Done.DONE);
                        },
                        answer::failed));
    }

    void tap(@Nullable BatchTap tap) {
        this.tap = tap;
    }

    /// The segment in which the next batch will be, at the least: everything durable is before it.
    long durableSegment() {
        return segment == null ? seal.segment() : segment.id;
    }

    long durableEnd() {
        return segment == null ? seal.end() : end;
    }

    /// Takes no more, writes what waits, closes the file.
    void close(Answer<Disk.Done> answer) {
        isOpen = false;
        isClosing = true;
        closed = answer;
        commitNow();
        closeWhenIdle();
    }

    private void arrived(Entry entry) {
        waiting.add(entry);
        if (!commitIsDue) {
            commitIsDue = true;
            lane.afterTurn(this::commitAfterTurn);
        }
    }

    private void commitAfterTurn() {
        commitIsDue = false;
        commit();
    }

    /// Whatever has come by now.
    private void commitNow() {
        mailbox.look();
        commit();
    }

    private void commit() {
        switch (state) {
            case READY -> write();
            case BETWEEN_SEGMENTS -> {
                if (!waiting.isEmpty()) {
                    findSegment();
                }
            }
            case FAILED, CLOSED ->
                refuseWaiting(new IoFailure(
                        IoFailure.Kind.DISTRUSTED,
                        kind.fileName() + " stream: writing has ended; restart after mending the disk"));
            case BEGINNING_SEGMENT, WRITING -> {}
        }
    }

    private void write() {
        if (waiting.isEmpty()) {
            closeWhenIdle();
            return;
        }
        if (kind == StreamKind.EVENTS && !isClosing) {
            long due = lastCommitNanos + settings.eventDelay().toNanos();
            if (lane.nanos() - due < 0) {
                commitAlarm.set(due);
                // What comes until then need wake nobody.
                mailbox.hold();
                return;
            }
        }
        switch (encoder.gather(waiting, settings.segmentBytes(kind) - end)) {
            case NOTHING -> closeWhenIdle();
            case SEGMENT_FULL -> {
                sealCurrent();
                findSegment();
            }
            case BATCH -> send();
        }
    }

    private void refuseTooLarge(Entry entry) {
        outstanding.decrementAndGet();
        entry.refused(new IoFailure(
                IoFailure.Kind.ERROR,
                "a record with a head of " + entry.headLength() + " and a body of " + entry.bodyLength()
                        + " bytes is larger than the journal takes, " + settings.recordBytes()));
    }

    private void send() {
        Segment into = current();
        ByteBuffer batch;
        try {
            room(encoder.paddedBytes());
            batch = encoder.encode(into, end, sequence);
        } catch (RuntimeException | OutOfMemoryError unwritten) {
            cannotSend(unwritten);
            return;
        }
        if (kind == StreamKind.CONTENT) {
            into.live(encoder.count(), encoder.liveBytes());
        }
        state = State.WRITING;
        lastCommitNanos = lane.nanos();
        gatheredMillis = lane.serverMillis();
        pendingSince = lastCommitNanos;
        flightFailure = null;
        gatesOut = 1 + gates.size();
        openFile().writeDurably(end, batch, written);
        for (Gate gate : gates) {
            gate.batch(sequence, batch.asReadOnlyBuffer(), written);
        }
        if (flaws.acknowledgesEarly()) {
            encoder.records().forEach(entry -> entry.durable(entry.position));
        }
    }

    /// Nothing of the batch has gone to the disk: it is refused, and the stream goes on with what waits behind it.
    private void cannotSend(Throwable why) {
        LOG.error("{} stream: a batch of {} records cannot be written and is refused", kind, encoder.count(), why);
        var failure = new IoFailure(
                why instanceof OutOfMemoryError ? IoFailure.Kind.EXHAUSTED : IoFailure.Kind.ERROR,
                kind.fileName() + " stream: a batch cannot be written: " + why);
        outstanding.addAndGet(-encoder.count());
        tell(encoder.take(), entry -> entry.refused(failure));
        lane.post(this::commit);
    }

    /// What befalls one who is told keeps nobody else from being told; it is the lane's to report.
    private void tell(List<Entry> entries, Consumer<Entry> what) {
        for (int i = 0; i < entries.size(); i++) {
            try {
                what.accept(entries.get(i));
            } catch (RuntimeException | Error defect) {
                lane.post(() -> {
                    throw new JournalException(kind + " stream: the one who was told of a record threw", defect);
                });
            }
        }
        entries.clear();
    }

    /// Lets the batch buffer be at least `bytes` long, grown by doubling.
    private ByteBuffer room(int bytes) {
        ByteBuffer now = encoder.buffer;
        if (now.capacity() < bytes) {
            long size = FIRST_BUFFER;
            while (size < bytes) {
                size *= 2;
            }
            now = openFile().alignedBuffer((int) Math.min(size, JournalSettings.MAX_BATCH_BYTES));
            now.order(ByteOrder.LITTLE_ENDIAN);
            encoder.buffer = now;
        }
        return now.clear();
    }

    private void gateAnswered(@Nullable IoFailure why) {
        if (why != null) {
            flightFailure = why;
        }
        if (--gatesOut > 0) {
            return;
        }
        pendingSince = NOTHING_PENDING;
        IoFailure failure = flightFailure;
        if (failure == null) {
            batchIsDurable();
        } else {
            batchFailed(failure);
        }
        commit();
    }

    private void batchIsDurable() {
        Segment into = current();
        long offset = end;
        List<Entry> ended = encoder.take();
        end += encoder.paddedBytes();
        into.end = end;
        sequence++;
        failures = 0;
        state = State.READY;
        durableBatches++;
        durableBytes += encoder.paddedBytes();
        durableRecords += ended.size();
        if (tap != null) {
            tap.durable(into, offset, encoder.buffer.clear(), encoder.headsEnd());
        }
        wrote(lane.nanos() - lastCommitNanos);
        if (outstanding.addAndGet(-ended.size()) > 0) {
            unsyncedSinceMillis = gatheredMillis;
        }
        if (!flaws.acknowledgesEarly()) {
            tell(ended, TELL_DURABLE);
        }
    }

    private void wrote(long nanos) {
        long usual = usualWriteNanos;
        usualWriteNanos = usual == 0 ? nanos : usual + (nanos - usual) / (nanos < usual ? 8 : 64);
    }

    private void batchFailed(IoFailure why) {
        Segment into = current();
        if (kind == StreamKind.CONTENT) {
            into.dead(encoder.count(), encoder.liveBytes());
        }
        sequence++;
        if (flaws.trustsFailedSegment()) {
            goOnInTheSameFile();
        } else {
            into.isDistrusted = true;
            sealCurrent();
            state = ++failures >= FAILURES_TO_END ? State.FAILED : State.BETWEEN_SEGMENTS;
        }
        outstanding.addAndGet(-encoder.count());
        tell(encoder.take(), entry -> entry.refused(why));
        if (state == State.FAILED) {
            fail(why);
        }
    }

    private void goOnInTheSameFile() {
        Segment into = current();
        end += encoder.paddedBytes();
        openFile().close();
        state = State.BEGINNING_SEGMENT;
        disk.open(
                lane,
                into.path,
                Disk.OpenPlan.DURABLE,
                new Then<>(
                        again -> {
                            file = again;
                            state = State.READY;
                            commit();
                        },
                        this::fail));
    }

    /// Notes where the present segment ends, for the header of the next, and lets its file go.
    private void sealCurrent() {
        Segment done = current();
        seal = new SegmentHeader.Seal(done.id, done.generation, done.end, 0);
        done.sealedMillis = lane.serverMillis();
        done.isSealed = true;
        openFile().close();
        file = null;
        segment = null;
        state = State.BETWEEN_SEGMENTS;
    }

    private void findSegment() {
        if (next != null) {
            beginSegment();
        } else if (!isPreparing) {
            isPreparing = true;
            source.prepare(kind, new Then<>(this::prepared, this::notPrepared));
        }
    }

    private void prepared(Prepared made) {
        isPreparing = false;
        isStarved = false;
        next = made;
        if (state == State.BETWEEN_SEGMENTS && (!waiting.isEmpty() || isClosing)) {
            commit();
        }
    }

    /// The disk is full, as a rule. New content is refused; events wait in their places and try again, because losing
    /// an outcome repeats a delivery.
    private void notPrepared(IoFailure why) {
        isPreparing = false;
        if (state != State.BETWEEN_SEGMENTS) {
            return;
        }
        isStarved = true;
        if (kind == StreamKind.CONTENT || isClosing) {
            refuseWaiting(why);
            closeWhenIdle();
        } else {
            commitAlarm.set(lane.nanos() + settings.suspectAfter().toNanos() / 10);
        }
    }

    private void beginSegment() {
        Prepared made = next;
        if (made == null) {
            throw new JournalException("no segment is prepared");
        }
        next = null;
        state = State.BEGINNING_SEGMENT;
        pendingSince = lane.nanos();
        disk.open(
                lane,
                made.path(),
                Disk.OpenPlan.DURABLE,
                new Then<>(opened -> writeHeader(made, opened), this::segmentFailed));
    }

    private void writeHeader(Prepared made, DiskFile opened) {
        if (BatchLayout.BLOCK % opened.alignment() != 0) {
            opened.close();
            segmentFailed(new IoFailure(
                    IoFailure.Kind.ERROR,
                    made.path() + ": the file store wants writes of " + opened.alignment() + " bytes; 4096 is ours"));
            return;
        }
        file = opened;
        ByteBuffer block;
        try {
            block = room(BatchLayout.BLOCK);
        } catch (OutOfMemoryError none) {
            opened.close();
            file = null;
            segmentFailed(new IoFailure(IoFailure.Kind.EXHAUSTED, made.path() + ": no memory to write with: " + none));
            return;
        }
        new SegmentHeader(
                        SegmentHeader.FORMAT_VERSION,
                        SegmentHeader.LEAST_READER,
                        kind,
                        made.id(),
                        made.generation(),
                        server,
                        incarnation,
                        seal,
                        sequence,
                        settings.segmentBytes(kind),
                        lane.serverMillis())
                .encode(block, 0);
        opened.writeDurably(
                0, block.limit(BatchLayout.BLOCK).position(0), new Then<>(done -> segmentBegun(made), why -> {
                    opened.close();
                    file = null;
                    segmentFailed(why);
                }));
    }

    private void segmentBegun(Prepared made) {
        pendingSince = NOTHING_PENDING;
        Segment fresh = new Segment(
                kind,
                made.id(),
                made.generation(),
                server,
                made.path(),
                settings.segmentBytes(kind),
                BatchLayout.BLOCK);
        table.add(fresh);
        segment = fresh;
        end = BatchLayout.BLOCK;
        state = State.READY;
        Answer<Disk.Done> first = begun;
        if (first != null) {
            begun = null;
            isOpen = true;
            first.ready(Disk.Done.DONE);
        }
        if (!isClosing) {
            findSegmentAhead();
        }
        commit();
    }

    private void findSegmentAhead() {
        isPreparing = true;
        source.prepare(kind, new Then<>(this::prepared, this::notPrepared));
    }

    /// The file cannot be opened or its header not written.
    private void segmentFailed(IoFailure why) {
        pendingSince = NOTHING_PENDING;
        Answer<Disk.Done> first = begun;
        if (first != null) {
            begun = null;
            state = State.FAILED;
            hasFailed = true;
            first.failed(why);
            return;
        }
        if (++failures >= FAILURES_TO_END) {
            fail(why);
        } else {
            state = State.BETWEEN_SEGMENTS;
            commit();
        }
    }

    private void fail(IoFailure why) {
        state = State.FAILED;
        hasFailed = true;
        isOpen = false;
        refuseWaiting(why);
        closeWhenIdle();
    }

    private void refuseWaiting(IoFailure why) {
        outstanding.addAndGet(-waiting.size());
        while (!waiting.isEmpty()) {
            waiting.removeFirst().refused(why);
        }
    }

    private void closeWhenIdle() {
        Answer<Disk.Done> answer = closed;
        boolean isIdle = state == State.READY || state == State.FAILED || state == State.BETWEEN_SEGMENTS;
        if (answer == null || !isIdle || !waiting.isEmpty()) {
            return;
        }
        closed = null;
        if (file != null) {
            file.close();
            file = null;
        }
        state = State.CLOSED;
        answer.ready(Disk.Done.DONE);
    }

    private Segment current() {
        Segment now = segment;
        if (now == null) {
            throw new JournalException("the " + kind.fileName() + " stream has no segment");
        }
        return now;
    }

    private DiskFile openFile() {
        DiskFile now = file;
        if (now == null) {
            throw new JournalException("the " + kind.fileName() + " stream has no open file");
        }
        return now;
    }
}
