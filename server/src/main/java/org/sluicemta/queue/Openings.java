package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.pace.Answer;
import org.sluicemta.pace.Ask;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;

/// Opening connections: whether a queue has more mail than its sessions will take, and whether its limits let it have
/// another.
///
/// Owner: its shard.
final class Openings {
    /// Ready messages for each connection that is being made: a burst of 20 opens 5 at once.
    private static final int MESSAGES_PER_OPENING = 4;

    /// A paced queue connects this long before its permit.
    private static final long OPEN_AHEAD_NANOS = 1_000_000_000L;

    /// A ready message that found nobody for so long gets a connection of its own.
    private static final long STARVED_NANOS = 1_000_000_000L;

    /// The hosts of a domain may have other addresses by then, of the family that is free.
    private static final long LOOK_ANEW_NANOS = 60_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    private final QueueShard shard;
    private final Permits permits;
    private final int[] counted = new int[64];

    Openings(QueueShard shard, Permits permits) {
        this.shard = shard;
        this.permits = permits;
    }

    boolean mayConnect(WaitingQueue queue) {
        Meter rate = queue.pace().connectMeter;
        return rate == null || rate.free(shard.clock, queue.pace().connectSinceNanos) > 0;
    }

    void open(WaitingQueue queue, Answer.Opened opened) {
        Crew crew = queue.crew;
        if (crew == null) {
            crew = new Crew();
            queue.crew = crew;
        }
        Meter rate = queue.pace().connectMeter;
        if (rate != null) {
            rate.take(shard.clock, rate.earliest(shard.clock, queue.pace().connectSinceNanos), 1);
        }
        var session = new Session(queue, opened, shard.loop.nanos());
        queue.pace().openedNanos = session.openedNanos;
        shard.trials.opens(queue, session);
        crew.sessions.add(session);
        shard.sessionOpened();
        shard.dispatcher().open(queue.key, session);
    }

    /// Opens connections if there is more mail than the present sessions will take.
    void grow(WaitingQueue queue) {
        Crew crew = queue.crew;
        int staying = crew == null ? 0 : crew.staying();
        int connecting = crew == null ? 0 : crew.connecting();
        int most = queue.policy.maxSmtpOut().value();
        if (crew != null && staying > most) {
            crew.retireSurplus(staying - most);
        }
        // Sessions that are going still count at the remote until they are gone.
        int all = crew == null ? 0 : crew.sessions.size();
        int room = Math.min(Math.min(most, Permits.usable(queue)) - staying, most - all);
        boolean isRested = queue.retryUntilMillis <= shard.clock.millis();
        int wanted = isRested && room > 0 && queue.ready() > 0
                ? wanted(queue, Math.max(0, staying - connecting), connecting)
                : 0;
        Trial trial = queue.trial();
        if (trial != null && trial.wantsSession() && queue.ready() > 0 && all < most) {
            // It gets a connection of its own, whether the others would do or not.
            wanted = Math.max(wanted, 1);
            room = Math.max(room, 1);
        }
        if (wanted <= 0) {
            if (queue.ready() > 0 && queue.pace().binding == null && all >= most) {
                Permits.binds(queue, Permits.connectionsLimit(queue), NEVER);
            }
            permits.withdrawOpenAsk(queue);
            queue.pace().connectSinceNanos = NEVER;
            return;
        }
        ask(queue, Math.min(wanted, room));
    }

    /// How many connections the waiting mail is worth beyond those that are being made.
    private int wanted(WaitingQueue queue, int connected, int connecting) {
        int lots = lotsWaiting(queue);
        if (lots <= connected) {
            // The sessions will take it when they are done; unless they take long.
            long patience = queue.movedNanos + STARVED_NANOS;
            if (patience > shard.clock.nanos()) {
                shard.wakeAt(queue, patience);
                return 0;
            }
            lots = connected + 1;
        }
        return Math.ceilDiv(lots - connected, MESSAGES_PER_OPENING) - connecting;
    }

    private void ask(WaitingQueue queue, int wanted) {
        boolean isTried = queue.trial() != null && queue.trial().wantsSession();
        if (queue.pace().openNotBeforeNanos > shard.clock.nanos() && !isTried) {
            shard.wakeAt(queue, queue.pace().openNotBeforeNanos);
            return;
        }
        Meter messages = queue.pace().messageMeter;
        if (messages != null) {
            long permit = messages.earliest(shard.clock, queue.pace().sinceNanos);
            if (permit - OPEN_AHEAD_NANOS > shard.clock.nanos()) {
                Permits.binds(queue, Permits.messageLimit(queue), permit);
                shard.wakeAt(queue, permit - OPEN_AHEAD_NANOS);
                return;
            }
        }
        Meter volume = queue.pace().volumeMeter;
        if (volume != null) {
            long paid = volume.earliest(shard.clock, shard.clock.nanos());
            if (paid - OPEN_AHEAD_NANOS > shard.clock.nanos()) {
                Permits.binds(queue, Permits.volumeLimit(queue), paid);
                shard.wakeAt(queue, paid - OPEN_AHEAD_NANOS);
                return;
            }
        }
        int count = Math.min(wanted, openable(queue));
        if (count == 0) {
            return;
        }
        Meter connects = queue.pace().connectMeter;
        if (connects != null) {
            queue.pace().connectSinceNanos = Math.min(queue.pace().connectSinceNanos, shard.clock.nanos());
            int free = connects.free(shard.clock, queue.pace().connectSinceNanos);
            if (free == 0) {
                long next = connects.earliest(shard.clock, queue.pace().connectSinceNanos);
                Permits.binds(queue, Permits.connectLimit(queue), next);
                shard.wakeAt(queue, next);
                return;
            }
            count = Math.min(count, free);
        }
        if (queue.pace().openAsk == null) {
            Ask ask = Ask.toOpen(queue.shared.forOpening(), count, queue);
            queue.pace().openAsk = ask;
            shard.desk.ask(ask);
            if (queue.pace().openAsk == null && count < wanted) {
                // The connect rate alone holds the rest back.
                shard.mark(queue);
            }
        }
        Answer.Held held = queue.pace().openHeld;
        if (held != null) {
            Permits.binds(queue, held.binding(), held.aboutNanos());
        }
    }

    /// How many connections the pause between two of them and the source addresses allow; what holds them back binds.
    private int openable(WaitingQueue queue) {
        int count = Integer.MAX_VALUE;
        long pause = queue.policy.rampUpInterval().value().toNanos();
        if (pause > 0 && queue.crew != null) {
            long next = queue.pace().openedNanos + pause;
            if (next > shard.clock.nanos()) {
                Permits.binds(queue, pauseLimit(queue), next);
                shard.wakeAt(queue, next);
                return 0;
            }
            count = 1;
        } else if (pause > 0) {
            count = 1;
        }
        Sources sources = queue.sources();
        if (sources == null) {
            return count;
        }
        List<Sources.Source> candidates = candidates(queue, sources);
        int open = sources.openable(candidates, shard.clock);
        int free = open - undecided(queue);
        if (free > 0) {
            queue.pace().heldBack = List.of();
            queue.pace().heldBackUntilNanos = Long.MIN_VALUE;
            return Math.min(count, free);
        }
        if (open > 0) {
            // Those that are being opened will take what there is; each says when it has.
            return 0;
        }
        Sources.Hold hold = sources.held(candidates, shard.clock);
        if (hold != null) {
            Permits.binds(queue, hold.limit(), hold.untilNanos());
            if (hold.untilNanos() != NEVER) {
                shard.wakeAt(queue, hold.untilNanos());
            }
        }
        return 0;
    }

    /// The addresses that are looked at: those of the family that the last connection wanted, if it found none free.
    /// An address that is free again marks the queue, because a session has ended or it was enabled.
    private List<Sources.Source> candidates(WaitingQueue queue, Sources sources) {
        Pace pace = queue.pace();
        if (pace.heldBackUntilNanos > shard.clock.nanos()) {
            shard.wakeAt(queue, pace.heldBackUntilNanos);
            return pace.heldBack;
        }
        pace.heldBack = List.of();
        return sources.all();
    }

    /// A connection found that every address it could leave from is held back.
    void waitFor(WaitingQueue queue, List<Sources.Source> heldBack) {
        queue.pace().heldBack = heldBack;
        queue.pace().heldBackUntilNanos = shard.loop.nanos() + LOOK_ANEW_NANOS;
    }

    /// Sessions that have not chosen where to connect from: their addresses do not count them yet.
    private static int undecided(WaitingQueue queue) {
        int count = 0;
        if (queue.crew != null) {
            for (Session session : queue.crew.sessions) {
                count += session.hasAddress ? 0 : 1;
            }
        }
        return count;
    }

    private static Limit pauseLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.OPENING_PAUSE),
                new Setting<>(
                        queue.policy.rampUpInterval().directive(),
                        new Rate(1, queue.policy.rampUpInterval().value().toMillis(), false),
                        queue.policy.rampUpInterval().origin(),
                        null));
    }

    /// Transactions that wait, roughly: distinct messages among the first, never fewer than the recipients need.
    private int lotsWaiting(WaitingQueue queue) {
        ReadyOrder order = queue.order;
        if (order == null || order.size() == 0) {
            return 0;
        }
        int distinct = order.ahead(counted);
        return Math.max(
                distinct,
                Math.ceilDiv(order.size(), queue.policy.maxRcptPerTransaction().value()));
    }

    /// See [Shard#connectsAgain].
    long connectsAgain(Dispatcher.Opening opening) {
        Meter rate = ((Session) opening).queue.pace().connectMeter;
        if (rate == null) {
            return shard.loop.nanos();
        }
        var now = shard.now();
        long at = rate.earliest(now, now.nanos());
        rate.take(now, at, 1);
        return at;
    }
}
