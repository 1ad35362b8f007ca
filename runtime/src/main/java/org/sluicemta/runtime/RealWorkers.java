package org.sluicemta.runtime;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Workers;

/// A few threads with one bounded queue. The bound counts what rooms ask for; the steps of TLS handshakes, which the
/// number of connections bounds, go past it.
final class RealWorkers implements Workers {
    private final ThreadPoolExecutor threads;
    private final int mostWaiting;
    private final AtomicInteger waiting = new AtomicInteger();

    RealWorkers(int count, int mostWaiting) {
        this.mostWaiting = mostWaiting;
        var number = new AtomicInteger();
        threads = new ThreadPoolExecutor(count, count, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "sluice-worker-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public <T> void run(Loop home, Supplier<T> pureWork, Answer<T> answer) {
        TurnLoop loop = RealWorld.own(home);
        if (waiting.incrementAndGet() > mostWaiting) {
            waiting.decrementAndGet();
            loop.fail(answer, new IoFailure(IoFailure.Kind.EXHAUSTED, "the workers have too much to do"));
            return;
        }
        threads.execute(() -> work(loop, pureWork, answer));
    }

    private <T> void work(TurnLoop loop, Supplier<T> pureWork, Answer<T> answer) {
        try {
            loop.answer(answer, pureWork.get());
        } catch (Throwable thrown) {
            loop.fail(answer, new IoFailure(IoFailure.Kind.ERROR, Failures.reason(thrown)));
        } finally {
            waiting.decrementAndGet();
        }
    }

    @Override
    public boolean isFull() {
        return waiting.get() >= mostWaiting;
    }

    Executor unbounded() {
        return threads;
    }

    void end() throws InterruptedException {
        threads.shutdown();
        if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
            threads.shutdownNow();
        }
    }
}
