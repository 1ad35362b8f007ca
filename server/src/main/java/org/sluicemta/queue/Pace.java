package org.sluicemta.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.pace.Answer;
import org.sluicemta.pace.Ask;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.Meter;

/// What paces a queue that has mail to send: its own rates, its questions to the pacer, and what holds it back now.
/// Made when a queue begins to move, let go when it rests and owes nothing. Owner: the queue's shard.
final class Pace {
    /// There if a rate is set.
    @Nullable
    Meter messageMeter;

    @Nullable
    Meter connectMeter;

    @Nullable
    Meter volumeMeter;

    /// When the last connection was opened, for the pause until the next.
    long openedNanos = Long.MIN_VALUE / 2;

    @Nullable
    Ask permitAsk;

    @Nullable
    Ask openAsk;

    /// What the asks that stand in line were told.
    Answer.@Nullable Held permitHeld;

    Answer.@Nullable Held openHeld;
    Answer.@Nullable Granted grant;
    int grantUsed;

    /// When a session with ready mail began to want a permit, and mail a connection; `Long.MAX_VALUE` while none does.
    long sinceNanos = Long.MAX_VALUE;

    long connectSinceNanos = Long.MAX_VALUE;

    /// When mail that is to go to other queues is looked at again: [Moves].
    long homeNotBeforeNanos = Long.MIN_VALUE;

    /// When a reply put the queue off last (`defer-queue`).
    long deferredNanos = Long.MIN_VALUE;

    /// What holds the queue back now, and until when; null where nothing does.
    @Nullable
    Limit binding;

    long bindingUntilNanos;
    long bindingSinceNanos = Long.MAX_VALUE;
    long notedMessageRateMillis;
    long notedConnectRateMillis;
    long openNotBeforeNanos = Long.MIN_VALUE;

    /// The addresses that the hosts of its domain can be reached from, when the last connection found each of them held
    /// back: none is opened before one is free, or before `heldBackUntilNanos`.
    List<Sources.Source> heldBack = List.of();

    long heldBackUntilNanos = Long.MIN_VALUE;

    Pace(QueuePolicy policy) {
        messageMeter = Sources.meter(null, policy.maxMsgRate().value());
        connectMeter = Sources.meter(null, policy.maxConnectRate().value());
        volumeMeter = Sources.meter(null, policy.limits().maxDataVolumeRate().value());
    }

    void bind(QueuePolicy policy, Meter.Clock clock) {
        messageMeter = Sources.meter(messageMeter, policy.maxMsgRate().value());
        connectMeter = Sources.meter(connectMeter, policy.maxConnectRate().value());
        volumeMeter = Sources.volumeMeter(
                volumeMeter, policy.limits().maxDataVolumeRate().value(), clock);
    }

    /// Whether letting this go would forget something: a debt, a question, a pause between connections or looks at
    /// mail that is to go home, or that a limit was noted within the last minute.
    boolean remembers(Meter.Clock clock, long noteEveryMillis) {
        return permitAsk != null
                || openAsk != null
                || grant != null
                || homeNotBeforeNanos > clock.nanos()
                || binding != null
                || messageMeter != null && messageMeter.isInDebt(clock)
                || connectMeter != null && connectMeter.isInDebt(clock)
                || volumeMeter != null && volumeMeter.isInDebt(clock)
                || openNotBeforeNanos > clock.nanos()
                || heldBackUntilNanos > clock.nanos()
                || Math.max(notedMessageRateMillis, notedConnectRateMillis) + noteEveryMillis > clock.millis();
    }
}
