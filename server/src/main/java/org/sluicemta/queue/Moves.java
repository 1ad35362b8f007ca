package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;

/// Moves waiting mail from one queue into another: a reroute, or a rollup that DNS has shown.
///
/// What is ready moves at once, a slice in a turn; what waits out its own retry time moves when that is over. Within
/// the shard a recipient only changes its queue; into another shard it goes with its message's hold, as a [Transfer].
/// None of this is recorded: a start that finds mail where it was moves it again if the reason still holds, and what
/// has moved is found in its new queue from the next checkpoint or attempt on. While a checkpoint is being told
/// nothing goes to another shard, or it might be told in neither.
///
/// A chain of reroutes that leads back ends where it would close: that queue's own reroute is ignored.
///
/// Owner: its shard.
final class Moves {
    private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
    private static final int MESSAGES_A_TURN = 256;
    private static final long AGAIN_NANOS = 50_000_000L;
    /// A queue whose mail cannot all go home is gone through again after this.
    private static final long HOME_NANOS = 1_000_000_000L;

    /// What the names of rollup queues end in.
    private static final String ROLLUP = ".rollup";

    private final QueueShard shard;
    private final Peers peers;

    /// The other shards.
    interface Peers {
        int shardOf(QueueKey queue);

        /// Never refuses.
        void hand(Transfer transfer);

        /// Whether mail may go to another shard now.
        boolean mayCross();

        RouteMemory memory();
    }

    Moves(QueueShard shard, Peers peers) {
        this.shard = shard;
        this.peers = peers;
    }

    /// Has the mail of a rollup that is configured no more go home, also while it is paused: the queues of its domains
    /// may be paused themselves.
    ///
    /// @return whether the queue is one, so that nothing is sent from it
    boolean goesHome(WaitingQueue queue, Spool spool) {
        if (!isRollupThatIsGone(queue)) {
            return false;
        }
        return queue.live > 0 && sendHome(queue, spool);
    }

    /// Moves the next slice of what is ready.
    ///
    /// @return whether the queue's mail goes elsewhere, so that nothing is sent from here
    boolean pump(WaitingQueue queue, Spool spool) {
        if (!queue.rollup.isEmpty()
                && peers.memory().at(shard.loop).rollup(queue.key.domain()).isEmpty()) {
            // Its mail hosts may be others by now: the next opening looks again.
            queue.rollup = "";
        }
        boolean isRerouted =
                !queue.isCircular && !queue.policy.rerouteTo().value().isEmpty();
        if (queue.rollup.isEmpty() && !isRerouted) {
            return false;
        }
        for (int i = 0; i < MESSAGES_A_TURN && queue.order != null && queue.order.size() > 0; i++) {
            QueueKey to = target(queue);
            if (to == null) {
                return false;
            }
            // A rollup leads to no circle: it takes mail and gives none back while it is configured.
            if (queue.rollup.isEmpty() && queue.movedFrom().contains(to)) {
                queue.isCircular = true;
                String text = "its mail would be rerouted in a circle by way of " + to + "; the reroute ("
                        + queue.policy.rerouteTo().origin() + ") is ignored";
                queue.note(shard.loop.serverMillis(), text);
                LOG.warn("queue {}: {}", queue.key, text);
                return false;
            }
            if (!move(queue, List.of(queue.order.first()), to, spool)) {
                shard.wakeAt(queue, shard.clock.nanos() + AGAIN_NANOS);
                return true;
            }
        }
        if (queue.ready() > 0) {
            shard.mark(queue);
        }
        return true;
    }

    /// Where the queue's next mail goes; null where it stays.
    private @Nullable QueueKey target(WaitingQueue queue) {
        if (!queue.rollup.isEmpty()) {
            return new QueueKey(queue.rollup, queue.key.virtualMta());
        }
        Optional<String> to = shard.policies()
                .resolve(
                        queue.policy.rerouteTo().value(),
                        queue.key.domain(),
                        peers.memory().at(shard.loop));
        return to.filter(name -> !name.equals(queue.key.virtualMta()))
                .map(name -> new QueueKey(queue.key.domain(), name))
                .orElse(null);
    }

    /// What pools that skip who is unavailable have to know.
    void tellAvailability(WaitingQueue queue) {
        boolean isOut = queue.isPaused || queue.sources != null && queue.sources.areAllDisabled();
        peers.memory().available(queue.key, !isOut);
    }

    /// The domain's mail hosts have shown that it belongs to a rollup.
    void join(WaitingQueue queue, String rollup) {
        peers.memory().joined(queue.key.domain(), rollup, shard.loop.serverMillis());
        if (queue.rollup.equals(rollup)) {
            return;
        }
        queue.rollup = rollup;
        queue.note(shard.loop.serverMillis(), "joins " + rollup + ", to which its mail hosts belong");
        shard.mark(queue);
    }

    boolean isRollupThatIsGone(WaitingQueue queue) {
        return queue.key.domain().endsWith(ROLLUP) && !shard.policies().hasRollup(queue.key.domain());
    }

    /// A rollup that is configured no more gives its mail back to the queues of its domains, which only the messages
    /// themselves can tell: mail that waits at a reload, that comes from another shard after it, that a start
    // finds.
    ///
    /// @return whether nothing is sent from here; mail for a domain of this very name stays
    private boolean sendHome(WaitingQueue queue, Spool spool) {
        if (queue.isGoingHome || queue.isAtHome) {
            return !queue.isAtHome;
        }
        if (queue.ready() + queue.aside == 0) {
            return true;
        }
        Pace pace = queue.pace();
        if (pace.homeNotBeforeNanos > shard.clock.nanos()) {
            shard.wakeAt(queue, pace.homeNotBeforeNanos);
            return true;
        }
        queue.isGoingHome = true;
        queue.hasMovedIn = false;
        var query = new MailQuery(QueuePattern.of(queue.key.toString()), "", "", "", "", 0, 0);
        new MailWalk(shard, query, true, new MailWalk.Visitor() {
                    private boolean isAnyAtHome;
                    private boolean isAnyAway;

                    @Override
                    public boolean found(int slot, @Nullable StoredMessage stored) {
                        if (stored != null && shard.recipients.state(slot) != Recipients.State.CARRIED) {
                            String path = stored.message()
                                    .recipients()
                                    .get(shard.recipients.index(slot))
                                    .forwardPath();
                            String domain =
                                    path.substring(path.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
                            var home = new QueueKey(domain, queue.key.virtualMta());
                            if (home.equals(queue.key)) {
                                isAnyAtHome = true;
                            } else {
                                WaitingQueue from = shard.queue(shard.recipients.queue(slot));
                                isAnyAway |= !move(from, List.of(slot), home, spool);
                            }
                        }
                        return true;
                    }

                    @Override
                    public void done(int unreadable) {
                        // What could not move for the moment is looked at again.
                        queue.isGoingHome = false;
                        queue.isAtHome =
                                isAnyAtHome && !isAnyAway && unreadable == 0 && queue.carried == 0 && !queue.hasMovedIn;
                        queue.pace().homeNotBeforeNanos = shard.loop.nanos() + HOME_NANOS;
                        shard.mark(queue);
                    }
                })
                .start();
        return true;
    }

    // ---- one message

    /// Moves recipients of one message.
    ///
    /// @return false where they cannot go now
    private boolean move(WaitingQueue from, List<Integer> slots, QueueKey to, Spool spool) {
        if (peers.shardOf(to) == peers.shardOf(from.key)) {
            WaitingQueue target = shard.findOrMake(to);
            target.movedFrom(passed(from));
            target.hasMovedIn = true;
            target.isAtHome = false;
            slots.forEach(slot -> moveHere(from, slot, target));
            shard.mark(target);
            return true;
        }
        // An event that is kept here must not be overtaken by one of the other shard.
        if (!peers.mayCross() || shard.recorder.isBehind()) {
            return false;
        }
        int message = shard.recipients.message(slots.getFirst());
        long position = shard.messages.position(message);
        boolean isWhole = shard.messages.live(message) == slots.size();
        if (!isWhole && !spool.hold(position)) {
            return false;
        }
        var moved = new ArrayList<Transfer.Moved>(slots.size());
        for (int slot : slots) {
            long due = shard.recipients.state(slot) == Recipients.State.ASIDE ? shard.wheel.dueMillis(slot) : 0;
            moved.add(new Transfer.Moved(
                    shard.recipients.index(slot),
                    shard.recipients.attempts(slot),
                    shard.recipients.priority(slot),
                    shard.jobs.name(shard.recipients.job(slot)),
                    due,
                    shard.lastReplies.getOrDefault(slot, "")));
        }
        Set<QueueKey> passed = passed(from);
        var transfer = new Transfer(
                to,
                shard.messages.id(message),
                position,
                shard.messages.queuedMillis(message),
                shard.messages.sizeBytes(message),
                moved,
                passed);
        for (int slot : slots) {
            shard.leaveList(from, slot);
            shard.gone(from, slot);
        }
        peers.hand(transfer);
        return true;
    }

    private static Set<QueueKey> passed(WaitingQueue from) {
        Set<QueueKey> passed = new HashSet<>(from.movedFrom());
        passed.add(from.key);
        return passed;
    }

    private void moveHere(WaitingQueue from, int slot, WaitingQueue to) {
        long due = shard.recipients.state(slot) == Recipients.State.ASIDE ? shard.wheel.dueMillis(slot) : 0;
        shard.leaveList(from, slot);
        shard.changeQueue(slot, from, to);
        shard.enterList(to, slot, due);
    }

    void receive(Transfer transfer) {
        WaitingQueue queue = shard.findOrMake(transfer.queue());
        queue.movedFrom(transfer.passed());
        queue.hasMovedIn = true;
        queue.isAtHome = false;
        int message =
                shard.messages.add(transfer.id(), transfer.position(), transfer.queuedMillis(), transfer.sizeBytes());
        for (Transfer.Moved each : transfer.recipients()) {
            int slot = shard.add(queue, message, each.index(), each.attempts(), each.priority(), each.job());
            if (!each.lastReply().isEmpty()) {
                shard.keepReply(slot, each.lastReply());
            }
            shard.enterList(queue, slot, each.dueMillis());
        }
        shard.mark(queue);
    }
}
