package org.sluicemta.runtime;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A loop on a Netty event loop: connections, mail, alarms. One scheduled task of Netty stands for all alarms.
final class MailLoop extends TurnLoop {
    private static final Logger LOG = LoggerFactory.getLogger(MailLoop.class);

    private static final long SHORTAGE_AGAIN_NANOS = 60_000_000_000L;

    final EventLoop netty;
    private final Runnable ringing = this::ringNow;
    private @Nullable Future<?> armed;
    private long armedAt = AlarmHeap.NEVER;
    private long shortageToldNanos;
    private boolean wasShortageTold;

    MailLoop(String name, Clocks clocks, EventLoop netty) {
        super(name, clocks);
        this.netty = netty;
    }

    /// A connection of this loop ends because it got no buffer. Told once a minute at most: it may happen to thousands.
    void shortOfMemory(OutOfMemoryError refused) {
        long now = clocks.nanos();
        if (!wasShortageTold || now - shortageToldNanos > SHORTAGE_AGAIN_NANOS) {
            wasShortageTold = true;
            shortageToldNanos = now;
            LOG.warn(
                    "{}: memory is used up, connections end for lack of a buffer ({}); give more memory"
                            + " to this process, or less to its budgets",
                    name,
                    refused.getMessage());
        }
    }

    @Override
    boolean execute(Runnable raw) {
        if (netty.isShuttingDown() && !netty.inEventLoop()) {
            return false;
        }
        try {
            netty.execute(raw);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    /// Netty runs its queue of tasks for up to a second before it polls again; what is scheduled waits for the poll.
    @Override
    void executeNextRound(Runnable raw) {
        try {
            netty.schedule(raw, 0, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("{} ended with work left", name, ended);
        }
    }

    @Override
    boolean isOnThread() {
        return netty.inEventLoop();
    }

    @Override
    void arm(long nanos) {
        if (nanos >= armedAt || netty.isShuttingDown()) {
            return;
        }
        if (armed != null) {
            armed.cancel(false);
        }
        armedAt = nanos;
        long wait = Math.max(0, nanos - clocks.nanos());
        armed = netty.schedule(ringing, wait, TimeUnit.NANOSECONDS);
    }

    private void ringNow() {
        armedAt = AlarmHeap.NEVER;
        armed = null;
        ring();
    }
}
