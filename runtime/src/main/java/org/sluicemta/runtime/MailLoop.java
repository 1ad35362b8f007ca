package org.sluicemta.runtime;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A loop on a Netty event loop: connections, mail, alarms. One scheduled task of Netty stands for all alarms.
final class MailLoop extends TurnLoop {
    final EventLoop netty;
    private final Runnable ringing = this::ringNow;
    private @Nullable Future<?> armed;
    private long armedAt = AlarmHeap.NEVER;

    MailLoop(String name, Clocks clocks, EventLoop netty) {
        super(name, clocks);
        this.netty = netty;
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
