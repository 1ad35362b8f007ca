package org.sluicemta.world;

import java.nio.file.Path;
import java.util.List;

/// Files. Calls return at once; answers come as turns of `home`. Real calls run on the home lane's own thread between
/// its turns, or, where home is a mail loop, on a worker.
public interface Disk {
    void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer);

    /// The names in a folder, sorted; not recursive.
    void list(Loop home, Path folder, Answer<List<Entry>> answer);

    void createFolder(Loop home, Path folder, Answer<Done> answer);

    /// Replaces an existing target. Durable only after [#syncFolder].
    void rename(Loop home, Path from, Path to, Answer<Done> answer);

    void delete(Loop home, Path path, Answer<Done> answer);

    /// Makes names made, changed and deleted in `folder` durable.
    void syncFolder(Loop home, Path folder, Answer<Done> answer);

    /// Takes an exclusive lock, held until the process ends or it is given back; made by creating `path`.
    /// Fails with [IoFailure.Kind#LOCKED] when another holds it, in this process too.
    void lock(Loop home, Path path, Answer<Lock> answer);

    void freeBytes(Loop home, Path folder, Answer<Long> answer);

    /// Nothing to tell but that it happened.
    enum Done {
        DONE
    }

    /// @param name without its folder
    record Entry(String name, boolean isFolder, long sizeBytes) {}

    interface Lock {
        void release();
    }

    /// @param mayWrite false opens for reading only
    /// @param create makes the file if it is not there
    /// @param isDurable each write is on disk before its answer, past the page cache where the file store can
    ///     (O_DIRECT and O_DSYNC), else by write and fdatasync; offsets, sizes and buffers must then be aligned
    /// @param readers who may read a file that is made
    record OpenPlan(boolean mayWrite, boolean create, boolean isDurable, Readers readers) {
        public static final OpenPlan READ = new OpenPlan(false, false, false);
        public static final OpenPlan WRITE = new OpenPlan(true, true, false);
        public static final OpenPlan DURABLE = new OpenPlan(true, true, true);

        public OpenPlan(boolean mayWrite, boolean create, boolean isDurable) {
            this(mayWrite, create, isDurable, Readers.AS_THE_SYSTEM_SAYS);
        }
    }

    /// Who may read a file, besides its owner, where the file store knows such rights.
    enum Readers {
        AS_THE_SYSTEM_SAYS,
        /// The group at most.
        GROUP,
        EVERYBODY
    }
}
