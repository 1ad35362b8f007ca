package org.sluicemta.journal;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What is known of one segment that is, or was, written. The counts may be changed by any thread; `end` by the lane
/// while active; the rest by the home loop.
final class Segment {
    private static final int RETIRED = -1;

    final StreamKind stream;
    final long id;
    final int generation;
    final ServerId server;
    final Path path;
    final long capacity;

    /// Where the last durable batch ends.
    volatile long end;
    /// Written no more; `end` is final.
    volatile boolean isSealed;
    /// A write failed here: the file is not reused.
    volatile boolean isDistrusted;
    /// Damage was found here: the file is kept.
    volatile boolean isQuarantined;
    /// Server time when it was sealed.
    volatile long sealedMillis;
    /// A last batch kept in part; 0 for none.
    volatile long tornBatch;

    private final AtomicLong liveRecords = new AtomicLong();
    private final AtomicLong liveBytes = new AtomicLong();
    private final AtomicInteger pins = new AtomicInteger();

    Segment(StreamKind stream, long id, int generation, ServerId server, Path path, long capacity, long end) {
        this.stream = stream;
        this.id = id;
        this.generation = generation;
        this.server = server;
        this.path = path;
        this.capacity = capacity;
        this.end = end;
    }

    void live(long records, long bytes) {
        liveBytes.addAndGet(bytes);
        liveRecords.addAndGet(records);
    }

    /// @return whether nothing is live now
    boolean dead(long records, long bytes) {
        liveBytes.addAndGet(-bytes);
        long left = liveRecords.addAndGet(-records);
        if (left < 0) {
            throw new JournalException("segment " + id + ": released more often than live");
        }
        return left == 0;
    }

    long liveRecords() {
        return liveRecords.get();
    }

    long liveBytes() {
        return Math.max(0, liveBytes.get());
    }

    /// @return false when the segment is retired: its bytes are, or soon will be, others
    boolean pin() {
        while (true) {
            int now = pins.get();
            if (now == RETIRED) {
                return false;
            }
            if (pins.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void unpin() {
        if (pins.decrementAndGet() < 0) {
            throw new JournalException("segment " + id + ": unpinned more often than pinned");
        }
    }

    /// @return whether nobody has it pinned; nobody will from now on
    boolean retire() {
        return pins.compareAndSet(0, RETIRED);
    }

    /// Undoes [#retire]: it could not be noted.
    void takeBack() {
        pins.set(0);
    }

    boolean isRetired() {
        return pins.get() == RETIRED;
    }
}
