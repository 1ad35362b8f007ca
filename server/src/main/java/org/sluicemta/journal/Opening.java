package org.sluicemta.journal;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// The start of a journal: what is in the folder, whose it is, what survived. Owner: the home loop.
///
/// Nothing is changed until the folder is known to be empty or ours and is locked. Then, in this order: headers of all
/// segments; the newest good checkpoint; the content behind it; the events behind it; both tails sealed by the headers
/// of fresh segments. Only the answer after that lets anything new in. A crash anywhere in between leaves a folder in
/// which the same start finds the same: until the seals stand nothing is written but spare files, and a seal says only
/// what the next start would find out again.
final class Opening {
    private final JournalPorts ports;
    private final Path folder;
    private final JournalSettings settings;
    private final Replay replay;
    private final List<Gate> gates;
    private final JournalFlaws flaws;
    private final Answer<Journal> answer;

    private final Map<StreamKind, SegmentTable> tables = new EnumMap<>(StreamKind.class);
    private final Map<StreamKind, Tail> tails = new EnumMap<>(StreamKind.class);
    private final Caretaker caretaker;
    private final Slice probe;
    private final SpoolFolder spool;
    private final SegmentInventory inventory;
    private boolean isOver;

    static void start(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            Replay replay,
            List<Gate> gates,
            JournalFlaws flaws,
            Answer<Journal> answer) {
        Slice probe = ports.memory().take(SpoolFolder.PROBE_BYTES);
        if (probe == null) {
            ports.home()
                    .post(() -> answer.failed(new IoFailure(
                            IoFailure.Kind.EXHAUSTED,
                            folder + ": no room in the memory budget "
                                    + ports.memory().name())));
            return;
        }
        Opening opening = new Opening(ports, folder, settings, replay, gates, flaws, answer, probe);
        ports.home().post(opening::begin);
    }

    private Opening(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            Replay replay,
            List<Gate> gates,
            JournalFlaws flaws,
            Answer<Journal> answer,
            Slice probe) {
        this.ports = ports;
        this.folder = folder;
        this.settings = settings;
        this.replay = replay;
        this.gates = gates;
        this.flaws = flaws;
        this.answer = answer;
        this.probe = probe;
        for (StreamKind stream : StreamKind.values()) {
            tables.put(stream, new SegmentTable());
            tails.put(stream, new Tail());
        }
        caretaker = new Caretaker(ports, settings, folder, tables);
        spool = new SpoolFolder(ports, folder, settings, probe, this::fail);
        inventory = new SegmentInventory(ports, spool, settings, caretaker, tails, replay::damaged, this::fail);
    }

    private void begin() {
        spool.take(() -> inventory.take(this::readCheckpoint));
    }

    private void readCheckpoint() {
        NewestCheckpoint newest =
                new NewestCheckpoint(ports, spool, caretaker, tail(StreamKind.EVENTS), replay, this::fail);
        newest.take(() -> new TailReplay(ports, spool, caretaker, tails, newest.found(), replay, flaws, this::fail)
                .take(() -> syncTail(StreamKind.CONTENT)));
    }

    // ---- sealing

    /// What was read may be in memory only, when a process died and not the machine; the seal must not outlive it.
    private void syncTail(StreamKind stream) {
        Runnable next = () -> {
            if (stream == StreamKind.CONTENT) {
                syncTail(StreamKind.EVENTS);
            } else {
                makeStreams();
            }
        };
        List<Segment> segments = tail(stream).segments;
        if (segments.isEmpty()) {
            next.run();
            return;
        }
        ports.disk()
                .open(
                        ports.home(),
                        segments.getLast().path,
                        Disk.OpenPlan.WRITE,
                        then(file -> file.sync(then(done -> {
                            file.close();
                            next.run();
                        }))));
    }

    private void makeStreams() {
        Map<StreamKind, Stream> streams = new EnumMap<>(StreamKind.class);
        for (StreamKind stream : StreamKind.values()) {
            SegmentTable table = Objects.requireNonNull(tables.get(stream));
            Tail tail = tail(stream);
            Segment last = tail.segments.isEmpty() ? null : tail.segments.getLast();
            boolean isReusable = last != null
                    && last.end == BatchLayout.BLOCK
                    && !last.isSealed
                    && last.capacity == settings.segmentBytes(stream)
                    && tail.headers.containsKey(last.id);
            for (Segment each : tail.segments) {
                if (each == last && isReusable) {
                    tail.empty = each;
                } else {
                    if (each != last || !flaws.leavesTailOpen()) {
                        each.isSealed = true;
                    }
                    table.add(each);
                }
            }
            streams.put(
                    stream,
                    new Stream(
                            stream,
                            ports,
                            settings,
                            table,
                            caretaker,
                            spool.server(),
                            stream == StreamKind.CONTENT ? gates : List.of(),
                            flaws));
        }
        seal(StreamKind.CONTENT, streams);
    }

    private void seal(StreamKind stream, Map<StreamKind, Stream> streams) {
        Tail tail = tail(stream);
        Stream made = Objects.requireNonNull(streams.get(stream));
        Answer<Disk.Done> after = new Then<>(
                done -> ports.home().post(() -> {
                    if (stream == StreamKind.CONTENT) {
                        seal(StreamKind.EVENTS, streams);
                    } else {
                        finish(streams);
                    }
                }),
                why -> ports.home().post(() -> fail(why)));
        Segment empty = tail.empty;
        if (empty != null) {
            SegmentHeader header = Objects.requireNonNull(tail.headers.get(empty.id));
            Stream.Prepared again = new Stream.Prepared(empty.id, empty.generation, empty.path);
            ports.lane(stream)
                    .post(() -> made.begin(
                            again, header.previous(), header.firstSequence(), inventory.incarnation(), after));
            return;
        }
        Segment last = tail.segments.isEmpty() ? null : tail.segments.getLast();
        if (last != null && flaws.leavesTailOpen() && last.end > BatchLayout.BLOCK) {
            ports.lane(stream).post(() -> made.resume(last, tail.lastSequence + 1, inventory.incarnation(), after));
            return;
        }
        SegmentHeader.Seal seal = last == null
                ? SegmentHeader.Seal.NONE
                : new SegmentHeader.Seal(last.id, last.generation, last.end, last.tornBatch);
        if (last != null) {
            last.sealedMillis = ports.home().serverMillis();
        }
        long sequence = tail.lastSequence + 1;
        caretaker.prepareHere(
                stream,
                new Then<>(
                        prepared -> ports.lane(stream)
                                .post(() -> made.begin(prepared, seal, sequence, inventory.incarnation(), after)),
                        why -> {
                            if (stream == StreamKind.CONTENT && why.kind() == IoFailure.Kind.NO_SPACE) {
                                ports.lane(stream)
                                        .post(() -> made.beginStarved(seal, sequence, inventory.incarnation(), after));
                            } else {
                                fail(why);
                            }
                        }));
    }

    private void finish(Map<StreamKind, Stream> streams) {
        isOver = true;
        probe.release();
        Stream content = Objects.requireNonNull(streams.get(StreamKind.CONTENT));
        Stream events = Objects.requireNonNull(streams.get(StreamKind.EVENTS));
        caretaker.watch(content, events);
        answer.ready(new Journal(
                ports,
                folder,
                settings,
                spool.server(),
                inventory.incarnation(),
                content,
                events,
                tables,
                caretaker,
                spool.lock()));
    }

    // ---- small things

    private Tail tail(StreamKind stream) {
        return Objects.requireNonNull(tails.get(stream));
    }

    private <T> Answer<T> then(java.util.function.Consumer<T> next) {
        return new Then<>(next, this::fail);
    }

    private void fail(IoFailure why) {
        if (isOver) {
            return;
        }
        isOver = true;
        probe.release();
        spool.unlock();
        answer.failed(why);
    }
}
