package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcess;

/// A program that runs: between a test's [SimulatedProgram] and the server's engine. What it writes
/// comes in pieces and after delays drawn from the seed; the two outputs are told in any order, each in
/// its own.
///
/// Owner: the simulation's one thread.
final class SimulatedChild implements ChildProcess, SimulatedProgram.Hands {
    /// What the system's pipe takes without a reader.
    private static final int PIPE = 64 * 1024;

    private static final int MOST_PIECE = 32 * 1024;
    private static final long LEAST_NANOS = 10_000;
    private static final long MOST_NANOS = 3_000_000;

    private final SimulatedWorld world;
    private final SimulatedLoop loop;
    private final ChildPlan plan;
    private final ChildEngine engine;
    private final Seed seed;
    private final long id;
    private final Runnable gone;
    /// What the engine is to hear, in order.
    private final Queue<Runnable> told = new ArrayDeque<>();

    private final Output out;
    private final Output err;
    private final Queue<byte[]> input = new ArrayDeque<>();
    private long unwritten;
    /// In the pipe, because the program does not read.
    private final Queue<byte[]> unread = new ArrayDeque<>();

    private long inPipe;
    private @Nullable Consumer<byte[]> hears;
    private @Nullable Runnable hearsEnd;
    private boolean isReading = true;
    private boolean isInputOver;
    private boolean isInputClosed;
    private boolean wasRefused;
    private boolean hasEnded;
    private @Nullable ChildEnd end;
    private boolean isEndTold;

    SimulatedChild(
            SimulatedWorld world,
            SimulatedLoop loop,
            ChildPlan plan,
            ChildEngine engine,
            Seed seed,
            long id,
            Runnable gone) {
        this.world = world;
        this.loop = loop;
        this.plan = plan;
        this.engine = engine;
        this.seed = seed;
        this.id = id;
        this.gone = gone;
        this.out = new Output(engine::output);
        this.err = new Output(engine::errorOutput);
    }

    void begin(SimulatedProgram program) {
        later(() -> {
            tell(() -> engine.started(this));
            if (plan.timeoutNanos() > 0) {
                world.universe()
                        .schedule(
                                plan.timeoutNanos(), world, null, TraceKind.CHILD, () -> end(new ChildEnd.TimedOut()));
            }
            program.begin(this);
        });
    }

    private void later(Runnable task) {
        world.universe().schedule(seed.between(LEAST_NANOS, MOST_NANOS), world, null, TraceKind.CHILD, task);
    }

    private void tell(Runnable turn) {
        told.add(turn);
        loop.soon(TraceKind.CHILD, () -> {
            Runnable next = told.poll();
            if (next != null) {
                next.run();
            }
        });
    }

    private void end(ChildEnd how) {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        gone.run();
        boolean isByItself = how instanceof ChildEnd.Exited;
        if (!isByItself) {
            out.drop();
            err.drop();
        }
        end = how;
        tellEnd();
    }

    /// Once all output was heard.
    private void tellEnd() {
        ChildEnd how = end;
        if (how != null && !isEndTold && out.isHeard() && err.isHeard()) {
            isEndTold = true;
            tell(() -> engine.ended(how));
        }
    }

    /// One output.
    private final class Output {
        private final Consumer<ByteBuffer> to;
        private final Queue<byte[]> waiting = new ArrayDeque<>();
        private boolean isOnItsWay;
        private boolean isFlooding;
        private long total;

        Output(Consumer<ByteBuffer> to) {
            this.to = to;
        }

        void add(byte[] bytes) {
            int at = 0;
            while (at < bytes.length) {
                int piece = (int) seed.between(1, Math.min(MOST_PIECE, bytes.length - at));
                waiting.add(Arrays.copyOfRange(bytes, at, at + piece));
                at += piece;
            }
            move();
        }

        void move() {
            if (isOnItsWay || !isReading || waiting.isEmpty() && !isFlooding) {
                return;
            }
            isOnItsWay = true;
            later(() -> {
                byte[] piece = isFlooding ? new byte[MOST_PIECE] : waiting.poll();
                if (piece == null) {
                    isOnItsWay = false;
                    tellEnd();
                    return;
                }
                total += piece.length;
                if (total > plan.mostOutputBytes()) {
                    isOnItsWay = false;
                    end(new ChildEnd.TooMuchOutput());
                    return;
                }
                world.universe().trace(ByteBuffer.wrap(piece));
                tell(() -> {
                    to.accept(ByteBuffer.wrap(piece));
                    Arrays.fill(piece, (byte) 0x5A); // lent for the call
                    isOnItsWay = false;
                    move();
                    tellEnd();
                });
            });
        }

        void drop() {
            waiting.clear();
            isFlooding = false;
        }

        boolean isHeard() {
            return waiting.isEmpty() && !isOnItsWay;
        }
    }

    // --- the server's side

    @Override
    public boolean write(ByteBuffer bytes) {
        loop.requireCurrent("a child process");
        if (hasEnded || isInputOver) {
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
            input.add(copy);
            later(this::moveInput);
        }
        return true;
    }

    /// Into the pipe, and from there to the program if it reads.
    private void moveInput() {
        if (hasEnded) {
            return;
        }
        if (isInputClosed) {
            if (!input.isEmpty() && !isInputOver) {
                input.clear();
                unwritten = 0;
                isInputOver = true;
                tell(engine::inputClosed);
            }
            return;
        }
        Consumer<byte[]> reader = hears;
        for (byte[] piece = input.peek(); piece != null; piece = input.peek()) {
            if (reader == null && inPipe + piece.length > PIPE) {
                return;
            }
            input.poll();
            int length = piece.length;
            if (reader == null) {
                inPipe += length;
                unread.add(piece);
            } else {
                reader.accept(piece);
            }
            tell(() -> written(length));
        }
        if (isInputOver && reader != null && hearsEnd != null) {
            Runnable heard = hearsEnd;
            hearsEnd = null;
            heard.run();
        }
    }

    private void written(int bytes) {
        unwritten -= bytes;
        if (wasRefused && unwritten <= MOST_UNWRITTEN / 2 && !isEndTold && !isInputOver) {
            wasRefused = false;
            engine.writable();
        }
    }

    @Override
    public long unwrittenBytes() {
        loop.requireCurrent("a child process");
        return hasEnded || isInputOver ? 0 : unwritten;
    }

    @Override
    public void endInput() {
        loop.requireCurrent("a child process");
        if (!isInputOver) {
            isInputOver = true;
            later(this::moveInput);
        }
    }

    @Override
    public void reading(boolean on) {
        loop.requireCurrent("a child process");
        isReading = on;
        out.move();
        err.move();
    }

    @Override
    public void kill() {
        loop.requireCurrent("a child process");
        later(() -> end(new ChildEnd.Killed()));
    }

    @Override
    public long id() {
        return id;
    }

    // --- the program's hands

    @Override
    public List<String> words() {
        return plan.command().subList(1, plan.command().size());
    }

    @Override
    public String variable(String name) {
        return plan.environment().getOrDefault(name, "");
    }

    @Override
    public SimulatedHost host() {
        return world.host();
    }

    @Override
    public void out(byte[] bytes) {
        if (!hasEnded) {
            out.add(bytes);
        }
    }

    @Override
    public void err(byte[] bytes) {
        if (!hasEnded) {
            err.add(bytes);
        }
    }

    @Override
    public void flood() {
        out.isFlooding = true;
        out.move();
    }

    @Override
    public void exit(int status) {
        later(() -> end(new ChildEnd.Exited(status)));
    }

    @Override
    public void after(Duration time, Runnable task) {
        world.universe().schedule(time.toNanos(), world, null, TraceKind.CHILD, () -> {
            if (!hasEnded) {
                task.run();
            }
        });
    }

    @Override
    public void onInput(Consumer<byte[]> heard, Runnable ended) {
        hears = heard;
        hearsEnd = ended;
        inPipe = 0;
        for (byte[] piece = unread.poll(); piece != null; piece = unread.poll()) {
            heard.accept(piece);
        }
        later(this::moveInput);
    }

    @Override
    public void closeInput() {
        isInputClosed = true;
    }
}
