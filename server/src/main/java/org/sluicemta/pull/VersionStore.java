package org.sluicemta.pull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;
import org.sluicemta.world.World;

/// The folder of versions: one folder a version, named by its number, and the ledger that says which
/// count.
///
/// A version is written and synced whole before the ledger names it; the ledger is written beside and
/// renamed over the old one. So at any crash the ledger names whole versions only, and folders that it
/// does not name are leavings. Owner: `home`.
public final class VersionStore implements Keeping {
    static final String SCRATCH = "fetching";
    private static final String BESIDE = "ledger.new";

    private final Disk disk;
    private final Loop home;
    private final Path folder;
    private final Memory memory;

    public VersionStore(World world, Loop home, Path folder) {
        this.disk = world.disk();
        this.home = home;
        this.folder = folder;
        this.memory = world.memory("pulled", Ledger.MOST_BYTES);
    }

    /// An answer whose failure goes to the one who asked for the whole.
    private static <T> Answer<T> then(Answer<?> asker, Consumer<T> next) {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                next.accept(value);
            }

            @Override
            public void failed(IoFailure why) {
                asker.failed(why);
            }
        };
    }

    @Override
    public void open(Answer<Ledger> answer) {
        disk.createFolder(home, folder, then(answer, _ -> {
            Path parent = folder.toAbsolutePath().getParent();
            disk.syncFolder(home, parent == null ? folder : parent, then(answer, _ -> readLedger(answer)));
        }));
    }

    private void readLedger(Answer<Ledger> answer) {
        disk.open(home, folder.resolve(Ledger.FILE), Disk.OpenPlan.READ, new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                read(file, answer);
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                    opened(Ledger.EMPTY, answer);
                } else {
                    answer.failed(why);
                }
            }
        });
    }

    private void read(DiskFile file, Answer<Ledger> answer) {
        Slice into = memory.take(Ledger.MOST_BYTES);
        if (into == null) {
            file.close();
            answer.failed(new IoFailure(IoFailure.Kind.EXHAUSTED, "the ledger is being read already"));
            return;
        }
        file.read(0, into, new Answer<>() {
            @Override
            public void ready(Integer length) {
                byte[] bytes = new byte[length];
                into.get(0, ByteBuffer.wrap(bytes));
                into.release();
                file.close();
                try {
                    opened(Ledger.of(bytes), answer);
                } catch (PullException broken) {
                    answer.failed(new IoFailure(IoFailure.Kind.ERROR, folder + ": " + broken.getMessage()));
                }
            }

            @Override
            public void failed(IoFailure why) {
                into.release();
                file.close();
                answer.failed(why);
            }
        });
    }

    private void opened(Ledger ledger, Answer<Ledger> answer) {
        forgetOthers(ledger, then(answer, _ -> answer.ready(ledger)));
    }

    @Override
    public void forgetOthers(Ledger ledger, Answer<Disk.Done> answer) {
        Set<String> kept = new HashSet<>();
        ledger.versions().forEach(each -> kept.add(each.folderName()));
        disk.list(home, folder, then(answer, entries -> {
            Deque<Path> leavings = new ArrayDeque<>();
            for (Disk.Entry entry : entries) {
                boolean isOurs = entry.name().equals(SCRATCH) || entry.name().matches("[0-9]{6,10}");
                if (entry.isFolder() && isOurs && !kept.contains(entry.name())) {
                    leavings.add(folder.resolve(entry.name()));
                }
            }
            removeNext(leavings, answer);
        }));
    }

    private void removeNext(Deque<Path> leavings, Answer<Disk.Done> answer) {
        Path next = leavings.poll();
        if (next == null) {
            answer.ready(Disk.Done.DONE);
        } else {
            FolderRemoval.remove(disk, home, next, then(answer, _ -> removeNext(leavings, answer)));
        }
    }

    @Override
    public void keep(Version version, Tree tree, Answer<Disk.Done> answer) {
        Path top = folder.resolve(version.folderName());
        FolderRemoval.remove(disk, home, top, then(answer, _ -> {
            var folders = new TreeSet<Path>(
                    Comparator.comparingInt(Path::getNameCount).reversed().thenComparing(Comparator.naturalOrder()));
            for (String path : tree.files().keySet()) {
                Path inside = top.resolve(path).getParent();
                while (inside != null && inside.startsWith(top)) {
                    folders.add(inside);
                    inside = inside.getParent();
                }
            }
            folders.add(top);
            makeFolders(
                    new ArrayDeque<>(folders),
                    then(
                            answer,
                            _ -> writeFiles(
                                    top,
                                    new ArrayDeque<>(List.copyOf(tree.files().entrySet())),
                                    then(answer, _ -> syncFolders(new ArrayDeque<>(folders), answer)))));
        }));
    }

    /// The outer ones first.
    private void makeFolders(Deque<Path> innerFirst, Answer<Disk.Done> answer) {
        Path next = innerFirst.pollLast();
        if (next == null) {
            answer.ready(Disk.Done.DONE);
        } else {
            disk.createFolder(home, next, then(answer, _ -> makeFolders(innerFirst, answer)));
        }
    }

    private void writeFiles(Path top, Deque<Map.Entry<String, byte[]>> files, Answer<Disk.Done> answer) {
        Map.Entry<String, byte[]> next = files.poll();
        if (next == null) {
            answer.ready(Disk.Done.DONE);
        } else {
            writeFile(top.resolve(next.getKey()), next.getValue(), then(answer, _ -> writeFiles(top, files, answer)));
        }
    }

    private void syncFolders(Deque<Path> innerFirst, Answer<Disk.Done> answer) {
        Path next = innerFirst.poll();
        if (next == null) {
            disk.syncFolder(home, folder, answer);
        } else {
            disk.syncFolder(home, next, then(answer, _ -> syncFolders(innerFirst, answer)));
        }
    }

    private void writeFile(Path path, byte[] bytes, Answer<Disk.Done> answer) {
        disk.open(home, path, Disk.OpenPlan.WRITE, then(answer, file -> {
            Answer<Disk.Done> closing = new Answer<>() {
                @Override
                public void ready(Disk.Done done) {
                    file.close();
                    answer.ready(done);
                }

                @Override
                public void failed(IoFailure why) {
                    file.close();
                    answer.failed(why);
                }
            };
            file.truncate(
                    0,
                    then(closing, _ -> file.write(0, ByteBuffer.wrap(bytes), then(closing, _ -> file.sync(closing)))));
        }));
    }

    @Override
    public void write(Ledger ledger, Answer<Disk.Done> answer) {
        Path beside = folder.resolve(BESIDE);
        writeFile(
                beside,
                ledger.text(),
                then(
                        answer,
                        _ -> disk.rename(
                                home,
                                beside,
                                folder.resolve(Ledger.FILE),
                                then(answer, _ -> disk.syncFolder(home, folder, answer)))));
    }
}
