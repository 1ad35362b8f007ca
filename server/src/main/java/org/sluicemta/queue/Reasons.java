package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.pace.Limit;
import org.sluicemta.settings.Setting;

/// Why a queue's mail does not move, said from what the shard decided by: nothing here decides anything.
final class Reasons {
    private Reasons() {}

    /// Why the queue's mail does not move at this moment, by name and source line.
    static Wait of(QueueShard shard, WaitingQueue queue) {
        long now = shard.loop.serverMillis();
        if (queue.live == 0) {
            return new Wait(Wait.Cause.EMPTY, "", "", "no mail", 0);
        }
        if (queue.isFrozen) {
            return new Wait(
                    Wait.Cause.FROZEN,
                    "removed-virtual-mta",
                    "",
                    "virtual MTA " + queue.key.virtualMta() + " is no longer configured",
                    0);
        }
        if (queue.pause() != null) {
            return new Wait(Wait.Cause.PAUSED, "", "", "paused by " + queue.pause().by, queue.pause().untilMillis);
        }
        if (shard.isStopping()) {
            return new Wait(Wait.Cause.STOPPING, "", "", "the server is stopping", 0);
        }
        if (!shard.isStarted()) {
            return new Wait(Wait.Cause.STARTING, "", "", "the server is starting", 0);
        }
        Passage passage = queue.passageIfAny();
        if (passage != null && !passage.held.isEmpty()) {
            return new Wait(Wait.Cause.MOVE_HELD, "", "", passage.held, 0);
        }
        if (queue.retryUntilMillis > now) {
            Setting<?> setting = queue.isDnsFailure() ? queue.policy.retryAfterDnsError() : queue.policy.retryAfter();
            return new Wait(
                    Wait.Cause.QUEUE_RETRY,
                    setting.directive(),
                    setting.origin().toString(),
                    "the queue failed " + (queue.failures == 1 ? "once" : queue.failures + " times in a row")
                            + (queue.isDnsFailure() ? ", last because of DNS" : ""),
                    queue.retryUntilMillis);
        }
        if (queue.sources() != null && queue.sources().areAllDisabled()) {
            return sourcesDisabled(queue.sources().all(), "all its source addresses are disabled");
        }
        if (queue.ready() == 0) {
            return withoutReady(queue);
        }
        if (shard.recorder.isBehind() || shard.recorder.isLate()) {
            return new Wait(Wait.Cause.SPOOL_BUSY, "", "", "the spool takes no more events for the moment", 0);
        }
        Pace pace = queue.paceIfAny();
        Limit binding = pace == null ? null : pace.binding;
        if (pace != null && binding != null) {
            long left = pace.bindingUntilNanos - shard.loop.nanos();
            // An estimate that has passed was too early; who stands before it in line cannot be told from here.
            long until = pace.bindingUntilNanos == Long.MAX_VALUE || left < -1_000_000_000L
                    ? 0
                    : now + Math.max(0, left) / 1_000_000L;
            return new Wait(
                    Wait.Cause.LIMIT,
                    binding.directive(),
                    binding.origin(),
                    binding.directive() + " of " + binding.key().owner(),
                    until);
        }
        if (queue.crew != null && queue.crew.connecting() > 0) {
            return new Wait(Wait.Cause.CONNECTING, "", "", "connecting", 0);
        }
        if (queue.reading > 0) {
            return new Wait(Wait.Cause.READING, "", "", "reading messages from the spool", 0);
        }
        if (pace != null && !pace.heldBack.isEmpty() && pace.heldBack.stream().allMatch(each -> each.isDisabled)) {
            return sourcesDisabled(pace.heldBack, "the source addresses that reach its hosts are disabled");
        }
        if (pace != null && pace.openNotBeforeNanos > shard.loop.nanos()) {
            return new Wait(Wait.Cause.CALMING, "", "", "the last connection ended without carrying anything", 0);
        }
        if (queue.crew != null) {
            return new Wait(Wait.Cause.BUSY, "", "", "its sessions are busy", 0);
        }
        return new Wait(Wait.Cause.MOVING, "", "", "about to go out", 0);
    }

    private static Wait sourcesDisabled(List<Sources.Source> disabled, String text) {
        long ends = 0;
        for (Sources.Source each : disabled) {
            long until = each.disabledUntilMillis;
            ends = until > 0 && (ends == 0 || until < ends) ? until : ends;
        }
        return new Wait(Wait.Cause.SOURCES_DISABLED, "", "", text, ends);
    }

    private static Wait withoutReady(WaitingQueue queue) {
        if (queue.carried > 0) {
            return queue.reading > 0
                    ? new Wait(Wait.Cause.READING, "", "", "reading messages from the spool", 0)
                    : new Wait(Wait.Cause.MOVING, "", "", "being delivered", 0);
        }
        if (queue.ending > 0) {
            return new Wait(Wait.Cause.MOVING, "", "", "being expired, deleted or bounced", 0);
        }
        if (queue.held() > 0 && queue.aside == 0) {
            return new Wait(Wait.Cause.JOBS_PAUSED, "", "", queue.held() + " recipients are of paused jobs", 0);
        }
        var setting = queue.policy.retryRecipientsAfter();
        return new Wait(
                Wait.Cause.RECIPIENT_RETRY,
                setting.directive(),
                setting.origin().toString(),
                queue.held() > 0
                        ? "every recipient waits out its own retry time, but " + queue.held() + " of paused jobs"
                        : "every recipient waits out its own retry time",
                0);
    }
}
