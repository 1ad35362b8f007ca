package org.sluicemta.web;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sluicemta.control.Control;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// What the console is told every two seconds: asked once for all who listen, and only while somebody does. Who reads
/// slowly misses what was newer than what it reads, and holds up nobody.
///
/// Owner: a lane of its own; listeners are read from virtual threads.
final class EventStreams {
    /// One for each open page of a few people.
    static final int MOST_LISTENERS = 64;
    /// Of one address, so that nobody takes all.
    static final int MOST_OF_A_CLIENT = 32;
    /// After so long an answer is given up: it was lost.
    private static final long LOST_NANOS = Duration.ofMinutes(1).toNanos();

    private static final long EVERY_NANOS = Duration.ofSeconds(2).toNanos();
    private static final List<String> STATUS = List.of("--json", "show", "status");
    private static final List<String> QUEUES = List.of("--json", "show", "topqueues", "--errors", "--maxitems=50");

    private final Loop lane;
    private final Control control;
    private final Alarm tick;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private boolean isTicking;
    private boolean isAsking;
    private long askedNanos;

    /// @param lane for this alone
    EventStreams(Loop lane, Control control) {
        this.lane = lane;
        this.control = control;
        this.tick = lane.alarm(this::tick);
    }

    /// One who listens; to be closed. From one virtual thread.
    final class Listener implements AutoCloseable {
        private final BlockingQueue<String> newest = new ArrayBlockingQueue<>(1);
        private final Object network;
        private final BooleanSupplier isAllowed;

        private Listener(Object network, BooleanSupplier isAllowed) {
            this.network = network;
            this.isAllowed = isAllowed;
        }

        /// The next piece of the stream; blocks. A remark where nothing came in 10 s, so that both ends see whether the
        /// other is still there.
        ///
        /// @return null at the end: the server stops, or who listens may no longer
        @Nullable
        String next() throws InterruptedException {
            String text = newest.poll(10, TimeUnit.SECONDS);
            if (!isAllowed.getAsBoolean() || END.equals(text)) {
                return null;
            }
            return text == null ? ": nothing new\n\n" : text;
        }

        private void tell(String text) {
            newest.poll();
            // There is room, as only the lane adds.
            newest.offer(text);
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }

    private static final String END = "";

    /// From any thread.
    ///
    /// @param isAllowed asked before each piece
    /// @return empty when too many listen already, everywhere or at this address
    Optional<Listener> listen(InetAddress client, BooleanSupplier isAllowed) {
        var listener = new Listener(WrongPasswords.network(client), isAllowed);
        synchronized (listeners) {
            long same = listeners.stream()
                    .filter(each -> each.network.equals(listener.network))
                    .count();
            if (listeners.size() >= MOST_LISTENERS || same >= MOST_OF_A_CLIENT) {
                return Optional.empty();
            }
            listeners.add(listener);
        }
        lane.post(() -> {
            if (!isTicking) {
                isTicking = true;
                tick();
            }
        });
        return Optional.of(listener);
    }

    int listeners() {
        return listeners.size();
    }

    /// Ends all streams. From any thread.
    void stop() {
        lane.post(() -> {
            tick.clear();
            listeners.forEach(each -> each.tell(END));
        });
    }

    private void tick() {
        if (listeners.isEmpty()) {
            isTicking = false;
            return;
        }
        tick.set(lane.nanos() + EVERY_NANOS);
        if (isAsking && lane.nanos() - askedNanos < LOST_NANOS) {
            // The server is behind; it is not asked twice.
            return;
        }
        isAsking = true;
        askedNanos = lane.nanos();
        control.ask(STATUS, status -> control.ask(QUEUES, queues -> lane.post(() -> tell(status.out(), queues.out()))));
    }

    private void tell(String status, String queues) {
        isAsking = false;
        String text = event("status", status) + event("queues", queues);
        listeners.forEach(each -> each.tell(text));
    }

    /// Answers are one line.
    private static String event(String name, String json) {
        return "event: " + name + "\ndata: " + json.strip() + "\n\n";
    }
}
