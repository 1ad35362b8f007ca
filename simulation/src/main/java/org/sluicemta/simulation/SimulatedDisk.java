package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.DiskNode.File;
import org.sluicemta.simulation.DiskNode.Folder;
import org.sluicemta.world.IoFailure;

/// A disk that forgets what was not synced. It outlives the processes that use it.
///
/// **The model.** A file has a durable image and a list of changes that are not durable: blocks of 4 KiB, of each the
/// sectors of 512 bytes that a write touched, and changes of size. A write of a file opened as durable is such a
/// change until its answer; any other until a sync of the file has been answered. A power cut applies the durable image
/// and of the list whatever the [Survivors] choose: any blocks, any sectors of a block, any sizes, in the order they
/// were made. Data without its size is lost; a size without its data reads as zeros.
///
/// Names are changes of their own: making, renaming (one atomic step, also between folders) and deleting is durable
/// only after the folder was synced; before, a power cut keeps any prefix of the changes, as a journaling file system
/// does, or any subset: the stricter reading of the standard. The seed chooses which.
///
/// The end of a process loses nothing but locks and what a durable write in flight had not brought over.
///
/// Owner: the thread that drives the universe. What it holds is copied cheaply ([#copy], [#afterPowerCut]), so that all
/// subsets of what a moment left unsynced can be tried.
public final class SimulatedDisk {
    /// A call that may be hit by a fault.
    public enum Operation {
        OPEN,
        LIST,
        CREATE_FOLDER,
        RENAME,
        DELETE,
        SYNC_FOLDER,
        LOCK,
        FREE_BYTES,
        WRITE,
        SYNC,
        READ,
        TRUNCATE,
        PREALLOCATE,
        SIZE
    }

    /// A change that a power cut may take back. Ids grow in the order of the changes and are kept by copies.
    public sealed interface Unsynced {
        long id();

        /// @param offset of the block of 4 KiB in the file, in bytes
        /// @param sectors which of its eight sectors of 512 bytes the write touched, bit 0 the first
        record Block(long id, Path path, long offset, int sectors) implements Unsynced {}

        record Size(long id, Path path, long from, long to) implements Unsynced {}

        /// @param what for a person, e.g. `rename /a to /b`
        record Name(long id, String what) implements Unsynced {}
    }

    /// Chooses what a power cut leaves. Asked once for each unsynced change that is still reachable, names first.
    public interface Survivors {
        /// @return the sectors that reached the platter, bit 0 the first; others than the block's are ignored
        int sectors(Unsynced.Block block);

        boolean keeps(Unsynced.Size size);

        boolean keeps(Unsynced.Name name);

        /// Everything unsynced is lost.
        static Survivors nothing() {
            return only(Set.of());
        }

        /// Everything unsynced reached the platter.
        static Survivors everything() {
            return where(change -> true);
        }

        /// The changes with these ids, whole.
        static Survivors only(Set<Long> ids) {
            return where(change -> ids.contains(change.id()));
        }

        /// The changes that `kept` says, whole.
        static Survivors where(Predicate<Unsynced> kept) {
            return new Survivors() {
                @Override
                public int sectors(Unsynced.Block block) {
                    return kept.test(block) ? File.ALL_SECTORS : 0;
                }

                @Override
                public boolean keeps(Unsynced.Size size) {
                    return kept.test(size);
                }

                @Override
                public boolean keeps(Unsynced.Name name) {
                    return kept.test(name);
                }
            };
        }

        /// These survivors, but of the block with this id exactly these sectors.
        default Survivors tearing(long blockId, int sectors) {
            Survivors whole = this;
            return new Survivors() {
                @Override
                public int sectors(Unsynced.Block block) {
                    return block.id() == blockId ? sectors : whole.sectors(block);
                }

                @Override
                public boolean keeps(Unsynced.Size size) {
                    return whole.keeps(size);
                }

                @Override
                public boolean keeps(Unsynced.Name name) {
                    return whole.keeps(name);
                }
            };
        }
    }

    /// Puts `node` (null: nothing) under a name, as one of the parts of a change.
    record Assignment(Folder folder, String name, @Nullable DiskNode node) {}

    private record NameChange(long id, String what, List<Assignment> parts) {}

    /// Least and most time of a call, in nanoseconds.
    private record Latency(long least, long most) {}

    private static final String FAULT = "disk: ";

    private final Seed seed;
    private final Folder root;
    private final List<NameChange> nameChanges = new ArrayList<>();
    private final List<InjectedFault> faults = new ArrayList<>();
    private final Map<Operation, Latency> latencies = new EnumMap<>(Operation.class);
    private final Map<String, SimulatedWorld> locks = new HashMap<>();
    private FaultPoints faultPoints = new FaultPoints();
    private long nextId = 1;
    private long capacityBytes = 1L << 40;
    private int alignment = File.BLOCK;
    private boolean isReadOnly;

    private SimulatedDisk(long seed, Folder root) {
        this.seed = new Seed(seed);
        this.root = root;
        for (Operation operation : Operation.values()) {
            latencies.put(operation, usualLatency(operation));
        }
    }

    /// A disk with nothing but a root folder.
    public static SimulatedDisk empty(long seed) {
        return new SimulatedDisk(seed, new Folder());
    }

    private static Latency usualLatency(Operation operation) {
        return switch (operation) {
            case WRITE, SYNC, SYNC_FOLDER, PREALLOCATE, TRUNCATE -> new Latency(50_000, 1_500_000);
            case READ -> new Latency(2_000, 200_000);
            case OPEN, LIST, CREATE_FOLDER, RENAME, DELETE, LOCK, FREE_BYTES, SIZE -> new Latency(2_000, 50_000);
        };
    }

    // Copies and power cuts.

    /// The same disk at this moment, with what is unsynced, without faults and locks.
    public SimulatedDisk copy() {
        Map<DiskNode, DiskNode> seen = DiskNode.seen();
        SimulatedDisk copy = new SimulatedDisk(seed.fork().nextLong(), (Folder) root.copy(seen));
        for (NameChange change : nameChanges) {
            List<Assignment> parts = new ArrayList<>();
            for (Assignment part : change.parts) {
                DiskNode node = part.node == null ? null : part.node.copy(seen);
                parts.add(new Assignment((Folder) part.folder.copy(seen), part.name, node));
            }
            copy.nameChanges.add(new NameChange(change.id, change.what, parts));
        }
        copy.nextId = nextId;
        copy.capacityBytes = capacityBytes;
        copy.alignment = alignment;
        copy.latencies.putAll(latencies);
        copy.faultPoints = faultPoints;
        return copy;
    }

    /// What the disk would be if the power went now and all that is unsynced were lost.
    public SimulatedDisk copyDurable() {
        return afterPowerCut(Survivors.nothing());
    }

    /// What the disk would be if the power went now and `survivors` stayed; this disk is not changed.
    public SimulatedDisk afterPowerCut(Survivors survivors) {
        SimulatedDisk copy = copy();
        copy.cutPower(survivors);
        return copy;
    }

    void cutPower(Survivors survivors) {
        for (NameChange change : nameChanges) {
            if (survivors.keeps(new Unsynced.Name(change.id, change.what))) {
                change.parts.forEach(part -> assign(part.folder.durable, part));
            }
        }
        nameChanges.clear();
        crash(root, DiskNode.seen(), survivors);
    }

    private static void crash(DiskNode node, Map<DiskNode, DiskNode> seen, Survivors survivors) {
        if (seen.put(node, node) != null) {
            return;
        }
        switch (node) {
            case File file -> file.crash(survivors);
            case Folder folder -> {
                folder.current.clear();
                folder.current.putAll(folder.durable);
                folder.durable.values().forEach(inner -> crash(inner, seen, survivors));
            }
        }
    }

    /// Survivors by the seed: all, none, or each by a coin with a bias of its own, some blocks torn; names as a prefix
    /// or as any subset.
    public Survivors drawnSurvivors() {
        Seed draw = seed.fork();
        double share =
                switch (draw.nextInt(6)) {
                    case 0 -> 0.0;
                    case 1 -> 1.0;
                    default -> draw.nextInt(100) / 100.0;
                };
        double torn = draw.nextInt(2) == 0 ? 0.0 : 0.3;
        boolean isPrefix = draw.nextInt(2) == 0;
        long lastName = nameChanges.isEmpty()
                ? 0
                : nameChanges.getFirst().id + draw.between(-1, nameChanges.getLast().id - nameChanges.getFirst().id);
        return new Survivors() {
            @Override
            public int sectors(Unsynced.Block block) {
                if (draw.chance(torn)) {
                    faultPoints.mark(FAULT + "torn block");
                    return (int) draw.nextLong() & File.ALL_SECTORS;
                }
                boolean isKept = draw.chance(share);
                faultPoints.mark(FAULT + (isKept ? "unsynced block kept" : "unsynced block lost"));
                return isKept ? File.ALL_SECTORS : 0;
            }

            @Override
            public boolean keeps(Unsynced.Size size) {
                boolean isKept = draw.chance(share);
                faultPoints.mark(FAULT + (isKept ? "unsynced size kept" : "unsynced size lost"));
                return isKept;
            }

            @Override
            public boolean keeps(Unsynced.Name name) {
                boolean isKept = isPrefix ? name.id() <= lastName : draw.chance(share);
                faultPoints.mark(FAULT + (isKept ? "unsynced name kept" : "unsynced name lost"));
                return isKept;
            }
        };
    }

    /// All that a power cut could take back now, in order of id.
    public List<Unsynced> unsynced() {
        List<Unsynced> all = new ArrayList<>();
        Map<DiskNode, DiskNode> seen = DiskNode.seen();
        collect(root, seen, all);
        for (NameChange change : nameChanges) {
            all.add(new Unsynced.Name(change.id, change.what));
            for (Assignment part : change.parts) {
                if (part.node != null) {
                    collect(part.node, seen, all);
                }
            }
        }
        all.sort(Comparator.comparingLong(Unsynced::id));
        return all;
    }

    /// The unsynced blocks alone.
    public List<Unsynced.Block> unsyncedBlocks() {
        return unsynced().stream()
                .filter(Unsynced.Block.class::isInstance)
                .map(Unsynced.Block.class::cast)
                .toList();
    }

    private static void collect(DiskNode node, Map<DiskNode, DiskNode> seen, List<Unsynced> into) {
        if (seen.put(node, node) != null) {
            return;
        }
        switch (node) {
            case File file -> {
                for (File.Pending change : file.pending) {
                    into.add(
                            switch (change) {
                                case File.BlockWrite w -> file.described(w);
                                case File.SizeChange s -> file.described(s);
                            });
                }
            }
            case Folder folder -> {
                folder.durable.values().forEach(inner -> collect(inner, seen, into));
                folder.current.values().forEach(inner -> collect(inner, seen, into));
            }
        }
    }

    // A test's hands on the platter.

    /// Makes a folder and those above it, durably.
    public void makeFolders(Path path) {
        Folder at = root;
        for (Path name : path.toAbsolutePath().normalize()) {
            DiskNode next = at.current.get(name.toString());
            if (next == null) {
                next = new Folder();
                at.current.put(name.toString(), next);
            }
            at.durable.putIfAbsent(name.toString(), next);
            if (!(next instanceof Folder folder)) {
                throw new SimulationException(path + ": " + name + " is a file");
            }
            at = folder;
        }
    }

    /// Puts a whole file there, durably, with the folders above it.
    public void put(Path path, byte[] bytes) {
        Path absolute = path.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new SimulationException(path + " is no place for a file");
        }
        makeFolders(parent);
        File file = new File(absolute);
        List<File.Pending> made = file.write(0, ByteBuffer.wrap(bytes), nextId);
        nextId += made.size();
        file.commit(made);
        Folder folder = folderOf(absolute).orElseThrow();
        String name = name(absolute);
        folder.current.put(name, file);
        folder.durable.put(name, file);
    }

    /// The bytes of a file that would be there after a power cut which loses all that is unsynced; empty when the file
    /// would not.
    public Optional<byte[]> durableBytes(Path path) {
        DiskNode node = root;
        for (Path name : path.toAbsolutePath().normalize()) {
            node = node instanceof Folder folder ? folder.durable.get(name.toString()) : null;
            if (node == null) {
                return Optional.empty();
            }
        }
        return node instanceof File file ? Optional.of(file.bytes(true)) : Optional.empty();
    }

    /// The bytes of a file as processes see them.
    public Optional<byte[]> bytes(Path path) {
        return node(path) instanceof File file ? Optional.of(file.bytes(false)) : Optional.empty();
    }

    /// All files as processes see them, sorted.
    public Set<Path> files() {
        Set<Path> all = new TreeSet<>();
        gather(root, Path.of("/"), all);
        return all;
    }

    private static void gather(Folder folder, Path at, Set<Path> into) {
        folder.current.forEach((name, node) -> {
            switch (node) {
                case File file -> into.add(at.resolve(name));
                case Folder inner -> gather(inner, at.resolve(name), into);
            }
        });
    }

    /// Turns one bit of a file over, on the platter and in the cache.
    ///
    /// @param at the byte's offset
    /// @param bit 0 to 7
    public void flipBit(Path path, long at, int bit) {
        if (!(node(path) instanceof File file) || at < 0 || at >= file.size) {
            throw new SimulationException(path + " has no byte " + at);
        }
        faultPoints.mark(FAULT + "flipped bit");
        file.flip(at, bit);
    }

    // Faults and properties.

    /// Hits the `nth` call (1: the next) of this kind on a path that `where` accepts.
    public InjectedFault inject(Operation operation, Predicate<Path> where, int nth, DiskFault fault) {
        return add(new InjectedFault(operation, where, nth, 0, fault));
    }

    /// Hits each such call with probability `share`; 1 for all.
    public InjectedFault injectSometimes(Operation operation, Predicate<Path> where, double share, DiskFault fault) {
        return add(new InjectedFault(operation, where, 0, share, fault));
    }

    private InjectedFault add(InjectedFault fault) {
        faults.add(fault);
        return fault;
    }

    /// Takes all faults away; what hangs goes on hanging until it is released.
    public void clearFaults() {
        faults.forEach(InjectedFault::remove);
        faults.clear();
    }

    /// The disk is full beyond this; files may be over it already.
    public void capacity(long bytes) {
        this.capacityBytes = bytes;
    }

    /// Whether every change is refused from now on, as after a file system's error.
    public void readOnly(boolean isReadOnly) {
        this.isReadOnly = isReadOnly;
    }

    /// What durable writes must be multiples of, 512 to 4096; 4096 at first.
    public void alignment(int bytes) {
        this.alignment = bytes;
    }

    /// How long calls of this kind take, drawn between the two.
    public void latency(Operation operation, Duration least, Duration most) {
        latencies.put(operation, new Latency(least.toNanos(), most.toNanos()));
    }

    /// Bytes in files, as processes see them.
    public long usedBytes() {
        long[] sum = {0};
        sum(root, sum);
        return sum[0];
    }

    private static void sum(Folder folder, long[] into) {
        for (DiskNode node : folder.current.values()) {
            switch (node) {
                case File file -> into[0] += file.size;
                case Folder inner -> sum(inner, into);
            }
        }
    }

    // For the mounted disk.

    void countIn(FaultPoints points) {
        this.faultPoints = points;
    }

    @Nullable
    InjectedFault faultFor(Operation operation, Path path) {
        for (InjectedFault fault : faults) {
            if (fault.hits(operation, path, seed)) {
                faultPoints.mark(
                        FAULT + operation + " " + fault.fault().getClass().getSimpleName());
                return fault;
            }
        }
        return null;
    }

    long latencyNanos(Operation operation) {
        Latency latency = latencies.getOrDefault(operation, usualLatency(operation));
        return seed.between(latency.least, latency.most);
    }

    Seed seed() {
        return seed;
    }

    FaultPoints faultPoints() {
        return faultPoints;
    }

    boolean isReadOnly() {
        return isReadOnly;
    }

    int alignment() {
        return alignment;
    }

    long freeBytes() {
        return Math.max(0, capacityBytes - usedBytes());
    }

    long takeIds(int count) {
        long first = nextId;
        nextId += count;
        return first;
    }

    long lastId() {
        return nextId - 1;
    }

    @Nullable
    DiskNode node(Path path) {
        DiskNode node = root;
        for (Path name : path.toAbsolutePath().normalize()) {
            node = node instanceof Folder folder ? folder.current.get(name.toString()) : null;
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    Optional<Folder> folderOf(Path path) {
        Path parent = path.toAbsolutePath().normalize().getParent();
        return parent != null && node(parent) instanceof Folder folder ? Optional.of(folder) : Optional.empty();
    }

    static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }

    void change(String what, List<Assignment> parts) {
        parts.forEach(part -> assign(part.folder.current, part));
        nameChanges.add(new NameChange(takeIds(1), what, parts));
    }

    /// Makes durable what was changed in `folder`. A change that touches it becomes durable whole; older changes of the
    /// same names elsewhere are overtaken and must not come back.
    void syncFolder(Folder folder, long lastId) {
        for (int i = 0; i < nameChanges.size(); i++) {
            NameChange change = nameChanges.get(i);
            if (change.id > lastId || change.parts.stream().noneMatch(part -> part.folder == folder)) {
                continue;
            }
            for (Assignment part : change.parts) {
                assign(part.folder.durable, part);
                for (int older = 0; older < i; older++) {
                    nameChanges.set(older, without(nameChanges.get(older), part));
                }
            }
            nameChanges.remove(i);
            i--;
        }
        nameChanges.removeIf(change -> change.parts.isEmpty());
    }

    private static NameChange without(NameChange change, Assignment overtaken) {
        List<Assignment> parts = change.parts.stream()
                .filter(part -> part.folder != overtaken.folder || !part.name.equals(overtaken.name))
                .toList();
        return new NameChange(change.id, change.what, parts);
    }

    private static void assign(NavigableMap<String, DiskNode> names, Assignment part) {
        if (part.node == null) {
            names.remove(part.name);
        } else {
            names.put(part.name, part.node);
        }
    }

    /// @return false when a living process holds it
    boolean lock(Path path, SimulatedWorld world) {
        return locks.putIfAbsent(path.toString(), world) == null;
    }

    void unlock(Path path) {
        locks.remove(path.toString());
    }

    void unlockAll(SimulatedWorld world) {
        locks.values().removeIf(holder -> holder == world);
    }

    static IoFailure failure(IoFailure.Kind kind, String what) {
        String why =
                switch (kind) {
                    case NO_SPACE -> "No space left on device";
                    case READ_ONLY -> "Read-only file system";
                    case NOT_FOUND -> "No such file or directory";
                    case DENIED -> "Permission denied";
                    case LOCKED -> "held by another";
                    case DISTRUSTED -> "an earlier write or sync of this file failed";
                    case EXHAUSTED -> "Too many open files";
                    case CLOSED_HERE,
                            CLOSED_THERE,
                            REFUSED,
                            TIMED_OUT,
                            UNREACHABLE,
                            ADDRESS_NOT_AVAILABLE,
                            ADDRESS_IN_USE,
                            TLS,
                            ERROR -> "Input/output error";
                };
        return new IoFailure(kind, what + ": " + why);
    }
}
