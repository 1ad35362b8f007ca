package org.sluicemta.pace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// Loops under a clock that is turned by hand, for tests of the rooms that live on loops. Each loop counts from a zero
/// of its own. Turns run one after the other, in the order in which they became due.
public final class Stage {
    public static final long START_MILLIS = 1_700_000_000_000L;

    private final List<StageLoop> loops = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong((Timer t) -> t.at).thenComparingLong(t -> t.order));
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private long now;
    private long order;
    private StageLoop current;
    public int turns;

    public StageLoop loop() {
        var loop = new StageLoop(loops.size() * 1_000_000_007L - 5);
        loops.add(loop);
        return loop;
    }

    public long nanos() {
        return now;
    }

    public long millis() {
        return START_MILLIS + now / 1_000_000L;
    }

    /// Runs what is due now, until nothing is.
    public void settle() {
        while (!due.isEmpty()) {
            due.remove().run();
        }
    }

    /// Turns the clock on, stopping at every alarm on the way.
    public void advanceNanos(long nanos) {
        long end = now + nanos;
        settle();
        while (!timers.isEmpty() && timers.element().at <= end) {
            Timer timer = timers.remove();
            now = Math.max(now, timer.at);
            timer.loop.turn(timer.ring);
            settle();
        }
        now = end;
    }

    public void advanceMillis(long millis) {
        advanceNanos(millis * 1_000_000L);
    }

    /// When the next alarm rings; `Long.MAX_VALUE` for none.
    public long nextAlarm() {
        return timers.isEmpty() ? Long.MAX_VALUE : timers.element().at;
    }

    /// Runs `task` as a turn of `loop` after `nanos`.
    public void after(StageLoop loop, long nanos, Runnable task) {
        timers.add(new Timer(now + nanos, order++, loop, task));
    }

    private record Timer(long at, long order, StageLoop loop, Runnable ring) {}

    /// One loop.
    public final class StageLoop implements Loop {
        private final long zero;
        private final List<Runnable> after = new ArrayList<>();

        StageLoop(long zero) {
            this.zero = zero;
        }

        /// Runs `task` now, as a turn.
        public void turn(Runnable task) {
            StageLoop outer = current;
            current = this;
            turns++;
            task.run();
            while (!after.isEmpty()) {
                after.removeFirst().run();
            }
            current = outer;
        }

        @Override
        public long nanos() {
            return now + zero;
        }

        @Override
        public long serverMillis() {
            return millis();
        }

        @Override
        public boolean isCurrent() {
            return current == this;
        }

        @Override
        public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
            var waiting = new ArrayDeque<T>();
            return new Mailbox<>() {
                @Override
                public boolean offer(T item) {
                    if (waiting.size() == capacity) {
                        return false;
                    }
                    waiting.add(item);
                    due.add(() -> turn(() -> drain.accept(waiting.remove())));
                    return true;
                }

                @Override
                public void hold() {
                    throw new UnsupportedOperationException("nobody holds mail here");
                }

                @Override
                public void look() {
                    throw new UnsupportedOperationException("nobody holds mail here");
                }

                @Override
                public int size() {
                    return waiting.size();
                }
            };
        }

        @Override
        public Alarm alarm(Runnable ring) {
            return new Alarm() {
                private Timer timer;

                @Override
                public void set(long nanos) {
                    clear();
                    timer = new Timer(Math.max(now, nanos - zero), order++, StageLoop.this, ring);
                    timers.add(timer);
                }

                @Override
                public void clear() {
                    if (timer != null) {
                        timers.remove(timer);
                        timer = null;
                    }
                }
            };
        }

        @Override
        public void afterTurn(Runnable task) {
            if (!isCurrent()) {
                throw new IllegalStateException("afterTurn outside a turn");
            }
            after.add(task);
        }

        @Override
        public void post(Runnable task) {
            due.add(() -> turn(task));
        }
    }
}
