package org.sluicemta.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcess;

/// A program of the JDK's `ProcessBuilder`. Its threads: one starts it and waits for its end, one reads
/// each output, one writes its input when there is some. They hand everything to the loop; the engine is
/// called there only.
///
/// A reader holds one permit for each piece that it may read; the loop gives it back when the piece was
/// heard and reading is on. So at most one piece of each output waits, and a stopped engine stops the
/// program by its full pipe. Owner of the fields without a note: the loop.
final class RealChild implements ChildProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RealChild.class);
    private static final int PIECE = 32 * 1024;
    /// An output may be held open by a program that this one left behind; so long is waited for its end.
    private static final Duration LEFT_BEHIND = Duration.ofSeconds(1);
    private static final byte[] END = new byte[0];

    private final TurnLoop loop;
    private final ChildPlan plan;
    private final ChildEngine engine;
    private final Consumer<RealChild> gone;
    private final BlockingQueue<byte[]> input = new LinkedBlockingQueue<>();
    /// Why it was killed; the first reason counts. Any thread.
    private final AtomicReference<ChildEnd> cause = new AtomicReference<>();
    /// Any thread, once started.
    private volatile @Nullable Process process;

    private volatile boolean isKilled;

    private @Nullable Reader out;
    private @Nullable Reader err;
    private boolean isReading = true;
    private boolean isWriting;
    private boolean isInputOver;
    private boolean wasRefused;
    private boolean isOver;
    private long unwritten;

    RealChild(TurnLoop loop, ChildPlan plan, ChildEngine engine, Consumer<RealChild> gone) {
        this.loop = loop;
        this.plan = plan;
        this.engine = engine;
        this.gone = gone;
    }

    void begin() {
        thread("child", this::live);
    }

    private Thread thread(String what, Runnable task) {
        Thread thread = new Thread(task, "sluice-" + what);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    // --- on the child's own thread

    private void live() {
        ChildEnd end;
        try {
            end = startAndWait();
        } catch (InterruptedException interrupted) {
            killNow();
            end = new ChildEnd.Killed();
        } finally {
            gone.accept(this);
        }
        ChildEnd how = end;
        loop.later(() -> {
            isOver = true;
            input.add(END);
            engine.ended(how);
        });
    }

    private ChildEnd startAndWait() throws InterruptedException {
        Process started;
        try {
            ProcessBuilder builder = new ProcessBuilder(plan.command());
            builder.environment().putAll(plan.environment());
            if (plan.folder() != null) {
                builder.directory(plan.folder().toFile());
            }
            started = builder.start();
        } catch (IOException | RuntimeException refused) {
            return new ChildEnd.NotStarted(
                    Failures.ofDisk("start " + plan.command().getFirst(), refused));
        }
        process = started;
        Reader readsOut = new Reader(started.getInputStream(), engine::output);
        Reader readsErr = new Reader(started.getErrorStream(), engine::errorOutput);
        loop.later(() -> {
            out = readsOut;
            err = readsErr;
            engine.started(this);
        });
        Thread outThread = thread("child-out", readsOut);
        Thread errThread = thread("child-err", readsErr);
        if (isKilled) {
            killTree(started);
        }
        if (plan.timeoutNanos() == 0) {
            started.waitFor();
        } else if (!started.waitFor(plan.timeoutNanos(), TimeUnit.NANOSECONDS)) {
            cause.compareAndSet(null, new ChildEnd.TimedOut());
            killTree(started);
            started.waitFor();
        }
        readsOut.finish(outThread);
        readsErr.finish(errThread);
        ChildEnd why = cause.get();
        return why != null ? why : new ChildEnd.Exited(started.exitValue());
    }

    /// The program last, so that what it started can still be found; by its handle, because [Process]
    /// itself would also close its streams, and that waits for a thread that is writing. What the program
    /// starts in the very moment of its end outlives it, holds the other ends of its streams, and must
    /// hold up nobody.
    private static void killTree(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.toHandle().destroyForcibly();
    }

    /// From any thread; reads the table of processes, so not on a loop.
    void killNow() {
        cause.compareAndSet(null, new ChildEnd.Killed());
        isKilled = true;
        Process running = process;
        if (running != null) {
            killTree(running);
        }
    }

    /// One output of the program.
    private final class Reader implements Runnable {
        private final InputStream from;
        private final Consumer<ByteBuffer> to;
        private final byte[] piece = new byte[PIECE];
        private final Semaphore mayRead = new Semaphore(1);
        private volatile boolean isInRead;
        private volatile boolean isAbandoned;
        /// Owner: the loop.
        private boolean owesPermit;

        Reader(InputStream from, Consumer<ByteBuffer> to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            long total = 0;
            while (true) {
                mayRead.acquireUninterruptibly();
                int n = read();
                if (n < 0 || isAbandoned) {
                    return;
                }
                total += n;
                if (total > plan.mostOutputBytes()) {
                    cause.compareAndSet(null, new ChildEnd.TooMuchOutput());
                    killNow();
                    return;
                }
                loop.later(() -> heard(n));
            }
        }

        private int read() {
            isInRead = true;
            try {
                return from.read(piece);
            } catch (IOException closed) {
                LOG.debug("an output of {} ended: {}", plan.command().getFirst(), closed.getMessage());
                return -1;
            } finally {
                isInRead = false;
            }
        }

        private void heard(int n) {
            to.accept(ByteBuffer.wrap(piece, 0, n));
            if (isReading) {
                mayRead.release();
            } else {
                owesPermit = true;
            }
        }

        void resume() {
            if (owesPermit) {
                owesPermit = false;
                mayRead.release();
            }
        }

        /// Waits for the output's end; not for a program left behind that keeps it open.
        void finish(Thread thread) throws InterruptedException {
            while (!thread.join(LEFT_BEHIND)) {
                if (isInRead) {
                    isAbandoned = true;
                    return;
                }
            }
        }
    }

    // --- on the loop

    @Override
    public boolean write(ByteBuffer bytes) {
        loop.requireTurn("write to a program");
        if (isOver || isInputOver) {
            return false;
        }
        if (unwritten + bytes.remaining() > MOST_UNWRITTEN) {
            wasRefused = true;
            return false;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        if (copy.length > 0) {
            unwritten += copy.length;
            hand(copy);
        }
        return true;
    }

    private void hand(byte[] piece) {
        input.add(piece);
        if (!isWriting) {
            isWriting = true;
            thread("child-in", this::writeInput);
        }
    }

    /// On a thread of its own.
    private void writeInput() {
        Process running = process;
        if (running == null) {
            return;
        }
        try (OutputStream to = running.getOutputStream()) {
            while (true) {
                byte[] piece = input.take();
                if (piece == END) {
                    return;
                }
                to.write(piece);
                if (input.isEmpty()) {
                    to.flush();
                }
                loop.later(() -> written(piece.length));
            }
        } catch (IOException closed) {
            loop.later(this::noMoreInput);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void written(int bytes) {
        unwritten -= bytes;
        if (wasRefused && unwritten <= MOST_UNWRITTEN / 2 && !isOver && !isInputOver) {
            wasRefused = false;
            engine.writable();
        }
    }

    private void noMoreInput() {
        if (!isOver && !isInputOver) {
            isInputOver = true;
            unwritten = 0;
            engine.inputClosed();
        }
    }

    @Override
    public long unwrittenBytes() {
        loop.requireTurn("ask a program");
        return isOver || isInputOver ? 0 : unwritten;
    }

    @Override
    public void endInput() {
        loop.requireTurn("end a program's input");
        if (!isOver && !isInputOver) {
            isInputOver = true;
            hand(END);
        }
    }

    @Override
    public void reading(boolean on) {
        loop.requireTurn("read from a program");
        isReading = on;
        if (on && out != null && err != null) {
            out.resume();
            err.resume();
        }
    }

    @Override
    public void kill() {
        loop.requireTurn("kill a program");
        if (!isOver) {
            thread("child-kill", this::killNow);
        }
    }

    @Override
    public long id() {
        Process running = process;
        return running == null ? 0 : running.pid();
    }
}
