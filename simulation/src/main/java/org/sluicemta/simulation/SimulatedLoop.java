package org.sluicemta.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// A loop or a lane of one boot. Its turns never overlap, because a turn that falls into another, or into a disk call
/// of its lane, is put off until that is over.
///
/// A turn takes between 200 ns and 20 µs of virtual time. A lane's disk calls run between its turns and stop it
/// meanwhile, as they stop the thread of a real lane: a call that hangs hangs the lane.
final class SimulatedLoop implements Loop {
    private static final long LEAST_TURN_NANOS = 200;
    private static final long MOST_TURN_NANOS = 20_000;
    private static final int MOST_MAIL_A_TURN = 64;
    private static final long MOST_OVERTAKEN_NANOS = 100_000;

    private final SimulatedWorld world;
    private final SimulatedUniverse universe;
    private final String name;
    private final int number;
    private final boolean isLane;
    private final long zero;
    private final Queue<Runnable> posts = new ArrayDeque<>();
    private final Queue<DiskCall<?>> diskCalls = new ArrayDeque<>();
    private final PriorityQueue<SimulatedUniverse.Event> waiting = new PriorityQueue<>(
            Comparator.comparingLong((SimulatedUniverse.Event e) -> e.tie).thenComparingLong(e -> e.number));
    private SimulatedUniverse.@Nullable Event wake;
    private final List<Runnable> afterTurn = new ArrayList<>();
    private final TreeSet<Ringer> alarms =
            new TreeSet<>(Comparator.comparingLong((Ringer r) -> r.due).thenComparingLong(r -> r.order));
    private long alarmOrder;
    private boolean isHeldByDisk;
    private boolean startsDiskCall;
    private long busyUntil;
    private long turnAt;

    SimulatedLoop(SimulatedWorld world, String name, int number, boolean isLane, long zero) {
        this.world = world;
        this.universe = world.universe();
        this.name = name;
        this.number = number;
        this.isLane = isLane;
        this.zero = zero;
    }

    static SimulatedLoop of(Loop loop, SimulatedWorld world) {
        if (loop instanceof SimulatedLoop mine && mine.world == world) {
            return mine;
        }
        throw new IllegalArgumentException(loop + " is not a loop of this world");
    }

    int number() {
        return number;
    }

    boolean isLane() {
        return isLane;
    }

    SimulatedWorld world() {
        return world;
    }

    @Override
    public long nanos() {
        return (isCurrent() ? turnAt : universe.nanos()) + zero;
    }

    @Override
    public long serverMillis() {
        return world.serverMillis();
    }

    @Override
    public boolean isCurrent() {
        return universe.current() == this;
    }

    /// @throws IllegalStateException outside a turn of this loop
    void requireCurrent(String what) {
        if (!isCurrent()) {
            throw new IllegalStateException(what + " belongs to " + this + " and was called "
                    + (universe.current() == null ? "outside any turn" : "from " + universe.current()));
        }
    }

    @Override
    public <T> Mailbox<T> mailbox(int capacity, Drain<T> drain) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity is " + capacity + "; write 1 or more");
        }
        return new Box<>(capacity, drain);
    }

    @Override
    public Alarm alarm(Runnable ring) {
        return new Ringer(ring);
    }

    @Override
    public void afterTurn(Runnable task) {
        requireCurrent("afterTurn");
        afterTurn.add(task);
    }

    @Override
    public void post(Runnable task) {
        posts.add(task);
        soon(TraceKind.POST, () -> posts.remove().run());
    }

    /// Runs `task` as a turn after a moment that the seed chooses.
    void soon(TraceKind kind, Runnable task) {
        universe.schedule(world.wakeUpNanos(), world, this, kind, task);
    }

    /// Asked before each event of this loop: which event may run now. Where the loop is not free the event joins
    /// those that wait, and one alone wakes the loop when it is free. The seed lets those that wait overtake each
    /// other, but only by a little, so that none starves.
    ///
    /// @return null when none may
    SimulatedUniverse.@Nullable Event admit(SimulatedUniverse.Event event) {
        if (event == wake) {
            wake = null;
            return isHeldByDisk ? null : nextWaiting(event.at);
        }
        if (!isHeldByDisk && event.at >= busyUntil) {
            return event;
        }
        event.tie = event.at + universe.scheduling().between(0, MOST_OVERTAKEN_NANOS);
        waiting.add(event);
        wakeIfNeeded();
        return null;
    }

    private SimulatedUniverse.@Nullable Event nextWaiting(long at) {
        if (at < busyUntil) {
            wakeIfNeeded();
            return null;
        }
        for (SimulatedUniverse.Event next = waiting.poll(); next != null; next = waiting.poll()) {
            if (!next.isCancelled) {
                next.at = at;
                return next;
            }
        }
        return null;
    }

    private void wakeIfNeeded() {
        if (wake == null && !waiting.isEmpty() && !isHeldByDisk) {
            wake = universe.schedule(busyUntil - universe.nanos(), world, this, TraceKind.WIRE, () -> {});
        }
    }

    void turn(SimulatedUniverse.Event event) {
        turnAt = event.at;
        world.readWallClock();
        guarded(event.task);
        // A task may ask for another one: it belongs to the end of this turn too.
        for (int i = 0; i < afterTurn.size(); i++) {
            guarded(afterTurn.get(i));
        }
        afterTurn.clear();
        busyUntil = event.at + universe.scheduling().between(LEAST_TURN_NANOS, MOST_TURN_NANOS);
        wakeIfNeeded();
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException defect) {
            universe.defect(defect);
        }
    }

    /// Runs a disk call between the turns of this lane.
    void queue(DiskCall<?> call) {
        diskCalls.add(call);
        if (!isHeldByDisk && !startsDiskCall) {
            startsDiskCall = true;
            long wait = isCurrent() ? MOST_TURN_NANOS : Math.max(0, busyUntil - universe.nanos());
            universe.schedule(wait, world, null, TraceKind.DISK, this::startDiskCall);
        }
    }

    private void startDiskCall() {
        startsDiskCall = false;
        isHeldByDisk = true;
        diskCalls.remove().begin(this::diskCallEnded);
    }

    private void diskCallEnded() {
        if (!diskCalls.isEmpty()) {
            diskCalls.remove().begin(this::diskCallEnded);
            return;
        }
        isHeldByDisk = false;
        wakeIfNeeded();
    }

    @Override
    public String toString() {
        return world.name() + "/" + name;
    }

    private final class Box<T> implements Mailbox<T> {
        private final int capacity;
        private final Drain<T> drain;
        private final ArrayDeque<T> items = new ArrayDeque<>();
        private boolean isWoken;
        private boolean isHeld;

        Box(int capacity, Drain<T> drain) {
            this.capacity = capacity;
            this.drain = drain;
        }

        @Override
        public boolean offer(T item) {
            if (!world.isAlive() || items.size() >= capacity) {
                return false;
            }
            items.add(item);
            wake();
            return true;
        }

        private void wake() {
            if (!isWoken && !isHeld) {
                isWoken = true;
                soon(TraceKind.MAIL, this::drain);
            }
        }

        @Override
        public void hold() {
            requireCurrent("hold");
            isHeld = true;
        }

        @Override
        public void look() {
            requireCurrent("look");
            if (isHeld) {
                isHeld = false;
                handOver();
                if (!items.isEmpty()) {
                    wake();
                }
            }
        }

        private void drain() {
            handOver();
            isWoken = false;
            if (!items.isEmpty()) {
                wake();
            }
        }

        private void handOver() {
            int count = 1 + universe.scheduling().nextInt(MOST_MAIL_A_TURN);
            for (int i = 0; i < count; i++) {
                T item = items.poll();
                if (item == null) {
                    break;
                }
                guarded(() -> drain.accept(item));
            }
        }

        @Override
        public int size() {
            return items.size();
        }
    }

    /// The event that will ring some alarm. Which one it rings is settled when it comes: where several are due, the
    /// earliest, so that alarms ring in the order of their times however late the loop is.
    private static final class Bell {
        private Ringer owner;
        private SimulatedUniverse.@Nullable Event event;

        Bell(Ringer owner) {
            this.owner = owner;
        }
    }

    private void rings(Bell bell) {
        Ringer earliest = alarms.first();
        Bell own = earliest.bell;
        if (own != null && own != bell) {
            own.owner = bell.owner;
            bell.owner.bell = own;
        }
        earliest.bell = null;
        alarms.remove(earliest);
        earliest.ring.run();
    }

    private final class Ringer implements Alarm {
        private final Runnable ring;
        private long due;
        private long order;
        private @Nullable Bell bell;

        Ringer(Runnable ring) {
            this.ring = ring;
        }

        @Override
        public void set(long nanos) {
            requireCurrent("an alarm");
            forget();
            due = nanos - zero;
            order = alarmOrder++;
            Bell own = new Bell(this);
            bell = own;
            alarms.add(this);
            long delay = Math.max(0, due - universe.nanos());
            own.event = universe.schedule(delay, world, SimulatedLoop.this, TraceKind.ALARM, () -> rings(own));
        }

        @Override
        public void clear() {
            requireCurrent("an alarm");
            forget();
        }

        private void forget() {
            Bell own = bell;
            if (own != null && own.event != null) {
                own.event.isCancelled = true;
                bell = null;
                alarms.remove(this);
            }
        }
    }
}
