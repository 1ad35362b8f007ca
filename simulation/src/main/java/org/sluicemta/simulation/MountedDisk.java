package org.sluicemta.simulation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.DiskNode.File;
import org.sluicemta.simulation.DiskNode.Folder;
import org.sluicemta.simulation.SimulatedDisk.Assignment;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// The disk as one process sees it: calls, their time, their faults, their answers.
final class MountedDisk implements Disk {
    private final SimulatedWorld world;
    private final SimulatedDisk disk;
    private final Seed seed;
    private final List<OpenFile> open = new ArrayList<>();

    MountedDisk(SimulatedWorld world, SimulatedDisk disk, Seed seed) {
        this.world = world;
        this.disk = disk;
        this.seed = seed;
    }

    /// Why a call is not done. It is no error of the program, so it carries no stack.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient IoFailure failure;

        Refused(IoFailure.Kind kind, String what) {
            super(what, null, false, false);
            this.failure = SimulatedDisk.failure(kind, what);
        }
    }

    /// The first half of a call, when the system begins with it.
    interface Start<T> {
        End<T> start(@Nullable DiskFault fault) throws Refused;
    }

    /// The second half, when it is done.
    interface End<T> {
        T end() throws Refused;
    }

    <T> void call(SimulatedLoop home, Operation operation, Path path, Start<T> start, Answer<T> answer) {
        Call<T> call = new Call<>(home, operation, path, start, answer);
        if (home.isLane()) {
            home.queue(call);
        } else {
            // A mail loop's disk calls run on workers.
            world.universe()
                    .schedule(seed.between(1_000, 50_000), world, null, TraceKind.DISK, () -> call.begin(() -> {}));
        }
    }

    private final class Call<T> extends DiskCall<T> {
        private final SimulatedLoop home;
        private final Operation operation;
        private final Path path;
        private final Start<T> start;
        private final Answer<T> answer;

        Call(SimulatedLoop home, Operation operation, Path path, Start<T> start, Answer<T> answer) {
            this.home = home;
            this.operation = operation;
            this.path = path;
            this.start = start;
            this.answer = answer;
        }

        @Override
        void begin(Runnable ended) {
            InjectedFault injected = disk.faultFor(operation, path);
            DiskFault fault = injected == null ? null : injected.fault();
            End<T> end;
            try {
                end = start.start(fault);
            } catch (Refused refused) {
                end = () -> {
                    throw refused;
                };
            }
            End<T> last = end;
            long extra = fault instanceof DiskFault.Slow slow ? slow.by().toNanos() : 0;
            long latency = disk.latencyNanos(operation) + extra;
            Runnable finish = () -> world.universe().schedule(latency, world, null, TraceKind.DISK, () -> {
                finish(last);
                ended.run();
            });
            if (injected != null && fault instanceof DiskFault.Hangs) {
                injected.hold(finish);
            } else {
                finish.run();
            }
        }

        private void finish(End<T> end) {
            try {
                T value = end.end();
                home.soon(TraceKind.ANSWER, () -> answer.ready(value));
            } catch (Refused refused) {
                world.universe()
                        .trace(
                                TraceKind.DISK.ordinal(),
                                1,
                                refused.failure.kind().ordinal());
                home.soon(TraceKind.ANSWER, () -> answer.failed(refused.failure));
            }
        }
    }

    static void failIfHit(@Nullable DiskFault fault, String what) throws Refused {
        if (fault instanceof DiskFault.Fails fails) {
            throw new Refused(fails.kind(), what);
        }
    }

    void requireWritable(String what) throws Refused {
        if (disk.isReadOnly()) {
            disk.faultPoints().mark("disk: read-only");
            throw new Refused(IoFailure.Kind.READ_ONLY, what);
        }
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private Folder parent(Path path, String what) throws Refused {
        return disk.folderOf(path).orElseThrow(() -> new Refused(IoFailure.Kind.NOT_FOUND, what));
    }

    @Override
    public void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        Path place = absolute(path);
        String what = "open " + place;
        call(
                loop,
                Operation.OPEN,
                place,
                fault -> {
                    failIfHit(fault, what);
                    File file = existingOrNew(place, plan, what);
                    return () -> {
                        OpenFile opened = new OpenFile(this, disk, loop, file, place, plan, seed.fork());
                        open.add(opened);
                        return opened;
                    };
                },
                answer);
    }

    private File existingOrNew(Path place, OpenPlan plan, String what) throws Refused {
        if (plan.mayWrite()) {
            requireWritable(what);
        }
        DiskNode node = disk.node(place);
        if (node instanceof File file) {
            return file;
        }
        if (node != null) {
            throw new Refused(IoFailure.Kind.ERROR, what + ": is a folder");
        }
        if (!plan.create()) {
            throw new Refused(IoFailure.Kind.NOT_FOUND, what);
        }
        requireWritable(what);
        return make(place, what);
    }

    private File make(Path place, String what) throws Refused {
        File file = new File(place);
        disk.change("make " + place, List.of(new Assignment(parent(place, what), SimulatedDisk.name(place), file)));
        return file;
    }

    @Override
    public void list(Loop home, Path folder, Answer<List<Entry>> answer) {
        Path place = absolute(folder);
        call(
                SimulatedLoop.of(home, world),
                Operation.LIST,
                place,
                fault -> {
                    failIfHit(fault, "list " + place);
                    return () -> {
                        if (!(disk.node(place) instanceof Folder found)) {
                            throw new Refused(IoFailure.Kind.NOT_FOUND, "list " + place);
                        }
                        List<Entry> entries = new ArrayList<>();
                        found.current.forEach((name, node) -> entries.add(
                                switch (node) {
                                    case File file -> new Entry(name, false, file.size);
                                    case Folder inner -> new Entry(name, true, 0);
                                }));
                        return List.copyOf(entries);
                    };
                },
                answer);
    }

    @Override
    public void createFolder(Loop home, Path folder, Answer<Done> answer) {
        Path place = absolute(folder);
        String what = "make folder " + place;
        change(
                home,
                Operation.CREATE_FOLDER,
                place,
                what,
                () -> {
                    DiskNode node = disk.node(place);
                    if (node instanceof File) {
                        throw new Refused(IoFailure.Kind.ERROR, what + ": is a file");
                    }
                    if (node == null) {
                        disk.change(
                                what,
                                List.of(new Assignment(parent(place, what), SimulatedDisk.name(place), new Folder())));
                    }
                },
                answer);
    }

    @Override
    public void rename(Loop home, Path from, Path to, Answer<Done> answer) {
        Path source = absolute(from);
        Path target = absolute(to);
        String what = "rename " + source + " to " + target;
        change(
                home,
                Operation.RENAME,
                source,
                what,
                () -> {
                    DiskNode node = disk.node(source);
                    if (node == null) {
                        throw new Refused(IoFailure.Kind.NOT_FOUND, what);
                    }
                    if (disk.node(target) instanceof Folder) {
                        throw new Refused(IoFailure.Kind.ERROR, what + ": the target is a folder");
                    }
                    Folder targetFolder = parent(target, what);
                    if (source.equals(target)) {
                        return;
                    }
                    if (node instanceof File file) {
                        file.path = target;
                    }
                    disk.change(
                            what,
                            List.of(
                                    new Assignment(parent(source, what), SimulatedDisk.name(source), null),
                                    new Assignment(targetFolder, SimulatedDisk.name(target), node)));
                },
                answer);
    }

    @Override
    public void delete(Loop home, Path path, Answer<Done> answer) {
        Path place = absolute(path);
        String what = "delete " + place;
        change(
                home,
                Operation.DELETE,
                place,
                what,
                () -> {
                    DiskNode node = disk.node(place);
                    if (node == null) {
                        throw new Refused(IoFailure.Kind.NOT_FOUND, what);
                    }
                    if (node instanceof Folder folder && !folder.current.isEmpty()) {
                        throw new Refused(IoFailure.Kind.ERROR, what + ": the folder is not empty");
                    }
                    disk.change(what, List.of(new Assignment(parent(place, what), SimulatedDisk.name(place), null)));
                },
                answer);
    }

    /// What changes names.
    private interface Change {
        void make() throws Refused;
    }

    private void change(Loop home, Operation operation, Path place, String what, Change change, Answer<Done> answer) {
        call(
                SimulatedLoop.of(home, world),
                operation,
                place,
                fault -> {
                    failIfHit(fault, what);
                    requireWritable(what);
                    change.make();
                    return () -> Done.DONE;
                },
                answer);
    }

    @Override
    public void syncFolder(Loop home, Path folder, Answer<Done> answer) {
        Path place = absolute(folder);
        String what = "sync folder " + place;
        call(
                SimulatedLoop.of(home, world),
                Operation.SYNC_FOLDER,
                place,
                fault -> {
                    failIfHit(fault, what);
                    if (!(disk.node(place) instanceof Folder found)) {
                        throw new Refused(IoFailure.Kind.NOT_FOUND, what);
                    }
                    long lastId = disk.lastId();
                    return () -> {
                        disk.syncFolder(found, lastId);
                        return Done.DONE;
                    };
                },
                answer);
    }

    @Override
    public void lock(Loop home, Path path, Answer<Lock> answer) {
        Path place = absolute(path);
        String what = "lock " + place;
        call(
                SimulatedLoop.of(home, world),
                Operation.LOCK,
                place,
                fault -> {
                    failIfHit(fault, what);
                    requireWritable(what);
                    DiskNode node = disk.node(place);
                    if (node instanceof Folder) {
                        throw new Refused(IoFailure.Kind.ERROR, what + ": is a folder");
                    }
                    if (node == null) {
                        make(place, what);
                    }
                    if (!disk.lock(place, world)) {
                        disk.faultPoints().mark("disk: lock held by another");
                        throw new Refused(IoFailure.Kind.LOCKED, what);
                    }
                    return () -> () -> disk.unlock(place);
                },
                answer);
    }

    @Override
    public void freeBytes(Loop home, Path folder, Answer<Long> answer) {
        Path place = absolute(folder);
        call(
                SimulatedLoop.of(home, world),
                Operation.FREE_BYTES,
                place,
                fault -> {
                    failIfHit(fault, "free space of " + place);
                    if (disk.node(place) == null) {
                        throw new Refused(IoFailure.Kind.NOT_FOUND, "free space of " + place);
                    }
                    return disk::freeBytes;
                },
                answer);
    }

    void closed(OpenFile file) {
        open.remove(file);
    }

    /// What the kernel does for a process that died: locks are free. Its writes in flight stay unsynced changes.
    void processEnded() {
        disk.unlockAll(world);
    }

    /// A process was killed in the middle of durable writes: some blocks had been handed over, some had not.
    void abandonWrites() {
        open.forEach(OpenFile::abandonWrite);
    }
}
