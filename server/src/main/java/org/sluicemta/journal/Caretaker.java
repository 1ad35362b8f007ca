package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Looks after the files: prepares segments, reuses or deletes those that nobody needs, watches space and the age of
/// writes. Owner: the journal's home loop; [#prepare] is called on a lane and answers there.
///
/// A file changes its name only with the folder synced before anything is written under the new name: else a crash
/// could bring the old name back with the new bytes.
final class Caretaker implements Stream.SegmentSource {
    /// The journal's own event: a content segment was retired, so its absence is no damage.
    static final int RETIRED = Entry.FIRST_OWN_TYPE + 1;

    private static final long ROUND_NANOS = 1_000_000_000L;

    /// A file without a use.
    ///
    /// @param generation of its last life
    record Spare(Path path, int generation) {}

    private final JournalPorts ports;
    private final JournalSettings settings;
    private final Path folder;
    private final Map<StreamKind, SegmentTable> tables;
    private final Map<StreamKind, ArrayDeque<Spare>> spares = new EnumMap<>(StreamKind.class);
    private final Map<StreamKind, Long> nextIds = new EnumMap<>(StreamKind.class);
    private final Alarm rounds;
    /// Changed on the home loop, read from any thread.
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final List<CheckpointFile.Summary> checkpoints = new ArrayList<>();
    private long nextSpare = 1;
    private long copyAllowance;
    private boolean isStarted;
    private boolean isClosed;
    private boolean isStocking;
    private boolean isRetiring;
    private @Nullable Stream content;
    private @Nullable Stream events;
    private volatile boolean isSuspect;
    private volatile boolean isShortOfSpace;
    private volatile long freeBytes = Long.MAX_VALUE;
    private volatile int spareFiles;

    Caretaker(JournalPorts ports, JournalSettings settings, Path folder, Map<StreamKind, SegmentTable> tables) {
        this.ports = ports;
        this.settings = settings;
        this.folder = folder;
        this.tables = tables;
        for (StreamKind stream : StreamKind.values()) {
            spares.put(stream, new ArrayDeque<>());
            nextIds.put(stream, 1L);
        }
        rounds = ports.home().alarm(this::round);
    }

    // ---- what recovery tells it

    void found(StreamKind stream, Spare spare, long number) {
        of(stream).add(spare);
        nextSpare = Math.max(nextSpare, number + 1);
    }

    long takeSpareNumber() {
        return nextSpare++;
    }

    void usedUpTo(StreamKind stream, long id) {
        nextIds.merge(stream, id + 1, Math::max);
    }

    void found(CheckpointFile.Summary checkpoint) {
        checkpoints.add(checkpoint);
    }

    void watch(Stream contentStream, Stream eventStream) {
        content = contentStream;
        events = eventStream;
        copyAllowance = settings.copyBytesPerSecond();
        round();
    }

    // ---- files for the streams

    @Override
    public void prepare(StreamKind stream, Answer<Stream.Prepared> answer) {
        Loop lane = ports.lane(stream);
        ports.home()
                .post(() -> prepareHere(
                        stream,
                        new Then<>(
                                made -> lane.post(() -> answer.ready(made)),
                                why -> lane.post(() -> answer.failed(why)))));
    }

    /// The same, on the home loop.
    void prepareHere(StreamKind stream, Answer<Stream.Prepared> answer) {
        long id = nextIds.merge(stream, 1L, Long::sum) - 1;
        if (id > Position.MAX_SEGMENT_ID) {
            answer.failed(new IoFailure(IoFailure.Kind.EXHAUSTED, folder + ": all segment numbers are used"));
            return;
        }
        Spare spare = of(stream).pollFirst();
        if (spare != null) {
            use(stream, spare, id, answer);
        } else {
            makeSpare(stream, new Then<>(made -> use(stream, made, id, answer), answer::failed));
        }
    }

    private void use(StreamKind stream, Spare spare, long id, Answer<Stream.Prepared> answer) {
        Path path = folder.resolve(SpoolNames.segment(stream, id));
        Stream.Prepared made = new Stream.Prepared(id, spare.generation() + 1, path);
        ports.disk()
                .rename(
                        ports.home(),
                        spare.path(),
                        path,
                        new Then<>(done -> syncFolder(made, stream, answer), answer::failed));
    }

    private void syncFolder(Stream.Prepared made, StreamKind stream, Answer<Stream.Prepared> answer) {
        ports.disk()
                .syncFolder(
                        ports.home(),
                        folder,
                        new Then<>(
                                done -> {
                                    answer.ready(made);
                                    if (stream == StreamKind.EVENTS) {
                                        stockReserve();
                                    }
                                },
                                answer::failed));
    }

    private void makeSpare(StreamKind stream, Answer<Spare> answer) {
        Path path = folder.resolve(SpoolNames.spare(stream, nextSpare++));
        ports.disk()
                .open(
                        ports.home(),
                        path,
                        Disk.OpenPlan.WRITE,
                        new Then<>(
                                file -> file.preallocate(
                                        settings.segmentBytes(stream),
                                        new Then<>(
                                                done -> {
                                                    file.close();
                                                    answer.ready(new Spare(path, 0));
                                                },
                                                why -> {
                                                    file.close();
                                                    giveUp(path, why, answer);
                                                })),
                                answer::failed));
    }

    /// What was begun and cannot be finished must not take the space that is left.
    private void giveUp(Path path, IoFailure why, Answer<Spare> answer) {
        ports.disk().delete(ports.home(), path, new Then<>(done -> answer.failed(why), alsoWhy -> answer.failed(why)));
    }

    /// Keeps files for events ready while there is space, so that outcomes can be written when there is none.
    private void stockReserve() {
        if (isStocking || isClosed || of(StreamKind.EVENTS).size() >= settings.spares()) {
            return;
        }
        isStocking = true;
        makeSpare(
                StreamKind.EVENTS,
                new Then<>(
                        made -> {
                            isStocking = false;
                            of(StreamKind.EVENTS).add(made);
                            stockReserve();
                        },
                        why -> isStocking = false));
    }

    // ---- rounds

    /// From now on segments may be reused: every live record is retained and every follower made.
    void start() {
        isStarted = true;
        tend();
    }

    void close() {
        isClosed = true;
        rounds.clear();
    }

    private void round() {
        if (isClosed) {
            return;
        }
        copyAllowance = Math.min(copyAllowance + settings.copyBytesPerSecond(), settings.copyBytesPerSecond());
        watchWrites();
        watchSpace();
        spareFiles = spares.values().stream().mapToInt(ArrayDeque::size).sum();
        tend();
        rounds.set(ports.home().nanos() + ROUND_NANOS);
    }

    private void watchWrites() {
        long now = ports.home().nanos();
        isSuspect = isLate(content, now) || isLate(events, now);
        refuseOrNot();
    }

    private boolean isLate(@Nullable Stream stream, long now) {
        if (stream == null) {
            return false;
        }
        long since = stream.oldestPendingNanos();
        return since != Stream.NOTHING_PENDING
                && now - since > settings.suspectAfter().toNanos();
    }

    private void watchSpace() {
        ports.disk()
                .freeBytes(
                        ports.home(),
                        folder,
                        new Then<>(
                                free -> {
                                    freeBytes = free;
                                    long usable = free + of(StreamKind.CONTENT).size() * settings.contentSegmentBytes();
                                    isShortOfSpace = usable < settings.freeFloorBytes();
                                    refuseOrNot();
                                    if (!isShortOfSpace) {
                                        stockReserve();
                                    }
                                },
                                why -> freeBytes = 0));
    }

    private void refuseOrNot() {
        if (content != null) {
            boolean eventsEnded = events != null && events.hasFailed();
            content.refuseNew(isSuspect || isShortOfSpace || eventsEnded);
        }
    }

    boolean isSuspect() {
        return isSuspect;
    }

    boolean isShortOfSpace() {
        return isShortOfSpace;
    }

    /// Files with records in them.
    int usedFiles() {
        return tables.values().stream().mapToInt(table -> table.all().length).sum();
    }

    /// Emptied files that are kept for reuse, as of the last round.
    int spareFiles() {
        return spareFiles;
    }

    long freeBytes() {
        return freeBytes;
    }

    // ---- reuse

    /// Retires what may be retired, one segment at a time. Never the newest: a checkpoint may have noted its place
    /// there, and numbers must not begin anew.
    void tend() {
        if (!isStarted || isClosed || isRetiring) {
            return;
        }
        Segment[] contents = table(StreamKind.CONTENT).all();
        for (Segment segment : contents) {
            boolean isNewest = segment == contents[contents.length - 1];
            if (segment.isSealed && !isNewest && segment.liveRecords() == 0 && segment.retire()) {
                isRetiring = true;
                noteRetired(segment);
                return;
            }
        }
        Segment[] happened = table(StreamKind.EVENTS).all();
        for (Segment segment : happened) {
            boolean isNewest = segment == happened[happened.length - 1];
            if (segment.isSealed && !isNewest && isCovered(segment) && segment.retire()) {
                isRetiring = true;
                release(segment);
                return;
            }
        }
    }

    /// Whether two checkpoints, all followers and history need an event segment no more.
    private boolean isCovered(Segment segment) {
        if (checkpoints.size() < CheckpointFile.KEPT) {
            return false;
        }
        for (CheckpointFile.Summary each : checkpoints) {
            if (each.eventSegment() <= segment.id) {
                return false;
            }
        }
        for (Follower each : followers) {
            if (Position.segment(each.passedUpTo()) <= segment.id) {
                return false;
            }
        }
        return ports.home().serverMillis() - segment.sealedMillis
                >= settings.eventRetention().toMillis();
    }

    private void noteRetired(Segment segment) {
        Stream to = events;
        if (to == null || !to.append(new RetiredNote(segment))) {
            notRetired(segment);
        }
    }

    /// The event stream is too busy, or ended: the segment stays as it was, for a later round.
    private void notRetired(Segment segment) {
        segment.takeBack();
        isRetiring = false;
    }

    private final class RetiredNote extends Entry {
        private final Segment segment;

        RetiredNote(Segment segment) {
            this.segment = segment;
        }

        @Override
        public int type() {
            return RETIRED;
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public int flags() {
            return IGNORABLE;
        }

        @Override
        public int headLength() {
            return 12;
        }

        @Override
        public void writeHead(ByteBuffer to) {
            to.putInt(segment.stream.code()).putLong(segment.id);
        }

        @Override
        public void durable(long position) {
            ports.home().post(() -> release(segment));
        }

        @Override
        public void refused(IoFailure why) {
            ports.home().post(() -> notRetired(segment));
        }
    }

    /// Nobody needs the segment: its file becomes a spare, or goes, or is put aside.
    private void release(Segment segment) {
        Answer<Disk.Done> after = new Then<>(
                done -> {
                    table(segment.stream).remove(segment);
                    isRetiring = false;
                    tend();
                },
                why -> isRetiring = false);
        Disk disk = ports.disk();
        if (segment.isQuarantined) {
            Path aside = folder.resolve(SpoolNames.quarantine(segment.stream, segment.id));
            disk.rename(ports.home(), segment.path, aside, after);
        } else if (!segment.isDistrusted
                && segment.capacity == settings.segmentBytes(segment.stream)
                && of(segment.stream).size() < settings.spares()) {
            Path spare = folder.resolve(SpoolNames.spare(segment.stream, nextSpare++));
            disk.rename(
                    ports.home(),
                    segment.path,
                    spare,
                    new Then<>(
                            // Synced before the next rename: two unsynced renames of one file could leave it under
                            // both the first and the last name, and a reuse of the one would destroy the other.
                            renamed -> disk.syncFolder(
                                    ports.home(),
                                    folder,
                                    new Then<>(
                                            done -> {
                                                of(segment.stream).add(new Spare(spare, segment.generation));
                                                after.ready(done);
                                            },
                                            after::failed)),
                            after::failed));
        } else {
            disk.delete(ports.home(), segment.path, after);
        }
    }

    /// Sealed content segments of which little is live, oldest first. Only those that every kept checkpoint covers
    /// whole: a copy of what a checkpoint does not know could not be told, after a crash, from a copy of what was
    /// settled.
    List<Segment> stragglers() {
        List<Segment> worth = new ArrayList<>();
        if (checkpoints.size() < CheckpointFile.KEPT) {
            return worth;
        }
        for (Segment segment : table(StreamKind.CONTENT).all()) {
            boolean isCoveredByAll = checkpoints.stream().allMatch(each -> each.contentSegment() > segment.id);
            if (segment.isSealed
                    && !segment.isRetired()
                    && isCoveredByAll
                    && segment.liveRecords() > 0
                    && segment.liveBytes() <= segment.capacity * settings.stragglerShare()) {
                worth.add(segment);
            }
        }
        return worth;
    }

    /// Takes a copy's bytes from the allowance of this second.
    boolean mayCopy(long bytes) {
        if (copyAllowance <= 0) {
            return false;
        }
        copyAllowance -= 2 * bytes;
        return true;
    }

    // ---- followers and checkpoints

    void add(Follower follower) {
        followers.add(follower);
    }

    void remove(Follower follower) {
        followers.remove(follower);
    }

    /// Safe from any thread.
    List<Follower> followers() {
        return followers;
    }

    long nextCheckpointNumber() {
        return checkpoints.stream()
                        .mapToLong(CheckpointFile.Summary::number)
                        .max()
                        .orElse(0)
                + 1;
    }

    /// A checkpoint is durable: those beyond the kept ones go.
    void finished(CheckpointFile.Summary checkpoint) {
        checkpoints.add(checkpoint);
        while (checkpoints.size() > CheckpointFile.KEPT) {
            CheckpointFile.Summary oldest = checkpoints.removeFirst();
            ports.disk()
                    .delete(
                            ports.home(),
                            folder.resolve(SpoolNames.checkpoint(oldest.number())),
                            new Then<>(done -> tend(), why -> tend()));
        }
        tend();
    }

    static ByteBuffer scratch(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ArrayDeque<Spare> of(StreamKind stream) {
        ArrayDeque<Spare> found = spares.get(stream);
        if (found == null) {
            throw new JournalException("no spares of " + stream);
        }
        return found;
    }

    private SegmentTable table(StreamKind stream) {
        SegmentTable found = tables.get(stream);
        if (found == null) {
            throw new JournalException("no table of " + stream);
        }
        return found;
    }
}
