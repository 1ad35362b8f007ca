package org.sluicemta.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.QueueEvent;

/// Queues that failed as a whole: what a failure does to its queue, the clock that runs then, and that a restart finds
/// both again.
///
/// Of its last failure a queue keeps when it was and a value that it shares with all that failed in the same way, be
/// it a million domains of one dead host. The event of it is made when it is wanted.
///
/// Owner: its shard.
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private final QueueShard shard;
    private final Interned<QueueFailure> known = new Interned<>();
    private final Interned<Outcome.RemoteFacts> remotes = new Interned<>();

    Failures(QueueShard shard) {
        this.shard = shard;
    }

    /// A failure of the queue as a whole. Others that were opened before it count no second time; while other sessions
    /// stand or are being opened, one that failed is not the queue's failure, but no more are opened for a while,
    /// and the last of them decides. A remote that caps connections refuses the surplus faster than it
    /// greets the rest:
    /// were the first refusal to count, the rest would find the queue in retry, each time again.
    void failed(WaitingQueue queue, Crew crew, Session session, QueueFailure failure) {
        long now = shard.loop.serverMillis();
        QueuePolicy policy = shard.policy(queue);
        queue.noteFailure(now, shard.texts.of(failure.text()));
        // One that was opened although the queue waits counts as any that is made when the wait is over.
        boolean isRetrying = queue.retryUntilMillis > now && !session.isTrial;
        boolean isServedByOthers = crew.sessions.stream().anyMatch(s -> !s.isRetired && !s.isLeaving);
        switch (failure.kind()) {
            case PERMANENT -> {
                if (shard.moves.isRollupThatIsGone(queue) && !queue.isAtHome()) {
                    // No host bears the name of a rollup. Its mail is on its way home.
                    return;
                }
                if (!isServedByOthers) {
                    endMany(queue, new Ending(failure.status(), failure.diagnostic(), true, false));
                    return;
                }
                // The remote takes mail on other sessions: its "never" was about this connection.
            }
            case DNS, TRANSIENT -> {
                if (isRetrying) {
                    return;
                }
            }
        }
        if (failure.kind() != QueueFailure.Kind.DNS && isServedByOthers) {
            queue.pace().openNotBeforeNanos = session.openedNanos
                    + QueueShard.wait(policy.retryAfter().value(), 1).toNanos();
            return;
        }
        putOff(queue, failure);
    }

    /// Ends all that waits in a queue because of one reply: never more than `mass-action-limit`, else somebody has
    /// to look first.
    void endMany(WaitingQueue queue, Ending why) {
        int most = queue.policy.massActionLimit().value();
        long now = shard.loop.serverMillis();
        if (queue.live <= most) {
            LOG.info("queue {}: {} recipients are bounced by one reply: {}", queue.key, queue.live, why.diagnostic());
            queue.note(now, queue.live + " recipients are bounced by one reply: " + why.diagnostic());
            shard.endings.endAll(queue, why);
            return;
        }
        String by = "mass-action-limit: one reply would bounce " + queue.live + " recipients, more than " + most + " ("
                + queue.policy.massActionLimit().origin() + "): " + why.diagnostic();
        LOG.error("queue {} is paused by {}; resume it, or delete what is to go", queue.key, by);
        queue.note(now, "paused by " + by);
        shard.modes.pause(queue, true, 0, by);
    }

    /// Runs the queue's clock.
    void putOff(WaitingQueue queue, QueueFailure failure) {
        long now = shard.loop.serverMillis();
        QueuePolicy policy = shard.policy(queue);
        queue.failures++;
        Duration wait = failure.kind() == QueueFailure.Kind.DNS
                ? policy.retryAfterDnsError().value()
                : QueueShard.wait(policy.retryAfter().value(), queue.failures);
        queue.retryUntilMillis = now + wait.toMillis();
        queue.lastFailure = shared(failure);
        queue.failedMillis = now;
        shard.recorder.record(event(queue, queue.lastFailure));
    }

    /// Something was delivered.
    void areOver(WaitingQueue queue) {
        queue.failures = 0;
        queue.retryUntilMillis = 0;
        queue.lastFailure = null;
    }

    /// What was last recorded before the start. A clock that stood wrong must not put a queue off for years.
    void restore(WaitingQueue queue, QueueEvent.Failed failed) {
        QueuePolicy policy = shard.policy(queue);
        long longest = policy.retryAfter().value().stream()
                .mapToLong(Duration::toMillis)
                .max()
                .orElse(0);
        long dns = policy.retryAfterDnsError().value().toMillis();
        queue.failures = failed.failures();
        queue.retryUntilMillis = Math.min(failed.nextDueMillis(), shard.loop.serverMillis() + Math.max(longest, dns));
        QueueFailure failure = shared(new QueueFailure(
                isDns(failed) ? QueueFailure.Kind.DNS : QueueFailure.Kind.TRANSIENT,
                failed.status(),
                failed.diagnostic(),
                new Outcome.RemoteFacts(
                        failed.remoteMta(), failed.remoteIp(), failed.sourceIp(), "", failed.deliveryType()),
                failed.text()));
        queue.lastFailure = failure;
        queue.failedMillis = Math.min(failed.atMillis(), shard.loop.serverMillis());
        queue.note(failed.atMillis(), failure.text());
    }

    /// The kind is not recorded: no host was asked, and the status is one of those that a look-up ends with.
    private static boolean isDns(QueueEvent.Failed failed) {
        return failed.remoteMta().isEmpty()
                && (failed.status().equals("4.4.3") || failed.status().equals("4.4.4"));
    }

    /// For a checkpoint: what happened last, and the clock as it runs now. One that was cleared is due at once.
    static QueueEvent.@Nullable Failed last(WaitingQueue queue) {
        QueueFailure failure = queue.lastFailure;
        return failure == null ? null : event(queue, failure);
    }

    private static QueueEvent.Failed event(WaitingQueue queue, QueueFailure failure) {
        Outcome.RemoteFacts remote = failure.remote();
        return new QueueEvent.Failed(
                queue.key,
                queue.failedMillis,
                Math.max(queue.failedMillis, queue.retryUntilMillis),
                queue.failures,
                failure.status(),
                failure.diagnostic(),
                remote.mta(),
                remote.deliveryType(),
                remote.sourceIp(),
                remote.remoteIp(),
                failure.text());
    }

    /// It is kept as long as its queue, so it is no more than an event tells, and one for all that are alike.
    private QueueFailure shared(QueueFailure failure) {
        Outcome.RemoteFacts told = failure.remote();
        var remote = new Outcome.RemoteFacts(told.mta(), told.remoteIp(), told.sourceIp(), "", told.deliveryType());
        var lean = new QueueFailure(failure.kind(), failure.status(), failure.diagnostic(), remote, failure.text());
        QueueFailure same = known.find(lean);
        if (same != null) {
            return same;
        }
        Interned<String> texts = shard.texts;
        return known.keep(new QueueFailure(
                failure.kind(),
                texts.of(failure.status()),
                texts.of(failure.diagnostic()),
                shared(remote),
                texts.of(failure.text())));
    }

    private Outcome.RemoteFacts shared(Outcome.RemoteFacts remote) {
        Outcome.RemoteFacts same = remotes.find(remote);
        if (same != null) {
            return same;
        }
        Interned<String> texts = shard.texts;
        return remotes.keep(new Outcome.RemoteFacts(
                texts.of(remote.mta()),
                texts.of(remote.remoteIp()),
                texts.of(remote.sourceIp()),
                "",
                texts.of(remote.deliveryType())));
    }
}
