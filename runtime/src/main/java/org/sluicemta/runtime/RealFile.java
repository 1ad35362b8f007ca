package org.sluicemta.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk.Done;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// An open file. A durable one has two descriptors: a direct one for writing and an ordinary one for reading through
/// the page cache. Owner: its home loop; the calls themselves run where [DiskThreads] puts them.
final class RealFile implements DiskFile {
    /// How writes reach the disk.
    enum Way {
        READ_ONLY,
        /// Into the page cache; [#sync] does the rest.
        ORDINARY,
        /// O_DIRECT and O_DSYNC: the write is the sync.
        DIRECT,
        /// A durable file where the file store takes no direct writes: write, then fdatasync.
        WRITE_AND_SYNC
    }

    private static final Logger LOG = LoggerFactory.getLogger(RealFile.class);
    private static final int ZEROS = 1 << 20;
    private final TurnLoop home;
    private final DiskThreads threads;
    private final Path path;
    private final FileChannel writer;
    private final FileChannel reader;
    private final Way way;
    private final int alignment;

    /// The texts of failures, made once: they are handed along with each call.
    private final String writing;

    private final String reading;
    private final String syncing;

    /// Set where the call runs, read there and at home.
    private volatile boolean isDistrusted;

    private boolean isClosed;

    RealFile(
            TurnLoop home,
            DiskThreads threads,
            Path path,
            FileChannel writer,
            FileChannel reader,
            Way way,
            int alignment) {
        this.home = home;
        this.threads = threads;
        this.path = path;
        this.writer = writer;
        this.reader = reader;
        this.way = way;
        this.alignment = alignment;
        this.writing = "write " + path;
        this.reading = "read " + path;
        this.syncing = "sync " + path;
    }

    @Override
    public int alignment() {
        return alignment;
    }

    @Override
    public ByteBuffer alignedBuffer(int capacity) {
        if (capacity < 1 || capacity % alignment != 0) {
            throw new IllegalArgumentException(
                    "a buffer of " + capacity + " bytes; ask for a multiple of " + alignment);
        }
        ByteBuffer whole = ByteBuffer.allocateDirect(capacity + alignment).alignedSlice(alignment);
        return whole.slice(0, capacity);
    }

    @Override
    public void writeDurably(long at, ByteBuffer aligned, Answer<Done> answer) {
        if (at < 0
                || at % alignment != 0
                || aligned.remaining() % alignment != 0
                || !aligned.isDirect()
                || aligned.alignmentOffset(aligned.position(), alignment) != 0) {
            throw new IllegalArgumentException("a durable write of " + aligned.remaining() + " bytes at " + at + " of "
                    + path + " is not aligned to " + alignment);
        }
        change(writing, answer, () -> {
            writeFully(writer, at, aligned);
            if (way != Way.DIRECT) {
                writer.force(false);
            }
        });
    }

    @Override
    public void write(long at, ByteBuffer bytes, Answer<Done> answer) {
        change(writing, answer, () -> writeFully(way == Way.DIRECT ? requireAligned(bytes) : writer, at, bytes));
    }

    private FileChannel requireAligned(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() % alignment != 0) {
            throw new IOException("a durable file takes whole blocks of " + alignment + " bytes");
        }
        return writer;
    }

    @Override
    public void sync(Answer<Done> answer) {
        change(syncing, answer, () -> writer.force(false));
    }

    @Override
    public void truncate(long sizeBytes, Answer<Done> answer) {
        change("cut " + path, answer, () -> writer.truncate(sizeBytes));
    }

    @Override
    public void preallocate(long sizeBytes, Answer<Done> answer) {
        change("fill " + path, answer, () -> {
            // Through the page cache, synced once: a direct write of each piece would wait for the disk each time.
            try (FileChannel filler = FileChannel.open(path, StandardOpenOption.WRITE)) {
                ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, Math.max(1, sizeBytes)));
                for (long at = filler.size(); at < sizeBytes; at += zeros.limit()) {
                    zeros.clear().limit((int) Math.min(zeros.capacity(), sizeBytes - at));
                    writeFully(filler, at, zeros);
                }
                filler.force(true);
            }
        });
    }

    private static void writeFully(FileChannel channel, long at, ByteBuffer bytes) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            int written = channel.write(bytes, position);
            if (written <= 0) {
                throw new IOException("the system wrote nothing of " + bytes.remaining() + " bytes");
            }
            position += written;
        }
    }

    @Override
    public void read(long at, Slice into, Answer<Integer> answer) {
        if (isClosed) {
            home.fail(answer, closed(reading));
            return;
        }
        into.retain();
        threads.perform(home, reading, () -> readNow(at, into), releasing(into, answer));
    }

    private int readNow(long at, Slice into) throws IOException {
        ByteBuffer view = into.view(0, into.length());
        while (view.hasRemaining()) {
            if (reader.read(view, at + view.position()) < 0) {
                break;
            }
        }
        return view.position();
    }

    private static <T> Answer<T> releasing(Slice slice, Answer<T> answer) {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                slice.release();
                answer.ready(value);
            }

            @Override
            public void failed(IoFailure why) {
                slice.release();
                answer.failed(why);
            }
        };
    }

    @Override
    public void size(Answer<Long> answer) {
        if (isClosed) {
            home.fail(answer, closed(reading));
        } else {
            threads.perform(home, reading, reader::size, answer);
        }
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        threads.perform(
                home,
                "close " + path,
                () -> {
                    try (writer;
                            reader) {
                        LOG.trace("closing {}", path);
                    }
                    return Done.DONE;
                },
                Ignored.answer());
    }

    /// A change of the file's bytes that can fail.
    @FunctionalInterface
    private interface Change {
        void make() throws IOException;
    }

    /// Makes a change; the first that fails ends the trust in the file for good, for Linux may have dropped the pages
    /// that it could not write and report the next sync as a success.
    private void change(String what, Answer<Done> answer, Change change) {
        if (isClosed) {
            home.fail(answer, closed(what));
            return;
        }
        threads.perform(
                home,
                what,
                () -> {
                    if (isDistrusted) {
                        throw new Refusal(new IoFailure(
                                IoFailure.Kind.DISTRUSTED,
                                "cannot " + what + ": an earlier write or sync of this file failed"));
                    }
                    try {
                        change.make();
                        return Done.DONE;
                    } catch (IOException | RuntimeException failed) {
                        isDistrusted = true;
                        throw failed;
                    }
                },
                answer);
    }

    private static IoFailure closed(String what) {
        return new IoFailure(IoFailure.Kind.ERROR, "cannot " + what + ": the file was closed");
    }
}
