package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// The server's disk with an eye on what it records of its queues, and on its checkpoints.
///
/// @param nanos of the universe
record WatchedDisk(Disk inner, LongSupplier nanos, QueueBook book, Checkpoints checkpoints) implements Disk {
    /// Whether a checkpoint is being written, and when the last was finished.
    static final class Checkpoints {
        private boolean isOpen;
        long finishedNanos = Long.MIN_VALUE;

        boolean isOpen() {
            return isOpen;
        }

        /// A process ended.
        void crashed() {
            isOpen = false;
        }
    }

    private static boolean isCheckpoint(Path path) {
        return path.toString().contains("/checkpoint-");
    }

    @Override
    public void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer) {
        boolean areEvents = plan.mayWrite() && path.toString().contains("/events-");
        if (plan.mayWrite() && isCheckpoint(path)) {
            checkpoints.isOpen = true;
        }
        if (!areEvents) {
            inner.open(home, path, plan, answer);
            return;
        }
        inner.open(home, path, plan, new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                answer.ready(new Events(file, home));
            }

            @Override
            public void failed(IoFailure why) {
                answer.failed(why);
            }
        });
    }

    private final class Events extends ThroughFile {
        private final Loop home;

        Events(DiskFile file, Loop home) {
            super(file);
            this.home = home;
        }

        @Override
        public void writeDurably(long at, ByteBuffer aligned, Answer<Done> answer) {
            Runnable durable = book.writing(aligned, nanos.getAsLong(), home.serverMillis());
            file.writeDurably(at, aligned, new Answer<>() {
                @Override
                public void ready(Done done) {
                    durable.run();
                    answer.ready(done);
                }

                @Override
                public void failed(IoFailure why) {
                    answer.failed(why);
                }
            });
        }
    }

    @Override
    public void list(Loop home, Path folder, Answer<List<Entry>> answer) {
        inner.list(home, folder, answer);
    }

    @Override
    public void createFolder(Loop home, Path folder, Answer<Done> answer) {
        inner.createFolder(home, folder, answer);
    }

    @Override
    public void rename(Loop home, Path from, Path to, Answer<Done> answer) {
        if (isCheckpoint(from)) {
            checkpoints.isOpen = false;
            checkpoints.finishedNanos = nanos.getAsLong();
        }
        inner.rename(home, from, to, answer);
    }

    @Override
    public void delete(Loop home, Path path, Answer<Done> answer) {
        if (isCheckpoint(path) && path.toString().endsWith(".new")) {
            checkpoints.isOpen = false;
        }
        inner.delete(home, path, answer);
    }

    @Override
    public void syncFolder(Loop home, Path folder, Answer<Done> answer) {
        inner.syncFolder(home, folder, answer);
    }

    @Override
    public void lock(Loop home, Path path, Answer<Lock> answer) {
        inner.lock(home, path, answer);
    }

    @Override
    public void freeBytes(Loop home, Path folder, Answer<Long> answer) {
        inner.freeBytes(home, folder, answer);
    }
}
