package org.sluicemta.queue;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.settings.Setting;
import org.sluicemta.spool.QueueEvent;

/// Normal and backoff mode, and source addresses that are disabled: what begins them, what ends them, and that a
/// restart finds them again.
///
/// A queue in backoff has the limits and waits of its [BackoffPolicy] and nothing else changes: it is not put in
/// retry, its mail keeps its place. What the mode needs is made when it begins; a queue that never meets trouble pays a
/// null check.
///
/// Owner: its shard.
final class Modes {
    private static final Logger LOG = LoggerFactory.getLogger(Modes.class);

    /// By how much a mode that goes on and on is longer before that is recorded again.
    private static final long EXTENSION_MILLIS = 5_000;

    private final QueueShard shard;

    Modes(QueueShard shard) {
        this.shard = shard;
    }

    /// Enters backoff mode. One that is in it already stays for the longer of the two times.
    void enter(WaitingQueue queue, QueueAction.Lasting lasting, String reason) {
        long now = shard.loop.serverMillis();
        long until = until(lasting, shard.policy(queue).backoff().toNormalAfter(), now);
        Backoff present = queue.backoff();
        if (present != null) {
            if (present.untilMillis() == 0 || until != 0 && until <= present.untilMillis()) {
                return;
            }
            // The limits stay. Replies come many times a second; only a start needs to be told, and roughly.
            boolean isRecorded = until == 0 || until - present.recordedMillis() >= EXTENSION_MILLIS;
            var longer = new Backoff(
                    present.sinceMillis(), until, present.reason(), isRecorded ? until : present.recordedMillis());
            queue.particulars().backoff = longer;
            if (isRecorded) {
                record(queue, longer);
            }
            return;
        }
        set(queue, new Backoff(now, until, reason, until));
        queue.modeNote(now, "backoff mode: " + reason);
        String time = until == 0 ? "" : " for " + Explaining.spell(Duration.ofMillis(until - now));
        LOG.info("queue {} enters backoff mode{}: {}", queue.key, time, reason);
    }

    private void set(WaitingQueue queue, Backoff backoff) {
        queue.particulars().backoff = backoff;
        record(queue, backoff);
        shard.rebind(queue);
    }

    private void record(WaitingQueue queue, Backoff backoff) {
        shard.recorder.record(new QueueEvent.ModeChanged(
                queue.key, shard.loop.serverMillis(), true, backoff.untilMillis(), backoff.reason()));
    }

    void leave(WaitingQueue queue, String reason) {
        if (queue.backoff() == null) {
            return;
        }
        long now = shard.loop.serverMillis();
        queue.particulars().backoff = null;
        queue.modeNote(now, "normal mode: " + reason);
        shard.recorder.record(new QueueEvent.ModeChanged(queue.key, now, false, 0, reason));
        LOG.info("queue {} is back in normal mode: {}", queue.key, reason);
        shard.rebind(queue);
    }

    /// Pauses or resumes a queue. A pause that stands already takes the new end.
    ///
    /// @param untilMillis server time at which it resumes by itself; 0 where it does not
    void pause(WaitingQueue queue, boolean isPaused, long untilMillis, String by) {
        if (queue.isPaused() == isPaused && (!isPaused || queue.pausedUntilMillis() == untilMillis)) {
            return;
        }
        var paused = new QueueEvent.Paused(queue.key, shard.loop.serverMillis(), isPaused, untilMillis, by);
        set(queue, paused);
        shard.recorder.record(paused);
    }

    private void set(WaitingQueue queue, QueueEvent.Paused paused) {
        Pause before = queue.pause();
        if (paused.isPaused()) {
            var pause = new Pause(paused.atMillis(), paused.untilMillis(), paused.by());
            pause.expired = before == null ? 0 : before.expired;
            queue.particulars().pause = pause;
        } else if (before != null) {
            queue.particulars().pause = null;
        }
        shard.moves.tellAvailability(queue);
        shard.mark(queue);
    }

    /// The time of its pause is over. Nothing is recorded: a start finds the time in the past.
    void resumeByItself(WaitingQueue queue) {
        LOG.info("queue {} resumes: the time of its pause is over", queue.key);
        queue.note(shard.loop.serverMillis(), "resumed: the time of its pause is over");
        queue.particulars().pause = null;
        shard.moves.tellAvailability(queue);
    }

    void restore(WaitingQueue queue, QueueEvent.Paused paused) {
        set(queue, paused);
    }

    /// Ends what has lasted long enough.
    ///
    /// @return the next moment at which something ends, server time; `Long.MAX_VALUE` for none
    long expire(WaitingQueue queue, long nowMillis) {
        long next = Long.MAX_VALUE;
        Backoff backoff = queue.backoff();
        if (backoff != null && backoff.untilMillis() > 0) {
            if (backoff.isOver(nowMillis)) {
                leave(queue, "its time is over");
            } else {
                next = backoff.untilMillis();
            }
        }
        Sources sources = queue.sources();
        if (sources != null) {
            for (Sources.Source each : sources.all()) {
                if (each.isDisabled && each.disabledUntilMillis > 0) {
                    if (each.disabledUntilMillis <= nowMillis) {
                        enable(queue, each, "its time is over");
                    } else {
                        next = Math.min(next, each.disabledUntilMillis);
                    }
                }
            }
        }
        return next;
    }

    void disable(WaitingQueue queue, QueueAction.DisableSource action) {
        Sources sources = queue.sources(shard.policy(queue).sources(), shard.now());
        Sources.Source source = sources.find(action.address());
        if (source == null || source.isDisabled) {
            return;
        }
        long now = shard.loop.serverMillis();
        source.isDisabled = true;
        source.disabledAtMillis = now;
        source.disabledUntilMillis =
                until(action.lasting(), shard.policy(queue).sources().reenableAfter(), now);
        source.reason = action.reason();
        record(queue, source);
        LOG.info("queue {}: source {} is disabled: {}", queue.key, source.name(), action.reason());
        queue.note(now, "source " + source.name() + " is disabled: " + action.reason());
        if (sources.areAllDisabled()) {
            queue.note(now, "All SMTP sources for queue " + queue.key + " are now disabled.");
            if (shard.policy(queue).backoff().uponAllSourcesDisabled().value()) {
                enter(queue, QueueAction.Lasting.AsConfigured.AS_CONFIGURED, "all its source addresses are disabled");
            }
        }
        shard.mark(queue);
    }

    void enable(WaitingQueue queue, Sources.Source source, String reason) {
        if (!source.isDisabled) {
            return;
        }
        source.isDisabled = false;
        source.reason = reason;
        record(queue, source);
        LOG.info("queue {}: source {} is enabled again: {}", queue.key, source.name(), reason);
        shard.mark(queue);
    }

    private void record(WaitingQueue queue, Sources.Source source) {
        shard.moves.tellAvailability(queue);
        shard.recorder.record(event(queue, source, shard.loop.serverMillis()));
    }

    static QueueEvent.SourceChanged event(WaitingQueue queue, Sources.Source source, long atMillis) {
        return new QueueEvent.SourceChanged(
                queue.key,
                atMillis,
                source.isDisabled,
                source.disabledUntilMillis,
                source.isSystems() ? "" : source.name(),
                source.reason);
    }

    /// What was last recorded before the start. A time that is over ends when the queue is first looked at.
    void restore(WaitingQueue queue, QueueEvent.ModeChanged changed) {
        queue.particulars().backoff = changed.isBackoff()
                ? new Backoff(changed.atMillis(), changed.untilMillis(), changed.reason(), changed.untilMillis())
                : null;
        queue.modeNote(changed.atMillis(), (changed.isBackoff() ? "backoff" : "normal") + " mode: " + changed.reason());
        shard.rebind(queue);
    }

    void restore(WaitingQueue queue, QueueEvent.SourceChanged changed) {
        if (!changed.isDisabled()) {
            return;
        }
        Sources.Source source =
                queue.sources(shard.policy(queue).sources(), shard.now()).find(changed.address());
        if (source != null) {
            source.isDisabled = true;
            source.disabledAtMillis = changed.atMillis();
            source.disabledUntilMillis = changed.untilMillis();
            source.reason = changed.reason();
            shard.moves.tellAvailability(queue);
        }
    }

    /// @return server time; 0 for ever
    private static long until(QueueAction.Lasting lasting, Setting<Optional<Duration>> configured, long now) {
        return switch (lasting) {
            case QueueAction.Lasting.AsConfigured _ ->
                configured.value().map(time -> now + time.toMillis()).orElse(0L);
            case QueueAction.Lasting.ForEver _ -> 0;
            case QueueAction.Lasting.For(Duration time) -> now + time.toMillis();
        };
    }
}
