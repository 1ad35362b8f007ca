package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
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
    private static final int MAX_NAMES_TOLD = 5;
    private static final int PROBE = 16 * 1024;
    private static final long ID_MAGIC = 0x44494543_49554C53L;
    private static final int ID_BYTES = 48;

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
    private final Set<Long> retired = new HashSet<>();
    private final ArrayDeque<Leftover> leftovers = new ArrayDeque<>();
    private List<Disk.Entry> names = List.of();
    private Disk.@Nullable Lock lock;
    private @Nullable ServerId server;
    private CheckpointFile.@Nullable Summary checkpoint;
    private boolean checkpointWasThere;
    private long incarnation = 1;
    private boolean isOver;

    /// A file that was prepared and never begun.
    private record Leftover(StreamKind stream, Path path, int generation) {}

    /// What a stream's files say.
    private static final class Tail {
        /// Headers by segment id.
        final TreeMap<Long, SegmentHeader> headers = new TreeMap<>();

        final List<Segment> segments = new ArrayList<>();
        long lastSequence;
        /// The newest segment, if no batch is in it.
        @Nullable
        Segment empty;

        long tornBatch;
    }

    static void start(
            JournalPorts ports,
            Path folder,
            JournalSettings settings,
            Replay replay,
            List<Gate> gates,
            JournalFlaws flaws,
            Answer<Journal> answer) {
        Slice probe = ports.memory().take(PROBE);
        if (probe == null) {
            ports.home()
                    .post(() -> answer.failed(new IoFailure(
                            IoFailure.Kind.EXHAUSTED,
                            folder + ": no room in the memory budget "
                                    + ports.memory().name())));
            return;
        }
        Opening opening = new Opening(ports, folder, settings, replay, gates, flaws, answer, probe);
        ports.home().post(opening::list);
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
        caretaker = new Caretaker(ports, settings, folder, tables, flaws);
    }

    // ---- whose folder is it

    private void list() {
        ports.disk().list(ports.home(), folder, new Then<>(this::listed, why -> {
            if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                ports.disk().createFolder(ports.home(), folder, then(made -> listed(List.of())));
            } else {
                fail(why);
            }
        }));
    }

    private void listed(List<Disk.Entry> found) {
        names = found;
        List<String> foreign = found.stream()
                .map(Disk.Entry::name)
                .filter(name -> !SpoolNames.isOurs(name))
                .toList();
        if (!foreign.isEmpty()) {
            String told = foreign.stream().limit(MAX_NAMES_TOLD).collect(Collectors.joining(", "));
            fail(new IoFailure(
                    IoFailure.Kind.DENIED,
                    folder + " holds " + foreign.size() + " files that are not this server's (" + told
                            + (foreign.size() > MAX_NAMES_TOLD ? ", …" : "")
                            + "); nothing was touched. Name an empty folder, or move them away"));
            return;
        }
        Path above = folder.toAbsolutePath().getParent();
        if (above == null || has(SpoolNames.ID)) {
            lock();
        } else {
            // A new folder, made now or by a start that died: else a power cut could take all of it back.
            ports.disk().syncFolder(ports.home(), above, then(done -> lock()));
        }
    }

    private void lock() {
        ports.disk()
                .lock(
                        ports.home(),
                        folder.resolve(SpoolNames.LOCK),
                        new Then<>(
                                this::locked,
                                why -> fail(
                                        why.kind() == IoFailure.Kind.LOCKED
                                                ? new IoFailure(
                                                        IoFailure.Kind.LOCKED,
                                                        folder
                                                                + " is in use by another server; stop it, or give this one a folder of its own")
                                                : why)));
    }

    /// What was listed before the lock was taken may have changed since.
    private void locked(Disk.Lock taken) {
        lock = taken;
        ports.disk().list(ports.home(), folder, then(found -> {
            names = found;
            identify();
        }));
    }

    private void identify() {
        if (has(SpoolNames.ID)) {
            readBeginning(folder.resolve(SpoolNames.ID), this::identified);
        } else if (names.stream().anyMatch(each -> isData(each.name()))) {
            fail(new IoFailure(
                    IoFailure.Kind.ERROR,
                    folder + " holds segments but no file " + SpoolNames.ID
                            + ", without which they cannot be read; put it back from a copy of the folder"));
        } else {
            makeId();
        }
    }

    private static boolean isData(String name) {
        return SpoolNames.asSegment(name).isPresent()
                || SpoolNames.asCheckpoint(name).isPresent();
    }

    private boolean has(String name) {
        return names.stream().anyMatch(each -> each.name().equals(name));
    }

    private void identified(int length) {
        ByteBuffer id = probe.view(0, probe.length());
        if (length < ID_BYTES || id.getLong(0) != ID_MAGIC || id.getInt(8) != Checksum.plain(id, 12, ID_BYTES - 12)) {
            fail(new IoFailure(
                    IoFailure.Kind.ERROR,
                    folder.resolve(SpoolNames.ID) + " is damaged; put it back from a copy of the folder"));
            return;
        }
        int least = Short.toUnsignedInt(id.getShort(14));
        if (least > SegmentHeader.FORMAT_VERSION) {
            fail(tooNew(folder.resolve(SpoolNames.ID), Short.toUnsignedInt(id.getShort(12)), least));
            return;
        }
        server = new ServerId(id.getLong(16), id.getLong(24));
        // A process may have died between a rename and its sync: what is seen now is made to last first.
        ports.disk()
                .syncFolder(
                        ports.home(),
                        folder,
                        then(done -> tidy(names.stream().filter(this::isRubbish).iterator())));
    }

    private static IoFailure tooNew(Path path, int version, int least) {
        return new IoFailure(
                IoFailure.Kind.ERROR,
                path + " was written in format " + version + ", which needs a server that reads format " + least
                        + "; this one reads up to " + SegmentHeader.FORMAT_VERSION + ". Run the newer version again");
    }

    private void makeId() {
        ServerId made = new ServerId(ports.entropy().nextLong(), ports.entropy().nextLong());
        server = made;
        ByteBuffer id = Caretaker.scratch(ID_BYTES);
        id.putLong(0, ID_MAGIC);
        id.putShort(12, (short) SegmentHeader.FORMAT_VERSION);
        id.putShort(14, (short) SegmentHeader.LEAST_READER);
        id.putLong(16, made.high());
        id.putLong(24, made.low());
        id.putInt(8, Checksum.plain(id, 12, ID_BYTES - 12));
        Path unfinished = folder.resolve(SpoolNames.ID + SpoolNames.UNFINISHED);
        Path path = folder.resolve(SpoolNames.ID);
        ports.disk()
                .open(
                        ports.home(),
                        unfinished,
                        Disk.OpenPlan.WRITE,
                        then(file -> file.write(
                                0,
                                id.position(0),
                                then(wrote -> file.sync(then(synced -> {
                                    file.close();
                                    ports.disk()
                                            .rename(
                                                    ports.home(),
                                                    unfinished,
                                                    path,
                                                    then(renamed -> ports.disk()
                                                            .syncFolder(
                                                                    ports.home(),
                                                                    folder,
                                                                    then(done -> tidy(names.stream()
                                                                            .filter(this::isRubbish)
                                                                            .iterator())))));
                                }))))));
    }

    // ---- what is there

    /// What a crash left half made: worth nothing, in the way of nothing.
    private boolean isRubbish(Disk.Entry each) {
        Optional<SpoolNames.Numbered> spare = SpoolNames.asSpare(each.name());
        return each.name().endsWith(SpoolNames.UNFINISHED)
                || spare.isPresent() && each.sizeBytes() != settings.segmentBytes(spare.get().stream());
    }

    private void tidy(java.util.Iterator<Disk.Entry> rubbish) {
        if (!rubbish.hasNext()) {
            readHeaders(names.iterator());
            return;
        }
        String name = rubbish.next().name();
        ports.disk().delete(ports.home(), folder.resolve(name), new Then<>(done -> tidy(rubbish), why -> {
            if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                tidy(rubbish);
            } else {
                fail(why);
            }
        }));
    }

    private void readHeaders(java.util.Iterator<Disk.Entry> left) {
        while (left.hasNext()) {
            Disk.Entry each = left.next();
            if (isRubbish(each)) {
                continue;
            }
            Optional<SpoolNames.Numbered> segment = SpoolNames.asSegment(each.name());
            Optional<SpoolNames.Numbered> name = segment.or(() -> SpoolNames.asSpare(each.name()));
            if (name.isPresent()) {
                readBeginning(folder.resolve(each.name()), length -> {
                    if (segment.isPresent()) {
                        classify(each, segment.get(), length);
                    } else {
                        spare(each, name.get(), length);
                    }
                    if (!isOver) {
                        readHeaders(left);
                    }
                });
                return;
            }
        }
        putAside();
    }

    /// Leftovers become spares by name too, durably: a spare under a segment's name would be overwritten, or overwrite,
    /// when that number is given to another file.
    private void putAside() {
        Leftover next = leftovers.pollFirst();
        if (next == null) {
            settleSegments();
            return;
        }
        long number = caretaker.takeSpareNumber();
        Path path = folder.resolve(SpoolNames.spare(next.stream, number));
        ports.disk()
                .rename(
                        ports.home(),
                        next.path,
                        path,
                        then(renamed -> ports.disk().syncFolder(ports.home(), folder, then(done -> {
                            caretaker.found(next.stream, new Caretaker.Spare(path, next.generation), number);
                            putAside();
                        }))));
    }

    private void spare(Disk.Entry each, SpoolNames.Numbered name, int length) {
        int generation = length < BatchLayout.BLOCK
                ? 0
                : SegmentHeader.decode(probe.view(0, probe.length()), 0)
                        .map(SegmentHeader::generation)
                        .orElse(0);
        caretaker.found(name.stream(), new Caretaker.Spare(folder.resolve(each.name()), generation), name.number());
    }

    private void classify(Disk.Entry each, SpoolNames.Numbered name, int length) {
        Path path = folder.resolve(each.name());
        ByteBuffer block = probe.view(0, probe.length());
        Optional<SegmentHeader> found = length < BatchLayout.BLOCK ? Optional.empty() : SegmentHeader.decode(block, 0);
        if (found.isPresent() && !found.get().isReadable()) {
            SegmentHeader header = found.get();
            fail(tooNew(path, header.formatVersion(), header.leastReader()));
            return;
        }
        Optional<SegmentHeader> own = found.filter(header -> header.segment() == name.number()
                && header.stream() == name.stream()
                && header.server().equals(server));
        Tail tail = tail(name.stream());
        if (own.isPresent()) {
            incarnation = Math.max(incarnation, own.get().incarnation() + 1);
            tail.headers.put(name.number(), own.get());
            tail.segments.add(segment(name, own.get().generation(), path, each.sizeBytes()));
            caretaker.usedUpTo(name.stream(), name.number());
            return;
        }
        Optional<Integer> generation = length < BatchLayout.BLOCK + BatchLayout.TABLE
                ? Optional.empty()
                : generationOfFirstBatch(block, length, name);
        if (generation.isPresent()) {
            replay.damaged(new Damage(
                    Damage.Kind.CORRUPT_HEADER,
                    path,
                    0,
                    BatchLayout.BLOCK,
                    "the header cannot be read; its batches can"));
            Segment headless = segment(name, generation.get(), path, each.sizeBytes());
            headless.isQuarantined = true;
            tail.segments.add(headless);
            caretaker.usedUpTo(name.stream(), name.number());
        } else if (each.sizeBytes() == settings.segmentBytes(name.stream())) {
            // Prepared, and the power went before its header stood: nothing can have been written there.
            leftovers.add(new Leftover(
                    name.stream(), path, found.map(SegmentHeader::generation).orElse(0)));
        } else {
            // Of another size than is made now, and empty: left where it is, under a number that is not used again.
            caretaker.usedUpTo(name.stream(), name.number());
        }
    }

    private Segment segment(SpoolNames.Numbered name, int generation, Path path, long size) {
        return new Segment(name.stream(), name.number(), generation, Objects.requireNonNull(server), path, size, size);
    }

    private Optional<Integer> generationOfFirstBatch(ByteBuffer block, int length, SpoolNames.Numbered name) {
        int at = BatchLayout.BLOCK;
        int count = block.getInt(at + BatchLayout.COUNT);
        boolean isOfThisSegment = block.getInt(at) == BatchLayout.MAGIC
                && block.getLong(at + BatchLayout.SEGMENT) == name.number()
                && block.get(at + BatchLayout.STREAM) == name.stream().code();
        if (!isOfThisSegment || count <= 0 || at + BatchLayout.headsBegin(count) > length) {
            return Optional.empty();
        }
        int generation = block.getInt(at + BatchLayout.GENERATION);
        int crc = new Checksum()
                .salt(Objects.requireNonNull(server), name.number(), generation)
                .of(block, at + BatchLayout.SEGMENT, BatchLayout.TABLE + 4 * count - BatchLayout.SEGMENT);
        return crc == block.getInt(at + BatchLayout.CRC) ? Optional.of(generation) : Optional.empty();
    }

    /// Gives each segment the end that a later header tells.
    private void settleSegments() {
        for (StreamKind stream : StreamKind.values()) {
            Tail tail = tail(stream);
            tail.segments.sort(Comparator.comparingLong(each -> each.id));
            for (SegmentHeader header : tail.headers.values()) {
                SegmentHeader.Seal seal = header.previous();
                for (Segment each : tail.segments) {
                    if (each.id == seal.segment() && each.generation == seal.generation()) {
                        each.end = seal.end();
                        each.tornBatch = seal.tornBatch();
                        each.sealedMillis = header.madeMillis();
                        each.isSealed = true;
                    }
                }
            }
        }
        readCheckpoints();
    }

    // ---- the checkpoint

    private void readCheckpoints() {
        ArrayDeque<Long> numbers = names.stream()
                .map(each -> SpoolNames.asCheckpoint(each.name()))
                .flatMap(Optional::stream)
                .sorted(Comparator.reverseOrder())
                .collect(Collectors.toCollection(ArrayDeque::new));
        checkpointWasThere = !numbers.isEmpty();
        readCheckpoint(numbers);
    }

    private void readCheckpoint(ArrayDeque<Long> numbers) {
        Long number = numbers.pollFirst();
        if (number == null) {
            startWithoutCheckpoint();
            return;
        }
        Path path = folder.resolve(SpoolNames.checkpoint(number));
        CheckpointFile.Reading.start(
                ports.disk(),
                ports.home(),
                path,
                Objects.requireNonNull(server),
                ports.memory(),
                false,
                replay::checkpoint,
                new Then<>(
                        summary -> {
                            checkpoint = summary;
                            // Whatever files are left: a number below the noted places would not be replayed.
                            caretaker.usedUpTo(StreamKind.CONTENT, summary.contentSegment());
                            caretaker.usedUpTo(StreamKind.EVENTS, summary.eventSegment());
                            readOlder(numbers, summary);
                        },
                        why -> {
                            replay.damaged(new Damage(Damage.Kind.CORRUPT_CHECKPOINT, path, 0, 0, why.text()));
                            readCheckpoint(numbers);
                        }));
    }

    /// The older one is not needed now; its noted places tell what must be kept for it.
    private void readOlder(ArrayDeque<Long> numbers, CheckpointFile.Summary newest) {
        Long number = numbers.pollFirst();
        if (number == null) {
            caretaker.found(newest);
            scanStream(StreamKind.CONTENT);
            return;
        }
        CheckpointFile.Reading.start(
                ports.disk(),
                ports.home(),
                folder.resolve(SpoolNames.checkpoint(number)),
                Objects.requireNonNull(server),
                ports.memory(),
                true,
                frame -> {},
                new Then<>(
                        summary -> {
                            caretaker.found(summary);
                            deleteOld(numbers, () -> readOlder(new ArrayDeque<>(), newest));
                        },
                        why -> readOlder(numbers, newest)));
    }

    /// Those that a crash kept from being deleted.
    private void deleteOld(ArrayDeque<Long> numbers, Runnable next) {
        Long number = numbers.pollFirst();
        if (number == null) {
            next.run();
            return;
        }
        ports.disk()
                .delete(
                        ports.home(),
                        folder.resolve(SpoolNames.checkpoint(number)),
                        then(done -> deleteOld(numbers, next)));
    }

    private void startWithoutCheckpoint() {
        List<Segment> events = tail(StreamKind.EVENTS).segments;
        boolean eventsAreGone = !events.isEmpty() && events.getFirst().id > 1;
        if (checkpointWasThere || eventsAreGone) {
            replay.damaged(new Damage(
                    Damage.Kind.LOST_CHECKPOINT,
                    folder,
                    0,
                    0,
                    "no checkpoint can be read; what was settled before the oldest event comes back"));
        }
        scanStream(StreamKind.CONTENT);
    }

    // ---- the tails

    private void scanStream(StreamKind stream) {
        CheckpointFile.Summary from = checkpoint;
        long firstSegment =
                from == null ? 0 : stream == StreamKind.CONTENT ? from.contentSegment() : from.eventSegment();
        long firstOffset = from == null ? 0 : stream == StreamKind.CONTENT ? from.contentOffset() : from.eventOffset();
        List<Segment> segments = tail(stream).segments;
        // Those before the checkpoint are not read, unless nobody tells where they end.
        ArrayDeque<Segment> left = segments.stream()
                .filter(each -> each.id >= firstSegment || !each.isSealed)
                .collect(Collectors.toCollection(ArrayDeque::new));
        scanNext(stream, left, firstSegment, firstOffset);
    }

    private void scanNext(StreamKind stream, ArrayDeque<Segment> left, long firstSegment, long firstOffset) {
        Segment segment = left.pollFirst();
        if (segment == null) {
            if (stream == StreamKind.CONTENT) {
                scanStream(StreamKind.EVENTS);
            } else {
                findGaps();
            }
            return;
        }
        long from = segment.id == firstSegment ? Math.max(firstOffset, BatchLayout.BLOCK) : BatchLayout.BLOCK;
        boolean isNewest = segment == tail(stream).segments.getLast();
        boolean isTold = segment.id >= firstSegment;
        new Scanning(segment, stream, from, isNewest, isTold, () -> scanNext(stream, left, firstSegment, firstOffset))
                .open();
    }

    /// One segment's records, handed to the replay.
    private final class Scanning {
        private final Segment segment;
        private final StreamKind stream;
        private final long from;
        private final boolean isNewest;
        private final boolean isTold;
        private final Runnable after;
        private @Nullable DiskFile file;
        private @Nullable SegmentScan scan;
        private boolean endIsTold;
        private long lastBatch;

        Scanning(Segment segment, StreamKind stream, long from, boolean isNewest, boolean isTold, Runnable after) {
            this.segment = segment;
            this.stream = stream;
            this.from = from;
            this.isNewest = isNewest;
            this.isTold = isTold;
            this.after = after;
        }

        void open() {
            ports.disk().open(ports.home(), segment.path, Disk.OpenPlan.READ, then(opened -> {
                file = opened;
                endIsTold = segment.isSealed;
                if (endIsTold && segment.end <= segment.capacity) {
                    lastBatch = segment.tornBatch;
                    read();
                } else if (endIsTold) {
                    damaged(
                            Damage.Kind.CORRUPT_BATCH,
                            segment.capacity,
                            segment.end - segment.capacity,
                            "the file is shorter than what was written there");
                    segment.end = segment.capacity / BatchLayout.BLOCK * BatchLayout.BLOCK;
                    read();
                } else {
                    findEnd();
                }
            }));
        }

        /// The newest segment, or one whose follower's header is gone: where does it end?
        private void findEnd() {
            scan = new SegmentScan(
                    Objects.requireNonNull(file),
                    segment,
                    ports.memory(),
                    BatchLayout.BLOCK,
                    segment.capacity,
                    false,
                    false,
                    0,
                    flaws,
                    this::walk,
                    Opening.this::fail);
            walk();
        }

        private void walk() {
            SegmentScan walking = Objects.requireNonNull(scan);
            while (true) {
                switch (walking.step()) {
                    case BATCH, GAP -> {}
                    case WAITING -> {
                        return;
                    }
                    case END -> {
                        segment.end = walking.goodEnd();
                        lastBatch = walking.lastBatch();
                        if (isNewest) {
                            tail(stream).lastSequence = walking.lastSequence();
                        }
                        read();
                        return;
                    }
                }
            }
        }

        private void read() {
            scan = new SegmentScan(
                    Objects.requireNonNull(file),
                    segment,
                    ports.memory(),
                    Math.min(from, segment.end),
                    segment.end,
                    true,
                    false,
                    lastBatch,
                    flaws,
                    this::tell,
                    Opening.this::fail);
            tell();
        }

        private void tell() {
            SegmentScan reading = Objects.requireNonNull(scan);
            while (!isOver) {
                switch (reading.step()) {
                    case WAITING -> {
                        return;
                    }
                    case BATCH -> tellBatch(reading);
                    case GAP ->
                        damaged(
                                Damage.Kind.CORRUPT_BATCH,
                                reading.gapFrom(),
                                reading.gapUntil() - reading.gapFrom(),
                                "no batch can be read here, though one was acknowledged");
                    case END -> {
                        Objects.requireNonNull(file).close();
                        after.run();
                        return;
                    }
                }
            }
            reading.release();
            Objects.requireNonNull(file).close();
        }

        private void tellBatch(SegmentScan batch) {
            boolean mayBeTorn = batch.offset() == lastBatch;
            boolean isKnownTorn = mayBeTorn && endIsTold;
            for (int i = 0; i < batch.count() && !isOver; i++) {
                StoredHead head = batch.head(i);
                if (head != null && (!mayBeTorn || batch.bodyIsGood(i))) {
                    if (isTold) {
                        tellRecord(batch.position(i), head);
                    }
                } else if (mayBeTorn) {
                    if (!isKnownTorn) {
                        tail(stream).tornBatch = lastBatch;
                        segment.tornBatch = lastBatch;
                        damaged(
                                Damage.Kind.TORN_TAIL,
                                batch.headOffset(i),
                                0,
                                "record " + i + " was being written when the power went");
                    }
                } else {
                    damaged(
                            Damage.Kind.CORRUPT_RECORD,
                            batch.headOffset(i),
                            0,
                            "record " + i + " of its batch has a wrong checksum");
                }
            }
        }

        private void tellRecord(long position, StoredHead head) {
            if (head.type() == Caretaker.RETIRED) {
                ByteBuffer note = head.head();
                if (note.getInt() == StreamKind.CONTENT.code()) {
                    long gone = note.getLong();
                    retired.add(gone);
                    caretaker.usedUpTo(StreamKind.CONTENT, gone);
                }
                return;
            }
            if (head.type() >= Entry.FIRST_OWN_TYPE || !replay.knows(stream, head.type(), head.version())) {
                if ((head.flags() & Entry.IGNORABLE) == 0) {
                    fail(new IoFailure(
                            IoFailure.Kind.ERROR,
                            segment.path + ":" + Position.offset(position) + ": a record of type " + head.type()
                                    + ", version " + head.version()
                                    + ", which this server does not know and must not skip. Run the newer version"
                                    + " again"));
                }
                return;
            }
            switch (stream) {
                case CONTENT -> replay.content(position, head);
                case EVENTS -> replay.event(position, head);
            }
        }

        private void damaged(Damage.Kind kind, long offset, long length, String why) {
            Damage damage = new Damage(kind, segment.path, offset, length, why);
            if (damage.isLoss()) {
                segment.isQuarantined = true;
            }
            replay.damaged(damage);
        }
    }

    /// A header names the segment before it. If that is not there, somebody must have noted that it was retired.
    private void findGaps() {
        CheckpointFile.Summary from = checkpoint;
        for (StreamKind stream : StreamKind.values()) {
            Tail tail = tail(stream);
            long first = from == null ? 0 : stream == StreamKind.CONTENT ? from.contentSegment() : from.eventSegment();
            for (SegmentHeader header : tail.headers.values()) {
                long before = header.previous().segment();
                boolean isThere = tail.segments.stream().anyMatch(each -> each.id == before);
                boolean isExpected = before > 0 && before >= first;
                boolean wasRetired = stream == StreamKind.CONTENT && retired.contains(before);
                if (isExpected && !isThere && !wasRetired) {
                    replay.damaged(new Damage(
                            Damage.Kind.MISSING_SEGMENT,
                            folder.resolve(SpoolNames.segment(stream, before)),
                            0,
                            0,
                            "the file is gone, and nothing says that it might go"));
                }
            }
        }
        syncTail(StreamKind.CONTENT);
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
                            Objects.requireNonNull(server),
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
                    .post(() -> made.begin(again, header.previous(), header.firstSequence(), incarnation, after));
            return;
        }
        Segment last = tail.segments.isEmpty() ? null : tail.segments.getLast();
        if (last != null && flaws.leavesTailOpen() && last.end > BatchLayout.BLOCK) {
            ports.lane(stream).post(() -> made.resume(last, tail.lastSequence + 1, incarnation, after));
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
                        prepared ->
                                ports.lane(stream).post(() -> made.begin(prepared, seal, sequence, incarnation, after)),
                        why -> {
                            if (stream == StreamKind.CONTENT && why.kind() == IoFailure.Kind.NO_SPACE) {
                                ports.lane(stream).post(() -> made.beginStarved(seal, sequence, incarnation, after));
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
                Objects.requireNonNull(server),
                incarnation,
                content,
                events,
                tables,
                caretaker,
                Objects.requireNonNull(lock)));
    }

    // ---- small things

    /// Reads the first bytes of a file into `probe`.
    private void readBeginning(Path path, java.util.function.IntConsumer next) {
        ports.disk()
                .open(
                        ports.home(),
                        path,
                        Disk.OpenPlan.READ,
                        then(file -> file.read(
                                0,
                                probe,
                                new Then<>(
                                        length -> {
                                            file.close();
                                            next.accept(length);
                                        },
                                        why -> {
                                            file.close();
                                            fail(new IoFailure(why.kind(), path + ": " + why.text()));
                                        }))));
    }

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
        if (lock != null) {
            lock.release();
        }
        answer.failed(why);
    }
}
