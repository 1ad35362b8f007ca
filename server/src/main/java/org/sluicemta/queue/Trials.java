package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.StoredMessage;

/// Attempts that operators want to see. A trial is an attempt as any other: it asks the same limits, and what becomes
/// of it is recorded and counted in the same way. It differs in three things: the queue clock does not hold it back, it
/// gets a connection of its own though others stand, and where a limit holds it, it is given up instead of waiting.
///
/// While the queue clock runs, the trial's session alone is served; a delivery ends the wait, a failure begins the
/// next.
///
/// Owner: its shard.
final class Trials {
    /// Who may watch one queue at a time.
    private static final int MOST_WATCHERS = 4;

    /// A permit that is due sooner is not spoken of.
    private static final long SOON_NANOS = 1_000_000_000L;

    private final QueueShard shard;
    private final Map<QueueKey, Watched> watched = new HashMap<>();

    /// Who hears of a queue's sessions, and how many were told of.
    private static final class Watched {
        List<Trace> watchers = List.of();
        int sessions;
    }

    Trials(QueueShard shard) {
        this.shard = shard;
    }

    /// Makes one attempt now, or tells the trace why not.
    ///
    /// @param retryRecipients whether recipients that wait out their own clocks are tried too
    void begin(QueueKey key, boolean retryRecipients, Trace trace) {
        WaitingQueue queue = shard.find(key);
        String refusal = queue == null ? "queue " + key + " is empty: no mail waits in it" : refusal(queue);
        if (queue == null || !refusal.isEmpty()) {
            trace.over(refusal);
            return;
        }
        var trial = new Trial(trace);
        queue.particulars().trial = trial;
        if (retryRecipients && queue.aside > 0) {
            trial.isGathering = true;
            var all = new MailQuery(QueuePattern.of(key.toString()), "", "", "", "", 0, 0);
            new MailWalk(shard, all, false, new Gathering(queue, trial)).start();
        }
        shard.mark(queue);
    }

    private final class Gathering implements MailWalk.Visitor {
        private final WaitingQueue queue;
        private final Trial trial;

        Gathering(WaitingQueue queue, Trial trial) {
            this.queue = queue;
            this.trial = trial;
        }

        @Override
        public boolean found(int slot, @Nullable StoredMessage stored) {
            if (shard.recipients.state(slot) == Recipients.State.ASIDE) {
                shard.schedule(slot);
            }
            return true;
        }

        @Override
        public void done(int unreadable) {
            trial.isGathering = false;
            if (shard.find(queue.key) == queue) {
                shard.mark(queue);
            }
        }
    }

    private String refusal(WaitingQueue queue) {
        if (queue.live == 0) {
            return "queue " + queue.key + " is empty: no mail waits in it";
        }
        if (queue.trial() != null) {
            return queue.trial().trace.isGone()
                    ? "the attempt of an earlier trace of queue " + queue.key + " is not over yet"
                    : "queue " + queue.key + " is being traced already; one trace of a queue at a time";
        }
        Wait wait = shard.why(queue);
        return switch (wait.cause()) {
            case FROZEN, STARTING, STOPPING, MOVE_HELD, JOBS_PAUSED ->
                "queue " + queue.key + " sends nothing: " + wait.text();
            case PAUSED ->
                "queue " + queue.key + " is paused (" + wait.text() + "); resume queue " + queue.key + " lets it go on";
            case EMPTY,
                    MOVING,
                    QUEUE_RETRY,
                    SOURCES_DISABLED,
                    LIMIT,
                    CONNECTING,
                    CALMING,
                    BUSY,
                    READING,
                    SPOOL_BUSY,
                    RECIPIENT_RETRY ->
                switch (shard.policy(queue).deliveryType().value()) {
                    case DISCARD, DISCARD_AS_BOUNCE ->
                        "queue " + queue.key + " sends nothing: its mail is discarded ("
                                + queue.policy.deliveryType().origin() + ")";
                    case FILE ->
                        "queue " + queue.key + " writes its mail to files: there is no dialogue to tell ("
                                + queue.policy.deliveryType().origin() + ")";
                    case SMTP -> "";
                };
        };
    }

    /// At the end of each look at a queue: a trial that got no connection and has not asked for one is given up.
    void look(WaitingQueue queue) {
        Trial trial = queue.trial();
        if (trial == null || trial.isGathering) {
            return;
        }
        if (trial.session != null) {
            trial.holds(trial.session.takesMail() ? held(queue) : "");
            return;
        }
        Pace pace = queue.paceIfAny();
        boolean isAsked = pace != null && pace.openAsk != null && pace.openHeld == null;
        if (!isAsked) {
            queue.particulars().trial = null;
            trial.trace.over(why(queue));
            shard.mark(queue);
        }
    }

    private String why(WaitingQueue queue) {
        if (queue.live == 0) {
            return "queue " + queue.key + " is empty now: no mail waits in it";
        }
        String held = held(queue);
        if (!held.isEmpty()) {
            return held;
        }
        if (queue.sources() != null && queue.sources().areAllDisabled()) {
            return "no attempt of queue " + queue.key + " can be made: all its source addresses are disabled; "
                    + "show disabled sources tells why";
        }
        if (queue.ready() == 0 && queue.carried > 0) {
            return "all mail of queue " + queue.key + " is being delivered by its sessions already";
        }
        Wait wait = shard.why(queue);
        boolean isAside = wait.cause() == Wait.Cause.RECIPIENT_RETRY || queue.ready() == 0 && queue.aside > 0;
        return "no attempt of queue " + queue.key + " can be made: "
                + (isAside
                        ? "every recipient waits out its own retry time; --retry-recipients takes them along"
                        : wait.text());
    }

    /// The limit that binds, with its line; empty where none does for longer than a moment.
    private String held(WaitingQueue queue) {
        Pace pace = queue.paceIfAny();
        if (pace == null || pace.binding == null) {
            return "";
        }
        long left = pace.bindingUntilNanos - shard.loop.nanos();
        if (queue.trial() != null && queue.trial().session != null && left <= SOON_NANOS) {
            return "";
        }
        return "held by " + pace.binding.directive() + " of "
                + pace.binding.key().owner() + " ("
                + pace.binding.origin() + ")"
                + (pace.bindingUntilNanos == Long.MAX_VALUE || left <= 0
                        ? ""
                        : ", for " + (left + 999_999_999L) / 1_000_000_000L + " s more");
    }

    /// A connection was permitted: whoever waits for one sees it.
    void opens(WaitingQueue queue, Session session) {
        Trial trial = queue.trial();
        if (trial != null && trial.wantsSession()) {
            trial.session = session;
            session.trace = trial.trace;
            session.isTrial = true;
        } else if (isWatched(queue.key)) {
            Watched by = watched(queue.key);
            by.sessions++;
            session.trace = watching(by.watchers, by.sessions);
        }
    }

    /// Mostly nobody watches anything, and this is asked at each look at an empty queue.
    boolean isWatched(QueueKey key) {
        return !watched.isEmpty() && !watched(key).watchers.isEmpty();
    }

    /// Those who have not gone; remembered while there are any.
    private Watched watched(QueueKey key) {
        Watched by = watched.get(key);
        if (by == null) {
            return new Watched();
        }
        by.watchers = by.watchers.stream().filter(each -> !each.isGone()).toList();
        if (by.watchers.isEmpty()) {
            watched.remove(key);
        }
        return by;
    }

    /// Tells every watcher, with the number of the session.
    private static Trace watching(List<Trace> watchers, int number) {
        String tag = "(" + number + ") ";
        return new Trace() {
            @Override
            public Wishes wishes() {
                return Wishes.DIALOGUE;
            }

            @Override
            public void line(String text) {
                watchers.forEach(each -> each.line(tag + text));
            }

            @Override
            public void over(String refusal) {}

            @Override
            public boolean isPassive() {
                return true;
            }

            @Override
            public boolean isGone() {
                return watchers.stream().allMatch(Trace::isGone);
            }
        };
    }

    /// A session has ended, and what it means for the queue is settled.
    void ended(WaitingQueue queue, Session session, @Nullable QueueFailure failure) {
        Trace trace = session.trace;
        if (trace == null) {
            return;
        }
        if (failure != null) {
            trace.line("the attempt failed: " + failure.text());
            long wait = queue.retryUntilMillis - shard.loop.serverMillis();
            if (wait > 0) {
                trace.line("the queue waits " + (wait + 999) / 1000 + " s ("
                        + (queue.isDnsFailure() ? queue.policy.retryAfterDnsError() : queue.policy.retryAfter())
                                .origin()
                        + ")");
            }
        }
        trace.line("done " + queue.key);
        Trial trial = queue.trial();
        if (trial != null && trial.session == session) {
            queue.particulars().trial = null;
        }
        if (session.isTrial) {
            trace.over("");
        }
    }

    /// Tells of the sessions of a queue that begin from now on. A queue need not be there yet.
    void watch(QueueKey key, Trace watcher) {
        WaitingQueue queue = shard.findOrMake(key);
        Watched by = watched(key);
        if (by.watchers.size() >= MOST_WATCHERS) {
            watcher.over("queue " + key + " is watched by " + MOST_WATCHERS + " already");
            return;
        }
        var more = new ArrayList<>(by.watchers);
        more.add(watcher);
        by.watchers = List.copyOf(more);
        watched.put(key, by);
        int standing = queue.connections();
        watcher.line("watching " + key + ": " + queue.live + " recipients wait"
                + (standing == 0 ? "" : "; " + standing + " sessions stand already and are not told of"));
        shard.mark(queue);
    }

    /// Whoever followed is gone. What is under way goes on.
    void leave(QueueKey key, Trace gone) {
        Watched by = watched.get(key);
        if (by != null) {
            by.watchers = by.watchers.stream().filter(each -> each != gone).toList();
            if (by.watchers.isEmpty()) {
                watched.remove(key);
            }
        }
        WaitingQueue queue = shard.find(key);
        if (queue == null) {
            return;
        }
        Trial trial = queue.trial();
        boolean isNeeded = trial != null && trial.session != null && queue.retryUntilMillis > shard.loop.serverMillis();
        if (trial != null && trial.trace == gone && !isNeeded) {
            queue.particulars().trial = null;
        }
        shard.mark(queue);
    }
}
