package org.sluicemta.queue;

import org.sluicemta.pace.Answer;
import org.sluicemta.pace.Ask;
import org.sluicemta.pace.Gcra;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Rate;

/// Permits to attempt recipients: a queue's own rates, taken here, and those that it shares, asked of the pacer.
///
/// A queue has at most one question for permits and one for openings under way. Whatever holds it back is noted in its
/// [Pace] as the limit that binds, with its end.
///
/// Owner: its shard.
final class Permits {
    private final QueueShard shard;

    Permits(QueueShard shard) {
        this.shard = shard;
    }

    void withdrawAsks(WaitingQueue queue) {
        if (queue.paceIfAny() == null) {
            return;
        }
        withdrawPermitAsk(queue);
        withdrawOpenAsk(queue);
        returnPermits(queue);
    }

    void withdrawPermitAsk(WaitingQueue queue) {
        if (queue.pace().permitAsk != null) {
            shard.desk.withdraw(queue.pace().permitAsk);
            queue.pace().permitAsk = null;
            queue.pace().permitHeld = null;
        }
    }

    void withdrawOpenAsk(WaitingQueue queue) {
        if (queue.pace().openAsk != null) {
            shard.desk.withdraw(queue.pace().openAsk);
            queue.pace().openAsk = null;
            queue.pace().openHeld = null;
        }
    }

    void returnPermits(WaitingQueue queue) {
        Answer.Granted grant = queue.pace().grant;
        if (grant != null) {
            queue.pace().grant = null;
            shard.desk.unused(grant, grant.count() - queue.pace().grantUsed);
        }
    }

    /// Whether a rate of messages says when one may go.
    boolean isPaced(WaitingQueue queue) {
        Pace pace = queue.paceIfAny();
        if (pace != null && pace.messageMeter != null
                || queue.sources() != null && queue.sources().arePaced()) {
            return true;
        }
        for (Limit limit : queue.shared.forPermits()) {
            if (limit.key().kind() == LimitKey.Kind.MESSAGE_RATE) {
                return true;
            }
        }
        return false;
    }

    /// How many sessions the rates can keep busy, at the time that a consignment has been taking.
    static int usable(WaitingQueue queue) {
        double perNano = Double.MAX_VALUE;
        if (queue.pace().messageMeter != null) {
            perNano = perNano(queue.pace().messageMeter.rate());
        }
        for (Limit limit : queue.shared.forPermits()) {
            if (limit instanceof Limit.OfRate rate && rate.key().kind() != LimitKey.Kind.DATA_VOLUME) {
                perNano = Math.min(perNano, perNano(rate.rate()));
            }
        }
        if (perNano == Double.MAX_VALUE) {
            return Integer.MAX_VALUE;
        }
        double service = queue.crew == null ? 1e9 : queue.crew.serviceNanos;
        return (int) Math.clamp(Math.ceil(perNano * service * 1.5), 1, 1_000_000);
    }

    private static double perNano(Rate rate) {
        return rate.isWindow() ? Double.MAX_VALUE : rate.count() / (rate.unitMillis() * 1e6);
    }

    /// How many recipients may be attempted now; 0 names the limit that binds and when it ends.
    int free(WaitingQueue queue, Crew crew) {
        int free = Integer.MAX_VALUE;
        Meter own = queue.pace().messageMeter;
        if (own != null) {
            free = own.free(shard.clock, queue.pace().sinceNanos);
            if (free == 0) {
                binds(queue, messageLimit(queue), own.earliest(shard.clock, queue.pace().sinceNanos));
                return 0;
            }
        }
        Meter volume = queue.pace().volumeMeter;
        if (volume != null) {
            long paid = volume.earliest(shard.clock, queue.pace().sinceNanos);
            if (paid > shard.clock.nanos()) {
                binds(queue, volumeLimit(queue), paid);
                return 0;
            }
        }
        if (queue.shared.forPermits().isEmpty()) {
            return free;
        }
        if (queue.pace().grant == null && queue.pace().permitAsk == null) {
            askPermits(queue, crew, Math.min(free, queue.ready()));
        }
        Answer.Granted grant = queue.pace().grant;
        if (grant == null) {
            Answer.Held held = queue.pace().permitHeld;
            if (held != null) {
                binds(queue, held.binding(), held.aboutNanos());
            } else {
                // The question is on its way.
                binds(queue, queue.shared.forPermits().getFirst(), shard.clock.nanos());
            }
            return 0;
        }
        long next = grant.firstNanos() + queue.pace().grantUsed * grant.spacingNanos();
        long until = shard.clock.nanos() + (grant.spacingNanos() < Gcra.COALESCE_NANOS ? Gcra.COALESCE_NANOS : 0);
        if (next > until) {
            binds(queue, queue.shared.forPermits().getFirst(), next);
            shard.wakeAt(queue, next);
            return 0;
        }
        long granted = grant.spacingNanos() == 0 ? Long.MAX_VALUE : 1 + (until - next) / grant.spacingNanos();
        return (int) Math.min(free, Math.min(granted, grant.count() - queue.pace().grantUsed));
    }

    private void askPermits(WaitingQueue queue, Crew crew, int wanted) {
        Session withTurn = null;
        for (Session session : crew.sessions) {
            if (session.hasTurn && session.takesMail()) {
                withTurn = session;
                break;
            }
        }
        Ask ask = Ask.forPermits(
                queue.shared.forPermits(),
                wanted,
                shard.clock.nanos() - queue.pace().sinceNanos,
                withTurn == null ? null : withTurn.opened,
                queue);
        if (withTurn != null) {
            withTurn.hasTurn = false;
        }
        queue.pace().permitAsk = ask;
        // On the pacer's own loop the answer comes before this returns.
        shard.desk.ask(ask);
    }

    /// @param bytes of the message that goes out
    void use(WaitingQueue queue, int count, long bytes) {
        if (queue.pace().volumeMeter != null) {
            queue.pace().volumeMeter.pay(shard.clock, bytes);
        }
        Limit shared = queue.shared.volume();
        if (shared != null) {
            shard.desk.pay(shared, bytes);
        }
        Meter own = queue.pace().messageMeter;
        if (own != null) {
            own.take(shard.clock, own.earliest(shard.clock, queue.pace().sinceNanos), count);
        }
        Answer.Granted grant = queue.pace().grant;
        if (grant != null) {
            queue.pace().grantUsed += count;
            if (queue.pace().grantUsed >= grant.count()) {
                queue.pace().grant = null;
            }
        }
    }

    /// Bytes that were paid for at `paidMillis` (server time) were not sent after all.
    void refund(WaitingQueue queue, long bytes, long paidMillis) {
        Pace pace = queue.paceIfAny();
        if (pace != null && pace.volumeMeter != null) {
            pace.volumeMeter.refund(shard.now(), bytes, paidMillis);
        }
        Limit shared = queue.shared.volume();
        if (shared != null) {
            shard.desk.refund(shared, bytes, paidMillis);
        }
    }

    static void binds(WaitingQueue queue, Limit limit, long untilNanos) {
        if (queue.pace().binding == null || untilNanos > queue.pace().bindingUntilNanos) {
            queue.pace().binding = limit;
            queue.pace().bindingUntilNanos = untilNanos;
        }
    }

    static Limit messageLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.MESSAGE_RATE),
                queue.policy.maxMsgRate());
    }

    static Limit volumeLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.DATA_VOLUME),
                queue.policy.limits().maxDataVolumeRate());
    }

    static Limit connectLimit(WaitingQueue queue) {
        return Limit.OfRate.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.CONNECT_RATE),
                queue.policy.maxConnectRate());
    }

    static Limit connectionsLimit(WaitingQueue queue) {
        return Limit.OfConnections.of(
                new LimitKey(LimitKey.Scope.QUEUE, queue.key.toString(), LimitKey.Kind.CONNECTIONS),
                queue.policy.maxSmtpOut());
    }

    /// The pacer answers: in a turn of its own, or from within the asking.
    void answered(Ask ask, Answer answer) {
        WaitingQueue queue = (WaitingQueue) ask.context();
        switch (answer) {
            case Answer.Held held -> {
                if (ask == queue.pace().permitAsk) {
                    queue.pace().permitHeld = held;
                    shard.mark(queue);
                } else if (ask == queue.pace().openAsk) {
                    queue.pace().openHeld = held;
                    shard.mark(queue);
                }
            }
            case Answer.Granted grant -> {
                if (ask != queue.pace().permitAsk) {
                    shard.desk.unused(grant, grant.count());
                    return;
                }
                queue.pace().permitAsk = null;
                queue.pace().permitHeld = null;
                queue.pace().grant = grant;
                queue.pace().grantUsed = 0;
                shard.mark(queue);
            }
            case Answer.Yield(Answer.Opened opened) -> shard.yields(queue, opened);
            case Answer.Opened opened -> {
                boolean isWanted = ask == queue.pace().openAsk;
                if (isWanted) {
                    queue.pace().openAsk = null;
                    queue.pace().openHeld = null;
                }
                shard.opened(queue, opened, isWanted);
            }
        }
    }
}
