package org.sluicemta.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
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

    private final SimulatedWorld world;
    private final SimulatedUniverse universe;
    private final String name;
    private final int number;
    private final boolean isLane;
    private final long zero;
    private final Queue<Runnable> posts = new ArrayDeque<>();
    private final Queue<DiskCall<?>> diskCalls = new ArrayDeque<>();
    private final List<SimulatedUniverse.Event> putOff = new ArrayList<>();
    private final List<Runnable> afterTurn = new ArrayList<>();
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

    /// Puts the event off if this loop is not free; the universe asks before each turn.
    boolean defers(SimulatedUniverse.Event event) {
        if (isHeldByDisk) {
            putOff.add(event);
            return true;
        }
        if (event.at < busyUntil) {
            event.at = busyUntil;
            universe.put(event);
            return true;
        }
        return false;
    }

    void turn(SimulatedUniverse.Event event) {
        turnAt = event.at;
        world.readWallClock();
        event.task.run();
        // A task may ask for another one: it belongs to the end of this turn too.
        for (int i = 0; i < afterTurn.size(); i++) {
            afterTurn.get(i).run();
        }
        afterTurn.clear();
        busyUntil = event.at + universe.scheduling().between(LEAST_TURN_NANOS, MOST_TURN_NANOS);
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
        for (SimulatedUniverse.Event event : putOff) {
            event.at = universe.nanos();
            universe.put(event);
        }
        putOff.clear();
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
            if (!isWoken) {
                isWoken = true;
                soon(TraceKind.MAIL, this::drain);
            }
            return true;
        }

        private void drain() {
            int count = 1 + universe.scheduling().nextInt(MOST_MAIL_A_TURN);
            for (int i = 0; i < count; i++) {
                T item = items.poll();
                if (item == null) {
                    break;
                }
                drain.accept(item);
            }
            isWoken = !items.isEmpty();
            if (isWoken) {
                soon(TraceKind.MAIL, this::drain);
            }
        }

        @Override
        public int size() {
            return items.size();
        }
    }

    private final class Ringer implements Alarm {
        private final Runnable ring;
        private SimulatedUniverse.@Nullable Event event;

        Ringer(Runnable ring) {
            this.ring = ring;
        }

        @Override
        public void set(long nanos) {
            requireCurrent("an alarm");
            forget();
            long delay = Math.max(0, nanos - zero - universe.nanos());
            event = universe.schedule(delay, world, SimulatedLoop.this, TraceKind.ALARM, this::ring);
        }

        private void ring() {
            event = null;
            ring.run();
        }

        @Override
        public void clear() {
            requireCurrent("an alarm");
            forget();
        }

        private void forget() {
            if (event != null) {
                event.isCancelled = true;
                event = null;
            }
        }
    }
}
