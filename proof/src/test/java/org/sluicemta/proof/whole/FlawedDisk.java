package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;

/// A disk that keeps some of its promises.
record FlawedDisk(Disk inner, Flaw flaw) implements Disk {
    @Override
    public void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer) {
        boolean isUnsynced =
                switch (flaw) {
                    case UNSYNCED_CONTENT -> path.toString().contains("/content-");
                    case UNSYNCED_EVENTS -> path.toString().contains("/events-");
                    case UNSYNCED_ROWS -> path.startsWith(AcctRows.FOLDER);
                    case NONE, CHANGED_BYTES, FOREIGN_ADDRESS -> false;
                };
        if (!isUnsynced) {
            inner.open(home, path, plan, answer);
            return;
        }
        inner.open(home, path, new OpenPlan(plan.mayWrite(), plan.create(), false), new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                answer.ready(new Unsynced(file, home));
            }

            @Override
            public void failed(IoFailure why) {
                answer.failed(why);
            }
        });
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
        inner.rename(home, from, to, answer);
    }

    @Override
    public void delete(Loop home, Path path, Answer<Done> answer) {
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

    private record Unsynced(DiskFile file, Loop home) implements DiskFile {
        @Override
        public int alignment() {
            return file.alignment();
        }

        @Override
        public ByteBuffer alignedBuffer(int capacity) {
            return file.alignedBuffer(capacity);
        }

        @Override
        public void writeDurably(long at, ByteBuffer aligned, Answer<Done> answer) {
            file.write(at, aligned, answer);
        }

        @Override
        public void write(long at, ByteBuffer bytes, Answer<Done> answer) {
            file.write(at, bytes, answer);
        }

        @Override
        public void sync(Answer<Done> answer) {
            home.post(() -> answer.ready(Done.DONE));
        }

        @Override
        public void read(long at, Slice into, Answer<Integer> answer) {
            file.read(at, into, answer);
        }

        @Override
        public void truncate(long sizeBytes, Answer<Done> answer) {
            file.truncate(sizeBytes, answer);
        }

        @Override
        public void preallocate(long sizeBytes, Answer<Done> answer) {
            file.preallocate(sizeBytes, answer);
        }

        @Override
        public void size(Answer<Long> answer) {
            file.size(answer);
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
