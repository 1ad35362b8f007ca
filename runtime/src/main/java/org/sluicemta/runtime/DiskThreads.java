package org.sluicemta.runtime;

import java.io.IOException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

/// Who performs the calls of the disk: the lane itself between its turns where the home is a lane, else one of a few
/// threads kept for this (not the workers: a read must not wait behind signatures).
final class DiskThreads {
    /// Calls of mail loops that may wait: far more than the credits for reading ever allow at once.
    private static final int MOST_WAITING = 65_536;

    private final ThreadPoolExecutor threads;

    DiskThreads(int count) {
        var number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                count, count, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "sluice-disk-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /// Something that takes its time and may fail.
    @FunctionalInterface
    interface Call<T> {
        T perform() throws IOException;
    }

    /// @param what for the text of a failure: `write /spool/c-1`
    <T> void perform(TurnLoop home, String what, Call<T> call, Answer<T> answer) {
        switch (home) {
            case Lane lane -> lane.betweenTurns(() -> home.turn(outcome(what, call, answer)));
            case MailLoop loop -> {
                try {
                    threads.execute(() -> loop.later(outcome(what, call, answer)));
                } catch (RejectedExecutionException full) {
                    loop.fail(answer, new IoFailure(IoFailure.Kind.EXHAUSTED, "cannot " + what + ": too much waits"));
                }
            }
        }
    }

    /// Performs the call here and now; what it returns delivers the result.
    private static <T> Runnable outcome(String what, Call<T> call, Answer<T> answer) {
        try {
            T value = call.perform();
            return () -> answer.ready(value);
        } catch (Refusal refusal) {
            return () -> answer.failed(refusal.why());
        } catch (IOException | RuntimeException failed) {
            IoFailure why = Failures.ofDisk(what, failed);
            return () -> answer.failed(why);
        }
    }

    void end() throws InterruptedException {
        threads.shutdown();
        if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
            threads.shutdownNow();
        }
    }
}
