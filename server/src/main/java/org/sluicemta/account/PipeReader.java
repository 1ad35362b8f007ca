package org.sluicemta.account;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.Loop;

/// Gives accounting rows to a program, at least once and in order. Owner: its lane.
///
/// **At least once.** A row counts as taken when the system has it: it may then still lie in the pipe, 64 KB or so, and
/// be lost with a program that ends without reading it. Up to where rows were taken is recorded as an event; a program
/// that is started again gets the header and then everything behind that, so some rows come twice. The column `seq`
/// tells them.
///
/// A program that ends, cannot be started, or takes nothing for too long holds nobody up: events are kept for it, and
/// it is started again after a while.
public final class PipeReader {
    private static final Logger LOG = LoggerFactory.getLogger(PipeReader.class);

    private final AccountPipe pipe;
    private final AccountPolicies policies;
    private final JournalSpool spool;
    private final ChildProcesses children;
    private final Loop lane;
    private final Alarm retry;
    private EventFollower follower;
    private @Nullable PipeFeeding feeding;
    private boolean isAgainWanted;
    private boolean isWaiting;
    private boolean isStopped;

    /// To be made on the spool's home loop, between its opening and its start.
    ///
    /// @param policies asked for each row
    /// @param lane of its own, or shared with other readers
    public PipeReader(
            AccountPipe pipe, AccountPolicies policies, JournalSpool spool, ChildProcesses children, Loop lane) {
        this.pipe = pipe;
        this.policies = policies;
        this.spool = spool;
        this.children = children;
        this.lane = lane;
        this.follower = spool.follow(name(), lane);
        this.retry = lane.alarm(this::again);
        lane.post(this::begin);
    }

    /// The reader's name for life.
    String name() {
        return "account:" + pipe.name();
    }

    AccountPipe pipe() {
        return pipe;
    }

    AccountPolicies policies() {
        return policies;
    }

    JournalSpool spool() {
        return spool;
    }

    Loop lane() {
        return lane;
    }

    private void begin() {
        if (!isStopped) {
            var fresh = new PipeFeeding(this, follower);
            feeding = fresh;
            fresh.begin(children);
        }
    }

    private void again() {
        isWaiting = false;
        spool.followAnew(follower, name(), lane, fresh -> {
            follower = fresh;
            begin();
        });
    }

    /// The program is gone; it is started again, after a while or at once if that was asked for.
    ///
    /// @param step what was being done
    void ended(String step, String reason) {
        feeding = null;
        if (isStopped) {
            return;
        }
        if (isAgainWanted) {
            isAgainWanted = false;
            again();
            return;
        }
        LOG.error(
                "accounting pipe: {} \"{}\" failed: {}; it is started again in {} s, its rows are kept",
                step,
                String.join(" ", pipe.command()),
                reason,
                pipe.retryInterval().toSeconds());
        isWaiting = true;
        retry.set(lane.nanos() + pipe.retryInterval().toNanos());
    }

    /// Ends the program's input and starts it again once it has ended, or at once where it waits for that. From any
    /// thread.
    public void restart() {
        lane.post(() -> {
            PipeFeeding present = feeding;
            if (isStopped) {
                return;
            }
            if (present != null) {
                isAgainWanted = true;
                present.finish(() -> {});
            } else if (isWaiting) {
                retry.clear();
                again();
            }
        });
    }

    /// Ends the program's input, waits a bounded time for its end, then runs `done` on the lane. From any thread. To be
    /// called before the spool is closed.
    public void stop(Runnable done) {
        lane.post(() -> {
            isStopped = true;
            retry.clear();
            PipeFeeding present = feeding;
            if (present == null) {
                done.run();
            } else {
                present.finish(done);
            }
        });
    }
}
