package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;

/// Whose folder is it: the first step of a start. Nothing is changed until it is known to be empty or ours, and locked.
/// Owner: the home loop.
final class SpoolFolder {
    private static final int MAX_NAMES_TOLD = 5;
    private static final long ID_MAGIC = 0x44494543_49554C53L;
    private static final int ID_BYTES = 48;

    /// How much [#readBeginning] reads: a segment's header and the table of its first batch, as a rule.
    static final int PROBE_BYTES = 16 * 1024;

    private final Disk disk;
    private final Loop home;
    private final Entropy entropy;
    private final Path folder;
    private final JournalSettings settings;
    private final Slice probe;
    private final Consumer<IoFailure> failed;
    private Runnable next = () -> {};
    private List<Disk.Entry> names = List.of();
    private Disk.@Nullable Lock lock;
    private @Nullable ServerId server;

    /// @param probe of [#PROBE_BYTES], kept by the caller
    SpoolFolder(JournalPorts ports, Path folder, JournalSettings settings, Slice probe, Consumer<IoFailure> failed) {
        this.disk = ports.disk();
        this.home = ports.home();
        this.entropy = ports.entropy();
        this.folder = folder;
        this.settings = settings;
        this.probe = probe;
        this.failed = failed;
    }

    Path path() {
        return folder;
    }

    /// As they were when the lock had been taken.
    List<Disk.Entry> names() {
        return names;
    }

    ServerId server() {
        return Objects.requireNonNull(server);
    }

    Disk.Lock lock() {
        return Objects.requireNonNull(lock);
    }

    /// What [#readBeginning] read last.
    ByteBuffer beginning() {
        return probe.view(0, probe.length());
    }

    /// After a failed start.
    void unlock() {
        if (lock != null) {
            lock.release();
        }
    }

    /// Lists, locks, reads or makes the id, deletes what is half made; then `next`.
    void take(Runnable next) {
        this.next = next;
        disk.list(home, folder, new Then<>(this::listed, why -> {
            if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                disk.createFolder(home, folder, then(made -> listed(List.of())));
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
            takeLock();
        } else {
            // A new folder, made now or by a start that died: else a power cut could take all of it back.
            disk.syncFolder(home, above, then(done -> takeLock()));
        }
    }

    private void takeLock() {
        disk.lock(
                home,
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
        disk.list(home, folder, then(found -> {
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
        disk.syncFolder(
                home,
                folder,
                then(done -> tidy(names.stream().filter(this::isRubbish).iterator())));
    }

    static IoFailure tooNew(Path path, int version, int least) {
        return new IoFailure(
                IoFailure.Kind.ERROR,
                path + " was written in format " + version + ", which needs a server that reads format " + least
                        + "; this one reads up to " + SegmentHeader.FORMAT_VERSION + ". Run the newer version again");
    }

    private void makeId() {
        ServerId made = new ServerId(entropy.nextLong(), entropy.nextLong());
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
        disk.open(
                home,
                unfinished,
                Disk.OpenPlan.WRITE,
                then(file -> file.write(
                        0,
                        id.position(0),
                        then(wrote -> file.sync(then(synced -> {
                            file.close();
                            disk.rename(
                                    home,
                                    unfinished,
                                    path,
                                    then(renamed -> disk.syncFolder(
                                            home,
                                            folder,
                                            then(done -> tidy(names.stream()
                                                    .filter(this::isRubbish)
                                                    .iterator())))));
                        }))))));
    }

    /// What a crash left half made: worth nothing, in the way of nothing.
    boolean isRubbish(Disk.Entry each) {
        Optional<SpoolNames.Numbered> spare = SpoolNames.asSpare(each.name());
        return each.name().endsWith(SpoolNames.UNFINISHED)
                || spare.isPresent() && each.sizeBytes() != settings.segmentBytes(spare.get().stream());
    }

    private void tidy(java.util.Iterator<Disk.Entry> rubbish) {
        if (!rubbish.hasNext()) {
            next.run();
            return;
        }
        String name = rubbish.next().name();
        disk.delete(home, folder.resolve(name), new Then<>(done -> tidy(rubbish), why -> {
            if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                tidy(rubbish);
            } else {
                fail(why);
            }
        }));
    }

    /// Reads the first bytes of a file into `probe`.
    void readBeginning(Path path, java.util.function.IntConsumer next) {
        disk.open(
                home,
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

    private <T> Answer<T> then(Consumer<T> following) {
        return new Then<>(following, this::fail);
    }

    private void fail(IoFailure why) {
        failed.accept(why);
    }
}
