package org.sluicemta.journal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;

/// One spool directory: what is written there is found again. Owner: its home loop; [Stream#append], [#retain],
/// [#release] and the questions may be called from any thread. Never blocks.
///
/// The way of a record: [Stream#append], `durable(position)`; [JournalReader#read] as often as needed; when it is
/// settled, and the event that says so is durable, [#release].
///
/// The way of a start: [#open] replays; the caller retains what is live, makes its followers, and calls
/// [#startReuse].
public final class Journal {
    private final JournalPorts ports;
    private final Path folder;
    private final JournalSettings settings;
    private final ServerId server;
    private final long incarnation;
    private final long firstEventSegment;
    private final Stream content;
    private final Stream events;
    private final Map<StreamKind, SegmentTable> tables;
    private final SegmentTable contentTable;
    private final Caretaker caretaker;
    private final Disk.Lock lock;
    private final EventTail tail;

    Journal(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            ServerId server,
            long incarnation,
            Stream content,
            Stream events,
            Map<StreamKind, SegmentTable> tables,
            Caretaker caretaker,
            Disk.Lock lock) {
        this.ports = ports;
        this.folder = folder;
        this.settings = settings;
        this.server = server;
        this.incarnation = incarnation;
        this.content = content;
        this.events = events;
        this.firstEventSegment = events.durableSegment();
        this.tables = tables;
        this.contentTable = table(StreamKind.CONTENT);
        this.caretaker = caretaker;
        this.lock = lock;
        this.tail =
                new EventTail(ports.eventLane(), table(StreamKind.EVENTS), ports.memory(), settings.recentEventBytes());
    }

    /// Whether an event was recorded since this start.
    public boolean isOfThisRun(long eventPosition) {
        return Position.segment(eventPosition) >= firstEventSegment;
    }

    /// Opens the folder, made if it is not there; replays what is in it; seals it; answers on the home loop.
    ///
    /// Fails, with a text for the operator, when the folder holds files that are not ours (nothing is touched),
    /// when another server has it, when it was written in a later format, holds a record that must not be
    /// skipped, is read-only or full.
    public static void open(
            JournalPorts ports, Path folder, JournalSettings settings, Replay replay, Answer<Journal> answer) {
        open(ports, folder, settings, replay, List.of(), answer);
    }

    /// The same with further gates for the content stream.
    public static void open(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            Replay replay,
            List<Gate> contentGates,
            Answer<Journal> answer) {
        Opening.start(ports, folder, settings, replay, contentGates, JournalFlaws.NONE, answer);
    }

    static void open(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            Replay replay,
            JournalFlaws flaws,
            Answer<Journal> answer) {
        Opening.start(ports, folder, settings, replay, List.of(), flaws, answer);
    }

    public Stream content() {
        return content;
    }

    public Stream events() {
        return events;
    }

    public Path folder() {
        return folder;
    }

    public ServerId server() {
        return server;
    }

    /// Counts the openings of the folder, from 1; durable before [#open] answered, so never the same twice.
    public long incarnation() {
        return incarnation;
    }

    // ---- what is live

    /// A content record found at the start is live. Records appended since are so from `durable` on, by themselves.
    ///
    /// @return false when its segment is not there: the record is lost
    public boolean retain(long position) {
        Segment segment = contentTable.find(Position.segment(position));
        if (segment == null || Position.offset(position) >= segment.end) {
            return false;
        }
        segment.live(1, Position.bytes(position));
        return true;
    }

    /// A content record is needed no more. To be called once for each, and only after what settled it is durable: its
    /// segment may be reused at once.
    public void release(long position) {
        Segment segment = contentTable.find(Position.segment(position));
        if (segment == null) {
            throw new JournalException("released a record of no segment: " + Position.text(position));
        }
        if (segment.dead(1, Position.bytes(position)) && segment.isSealed) {
            ports.home().post(caretaker::tend);
        }
    }

    /// From now on segments are reused and deleted. To be called once, on the home loop, when all that is live was
    /// retained and all followers are made.
    public void startReuse() {
        caretaker.start();
    }

    // ---- reading

    /// A reader of content for one loop, taking its memory from `memory`.
    public JournalReader reader(Loop home, Memory memory) {
        return new JournalReader(ports.disk(), home, memory, contentTable, StreamKind.CONTENT, folder);
    }

    /// A follower of the events. To be made on the home loop, before [#startReuse]; used on `loop` only.
    ///
    /// @param after the position it had passed, or [Position#NONE] for everything that is left
    /// @param damaged told of events that cannot be read
    public Follower follower(String name, Loop loop, long after, Consumer<Damage> damaged) {
        Follower made = new Follower(name, loop, ports.disk(), ports.memory(), tail, after, damaged);
        caretaker.add(made);
        ports.eventLane().post(() -> events.tap(tail));
        return made;
    }

    /// Events need not be kept for it any longer. On the home loop, after [Follower#close].
    public void remove(Follower follower) {
        caretaker.remove(follower);
        ports.eventLane().post(() -> tail.forget(follower));
    }

    /// How much of the events a follower has not passed: it is kept on disk for it.
    ///
    /// @param bytes 0 or more; what a follower has seen and not passed counts too
    public record Behind(String follower, long bytes) {}

    /// Each follower's distance from the end of the durable events. Safe from any thread; costs a step a segment.
    public List<Behind> followersBehind() {
        var all = new ArrayList<Behind>();
        for (Follower each : caretaker.followers()) {
            all.add(new Behind(each.name(), bytesAfter(each.passedUpTo())));
        }
        return all;
    }

    private long bytesAfter(long position) {
        long bytes = 0;
        for (Segment each : table(StreamKind.EVENTS).all()) {
            if (each.id > Position.segment(position)) {
                bytes += each.end;
            } else if (each.id == Position.segment(position)) {
                bytes += Math.max(0, each.end - Position.offset(position));
            }
        }
        return bytes;
    }

    // ---- checkpoints

    /// Notes the place in the events first and then the place in the content, so that nothing settled before the one
    /// is accepted after the other; answers with a writer for the state. On the home loop; one at a time.
    ///
    /// The caller dumps a loop's state only after `marks` of both streams have reached that loop.
    public void beginCheckpoint(CheckpointWriter.Marks marks, Answer<CheckpointWriter> answer) {
        ports.eventLane().post(() -> {
            long eventSegment = events.durableSegment();
            long eventOffset = events.durableEnd();
            marks.noted(StreamKind.EVENTS);
            ports.contentLane().post(() -> {
                long contentSegment = content.durableSegment();
                long contentOffset = content.durableEnd();
                marks.noted(StreamKind.CONTENT);
                ports.home()
                        .post(() -> CheckpointWriter.begin(
                                ports,
                                folder,
                                server,
                                new CheckpointFile.Summary(
                                        caretaker.nextCheckpointNumber(),
                                        eventSegment,
                                        eventOffset,
                                        contentSegment,
                                        contentOffset,
                                        ports.home().serverMillis()),
                                caretaker,
                                answer));
            });
        });
    }

    // ---- stragglers

    /// A sealed content segment of which little is live.
    ///
    /// @param segment its id
    public record Straggler(long segment, long liveRecords, long liveBytes) {}

    /// Segments whose live records are worth copying, oldest first. On the home loop. The owner of each record appends
    /// it again with [Entry#COPY] while it is still live, in the same turn in which it looked, and releases the old
    /// position once the copy is durable.
    public List<Straggler> stragglers() {
        return caretaker.stragglers().stream()
                .map(each -> new Straggler(each.id, each.liveRecords(), each.liveBytes()))
                .toList();
    }

    /// Walks the heads of all records, live or not, of a sealed content segment. Answers on the home loop.
    public void walk(long segment, EventBatch.Visitor visitor, Answer<Disk.Done> answer) {
        Segment found = contentTable.find(segment);
        if (found == null || !found.isSealed) {
            ports.home()
                    .post(() -> answer.failed(
                            new IoFailure(IoFailure.Kind.NOT_FOUND, "segment " + segment + " is not sealed or gone")));
            return;
        }
        reader(ports.home(), ports.memory()).walk(found, visitor, answer);
    }

    /// Whether a record of `bytes` may be copied now: copying has a share of the disk of its own. On the home loop.
    public boolean mayCopy(long bytes) {
        return caretaker.mayCopy(bytes);
    }

    // ---- how it does

    /// A write has been out for longer than [JournalSettings#suspectAfter]: new content is refused until it is back.
    public boolean isSuspect() {
        return caretaker.isSuspect();
    }

    /// A stream has ended for good, after two failed writes in a row.
    public boolean hasFailed() {
        return content.hasFailed() || events.hasFailed();
    }

    /// Less than [JournalSettings#freeFloorBytes] is free, or no segment can be made: new content is refused.
    public boolean isShortOfSpace() {
        return caretaker.isShortOfSpace() || content.isStarved();
    }

    /// Files with records in them. From any thread.
    public int usedFiles() {
        return caretaker.usedFiles();
    }

    /// Emptied files that are kept for reuse. From any thread; a second old at most.
    public int spareFiles() {
        return caretaker.spareFiles();
    }

    /// Free space at the last look, about a second ago.
    public long freeBytes() {
        return caretaker.freeBytes();
    }

    /// Takes no more, writes what waits, lets go of the folder. Answers on the home loop.
    public void close(Answer<Disk.Done> answer) {
        caretaker.close();
        closeStream(
                content,
                StreamKind.CONTENT,
                () -> closeStream(
                        events,
                        StreamKind.EVENTS,
                        () -> ports.eventLane().post(() -> {
                            tail.close();
                            ports.home().post(() -> {
                                lock.release();
                                answer.ready(Disk.Done.DONE);
                            });
                        })));
    }

    private void closeStream(Stream stream, StreamKind kind, Runnable next) {
        ports.lane(kind)
                .post(() -> stream.close(new Then<>(
                        done -> ports.home().post(next), why -> ports.home().post(next))));
    }

    SegmentTable table(StreamKind stream) {
        return Objects.requireNonNull(tables.get(stream));
    }
}
