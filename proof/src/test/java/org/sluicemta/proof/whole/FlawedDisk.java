package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// A disk that keeps some of its promises.
record FlawedDisk(Disk inner, Flaw flaw) implements Disk {
    @Override
    public void open(Loop home, Path path, OpenPlan plan, Answer<DiskFile> answer) {
        boolean isUnsynced =
                switch (flaw) {
                    case UNSYNCED_CONTENT -> path.toString().contains("/content-");
                    case UNSYNCED_EVENTS -> path.toString().contains("/events-");
                    case UNSYNCED_ROWS -> path.startsWith(AcctRows.FOLDER);
                    case NONE, CHANGED_BYTES, FOREIGN_ADDRESS, FIRST_ADDRESS, FORGOTTEN_MODES -> false;
                };
        if (flaw == Flaw.FORGOTTEN_MODES && plan.mayWrite() && path.toString().contains("/checkpoint-")) {
            inner.open(home, path, plan, then(answer, Forgetful::new));
            return;
        }
        if (!isUnsynced) {
            inner.open(home, path, plan, answer);
            return;
        }
        inner.open(
                home,
                path,
                new OpenPlan(plan.mayWrite(), plan.create(), false),
                then(answer, file -> new Unsynced(file, home)));
    }

    private static Answer<DiskFile> then(Answer<DiskFile> answer, UnaryOperator<DiskFile> wrap) {
        return new Answer<>() {
            @Override
            public void ready(DiskFile file) {
                answer.ready(wrap.apply(file));
            }

            @Override
            public void failed(IoFailure why) {
                answer.failed(why);
            }
        };
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

    private static final class Unsynced extends ThroughFile {
        private final Loop home;

        Unsynced(DiskFile file, Loop home) {
            super(file);
            this.home = home;
        }

        @Override
        public void writeDurably(long at, ByteBuffer aligned, Answer<Done> answer) {
            file.write(at, aligned, answer);
        }

        @Override
        public void sync(Answer<Done> answer) {
            home.post(() -> answer.ready(Done.DONE));
        }
    }

    /// Turns the modes off that a checkpoint tells. Source: docs, journal format.
    private static final class Forgetful extends ThroughFile {
        private static final int SERVER_ID = 16;
        private static final int FRAME = 8;
        private static final int QUEUE_FRAME = 2;
        private static final int MODE_CHANGED = 3;

        private final ByteBuffer salt = ByteBuffer.allocate(28).order(ByteOrder.LITTLE_ENDIAN);
        private long frames;

        Forgetful(DiskFile file) {
            super(file);
        }

        @Override
        public void write(long at, ByteBuffer bytes, Answer<Done> answer) {
            ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            int from = in.position();
            if (at == 0) {
                frames = 0;
                salt.putLong(0, in.getLong(from + SERVER_ID)).putLong(8, in.getLong(from + SERVER_ID + 8));
            } else {
                int length = in.getInt(from);
                int record = from + FRAME + 4;
                if (length > 4 && in.get(from + FRAME + 1) == QUEUE_FRAME && in.get(record + 1) == MODE_CHANGED) {
                    in.put(record + 2, (byte) 0);
                    var crc = new CRC32C();
                    crc.update(salt.putLong(16, frames)
                            .putInt(24, length)
                            .duplicate()
                            .clear());
                    crc.update(in.duplicate().limit(from + FRAME + length).position(from + FRAME));
                    in.putInt(from + 4, (int) crc.getValue());
                }
                frames++;
            }
            file.write(at, bytes, answer);
        }
    }
}
