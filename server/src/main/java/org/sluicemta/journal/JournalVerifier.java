package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Walks a spool folder and changes nothing: every record of both streams with its checksums, head and body;
/// every checkpoint. For `verify`, and with a visitor for export. Works on a folder in use too, though then the
/// last batch may look torn. Owner: the loop it was given.
public final class JournalVerifier {
    /// What a segment is.
    public enum State {
        /// No header of this life.
        PREPARED,
        /// The newest of its stream: its end is found by reading.
        OPEN,
        /// A later header tells where it ends.
        SEALED,
        /// Of a later format: not read.
        UNREADABLE
    }

    /// One segment.
    ///
    /// @param usedBytes up to the end of its last batch
    /// @param records those whose checksums fit
    public record SegmentReport(
            Path file,
            StreamKind stream,
            long segment,
            State state,
            long sizeBytes,
            long usedBytes,
            long batches,
            long records,
            long bodyBytes) {}

    /// The whole folder.
    ///
    /// @param checkpoints that can be read
    /// @param foreign names that are not this server's
    public record Report(
            List<SegmentReport> segments,
            int checkpoints,
            int spares,
            int quarantined,
            List<String> foreign,
            List<Damage> damages) {
        /// Nothing that was acknowledged is damaged or gone.
        public boolean isSound() {
            return damages.stream().noneMatch(Damage::isLoss);
        }

        public long records(StreamKind stream) {
            return segments.stream()
                    .filter(each -> each.stream() == stream)
                    .mapToLong(SegmentReport::records)
                    .sum();
        }
    }

    /// Takes each good record, bodies included; for export. Both are lent for the call.
    public interface Visitor {
        /// @param body from position to limit, empty for none
        void record(StreamKind stream, long position, StoredHead head, ByteBuffer body);
    }

    private static final int PROBE = 2 * BatchLayout.BLOCK;

    private final Disk disk;
    private final Loop home;
    private final Memory memory;
    private final Path folder;
    private final Visitor visitor;
    private final Answer<Report> answer;
    private final List<Damage> damages = new ArrayList<>();
    private final List<SegmentReport> reports = new ArrayList<>();
    private final TreeMap<Path, SegmentHeader> headers = new TreeMap<>();
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();
    private List<Disk.Entry> names = List.of();
    private @Nullable ServerId server;
    private int checkpoints;

    private JournalVerifier(Disk disk, Loop home, Memory memory, Path folder, Visitor visitor, Answer<Report> answer) {
        this.disk = disk;
        this.home = home;
        this.memory = memory;
        this.folder = folder;
        this.visitor = visitor;
        this.answer = answer;
    }

    /// Walks `folder` and answers on `home`.
    ///
    /// @param memory at least twice the largest batch
    public static void verify(
            Disk disk, Loop home, Memory memory, Path folder, Visitor visitor, Answer<Report> answer) {
        JournalVerifier verifier = new JournalVerifier(disk, home, memory, folder, visitor, answer);
        home.post(verifier::list);
    }

    private void list() {
        disk.list(home, folder, then(found -> {
            names = found;
            readBeginning(SpoolNames.ID, (bytes, length) -> {
                if (length < 32) {
                    answer.failed(new IoFailure(IoFailure.Kind.ERROR, folder + " holds no " + SpoolNames.ID));
                    return;
                }
                server = new ServerId(bytes.getLong(16), bytes.getLong(24));
                headers(names.iterator());
            });
        }));
    }

    private interface Beginning {
        void came(ByteBuffer bytes, int length);
    }

    private void readBeginning(String name, Beginning beginning) {
        Slice slice = memory.take(PROBE);
        if (slice == null) {
            answer.failed(new IoFailure(IoFailure.Kind.EXHAUSTED, "no room in the memory budget " + memory.name()));
            return;
        }
        disk.open(
                home,
                folder.resolve(name),
                Disk.OpenPlan.READ,
                new Then<>(
                        file -> file.read(
                                0,
                                slice,
                                new Then<>(
                                        length -> {
                                            file.close();
                                            beginning.came(slice.view(0, slice.length()), length);
                                            slice.release();
                                        },
                                        why -> {
                                            file.close();
                                            slice.release();
                                            answer.failed(why);
                                        })),
                        why -> {
                            slice.release();
                            answer.failed(why);
                        }));
    }

    private void headers(java.util.Iterator<Disk.Entry> left) {
        while (left.hasNext()) {
            Disk.Entry each = left.next();
            Optional<SpoolNames.Numbered> name = SpoolNames.asSegment(each.name());
            if (name.isPresent()) {
                readBeginning(each.name(), (bytes, length) -> {
                    header(
                            each,
                            name.get(),
                            length < BatchLayout.BLOCK ? Optional.empty() : SegmentHeader.decode(bytes, 0));
                    headers(left);
                });
                return;
            }
        }
        seals();
        walkNext();
    }

    private void header(Disk.Entry each, SpoolNames.Numbered name, Optional<SegmentHeader> found) {
        Path path = folder.resolve(each.name());
        boolean isOwn =
                found.isPresent() && found.get().segment() == name.number() && found.get().stream() == name.stream();
        if (!isOwn) {
            report(name, path, State.PREPARED, each.sizeBytes());
        } else if (!found.get().isReadable()) {
            report(name, path, State.UNREADABLE, each.sizeBytes());
        } else {
            headers.put(path, found.get());
            segments.add(new Segment(
                    name.stream(),
                    name.number(),
                    found.get().generation(),
                    found.get().server(),
                    path,
                    each.sizeBytes(),
                    each.sizeBytes()));
        }
    }

    private void report(SpoolNames.Numbered name, Path path, State state, long size) {
        reports.add(new SegmentReport(path, name.stream(), name.number(), state, size, 0, 0, 0, 0));
    }

    private void seals() {
        for (SegmentHeader header : headers.values()) {
            for (Segment each : segments) {
                SegmentHeader.Seal seal = header.previous();
                if (each.stream == header.stream()
                        && each.id == seal.segment()
                        && each.generation == seal.generation()) {
                    each.end = seal.end();
                    each.tornBatch = seal.tornBatch();
                    each.isSealed = true;
                }
            }
        }
    }

    private void walkNext() {
        Segment segment = segments.pollFirst();
        if (segment == null) {
            checkpoint(names.stream()
                    .map(Disk.Entry::name)
                    .filter(name -> SpoolNames.asCheckpoint(name).isPresent())
                    .iterator());
            return;
        }
        disk.open(home, segment.path, Disk.OpenPlan.READ, then(file -> new Walk(segment, file).start()));
    }

    private void checkpoint(java.util.Iterator<String> left) {
        if (!left.hasNext()) {
            finish();
            return;
        }
        Path path = folder.resolve(left.next());
        CheckpointFile.Reading.start(
                disk,
                home,
                path,
                Objects.requireNonNull(server),
                memory,
                false,
                frame -> {},
                new Then<>(
                        summary -> {
                            checkpoints++;
                            checkpoint(left);
                        },
                        why -> {
                            damages.add(new Damage(Damage.Kind.CORRUPT_CHECKPOINT, path, 0, 0, why.text()));
                            checkpoint(left);
                        }));
    }

    private void finish() {
        reports.sort(Comparator.comparing(SegmentReport::stream).thenComparing(SegmentReport::segment));
        answer.ready(new Report(
                List.copyOf(reports),
                checkpoints,
                count("spare-"),
                count("quarantine-"),
                names.stream()
                        .map(Disk.Entry::name)
                        .filter(name -> !SpoolNames.isOurs(name))
                        .toList(),
                List.copyOf(damages)));
    }

    private int count(String prefix) {
        return (int)
                names.stream().filter(each -> each.name().startsWith(prefix)).count();
    }

    private <T> Answer<T> then(java.util.function.Consumer<T> next) {
        return new Then<>(next, answer::failed);
    }

    /// One segment: to its told end, or, where nobody tells, as far as batches are good.
    private final class Walk {
        private final Segment segment;
        private final DiskFile file;
        private final SegmentScan scan;
        private long batches;
        private long records;
        private long bodyBytes;
        private long badInLastBatch;
        private long firstBad;

        Walk(Segment segment, DiskFile file) {
            this.segment = segment;
            this.file = file;
            this.scan = new SegmentScan(
                    file,
                    segment,
                    memory,
                    BatchLayout.BLOCK,
                    Math.min(segment.end, segment.capacity / BatchLayout.BLOCK * BatchLayout.BLOCK),
                    segment.isSealed,
                    true,
                    0,
                    JournalFlaws.NONE,
                    this::go,
                    this::fail);
        }

        void start() {
            if (segment.isSealed && segment.end > segment.capacity) {
                damaged(
                        Damage.Kind.CORRUPT_BATCH,
                        segment.capacity,
                        segment.end - segment.capacity,
                        "the file is shorter than what was written there");
            }
            go();
        }

        private void fail(IoFailure why) {
            file.close();
            answer.failed(why);
        }

        private void go() {
            while (true) {
                switch (scan.step()) {
                    case BATCH -> batch();
                    case GAP ->
                        damaged(
                                Damage.Kind.CORRUPT_BATCH,
                                scan.gapFrom(),
                                scan.gapUntil() - scan.gapFrom(),
                                "no batch can be read here, though one was acknowledged");
                    case WAITING -> {
                        return;
                    }
                    case END -> {
                        end();
                        return;
                    }
                }
            }
        }

        private void batch() {
            tellBad(Damage.Kind.CORRUPT_RECORD);
            batches++;
            for (int i = 0; i < scan.count(); i++) {
                StoredHead head = scan.head(i);
                if (head != null && scan.bodyIsGood(i)) {
                    records++;
                    bodyBytes += head.bodyLength();
                    if (head.type() < Entry.FIRST_OWN_TYPE) {
                        visitor.record(segment.stream, scan.position(i), head, scan.body(i));
                    }
                } else if (scan.offset() != segment.tornBatch) {
                    firstBad = badInLastBatch++ == 0 ? scan.headOffset(i) : firstBad;
                }
            }
        }

        /// Bad records of a batch can be judged only when it is known whether another follows.
        private void tellBad(Damage.Kind kind) {
            if (badInLastBatch > 0) {
                damaged(kind, firstBad, 0, badInLastBatch + " records of the batch have a wrong checksum");
                badInLastBatch = 0;
            }
        }

        private void end() {
            tellBad(segment.isSealed ? Damage.Kind.CORRUPT_RECORD : Damage.Kind.TORN_TAIL);
            file.close();
            reports.add(new SegmentReport(
                    segment.path,
                    segment.stream,
                    segment.id,
                    segment.isSealed ? State.SEALED : State.OPEN,
                    segment.capacity,
                    scan.goodEnd(),
                    batches,
                    records,
                    bodyBytes));
            walkNext();
        }

        private void damaged(Damage.Kind kind, long offset, long length, String why) {
            damages.add(new Damage(kind, segment.path, offset, length, why));
        }
    }
}
