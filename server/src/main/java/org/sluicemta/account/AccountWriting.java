package org.sluicemta.account;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.HeapSlice;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReaderOffset;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;

/// One unbroken writing of an accounting file: from its durable place to the end of the process or the first failure.
/// Owner: the reader's lane.
///
/// Rows wait in **parts**; a part belongs to one file, and a part that begins a file carries its header. One disk call
/// or record is under way at a time ([#isBusy]); each step ends in [#next], which decides the following one:
/// ```
/// a part that begins a file   finish the present file (sync, record, close, move), then name and make the new one
/// a part with rows            write them: they are readable from here on
/// written, not synced         after a second, or 4 MB: sync, record the place
/// nothing                     ask for events
/// ```
final class AccountWriting implements EventFollower.Taker {
    private static final Logger LOG = LoggerFactory.getLogger(AccountWriting.class);
    private static final int WRITE_BYTES = 256 * 1024;
    /// No more events are asked for while so many bytes of rows wait for the disk.
    private static final int WAITING_BYTES = 4 << 20;

    private static final long SYNC_BYTES = 4 << 20;
    private static final long SYNC_NANOS = 1_000_000_000L;
    private static final long RECORD_RETRY_NANOS = 10_000_000L;

    /// Rows of one file.
    private static final class Part {
        final RowBuffer rows = new RowBuffer();
        /// The day of the file that this part begins; null for one that goes on.
        final @Nullable LocalDate begins;

        long upTo;
        int written;

        Part(@Nullable LocalDate begins) {
            this.begins = begins;
        }
    }

    private final AccountReader reader;
    private final AccountFile settings;
    private final EventFollower follower;
    private final FileName names;
    private final RowFormat format;
    private final byte[] header;
    private final ArrayDeque<Part> parts = new ArrayDeque<>();
    private final Alarm alarm;
    private final Alarm midnight;
    private final Alarm move;

    private @Nullable DiskFile open;
    private @Nullable ByteBuffer buffer;
    private String openName = "";
    private @Nullable LocalDate openDay;
    private long length;
    /// What the file will hold with all parts that go on in it.
    private long plannedLength;

    private long takenUpTo;
    private long writtenUpTo;
    private long recordedUpTo;
    private long recordedLength;
    private long lastSyncNanos;
    private boolean isBusy = true;
    private boolean isAsking;
    private boolean isOver;
    private boolean mustRotate;
    private @Nullable Runnable stopped;

    AccountWriting(AccountReader reader, EventFollower follower) {
        this.reader = reader;
        this.settings = reader.file();
        this.follower = follower;
        this.names = FileName.of(settings.path());
        this.format = new RowFormat(settings.rows(), reader.policies());
        var line = new RowBuffer();
        format.header(line);
        this.header = line.toBytes();
        this.alarm = reader.lane().alarm(this::next);
        this.midnight = reader.lane().alarm(this::midnight);
        this.move = reader.lane().alarm(this::rotate);
    }

    // ---- the beginning

    void begin() {
        ReaderOffset offset = reader.spool().offset(reader.name());
        takenUpTo = writtenUpTo = recordedUpTo = offset.position();
        setMidnight();
        moveFinished(offset.file(), () -> resume(offset));
    }

    private void resume(ReaderOffset offset) {
        if (offset.file().isEmpty()) {
            ready();
            return;
        }
        Path path = settings.folder().resolve(offset.file());
        if (offset.lengthBytes() == 0) {
            // Named, and perhaps not made yet.
            make(offset.file(), this::ready);
            return;
        }
        reader.disk().open(reader.lane(), path, new Disk.OpenPlan(true, false, false), new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                resume(file, path, offset);
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                    LOG.warn("accounting file {} is gone; a new one is begun", path);
                    AccountWriting.this.ready();
                } else {
                    broke(why);
                }
            }
        });
    }

    private void resume(DiskFile file, Path path, ReaderOffset offset) {
        file.size(then(size -> {
            if (size < offset.lengthBytes()) {
                file.close();
                LOG.error(
                        "accounting file {} has {} bytes of the {} that were synced: rows are missing there; a new one is"
                                + " begun",
                        path,
                        size,
                        offset.lengthBytes());
                ready();
                return;
            }
            // Synced before anything else is recorded: with a later place recorded in another file, a power cut would
            // bring the rows back that are cut off here.
            file.truncate(
                    offset.lengthBytes(),
                    then(done -> file.sync(then(synced -> checkHeader(file, same -> {
                        use(file, offset.file(), offset.lengthBytes());
                        openDay = names.parse(openName).map(FileName.Dated::day).orElse(null);
                        plannedLength = length;
                        // Other columns than before: their rows go into a file with their header.
                        mustRotate = !same;
                        ready();
                    })))));
        }));
    }

    private void checkHeader(DiskFile file, Consumer<Boolean> same) {
        byte[] there = new byte[header.length];
        file.read(
                0,
                new HeapSlice(there),
                then(count -> same.accept(count == header.length && Arrays.equals(there, header))));
    }

    private void use(DiskFile file, String name, long lengthBytes) {
        open = file;
        buffer = file.alignedBuffer(WRITE_BYTES);
        openName = name;
        length = lengthBytes;
        recordedLength = lengthBytes;
        if (movesFiles()) {
            move.set(reader.lane().nanos() + settings.rotation().moveInterval().toNanos());
        }
    }

    private boolean movesFiles() {
        Path moveTo = settings.rotation().moveTo();
        return moveTo != null && !moveTo.equals(settings.folder());
    }

    private void ready() {
        isBusy = false;
        lastSyncNanos = reader.lane().nanos();
        next();
    }

    // ---- rows

    @Override
    public void recipient(long position, RecipientEvent event) {
        if (format.takes(event)) {
            row(position, rows -> format.row(position, event, rows));
        } else {
            takenUpTo = position;
        }
    }

    @Override
    public void queue(long position, QueueEvent event) {
        switch (event) {
            case QueueEvent.Failed failed
            when format.takes(failed) -> row(position, rows -> format.row(position, failed, rows));
            case QueueEvent.Failed failed -> takenUpTo = position;
            case QueueEvent.Paused paused -> takenUpTo = position;
            case QueueEvent.ModeChanged changed -> takenUpTo = position;
            case QueueEvent.SourceChanged changed -> takenUpTo = position;
            case QueueEvent.ColdCounted counted -> takenUpTo = position;
        }
    }

    @Override
    public void receipt(long position, ReceiptEvent event) {
        if (format.takesReceipts()) {
            row(position, rows -> format.row(position, event, rows));
        } else {
            takenUpTo = position;
        }
    }

    private interface Formatting {
        boolean into(RowBuffer rows);
    }

    private void row(long position, Formatting formatting) {
        if (isOver) {
            return;
        }
        Part part = presentPart();
        int before = part.rows.length();
        if (formatting.into(part.rows)) {
            int bytes = part.rows.length() - before;
            if (plannedLength + bytes > settings.rotation().maxSizeBytes() && plannedLength > header.length) {
                part.rows.cutTo(before);
                part = beginFile(today());
                formatting.into(part.rows);
            }
            plannedLength += bytes;
            reader.wroteRow();
        }
        part.upTo = position;
        takenUpTo = position;
    }

    /// The part that the next row goes to: a fresh file on a new day.
    private Part presentPart() {
        LocalDate today = today();
        Part last = parts.peekLast();
        LocalDate day = last != null && last.begins != null ? last.begins : openDay;
        boolean isSame = today.equals(day) && !mustRotate;
        if (!isSame) {
            return beginFile(today);
        }
        if (last != null) {
            return last;
        }
        Part more = new Part(null);
        more.upTo = takenUpTo;
        parts.add(more);
        return more;
    }

    private Part beginFile(LocalDate day) {
        mustRotate = false;
        Part first = new Part(day);
        first.upTo = takenUpTo;
        format.header(first.rows);
        plannedLength = first.rows.length();
        openDay = day;
        parts.add(first);
        return first;
    }

    private LocalDate today() {
        return format.times().day(reader.lane().serverMillis());
    }

    @Override
    public void end(long last, boolean hasNews) {
        isAsking = false;
        Part part = parts.peekLast();
        if (part != null) {
            takenUpTo = last;
            part.upTo = last;
        } else if (hasNews) {
            takenUpTo = last;
            writtenUpTo = last;
        }
        // Else it was places of readers only, perhaps our own: to record that they were seen would go on for ever.
        next();
    }

    @Override
    public void failed(IoFailure why) {
        isAsking = false;
        LOG.warn("accounting file {}: events cannot be read now: {}", settings.path(), why.text());
        alarm.set(reader.lane().nanos() + SYNC_NANOS);
    }

    // ---- the steps

    private void next() {
        if (isBusy || isOver) {
            return;
        }
        Part part = parts.peekFirst();
        if (part != null) {
            if (part.begins != null && part.written == 0) {
                beginOf(part, part.begins);
            } else {
                write(part);
            }
            return;
        }
        if (mustRotate && open != null) {
            rotateNow();
            return;
        }
        boolean isDirty = writtenUpTo > recordedUpTo;
        boolean isDue = reader.lane().nanos() - lastSyncNanos >= SYNC_NANOS || length - recordedLength >= SYNC_BYTES;
        if (isDirty && (isDue || stopped != null)) {
            sync(() -> place(openName, length, this::recorded));
            return;
        }
        if (stopped != null) {
            over();
            stopped.run();
            return;
        }
        if (isDirty) {
            alarm.set(lastSyncNanos + SYNC_NANOS);
        }
        ask();
    }

    private void ask() {
        if (!isAsking && stopped == null && waitingBytes() < WAITING_BYTES) {
            isAsking = true;
            follower.next(this);
        }
    }

    private int waitingBytes() {
        int bytes = 0;
        for (Part part : parts) {
            bytes += part.rows.length() - part.written;
        }
        return bytes;
    }

    private void recorded() {
        lastSyncNanos = reader.lane().nanos();
        free();
    }

    private void free() {
        isBusy = false;
        next();
    }

    private void write(Part part) {
        DiskFile file = Objects.requireNonNull(open);
        ByteBuffer bytes = Objects.requireNonNull(buffer).clear();
        isBusy = true;
        part.rows.copyTo(part.written, bytes);
        int count = bytes.flip().remaining();
        if (count == 0) {
            partIsWritten(part);
            return;
        }
        // More rows may come to the part meanwhile: it is behind `upTo` only when all of them are written.
        file.write(length, bytes, then(done -> {
            length += count;
            part.written += count;
            if (part.written == part.rows.length()) {
                partIsWritten(part);
            } else {
                free();
            }
        }));
        ask();
    }

    private void partIsWritten(Part part) {
        writtenUpTo = part.upTo;
        parts.remove(part);
        free();
    }

    private void sync(Runnable then) {
        isBusy = true;
        DiskFile file = open;
        if (file == null || length == recordedLength) {
            then.run();
        } else {
            file.sync(then(done -> then.run()));
        }
    }

    /// Makes the place durable, everything written so far in `name` at `bytes`.
    private void place(String name, long bytes, Runnable done) {
        long upTo = writtenUpTo;
        var offset = new ReaderOffset(reader.name(), upTo, name, bytes);
        boolean isTaken = reader.spool().record(offset, reader.lane(), () -> {
            if (!isOver) {
                recordedUpTo = upTo;
                recordedLength = bytes;
                follower.passed(upTo);
                done.run();
            }
        });
        if (!isTaken) {
            again = () -> place(name, bytes, done);
            retry().set(reader.lane().nanos() + RECORD_RETRY_NANOS);
        }
    }

    private @Nullable Runnable again;
    private @Nullable Alarm retry;

    private Alarm retry() {
        Alarm made = retry;
        if (made == null) {
            made = reader.lane().alarm(() -> {
                Runnable task = again;
                if (task != null && !isOver) {
                    again = null;
                    task.run();
                }
            });
            retry = made;
        }
        return made;
    }

    // ---- from file to file

    private void beginOf(Part part, LocalDate day) {
        finish(() -> nameAndMake(day, () -> write(part)));
    }

    /// Ends the present file for good, if there is one; complete before it is moved.
    private void finish(Runnable then) {
        isBusy = true;
        DiskFile file = open;
        if (file == null) {
            then.run();
            return;
        }
        sync(() -> place(
                "",
                0,
                () -> counted(file, () -> {
                    move.clear();
                    file.close();
                    open = null;
                    buffer = null;
                    openName = "";
                    length = 0;
                    recordedLength = 0;
                    moveFinished("", then);
                })));
    }

    /// Tells the log how many rows a file has that is about to be moved, if it is to be told.
    private void counted(DiskFile file, Runnable then) {
        if (settings.rotation().countsMoved() && movesFiles()) {
            countFrom(file, 0, new RowCount(), then);
        } else {
            then.run();
        }
    }

    private void countFrom(DiskFile file, long at, RowCount rows, Runnable then) {
        byte[] piece = new byte[WRITE_BYTES];
        file.read(at, new HeapSlice(piece), then(count -> {
            rows.add(piece, Math.min(count, (int) Math.min(piece.length, length - at)));
            if (count > 0 && at + count < length) {
                countFrom(file, at + count, rows, then);
            } else {
                LOG.info(
                        "accounting file {} is finished with {} records",
                        settings.folder().resolve(openName),
                        Math.max(0, rows.lines() - 1));
                then.run();
            }
        }));
    }

    private void nameAndMake(LocalDate day, Runnable then) {
        there(entries -> {
            deleteOld(entries, () -> {
                String name = names.name(day, names.nextNumber(day, entries));
                place(name, 0, () -> make(name, then));
            });
        });
    }

    /// The names in the folder, and in the one that files are moved to.
    private void there(Consumer<List<Disk.Entry>> entries) {
        list(settings.folder(), here -> {
            Path moveTo = settings.rotation().moveTo();
            if (moveTo == null) {
                entries.accept(here);
                return;
            }
            list(moveTo, moved -> {
                List<Disk.Entry> all = new ArrayList<>(here);
                all.addAll(moved);
                entries.accept(all);
            });
        });
    }

    /// A folder that is not there is made.
    private void list(Path folder, Consumer<List<Disk.Entry>> entries) {
        reader.disk().list(reader.lane(), folder, new Answer<>() {
            @Override
            public void ready(List<Disk.Entry> found) {
                if (!isOver) {
                    entries.accept(found);
                }
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                    reader.disk().createFolder(reader.lane(), folder, then(done -> entries.accept(List.of())));
                } else {
                    broke(why);
                }
            }
        });
    }

    private void make(String name, Runnable then) {
        Path path = settings.folder().resolve(name);
        reader.disk()
                .open(
                        reader.lane(),
                        path,
                        new Disk.OpenPlan(
                                true,
                                true,
                                false,
                                settings.rotation().isWorldReadable() ? Disk.Readers.EVERYBODY : Disk.Readers.GROUP),
                        then(file -> file.truncate(
                                0,
                                then(cut -> reader.disk().syncFolder(reader.lane(), settings.folder(), then(done -> {
                                    use(file, name, 0);
                                    if (parts.isEmpty()) {
                                        // Named before a crash, without a row yet.
                                        openAgain(then);
                                    } else {
                                        then.run();
                                    }
                                }))))));
    }

    /// Writes the header of a file that was named before a crash and goes on in it.
    private void openAgain(Runnable then) {
        openDay = names.parse(openName).map(FileName.Dated::day).orElse(null);
        DiskFile file = Objects.requireNonNull(open);
        ByteBuffer bytes = Objects.requireNonNull(buffer).clear();
        bytes.put(header).flip();
        file.write(0, bytes, then(done -> {
            length = header.length;
            plannedLength = header.length;
            then.run();
        }));
    }

    /// Moves what is finished: everything of our names but `except`.
    private void moveFinished(String except, Runnable then) {
        Path moveTo = settings.rotation().moveTo();
        if (moveTo == null || !movesFiles()) {
            then.run();
            return;
        }
        list(
                moveTo,
                there -> list(settings.folder(), here -> {
                    Set<String> taken = there.stream().map(Disk.Entry::name).collect(Collectors.toSet());
                    List<String> finished = here.stream()
                            .map(Disk.Entry::name)
                            .filter(name -> names.parse(name).isPresent() && !name.equals(except))
                            .filter(name -> !isTaken(name, taken, moveTo))
                            .toList();
                    moveNext(finished, 0, moveTo, then);
                }));
    }

    /// A file of another accounting file has the name: nothing is written over.
    private boolean isTaken(String name, Set<String> taken, Path moveTo) {
        if (!taken.contains(name)) {
            return false;
        }
        LOG.error(
                "accounting file {} stays where it is: {} has one of this name; give each acct-file another name or"
                        + " move-to",
                settings.folder().resolve(name),
                moveTo);
        return true;
    }

    private void moveNext(List<String> finished, int from, Path moveTo, Runnable then) {
        if (from == finished.size()) {
            then.run();
            return;
        }
        String name = finished.get(from);
        Path source = settings.folder().resolve(name);
        reader.disk().rename(reader.lane(), source, moveTo.resolve(name), new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                goOn();
            }

            /// A file that cannot be moved is complete where it is; it is tried again with the next one.
            @Override
            public void failed(IoFailure why) {
                LOG.warn("accounting file {} cannot be moved to {}: {}", source, moveTo, why.text());
                goOn();
            }

            private void goOn() {
                if (!isOver) {
                    moveNext(finished, from + 1, moveTo, then);
                }
            }
        });
    }

    private void deleteOld(List<Disk.Entry> entries, Runnable then) {
        if (settings.rotation().deleteAfter().isZero() || movesFiles()) {
            then.run();
            return;
        }
        long now = reader.lane().serverMillis();
        List<String> old = entries.stream()
                .map(Disk.Entry::name)
                .filter(name -> isOld(name, now))
                .toList();
        deleteNext(old, 0, then);
    }

    private boolean isOld(String name, long nowMillis) {
        Optional<FileName.Dated> dated = names.parse(name);
        return dated.isPresent()
                && dated.get()
                                .day()
                                .plusDays(1)
                                .atStartOfDay(settings.zone())
                                .toInstant()
                                .plus(settings.rotation().deleteAfter())
                                .toEpochMilli()
                        < nowMillis;
    }

    private void deleteNext(List<String> old, int from, Runnable then) {
        if (from == old.size()) {
            then.run();
            return;
        }
        Path path = settings.folder().resolve(old.get(from));
        reader.disk().delete(reader.lane(), path, new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                goOn();
            }

            @Override
            public void failed(IoFailure why) {
                LOG.warn("accounting file {} cannot be deleted: {}", path, why.text());
                goOn();
            }

            private void goOn() {
                if (!isOver) {
                    deleteNext(old, from + 1, then);
                }
            }
        });
    }

    // ---- rotation and the end

    private void setMidnight() {
        long now = reader.lane().serverMillis();
        long left = format.times().nextMidnightMillis(now) - now;
        midnight.set(reader.lane().nanos() + left * 1_000_000L);
    }

    private void midnight() {
        setMidnight();
        rotate();
    }

    /// Finishes the present file, if there is one; the next is made when there is a row for it.
    void rotate() {
        if (isOver) {
            return;
        }
        if (isBusy || !parts.isEmpty()) {
            // Rows are on their way: the next row begins a file.
            mustRotate = open != null || !parts.isEmpty();
            return;
        }
        if (open != null) {
            rotateNow();
        }
    }

    private void rotateNow() {
        mustRotate = false;
        openDay = null;
        finish(this::free);
    }

    void stop(Runnable done) {
        if (isOver) {
            done.run();
            return;
        }
        stopped = done;
        next();
    }

    private <T> Answer<T> then(Consumer<T> next) {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                if (!isOver) {
                    next.accept(value);
                }
            }

            @Override
            public void failed(IoFailure why) {
                broke(why);
            }
        };
    }

    private void broke(IoFailure why) {
        if (isOver) {
            return;
        }
        over();
        Runnable waiting = stopped;
        if (waiting == null) {
            reader.broke(why);
        } else {
            LOG.error("accounting file {} could not be finished: {}", settings.path(), why.text());
            waiting.run();
        }
    }

    private void over() {
        isOver = true;
        alarm.clear();
        midnight.clear();
        move.clear();
        follower.close();
        DiskFile file = open;
        if (file != null) {
            file.close();
            open = null;
        }
    }
}
