package org.sluicemta.account;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Writes one accounting file from the event stream, each row exactly once. Owner: its lane.
///
/// **Exactly once.** What is on disk is told by an event of its own: up to this event, this file, this length
/// ([org.sluicemta.spool.ReaderOffset]), recorded after the file was synced. A start cuts the file to that length and
/// writes again from that event. A file is named by such an event before it is made, with length 0, so no file is ever
/// there that no event knows of.
///
/// A failing disk is a start in small: what was not told as durable is forgotten and read again from the events, which
/// are kept until then.
public final class AccountReader {
    private static final Logger LOG = LoggerFactory.getLogger(AccountReader.class);
    private static final long RETRY_NANOS = 5_000_000_000L;

    private final AccountFile file;
    private final AccountPolicies policies;
    private final JournalSpool spool;
    private final Disk disk;
    private final Loop lane;
    private final Alarm retry;
    private @Nullable AccountWriting writing;
    private EventFollower follower;
    private boolean isStopped;
    private volatile long rows;

    /// To be made on the spool's home loop, between its opening and its start.
    ///
    /// @param policies asked for each row
    /// @param lane of its own, or shared with other readers of files
    public AccountReader(AccountFile file, AccountPolicies policies, JournalSpool spool, Disk disk, Loop lane) {
        this.file = file;
        this.policies = policies;
        this.spool = spool;
        this.disk = disk;
        this.lane = lane;
        this.follower = spool.follow(name(), lane);
        this.retry = lane.alarm(this::again);
        lane.post(this::begin);
    }

    /// The reader's name for life.
    String name() {
        return "account:" + file.path();
    }

    /// Rows written since the start. Safe from any thread.
    public long rows() {
        return rows;
    }

    void wroteRow() {
        rows++;
    }

    AccountFile file() {
        return file;
    }

    AccountPolicies policies() {
        return policies;
    }

    JournalSpool spool() {
        return spool;
    }

    Disk disk() {
        return disk;
    }

    Loop lane() {
        return lane;
    }

    private void begin() {
        if (!isStopped) {
            writing = new AccountWriting(this, follower);
            writing.begin();
        }
    }

    private void again() {
        spool.followAnew(follower, name(), lane, fresh -> {
            follower = fresh;
            begin();
        });
    }

    /// The present writing is over; another begins soon.
    void broke(IoFailure why) {
        LOG.error("accounting file {} cannot be written, next attempt in 5 s: {}", file.path(), why.text());
        writing = null;
        retry.set(lane.nanos() + RETRY_NANOS);
    }

    /// Finishes the present file, moves it if it is to be moved, and goes on with the next. From any thread.
    ///
    /// @param answer on the lane: whether it is done, or will be before the next row; false where nothing can be
    ///     written for the moment
    public void rotate(Consumer<Boolean> answer) {
        lane.post(() -> {
            boolean isWriting = writing != null && !isStopped;
            if (writing != null) {
                writing.rotate();
            }
            answer.accept(isWriting);
        });
    }

    /// Without date and number, as it is configured. Safe from any thread.
    public Path path() {
        return file.path();
    }

    /// Writes and records what was read so far, then runs `done` on the lane. From any thread. To be called before the
    /// spool is closed.
    public void stop(Runnable done) {
        lane.post(() -> {
            isStopped = true;
            retry.clear();
            if (writing == null) {
                done.run();
            } else {
                writing.stop(done);
            }
        });
    }
}
