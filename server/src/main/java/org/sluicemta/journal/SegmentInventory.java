package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Which files are segments, and where each ends: the second step of a start. Owner: the home loop.
final class SegmentInventory {
    private final Disk disk;
    private final Loop home;
    private final SpoolFolder folder;
    private final JournalSettings settings;
    private final Caretaker caretaker;
    private final Map<StreamKind, Tail> tails;
    private final Consumer<Damage> damaged;
    private final Consumer<IoFailure> failed;
    private final ArrayDeque<Leftover> leftovers = new ArrayDeque<>();
    private Runnable next = () -> {};
    private long incarnation = 1;
    private boolean hasFailed;

    /// A file that was prepared and never begun.
    private record Leftover(StreamKind stream, Path path, int generation) {}

    SegmentInventory(
            JournalPorts ports,
            SpoolFolder folder,
            JournalSettings settings,
            Caretaker caretaker,
            Map<StreamKind, Tail> tails,
            Consumer<Damage> damaged,
            Consumer<IoFailure> failed) {
        this.disk = ports.disk();
        this.home = ports.home();
        this.folder = folder;
        this.settings = settings;
        this.caretaker = caretaker;
        this.tails = tails;
        this.damaged = damaged;
        this.failed = failed;
    }

    /// One more than any header tells.
    long incarnation() {
        return incarnation;
    }

    /// Fills the tails and tells the caretaker of spares; then `next`.
    void take(Runnable next) {
        this.next = next;
        readHeaders(folder.names().iterator());
    }

    private void readHeaders(Iterator<Disk.Entry> left) {
        while (left.hasNext()) {
            Disk.Entry each = left.next();
            if (folder.isRubbish(each)) {
                continue;
            }
            Optional<SpoolNames.Numbered> segment = SpoolNames.asSegment(each.name());
            Optional<SpoolNames.Numbered> name = segment.or(() -> SpoolNames.asSpare(each.name()));
            if (name.isPresent()) {
                folder.readBeginning(folder.path().resolve(each.name()), length -> {
                    if (segment.isPresent()) {
                        classify(each, segment.get(), length);
                    } else {
                        spare(each, name.get(), length);
                    }
                    if (!hasFailed) {
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
        Path path = folder.path().resolve(SpoolNames.spare(next.stream, number));
        disk.rename(
                home,
                next.path,
                path,
                then(renamed -> disk.syncFolder(home, folder.path(), then(done -> {
                    caretaker.found(next.stream, new Caretaker.Spare(path, next.generation), number);
                    putAside();
                }))));
    }

    private void spare(Disk.Entry each, SpoolNames.Numbered name, int length) {
        int generation = length < BatchLayout.BLOCK
                ? 0
                : SegmentHeader.decode(folder.beginning(), 0)
                        .map(SegmentHeader::generation)
                        .orElse(0);
        caretaker.found(
                name.stream(), new Caretaker.Spare(folder.path().resolve(each.name()), generation), name.number());
    }

    private void classify(Disk.Entry each, SpoolNames.Numbered name, int length) {
        Path path = folder.path().resolve(each.name());
        ByteBuffer block = folder.beginning();
        Optional<SegmentHeader> found = length < BatchLayout.BLOCK ? Optional.empty() : SegmentHeader.decode(block, 0);
        if (found.isPresent() && !found.get().isReadable()) {
            SegmentHeader header = found.get();
            fail(SpoolFolder.tooNew(path, header.formatVersion(), header.leastReader()));
            return;
        }
        if (found.isPresent() && !found.get().server().equals(folder.server())) {
            fail(
                    new IoFailure(
                            IoFailure.Kind.DENIED,
                            path
                                    + " was written by another server than the rest of the folder; move it to a folder of its own"));
            return;
        }
        Optional<SegmentHeader> own =
                found.filter(header -> header.segment() == name.number() && header.stream() == name.stream());
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
            damaged.accept(new Damage(
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
        return new Segment(name.stream(), name.number(), generation, folder.server(), path, size, size);
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
                .salt(folder.server(), name.number(), generation)
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
        next.run();
    }

    private Tail tail(StreamKind stream) {
        return Objects.requireNonNull(tails.get(stream));
    }

    private <T> Answer<T> then(Consumer<T> following) {
        return new Then<>(following, this::fail);
    }

    private void fail(IoFailure why) {
        hasFailed = true;
        failed.accept(why);
    }
}
