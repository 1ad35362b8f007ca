package org.sluicemta.pace;

import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// The one owner of all limits that more than one queue shares.
///
/// Two limits that are taken in two places cannot be taken at one moment, and the error shows as starvation. So a
/// shard asks here with the list of limits that bind a queue, and gets all of them or none: up to k permits with
/// their instants, or the limit that binds, for which it now stands in line.
///
/// **Lines.** Nobody asks twice: an ask that is held waits in the line of its binding limit and is answered when
/// its turn has come, so a million messages behind one permit a second cost one wake-up a second, and queues are
/// served in order. Connections are taken from the narrowest scope to the widest, and what was taken on the way is
/// kept while waiting for the next: the order is the same for all, so nobody waits in a circle. Rates are taken
/// together; who comes to the head of the line of the slowest reserves the others at their next instant, which is
/// at most one spacing of the slower one away, so two busy limits cannot starve an ask.
///
/// **Turns.** A queue that opens a connection and is bound by a rate takes a *turn* with it. So many turns are out
/// as the rate has permits in the next 2.5 s beyond those that are waited for, and a turn ends with the first
/// permit, with the connection, or after 5 s: ten thousand queues under one message a second hold a handful of
/// connections, not ten thousand, and one message an hour opens none before its time. The first ask of a session
/// for permits stands where its opening stood.
///
/// **Shares.** A queue with mail without end would keep its connections for ever, and with them the permits of a
/// rate, while others stand in line to open one. So whoever waits to open has the connection that stands longest
/// end after what it carries, once it has stood for [#SHARE_NANOS] and a permit of the rate: backlogged queues take
/// turns at what is scarce. Only a queue that has no connection, or two fewer than another one, has the other's
/// end: who has its share waits for what comes free by itself, so a queue never drives out its own.
///
/// Limits' states are keyed by [LimitKey] and outlive reloads; those that owe nothing are forgotten when the table
/// has doubled. Asks waiting at a changed limit keep the numbers that they were asked with; a shard that adopts new
/// policies withdraws and asks again.
///
/// Owner: one loop. Everything comes through a [Desk]; nothing here blocks.
public final class Pacer {
    /// A grant covers at most this much of a rate.
    public static final long AHEAD_NANOS = 10_000_000L;

    /// How long a turn lasts at most; half of it is how much of a rate may be out as turns.
    static final long TURN_NANOS = 5_000_000_000L;

    /// How long a connection stands at the least when others wait for it: long against what opening one costs.
    static final long SHARE_NANOS = 5_000_000_000L;

    /// After a look for a connection to end that found none, the next one comes this much later at the latest.
    private static final long LOOK_NANOS = 1_000_000_000L;

    private static final int FIRST_SWEEP = 1_024;

    private final Loop loop;
    private final ZoneId zone;
    private final Map<LimitKey, State> states = new HashMap<>();
    private final PriorityQueue<State> wakes = new PriorityQueue<>(Comparator.comparingLong(s -> s.wakeNanos));
    private final Alarm alarm;
    private int sweepAt = FIRST_SWEEP;
    private long asked;

    /// @param loop the owner
    /// @param zone whose calendar days count for daily rates
    public Pacer(Loop loop, ZoneId zone) {
        this.loop = loop;
        this.zone = zone;
        this.alarm = loop.alarm(this::rings);
    }

    /// A place for a shard on `home`. For the wiring.
    public Desk desk(Loop home, Desk.Hearer hearer) {
        return new Desk(this, loop, home, hearer);
    }

    /// Connections counted now under `key`. On the pacer's loop only.
    public int connections(LimitKey key) {
        State state = states.get(key);
        return state == null ? 0 : state.connections;
    }

    int states() {
        return states.size();
    }

    /// Places in the lines of `key`, those of withdrawn asks too.
    int places(LimitKey key) {
        State state = states.get(key);
        return state == null ? 0 : state.turnLine.size() + state.permitLine.size();
    }

    // ---- what desks say -------------------------------------------------------------------------------------------

    void ask(Desk desk, Ask ask) {
        ask.order = ++asked;
        if (ask.turn != null) {
            ask.order = ask.turn.ask().order;
        }
        Meter.Clock clock = clock();
        for (Limit limit : ask.limits) {
            state(limit).bind(limit, clock);
        }
        advance(new Waiting(desk, ask, clock.nanos() - ask.waitedNanos), null, clock);
    }

    void withdraw(Ask ask) {
        ask.isWithdrawn = true;
        State line = ask.waitsAt == null ? null : states.get(ask.waitsAt);
        if (line != null) {
            line.leave(ask);
        }
        for (int i = 0; i < ask.heldConnections; i++) {
            release(state(ask.limits.get(i)), 1);
        }
        ask.heldConnections = 0;
        // Lines skip it when it comes to the head, unless they dropped it before; it may stand there now.
        ask.limits.forEach(limit -> serve(state(limit)));
    }

    void unused(Answer.Granted grant, int count) {
        int rate = 0;
        for (Limit limit : grant.ask().limits) {
            State state = state(limit);
            if (state.meter != null && !isPaidLater(limit)) {
                state.meter.giveBack(grant.marks[rate], count);
            }
            rate++;
            serve(state);
        }
    }

    void pay(Limit limit, long amount) {
        state(limit).meterOf().pay(clock(), amount);
    }

    void refund(Limit limit, long amount, long paidMillis) {
        State state = state(limit);
        state.meterOf().refund(clock(), amount, paidMillis);
        serve(state);
    }

    void closed(Answer.Opened opened) {
        endTurn(opened);
        opened.standing--;
        boolean wasYielding = opened.yielding > 0;
        if (wasYielding) {
            opened.yielding--;
        }
        for (Limit limit : opened.ask().limits) {
            State state = state(limit);
            if (wasYielding) {
                state.yielding -= state.yielding > 0 ? 1 : 0;
            } else {
                state.stay(opened, -1);
            }
            if (opened.standing == 0) {
                state.standing.remove(opened);
            }
        }
        for (Limit limit : opened.ask().limits) {
            switch (limit) {
                case Limit.OfConnections counted -> release(state(counted), 1);
                case Limit.OfRate rate -> serve(state(rate));
            }
        }
    }

    // ---- granting -------------------------------------------------------------------------------------------------

    private Meter.Clock clock() {
        return new Meter.Clock(loop.nanos(), loop.serverMillis(), zone);
    }

    /// Takes an ask as far as it gets: to its answer, or into the line of the limit that binds it.
    ///
    /// @param from the limit at whose head it was, or null for a new one
    private void advance(Waiting waiting, @Nullable State from, Meter.Clock clock) {
        switch (waiting.ask.purpose) {
            case OPENING -> open(waiting, from, clock);
            case PERMITS -> permit(waiting, from, clock);
        }
    }

    private void open(Waiting waiting, @Nullable State from, Meter.Clock clock) {
        Ask ask = waiting.ask;
        int units = 1;
        if (from == null) {
            int count = ask.wanted;
            for (Limit limit : ask.limits) {
                count = Math.min(count, state(limit).openable(clock));
            }
            units = Math.max(1, count);
        }
        for (int i = ask.heldConnections + ask.passedTurns; i < ask.limits.size(); i++) {
            State state = state(ask.limits.get(i));
            if (state != from && state.openingsWaiting > 0 || state.openable(clock) < units) {
                // What is held so far while waiting is one unit of each.
                for (int j = 0; j < ask.heldConnections && units > 1; j++) {
                    release(state(ask.limits.get(j)), units - 1);
                }
                hold(waiting, state, clock);
                return;
            }
            switch (ask.limits.get(i)) {
                case Limit.OfConnections ignored -> {
                    state.connections += units;
                    ask.heldConnections++;
                }
                case Limit.OfRate ignored -> ask.passedTurns++;
            }
        }
        var opened = new Answer.Opened(ask, waiting.desk, units, clock.nanos(), clock.nanos() + TURN_NANOS);
        for (Limit limit : ask.limits) {
            State state = state(limit);
            state.standing.add(opened);
            state.stay(opened, units);
            if (limit instanceof Limit.OfRate) {
                state.turns.add(opened);
            }
        }
        ask.heldConnections = 0;
        waiting.desk.answer(ask, opened);
    }

    private void permit(Waiting waiting, @Nullable State from, Meter.Clock clock) {
        Ask ask = waiting.ask;
        long since = waiting.since;
        long horizon = AHEAD_NANOS;
        if (from != null && from.meter != null) {
            horizon = Math.max(horizon, from.meter.spacingNanos());
        }
        State binding = null;
        long latest = Long.MIN_VALUE;
        int k = ask.wanted;
        for (Limit limit : ask.limits) {
            State state = state(limit);
            Meter meter = state.meterOf();
            long earliest = meter.earliest(clock, since);
            boolean isBehindOthers = from == null && state.permitsBefore(ask.order);
            if (binding == null || isBehindOthers || earliest > latest) {
                binding = state;
                latest = Math.max(earliest, isBehindOthers ? clock.nanos() + horizon + 1 : earliest);
            }
            if (isPaidLater(limit)) {
                // One at a time, so that what it costs is known before the next.
                k = 1;
                continue;
            }
            k = Math.min(k, meter.most());
            if (meter.rate().isWindow()) {
                k = Math.min(k, Math.max(1, meter.free(clock, since)));
            }
        }
        if (binding != null
                && (latest > clock.nanos() + horizon || isAlone(ask) && latest > clock.nanos() + AHEAD_NANOS)) {
            hold(waiting, binding, clock);
            return;
        }
        grant(waiting, latest, k, clock);
    }

    private static boolean isAlone(Ask ask) {
        return ask.limits.size() == 1;
    }

    private void grant(Waiting waiting, long latest, int k, Meter.Clock clock) {
        Ask ask = waiting.ask;
        long[] marks = new long[ask.limits.size()];
        long spacing = 0;
        int at = 0;
        for (Limit limit : ask.limits) {
            if (isPaidLater(limit)) {
                at++;
                continue;
            }
            Meter meter = state(limit).meterOf();
            long own = meter.earliest(clock, waiting.since);
            // Used much later than its own instant, a permit counts from its use.
            long start = latest - own > Gcra.LATE_NANOS ? latest : own;
            marks[at++] = meter.take(clock, start, k);
            spacing = Math.max(spacing, meter.spacingNanos());
        }
        if (ask.turn != null) {
            endTurn(ask.turn);
        }
        long first = ask.limits.isEmpty() ? clock.nanos() : latest;
        waiting.desk.answer(ask, new Answer.Granted(ask, k, first, spacing, marks));
    }

    /// Bytes are counted when they are sent: an ask waits until what was sent is paid for, and takes nothing.
    private static boolean isPaidLater(Limit limit) {
        return limit.key().kind() == LimitKey.Kind.DATA_VOLUME;
    }

    private void endTurn(Answer.Opened turn) {
        if (!turn.isOver) {
            turn.isOver = true;
            for (Limit limit : turn.ask().limits) {
                if (limit instanceof Limit.OfRate) {
                    wake(state(limit), loop.nanos());
                }
            }
        }
    }

    private void release(State state, int units) {
        if (state.connections < units) {
            throw new IllegalStateException("more connections were given back than taken: " + state.key);
        }
        state.connections -= units;
        serve(state);
    }

    private void hold(Waiting waiting, State state, Meter.Clock clock) {
        long about = Long.MAX_VALUE;
        if (waiting.ask.isWithdrawn) {
            schedule(state, clock);
            return;
        }
        state.join(waiting);
        if (waiting.ask.purpose == Ask.Purpose.OPENING) {
            if (state.meter != null) {
                // Whoever has a turn or stands for a permit goes first.
                int ahead = state.turns.size() + state.permitsWaiting;
                about = state.aboutNanos(clock, ahead + state.openingsWaiting);
            }
        } else {
            about = state.aboutNanos(clock, state.permitsWaiting);
        }
        Limit binding = state.limit;
        schedule(state, clock);
        waiting.desk.answer(waiting.ask, new Answer.Held(binding, about));
    }

    // ---- lines ----------------------------------------------------------------------------------------------------

    /// Serves the lines of `state` as far as it gives.
    private void serve(State state) {
        if (state.isServing) {
            return;
        }
        state.isServing = true;
        Meter.Clock clock = clock();
        try {
            state.dropOverTurns(clock.nanos());
            while (true) {
                Waiting head = state.turnLine.peek();
                if (head == null || !head.ask.isWithdrawn && state.openable(clock) < 1) {
                    break;
                }
                state.turnLine.remove();
                if (!head.ask.isWithdrawn) {
                    state.left(head.ask);
                    advance(head, state, clock);
                }
            }
            while (true) {
                Waiting head = state.permitLine.peek();
                if (head == null
                        || !head.ask.isWithdrawn && state.meterOf().earliest(clock, head.since) > clock.nanos()) {
                    break;
                }
                state.permitLine.remove();
                if (!head.ask.isWithdrawn) {
                    state.left(head.ask);
                    advance(head, state, clock);
                }
            }
        } finally {
            state.isServing = false;
        }
        share(state, clock);
        schedule(state, clock);
    }

    /// Has as many connections end as queues wait that have less than their share, those that stand longest first.
    private void share(State state, Meter.Clock clock) {
        if (state.openingsWaiting <= state.yielding || clock.nanos() < state.lookNanos) {
            return;
        }
        List<Answer.Opened> ending = ending(state, clock);
        // Who is told may come back here at once.
        for (Answer.Opened each : ending) {
            if (each.standing > 0) {
                each.desk().answer(each.ask(), new Answer.Yield(each));
            }
        }
    }

    /// Chooses the connections that are to end and counts them as such.
    private List<Answer.Opened> ending(State state, Meter.Clock clock) {
        ArrayDeque<Answer.Opened> old = new ArrayDeque<>();
        for (Answer.Opened each : state.standing) {
            if (clock.nanos() - each.sinceNanos() < state.shareNanos()) {
                break;
            }
            if (each.yielding < each.standing) {
                old.add(each);
            }
        }
        if (old.isEmpty()) {
            return List.of();
        }
        int most = state.most();
        int served = state.yielding;
        int hopeless = Integer.MAX_VALUE;
        List<Answer.Opened> ending = new ArrayList<>();
        for (Waiting waiting : state.turnLine) {
            int own = state.staying(waiting.ask.context);
            int enough = own == 0 ? 1 : own + 2;
            if (waiting.ask.isWithdrawn || most < enough || served-- > 0 || enough >= hopeless) {
                continue;
            }
            Answer.Opened eldest = eldest(old, state, enough);
            if (eldest == null) {
                hopeless = enough;
                if (enough == 1) {
                    break;
                }
                continue;
            }
            eldest.yielding++;
            for (Limit limit : eldest.ask().limits) {
                State each = state(limit);
                each.yielding++;
                each.stay(eldest, -1);
            }
            ending.add(eldest);
        }
        if (ending.isEmpty()) {
            state.lookNanos = clock.nanos() + LOOK_NANOS;
        }
        return ending;
    }

    /// The first of `old` whose queue has `enough` connections; drops those that are all to end from its head.
    private static Answer.@Nullable Opened eldest(ArrayDeque<Answer.Opened> old, State state, int enough) {
        while (!old.isEmpty() && old.getFirst().yielding == old.getFirst().standing) {
            old.removeFirst();
        }
        for (Answer.Opened each : old) {
            if (each.yielding < each.standing && state.staying(each.ask().context) >= enough) {
                return each;
            }
        }
        return null;
    }

    private void schedule(State state, Meter.Clock clock) {
        long at = Long.MAX_VALUE;
        Waiting permits = state.permitLine.peek();
        if (permits != null) {
            at = Math.min(at, state.meterOf().earliest(clock, clock.nanos()));
        }
        Answer.Opened turn = state.turns.peek();
        if (state.openingsWaiting > 0 && turn != null) {
            at = Math.min(at, turn.expiryNanos());
        }
        if (state.openingsWaiting > state.yielding) {
            for (Answer.Opened each : state.standing) {
                if (each.yielding < each.standing) {
                    long due = Math.max(each.sinceNanos() + state.shareNanos(), state.lookNanos);
                    at = Math.min(at, Math.max(due, clock.nanos() + AHEAD_NANOS));
                    break;
                }
            }
        }
        if (state.openingsWaiting > 0 && state.meter != null) {
            long busy = state.turns.size() + state.permitsWaiting;
            long soon = state.meter.earliest(clock, clock.nanos()) + busy * state.meter.spacingNanos() - TURN_NANOS / 2;
            at = Math.min(at, Math.max(soon, clock.nanos() + AHEAD_NANOS));
        }
        if (at != Long.MAX_VALUE) {
            wake(state, at);
        }
    }

    private void wake(State state, long at) {
        if (state.wakeNanos != at) {
            wakes.remove(state);
            state.wakeNanos = at;
            wakes.add(state);
            alarm.set(wakes.element().wakeNanos);
        }
    }

    private void rings() {
        long now = loop.nanos();
        while (!wakes.isEmpty() && wakes.element().wakeNanos <= now) {
            State state = wakes.remove();
            state.wakeNanos = Long.MAX_VALUE;
            serve(state);
        }
        if (!wakes.isEmpty()) {
            alarm.set(wakes.element().wakeNanos);
        }
    }

    // ---- states ---------------------------------------------------------------------------------------------------

    private State state(Limit limit) {
        State state = states.get(limit.key());
        if (state == null) {
            if (states.size() >= sweepAt) {
                sweep();
            }
            state = new State(limit);
            states.put(limit.key(), state);
        }
        return state;
    }

    /// Forgets what owes nothing and waits for nothing.
    private void sweep() {
        Meter.Clock clock = clock();
        for (Iterator<State> all = states.values().iterator(); all.hasNext(); ) {
            State state = all.next();
            if (state.isForgettable(clock)) {
                wakes.remove(state);
                all.remove();
            }
        }
        sweepAt = Math.max(FIRST_SWEEP, 2 * states.size());
    }

    /// An ask in line.
    private static final class Waiting {
        final Desk desk;
        final Ask ask;
        final long since;

        Waiting(Desk desk, Ask ask, long since) {
            this.desk = desk;
            this.ask = ask;
            this.since = since;
        }
    }

    /// One limit: what is out, and who waits.
    private static final class State {
        final LimitKey key;
        Limit limit;

        @Nullable
        Meter meter;

        int connections;

        /// Openings whose connections are counted here, in the order in which they were opened.
        final LinkedHashSet<Answer.Opened> standing = new LinkedHashSet<>();

        int yielding;

        /// Connections that stand and have not been asked to yield, by the context of who opened them.
        final Map<Object, Integer> staying = new IdentityHashMap<>();

        /// Before then nobody looks for a connection to end.
        long lookNanos = Long.MIN_VALUE;

        final ArrayDeque<Answer.Opened> turns = new ArrayDeque<>();
        final ArrayDeque<Waiting> turnLine = new ArrayDeque<>();
        final PriorityQueue<Waiting> permitLine = new PriorityQueue<>(Comparator.comparingLong(w -> w.ask.order));

        /// Asks in the two lines that have not been withdrawn.
        int openingsWaiting;

        int permitsWaiting;
        long wakeNanos = Long.MAX_VALUE;
        boolean isServing;

        State(Limit limit) {
            this.key = limit.key();
            this.limit = limit;
            if (limit instanceof Limit.OfRate rate) {
                meter = new Meter(rate.rate());
            }
        }

        /// Takes the numbers of the present snapshot. Only new asks do: who gives back holds numbers of the past.
        void bind(Limit now, Meter.Clock clock) {
            limit = now;
            if (now instanceof Limit.OfRate rate) {
                if (meter == null) {
                    meter = new Meter(rate.rate());
                } else if (isPaidLater(now)) {
                    meter.bindAmounts(rate.rate(), clock);
                } else {
                    meter.bind(rate.rate());
                }
            }
        }

        void join(Waiting waiting) {
            waiting.ask.waitsAt = key;
            if (waiting.ask.purpose == Ask.Purpose.OPENING) {
                turnLine.add(waiting);
                openingsWaiting++;
                if (staying(waiting.ask.context) == 0) {
                    lookNanos = Long.MIN_VALUE;
                }
            } else {
                permitLine.add(waiting);
                permitsWaiting++;
            }
        }

        /// `ask` waits here no longer.
        void left(Ask ask) {
            ask.waitsAt = null;
            if (ask.purpose == Ask.Purpose.OPENING) {
                openingsWaiting--;
            } else {
                permitsWaiting--;
            }
        }

        /// `ask` was withdrawn: its place in line is dropped with the others of its kind, when they are the most.
        void leave(Ask ask) {
            left(ask);
            if (turnLine.size() > 2 * openingsWaiting) {
                turnLine.removeIf(each -> each.ask.isWithdrawn);
            }
            if (permitLine.size() > 2 * permitsWaiting) {
                permitLine.removeIf(each -> each.ask.isWithdrawn);
            }
        }

        int staying(Object context) {
            return staying.getOrDefault(context, 0);
        }

        /// The connections of who has most of them.
        int most() {
            int most = 0;
            for (int each : staying.values()) {
                most = Math.max(most, each);
            }
            return most;
        }

        void stay(Answer.Opened opened, int connections) {
            int now = staying(opened.ask().context) + connections;
            if (now > 0) {
                staying.put(opened.ask().context, now);
            } else {
                staying.remove(opened.ask().context);
            }
        }

        /// How long a connection stands at the least while others wait to open one.
        long shareNanos() {
            return meter == null ? SHARE_NANOS : Math.max(SHARE_NANOS, meter.spacingNanos());
        }

        Meter meterOf() {
            if (meter == null) {
                throw new PaceException("permits were asked of " + key + ", which counts connections");
            }
            return meter;
        }

        /// How many connections may be opened as far as this limit goes.
        int openable(Meter.Clock clock) {
            return switch (limit) {
                case Limit.OfConnections counted -> counted.most() - connections;
                case Limit.OfRate ignored -> {
                    dropOverTurns(clock.nanos());
                    long ahead = clock.nanos() + TURN_NANOS / 2 - meterOf().earliest(clock, clock.nanos());
                    long spacing = Math.max(1, meterOf().spacingNanos());
                    long soon = ahead < 0 ? 0 : 1 + ahead / spacing;
                    yield (int) Math.min(soon, 100_000) - turns.size() - permitsWaiting;
                }
            };
        }

        void dropOverTurns(long now) {
            for (Answer.Opened turn = turns.peek();
                    turn != null && (turn.isOver || turn.expiryNanos() <= now);
                    turn = turns.peek()) {
                turns.remove();
            }
        }

        boolean permitsBefore(long order) {
            Waiting head = permitLine.peek();
            return head != null && !head.ask.isWithdrawn && head.ask.order < order;
        }

        long aboutNanos(Meter.Clock clock, int place) {
            Meter held = meterOf();
            double wait = (double) held.spacingNanos() * Math.max(0, place - 1);
            return (long) Math.min(held.earliest(clock, clock.nanos()) + wait, Long.MAX_VALUE / 2.0);
        }

        boolean isForgettable(Meter.Clock clock) {
            return connections == 0
                    && turns.isEmpty()
                    && turnLine.isEmpty()
                    && permitLine.isEmpty()
                    && standing.isEmpty()
                    && (meter == null || !meter.isInDebt(clock));
        }
    }
}
