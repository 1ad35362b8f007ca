package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.sluicemta.simulation.DiskNode.File;
import org.sluicemta.simulation.SimulatedDisk.Operation;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk.Done;
import org.sluicemta.world.Disk.OpenPlan;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// An open file. It watches its user: calls from elsewhere than home, two writes at a time, unaligned durable writes
/// and a buffer that is changed before the answer are errors of the program and throw.
final class OpenFile implements DiskFile {
    private final MountedDisk mounted;
    private final SimulatedDisk disk;
    private final SimulatedLoop home;
    private final File file;
    private final Path path;
    private final OpenPlan plan;
    private final Seed seed;
    private List<File.Pending> inFlight = List.of();
    private boolean isWriting;
    private boolean isDistrusted;
    private boolean isClosed;

    OpenFile(
            MountedDisk mounted,
            SimulatedDisk disk,
            SimulatedLoop home,
            File file,
            Path path,
            OpenPlan plan,
            Seed seed) {
        this.mounted = mounted;
        this.disk = disk;
        this.home = home;
        this.file = file;
        this.path = path;
        this.plan = plan;
        this.seed = seed;
    }

    private void requireOpen() {
        home.requireCurrent("file " + path);
        if (isClosed) {
            throw new IllegalStateException("file " + path + " is closed");
        }
    }

    @Override
    public int alignment() {
        return disk.alignment();
    }

    @Override
    public ByteBuffer alignedBuffer(int capacity) {
        if (capacity % alignment() != 0) {
            throw new IllegalArgumentException(
                    "capacity " + capacity + " is no multiple of the alignment " + alignment());
        }
        return ByteBuffer.allocateDirect(capacity + alignment())
                .alignedSlice(alignment())
                .slice(0, capacity);
    }

    @Override
    public void writeDurably(long at, ByteBuffer aligned, Answer<Done> answer) {
        requireAligned(at, aligned);
        write(at, aligned, true, answer);
    }

    @Override
    public void write(long at, ByteBuffer bytes, Answer<Done> answer) {
        if (plan.isDurable()) {
            requireAligned(at, bytes);
        }
        write(at, bytes, plan.isDurable(), answer);
    }

    private void requireAligned(long at, ByteBuffer bytes) {
        int unit = alignment();
        if (at % unit != 0 || bytes.remaining() % unit != 0) {
            throw new IllegalArgumentException("a durable write of " + bytes.remaining() + " bytes at " + at + " of "
                    + path + " is not aligned to " + unit);
        }
        if (!bytes.isDirect() || bytes.alignmentOffset(bytes.position(), unit) != 0) {
            throw new IllegalArgumentException(
                    "the buffer of a durable write to " + path + " is not aligned in memory; take alignedBuffer");
        }
    }

    private void write(long at, ByteBuffer bytes, boolean isDurable, Answer<Done> answer) {
        if (at < 0) {
            throw new IllegalArgumentException("offset " + at + " of " + path);
        }
        String what = "write " + bytes.remaining() + " bytes at " + at + " of " + path;
        ByteBuffer given = bytes.duplicate();
        change(
                Operation.WRITE,
                what,
                fault -> {
                    byte[] snapshot = new byte[given.remaining()];
                    given.get(given.position(), snapshot);
                    home.world().universe().trace(ByteBuffer.wrap(snapshot));
                    int length = lengthThatFits(at, snapshot.length);
                    IoFailure.Kind failure = length < snapshot.length ? IoFailure.Kind.NO_SPACE : null;
                    if (fault instanceof DiskFault.WritesShort cut) {
                        length = Math.min(length, cut.bytes());
                        failure = cut.kind();
                    } else if (fault instanceof DiskFault.Fails fails) {
                        failure = fails.kind();
                        if (!isDurable) {
                            length = 0;
                        }
                    }
                    List<File.Pending> made = file.write(at, ByteBuffer.wrap(snapshot, 0, length), disk.lastId() + 1);
                    disk.takeIds(made.size());
                    inFlight = isDurable ? made : List.of();
                    IoFailure.Kind failed = failure;
                    boolean losesAll = fault instanceof DiskFault.Fails;
                    return () -> {
                        requireUnchanged(given, snapshot);
                        inFlight = List.of();
                        if (failed == null) {
                            settle(isDurable, made);
                            bytes.position(given.limit());
                            return Done.DONE;
                        }
                        if (isDurable && losesAll) {
                            file.lose(made, seed, true);
                        } else {
                            settle(isDurable, made);
                        }
                        throw new MountedDisk.Refused(failed, what);
                    };
                },
                answer);
    }

    private void settle(boolean isDurable, List<File.Pending> made) {
        if (isDurable && plan.isDurable()) {
            file.commit(made);
        } else if (isDurable) {
            // Written and then synced: all earlier writes go along.
            file.syncUpTo(made.isEmpty() ? disk.lastId() : made.getLast().id());
        }
    }

    private int lengthThatFits(long at, int length) {
        long growth = at + length - file.size;
        if (growth <= 0) {
            return length;
        }
        long missing = growth - disk.freeBytes();
        if (missing > 0) {
            disk.faultPoints().mark("disk: full");
        }
        return (int) Math.max(0, length - Math.max(0, missing));
    }

    private void requireUnchanged(ByteBuffer given, byte[] snapshot) {
        for (int i = 0; i < snapshot.length; i++) {
            if (given.get(given.position() + i) != snapshot[i]) {
                throw new SimulationException(
                        "byte " + i + " of a buffer was changed before the write to " + path + " was answered");
            }
        }
    }

    @Override
    public void sync(Answer<Done> answer) {
        String what = "sync " + path;
        change(
                Operation.SYNC,
                what,
                fault -> {
                    long lastId = disk.lastId();
                    return () -> {
                        if (fault instanceof DiskFault.Fails fails) {
                            List<File.Pending> unsynced = file.pending.stream()
                                    .filter(change -> change.id() <= lastId)
                                    .toList();
                            file.lose(unsynced, seed, seed.nextInt(2) == 0);
                            throw new MountedDisk.Refused(fails.kind(), what);
                        }
                        file.syncUpTo(lastId);
                        return Done.DONE;
                    };
                },
                answer);
    }

    @Override
    public void truncate(long sizeBytes, Answer<Done> answer) {
        requireSize(sizeBytes);
        String what = "cut " + path + " to " + sizeBytes;
        change(
                Operation.TRUNCATE,
                what,
                fault -> {
                    MountedDisk.failIfHit(fault, what);
                    file.resize(sizeBytes, disk.takeIds(1));
                    return () -> Done.DONE;
                },
                answer);
    }

    @Override
    public void preallocate(long sizeBytes, Answer<Done> answer) {
        requireSize(sizeBytes);
        String what = "preallocate " + path + " up to " + sizeBytes;
        change(
                Operation.PREALLOCATE,
                what,
                fault -> {
                    MountedDisk.failIfHit(fault, what);
                    if (sizeBytes - file.size > disk.freeBytes()) {
                        disk.faultPoints().mark("disk: full");
                        throw new MountedDisk.Refused(IoFailure.Kind.NO_SPACE, what);
                    }
                    if (sizeBytes > file.size) {
                        file.resize(sizeBytes, disk.takeIds(1));
                    }
                    long lastId = disk.lastId();
                    return () -> {
                        file.syncUpTo(lastId);
                        return Done.DONE;
                    };
                },
                answer);
    }

    private static void requireSize(long sizeBytes) {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("size " + sizeBytes + "; write 0 or more");
        }
    }

    /// A call that changes the file: one at a time, and after a failure none.
    private void change(Operation operation, String what, MountedDisk.Start<Done> start, Answer<Done> answer) {
        requireOpen();
        if (!plan.mayWrite()) {
            throw new IllegalStateException("file " + path + " was opened for reading only");
        }
        if (isWriting) {
            throw new IllegalStateException("file " + path + " has a write or sync outstanding");
        }
        isWriting = true;
        mounted.call(
                home,
                operation,
                path,
                fault -> {
                    if (isDistrusted) {
                        disk.faultPoints().mark("disk: distrusted file refused");
                        throw new MountedDisk.Refused(IoFailure.Kind.DISTRUSTED, what);
                    }
                    mounted.requireWritable(what);
                    return start.start(fault);
                },
                new Watched(answer));
    }

    /// Marks the end of a change before its user hears of it.
    private final class Watched implements Answer<Done> {
        private final Answer<Done> answer;

        Watched(Answer<Done> answer) {
            this.answer = answer;
        }

        @Override
        public void ready(Done value) {
            isWriting = false;
            answer.ready(value);
        }

        @Override
        public void failed(IoFailure why) {
            isWriting = false;
            isDistrusted = true;
            answer.failed(why);
        }
    }

    @Override
    public void read(long at, Slice into, Answer<Integer> answer) {
        requireOpen();
        String what = "read " + into.length() + " bytes at " + at + " of " + path;
        into.retain();
        mounted.call(
                home,
                Operation.READ,
                path,
                fault -> () -> {
                    try {
                        MountedDisk.failIfHit(fault, what);
                        ByteBuffer target = into.view(0, into.length());
                        int count = file.read(at, target);
                        if (fault instanceof DiskFault.FlipsBit && count > 0) {
                            flipOne(into.view(0, count));
                        }
                        return count;
                    } finally {
                        into.release();
                    }
                },
                answer);
    }

    private void flipOne(ByteBuffer bytes) {
        int at = seed.nextInt(bytes.remaining());
        bytes.put(at, (byte) (bytes.get(at) ^ (1 << seed.nextInt(8))));
    }

    @Override
    public void size(Answer<Long> answer) {
        requireOpen();
        mounted.call(
                home,
                Operation.SIZE,
                path,
                fault -> {
                    MountedDisk.failIfHit(fault, "size of " + path);
                    return () -> file.size;
                },
                answer);
    }

    @Override
    public void close() {
        home.requireCurrent("file " + path);
        isClosed = true;
        if (!isWriting) {
            mounted.closed(this);
        }
    }

    /// The process was killed during a durable write.
    void abandonWrite() {
        if (!inFlight.isEmpty()) {
            disk.faultPoints().mark("disk: killed in a durable write");
            file.lose(inFlight, seed, true);
            inFlight = List.of();
        }
    }

    @Override
    public String toString() {
        return path.toString() + (isDistrusted ? " (distrusted)" : "");
    }
}
