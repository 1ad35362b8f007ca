package org.sluicemta.runtime;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// The machine's files. Calls are performed by [DiskThreads]; everything else here is what they perform.
final class RealDisk implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(RealDisk.class);
    private final DiskThreads threads;

    /// Whether direct writes work in a folder: tried once each. Folders of durable files are few: the spools.
    private final Map<Path, Boolean> takesDirectWrites = new ConcurrentHashMap<>();

    /// Locks of this process by path. The system drops a process's lock when *any* descriptor of the file is closed, so
    /// a second try must be refused before it opens the file.
    private final Set<Path> locked = new HashSet<>();

    RealDisk(DiskThreads threads) {
        this.threads = threads;
    }

    @Override
    public void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer) {
        TurnLoop owner = owner(home);
        threads.perform(owner, "open " + path, () -> openNow(owner, path, plan), answer);
    }

    private DiskFile openNow(TurnLoop owner, Path path, OpenPlan plan) throws IOException {
        if (!plan.mayWrite()) {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new RealFile(owner, threads, path, channel, channel, RealFile.Way.READ_ONLY, alignment(path));
        }
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.WRITE));
        if (plan.create()) {
            options.add(StandardOpenOption.CREATE);
        }
        if (!plan.isDurable()) {
            options.add(StandardOpenOption.READ);
            FileChannel channel = openOrMake(path, options, plan);
            return new RealFile(owner, threads, path, channel, channel, RealFile.Way.ORDINARY, alignment(path));
        }
        int alignment = alignment(path);
        RealFile.Way way =
                takesDirectWrites.computeIfAbsent(folderOf(path), folder -> tryDirectWrite(folder, alignment))
                        ? RealFile.Way.DIRECT
                        : RealFile.Way.WRITE_AND_SYNC;
        if (way == RealFile.Way.DIRECT) {
            options.add(ExtendedOpenOption.DIRECT);
            options.add(StandardOpenOption.DSYNC);
        }
        FileChannel writer = FileChannel.open(path, options);
        try {
            FileChannel reader = FileChannel.open(path, StandardOpenOption.READ);
            return new RealFile(owner, threads, path, writer, reader, way, alignment);
        } catch (IOException | RuntimeException failed) {
            writer.close();
            throw failed;
        }
    }

    private static FileChannel openOrMake(Path path, Set<OpenOption> options, OpenPlan plan) throws IOException {
        boolean hasRights = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (plan.readers() == Readers.AS_THE_SYSTEM_SAYS || !plan.create() || !hasRights || Files.exists(path)) {
            return FileChannel.open(path, options);
        }
        Set<PosixFilePermission> rights =
                PosixFilePermissions.fromString(plan.readers() == Readers.EVERYBODY ? "rw-r--r--" : "rw-r-----");
        FileChannel channel = FileChannel.open(path, options, PosixFilePermissions.asFileAttribute(rights));
        if (plan.readers() == Readers.EVERYBODY) {
            // Asked for by name, so the process's mask must not take it away again.
            Files.setPosixFilePermissions(path, rights);
        }
        return channel;
    }

    /// The file store's block, within 512 to 4096 and a power of two: what its direct writes want.
    private static int alignment(Path path) throws IOException {
        Path asked = Files.exists(path) ? path : folderOf(path);
        long block = Files.getFileStore(asked).getBlockSize();
        return (int) Long.highestOneBit(Math.clamp(block, 512, 4096));
    }

    /// Writes one block for real: some file systems open with O_DIRECT and refuse only the write. The file has no name
    /// any more when it is written.
    private static boolean tryDirectWrite(Path folder, int alignment) {
        Path probe = folder.resolve(".direct-write-" + ProcessHandle.current().pid());
        try (FileChannel channel = FileChannel.open(
                probe,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.DELETE_ON_CLOSE,
                StandardOpenOption.DSYNC,
                ExtendedOpenOption.DIRECT)) {
            ByteBuffer block = ByteBuffer.allocateDirect(2 * alignment).alignedSlice(alignment);
            block.limit(alignment);
            return channel.write(block, 0) == alignment;
        } catch (IOException | UnsupportedOperationException refused) {
            LOG.info(
                    "{} takes no direct writes ({}); writing through the page cache and syncing",
                    folder,
                    refused.toString());
            return false;
        }
    }

    @Override
    public void list(Loop home, Path folder, Answer<List<Entry>> answer) {
        threads.perform(owner(home), "list " + folder, () -> listNow(folder), answer);
    }

    private static List<Entry> listNow(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path path : stream) {
                try {
                    BasicFileAttributes of =
                            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    entries.add(new Entry(path.getFileName().toString(), of.isDirectory(), of.size()));
                } catch (java.nio.file.NoSuchFileException gone) {
                    LOG.debug("{} went while its folder was listed", gone.getFile());
                }
            }
        } catch (java.nio.file.DirectoryIteratorException broken) {
            throw broken.getCause();
        }
        entries.sort(Comparator.comparing(Entry::name));
        return List.copyOf(entries);
    }

    @Override
    public void createFolder(Loop home, Path folder, Answer<Done> answer) {
        threads.perform(
                owner(home),
                "make folder " + folder,
                () -> {
                    Files.createDirectories(folder);
                    return Done.DONE;
                },
                answer);
    }

    @Override
    public void rename(Loop home, Path from, Path to, Answer<Done> answer) {
        threads.perform(
                owner(home),
                "rename " + from + " to " + to,
                () -> {
                    try {
                        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                    } catch (AtomicMoveNotSupportedException apart) {
                        throw new IOException("the two are on different file systems", apart);
                    }
                    return Done.DONE;
                },
                answer);
    }

    @Override
    public void delete(Loop home, Path path, Answer<Done> answer) {
        threads.perform(
                owner(home),
                "delete " + path,
                () -> {
                    Files.delete(path);
                    return Done.DONE;
                },
                answer);
    }

    @Override
    public void syncFolder(Loop home, Path folder, Answer<Done> answer) {
        threads.perform(
                owner(home),
                "sync folder " + folder,
                () -> {
                    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                        channel.force(true);
                    }
                    return Done.DONE;
                },
                answer);
    }

    @Override
    public void lock(Loop home, Path path, Answer<Lock> answer) {
        threads.perform(owner(home), "lock " + path, () -> lockNow(path), answer);
    }

    private Lock lockNow(Path path) throws IOException {
        Path key = folderOf(path).toRealPath().resolve(path.getFileName());
        synchronized (locked) {
            if (!locked.add(key)) {
                throw new Refusal(new IoFailure(IoFailure.Kind.LOCKED, path + " is locked by this process already"));
            }
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new Refusal(new IoFailure(
                        IoFailure.Kind.LOCKED, path + " is locked by another process; only one may use this folder"));
            }
            FileChannel held = channel;
            return () -> unlock(key, held);
        } catch (OverlappingFileLockException elsewhere) {
            forget(key, channel);
            throw new Refusal(new IoFailure(IoFailure.Kind.LOCKED, path + " is locked by this process already"));
        } catch (IOException | RuntimeException failed) {
            forget(key, channel);
            throw failed;
        }
    }

    /// In the caller's turn: it only closes a descriptor without dirty pages, and the next try must find it done.
    private void unlock(Path key, FileChannel held) {
        if (held.isOpen()) {
            try {
                forget(key, held);
            } catch (IOException stays) {
                LOG.warn("the lock {} could not be given back: {}", key, Failures.reason(stays));
            }
        }
    }

    private void forget(Path key, @org.jspecify.annotations.Nullable FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
        synchronized (locked) {
            locked.remove(key);
        }
    }

    @Override
    public void freeBytes(Loop home, Path folder, Answer<Long> answer) {
        threads.perform(
                owner(home),
                "ask for the space of " + folder,
                () -> Files.getFileStore(folder).getUsableSpace(),
                answer);
    }

    private static Path folderOf(Path path) {
        Path absolute = path.toAbsolutePath();
        Path parent = absolute.getParent();
        return parent == null ? absolute : parent;
    }

    private static TurnLoop owner(Loop home) {
        return RealWorld.own(home);
    }
}
