package org.sluicemta.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;
import org.sluicemta.spool.StoredMessage;

/// Gathers what decides about a queue or a message, from what the shard itself decides by.
///
/// Owner: the shard; in turns of its loop.
final class Explaining {
    private static final int SLOTS_A_TURN = 16_384;

    private final QueueShard shard;

    Explaining(QueueShard shard) {
        this.shard = shard;
    }

    // ---- a queue

    void explain(WaitingQueue queue, Consumer<QueueExplanation> answer) {
        Wait wait = Reasons.of(shard, queue);
        if (wait.cause() == Wait.Cause.RECIPIENT_RETRY) {
            // Nobody keeps the earliest of so many clocks; it is looked for.
            var pattern = QueuePattern.of(queue.key.toString());
            var earliest = new long[] {Long.MAX_VALUE};
            new MailWalk(shard, new MailQuery(pattern, "", "", "", "", 0, 0), false, new MailWalk.Visitor() {
                        @Override
                        public boolean found(int slot, @Nullable StoredMessage stored) {
                            if (shard.recipients.state(slot) == Recipients.State.ASIDE) {
                                earliest[0] = Math.min(earliest[0], shard.wheel.dueMillis(slot));
                            }
                            return true;
                        }

                        @Override
                        public void done(int unreadable) {
                            long at = earliest[0] == Long.MAX_VALUE ? 0 : earliest[0];
                            answer.accept(explanation(queue, Reasons.of(shard, queue), at));
                        }
                    })
                    .start();
            return;
        }
        long now = shard.loop.serverMillis();
        long earliest =
                switch (wait.cause()) {
                    case EMPTY, FROZEN, STOPPING, STARTING, JOBS_PAUSED -> 0L;
                    case PAUSED, QUEUE_RETRY, LIMIT, SOURCES_DISABLED -> wait.untilMillis();
                    case MOVING, MOVE_HELD, CONNECTING, CALMING, BUSY, READING, SPOOL_BUSY, RECIPIENT_RETRY -> now;
                };
        answer.accept(explanation(queue, wait, earliest));
    }

    private QueueExplanation explanation(WaitingQueue queue, Wait wait, long earliest) {
        Backoff backoff = queue.backoff();
        var failed = queue.lastFailure;
        return new QueueExplanation(
                queue.key,
                queue.ready(),
                queue.held(),
                queue.aside,
                queue.carried,
                queue.owed,
                queue.connections(),
                wait,
                shard.loop.serverMillis(),
                earliest,
                backoff != null,
                backoff == null ? "" : backoff.reason(),
                backoff == null ? 0 : backoff.sinceMillis(),
                backoff == null ? 0 : backoff.untilMillis(),
                queue.failures,
                failed == null ? "" : failed.text(),
                limits(queue),
                sources(queue),
                queue.notes(),
                queue.modeNotes());
    }

    private static List<QueueExplanation.SourceState> sources(WaitingQueue queue) {
        var states = new ArrayList<QueueExplanation.SourceState>();
        if (queue.sources() != null) {
            for (Sources.Source each : queue.sources().all()) {
                states.add(new QueueExplanation.SourceState(
                        each.name(), each.connections, each.isDisabled, each.disabledUntilMillis, each.reason));
            }
        }
        return states;
    }

    private List<QueueExplanation.Bound> limits(WaitingQueue queue) {
        QueuePolicy policy = shard.policy(queue);
        Pace pace = queue.paceIfAny();
        @Nullable Limit binding = pace == null ? null : pace.binding;
        var all = new ArrayList<QueueExplanation.Bound>();
        var list = new Listing(all, binding == null ? null : binding.key());
        String key = queue.key.toString();
        list.connections("queue", LimitKey.Scope.QUEUE, key, policy.maxSmtpOut(), queue.connections());
        list.rate("queue", LimitKey.Scope.QUEUE, key, LimitKey.Kind.MESSAGE_RATE, policy.maxMsgRate());
        list.rate("queue", LimitKey.Scope.QUEUE, key, LimitKey.Kind.CONNECT_RATE, policy.maxConnectRate());
        list.rate(
                "queue",
                LimitKey.Scope.QUEUE,
                key,
                LimitKey.Kind.DATA_VOLUME,
                policy.limits().maxDataVolumeRate());
        if (!policy.rampUpInterval().value().isZero()) {
            list.add(
                    "queue",
                    new LimitKey(LimitKey.Scope.QUEUE, key, LimitKey.Kind.OPENING_PAUSE),
                    policy.rampUpInterval(),
                    Explaining::spell,
                    "");
        }
        if (queue.sources() != null) {
            for (Sources.Source each : queue.sources().all()) {
                QueueLimits own = each.limits;
                if (own != null) {
                    String level = "source address " + each.name();
                    String name = each.name() + " in " + key;
                    LimitKey.Scope scope = LimitKey.Scope.SOURCE_ADDRESS;
                    list.connections(level, scope, name, own.maxSmtpOut(), each.connections);
                    list.rate(level, scope, name, LimitKey.Kind.MESSAGE_RATE, own.maxMsgRate());
                    list.rate(level, scope, name, LimitKey.Kind.CONNECT_RATE, own.maxConnectRate());
                    list.rate(level, scope, name, LimitKey.Kind.DATA_VOLUME, own.maxDataVolumeRate());
                }
            }
        }
        String vmta = queue.key.virtualMta();
        String level = "virtual MTA " + vmta;
        LimitKey.Scope scope = LimitKey.Scope.VIRTUAL_MTA;
        list.connections(level, scope, vmta, policy.virtualMtaMaxSmtpOut(), -1);
        list.rate(level, scope, vmta, LimitKey.Kind.MESSAGE_RATE, policy.virtualMtaMaxMsgRate());
        list.rate(level, scope, vmta, LimitKey.Kind.DATA_VOLUME, policy.virtualMtaMaxDataVolumeRate());
        list.connections("server", LimitKey.Scope.SERVER, "", shard.totalMaxSmtpOut(), -1);
        list.add("queue", null, policy.retryAfter(), Explaining::spell, "");
        list.add("queue", null, policy.retryAfterDnsError(), Explaining::spell, "");
        list.add("queue", null, policy.retryRecipientsAfter(), Explaining::spell, "");
        list.add("queue", null, policy.bounceAfter(), Explaining::spell, "");
        return all;
    }

    /// Collects limits that are set.
    private record Listing(
            List<QueueExplanation.Bound> into, @Nullable LimitKey binding) {
        /// @param used connections that stand now; -1 where the owner is elsewhere
        void connections(String level, LimitKey.Scope scope, String name, Setting<Integer> limit, int used) {
            if (limit.value() != Integer.MAX_VALUE) {
                add(
                        level,
                        new LimitKey(scope, name, LimitKey.Kind.CONNECTIONS),
                        limit,
                        most -> most == Integer.MAX_VALUE ? "unlimited" : most.toString(),
                        used < 0 ? "" : used + " open");
            }
        }

        void rate(String level, LimitKey.Scope scope, String name, LimitKey.Kind kind, Setting<Rate> rate) {
            if (!rate.value().isUnlimited()) {
                add(level, new LimitKey(scope, name, kind), rate, Explaining::spell, "");
            }
        }

        <T> void add(String level, @Nullable LimitKey key, Setting<T> setting, Function<T, String> spell, String use) {
            var overrode = new ArrayList<String>();
            for (Setting<T> below = setting.overrode(); below != null; below = below.overrode()) {
                overrode.add(spell.apply(below.value()) + " (" + below.origin() + ")");
            }
            into.add(new QueueExplanation.Bound(
                    level,
                    setting.directive(),
                    spell.apply(setting.value()),
                    setting.origin().toString(),
                    overrode,
                    key != null && key.equals(binding),
                    use));
        }
    }

    /// As it would be written: `100/15m`.
    static String spell(Rate rate) {
        if (rate.isUnlimited()) {
            return "unlimited";
        }
        String[] letters = {"d", "h", "m", "s"};
        long[] units = {86_400_000L, 3_600_000L, 60_000L, 1_000L};
        for (int i = 0; i < units.length; i++) {
            long times = rate.unitMillis() / units[i];
            if (times > 0 && rate.unitMillis() % units[i] == 0) {
                return rate.count() + "/" + (times == 1 ? "" : times) + letters[i];
            }
        }
        return rate.count() + "/" + rate.unitMillis() + "ms";
    }

    static String spell(List<Duration> times) {
        return String.join(",", times.stream().map(Explaining::spell).toList());
    }

    static String spell(Duration time) {
        long seconds = time.toSeconds();
        var text = new StringBuilder();
        long[] units = {86_400, 3_600, 60, 1};
        char[] letters = {'d', 'h', 'm', 's'};
        for (int i = 0; i < units.length; i++) {
            if (seconds >= units[i]) {
                text.append(seconds / units[i]).append(letters[i]);
                seconds %= units[i];
            }
        }
        return text.isEmpty() ? "0" : text.toString();
    }

    // ---- a message

    /// Looks through all slots in slices, so that mail goes on between.
    void find(MessageId id, Consumer<MessageExplanation> answer) {
        find(id, 0, new ArrayList<>(), answer);
    }

    private void find(MessageId id, int from, List<MessageExplanation.Row> rows, Consumer<MessageExplanation> answer) {
        int end = Math.min(shard.recipients.end(), from + SLOTS_A_TURN);
        for (int slot = from; slot < end && rows.size() < MessageExplanation.MOST; slot++) {
            if (shard.recipients.state(slot) != Recipients.State.FREE
                    && shard.messages.id(shard.recipients.message(slot)).equals(id)) {
                rows.add(row(slot));
            }
        }
        if (end < shard.recipients.end() && rows.size() < MessageExplanation.MOST) {
            shard.loop.post(() -> find(id, end, rows, answer));
        } else {
            answer.accept(new MessageExplanation(id, rows));
        }
    }

    private MessageExplanation.Row row(int slot) {
        WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
        int message = shard.recipients.message(slot);
        int state = shard.recipients.state(slot);
        return new MessageExplanation.Row(
                shard.recipients.index(slot),
                queue.key,
                switch (state) {
                    case Recipients.State.READY, Recipients.State.SORTED ->
                        shard.jobs.isPaused(shard.recipients.job(slot)) ? "its job is paused" : "ready";
                    case Recipients.State.ASIDE -> "put off";
                    case Recipients.State.CARRIED -> "being delivered";
                    case Recipients.State.ENDING -> "ending";
                    default -> "report owed";
                },
                shard.recipients.attempts(slot),
                shard.recipients.priority(slot),
                shard.messages.queuedMillis(message),
                state == Recipients.State.ASIDE ? shard.wheel.dueMillis(slot) : 0,
                shard.messages.queuedMillis(message)
                        + shard.policy(queue).bounceAfter().value().toMillis(),
                shard.lastReplies.getOrDefault(slot, ""),
                Reasons.of(shard, queue));
    }
}
