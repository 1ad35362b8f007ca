package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
/// What is ready moves at once, a slice in a turn; what waits out its own retry time moves when that is over.
/// Recipients of one message that stand together go together, to one member of a pool, and so share a transaction
/// where they arrive. Within the shard a recipient only changes its queue; into another shard it goes with its
/// message's hold, as a [Transfer]. So many may be on their way there; more wait here, and no loop waits. None of
/// this is recorded: a start that finds mail where it was moves it again if the reason still holds, and what has
/// moved is found in its new queue from the next checkpoint or attempt on. While a checkpoint is being told nothing
/// goes to another shard, or it might be told in neither.
///
/// A chain of reroutes that leads back ends where it would close: that queue's own reroute is ignored.
///
/// Owner: its shard.
final class Moves {
    private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
    private static final int MESSAGES_A_TURN = 256;
    /// Recipients of one queue that move in one turn; the last message of the turn may go beyond it.
    private static final int RECIPIENTS_A_TURN = 1_024;
    /// Recipients of one message that move together at most: as many as an acceptance keeps together.
    private static final int MOST_TOGETHER = 1_000;
    private static final long AGAIN_NANOS = 50_000_000L;
    /// A queue whose mail cannot all go home is gone through again after this.
    private static final long HOME_NANOS = 1_000_000_000L;

    /// What the names of rollup queues end in.
    private static final String ROLLUP = ".rollup";

    private final QueueShard shard;
    private final Peers peers;
    private int[] taken = {};

    /// The other shards.
    interface Peers {
        int shardOf(QueueKey queue);

        /// Never refuses.
        void hand(Transfer transfer);

        /// Why mail may not go to another shard's queue now; empty where it may.
        String held(QueueKey to);

        RouteMemory memory();

        /// Who hears of delays, or null.
        @Nullable
        DelayListener delayListener();
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
        Passage passage = queue.passageIfAny();
        if (passage != null) {
            passage.held = "";
            passage.isCircular &= passage.circleChanges == peers.memory().changes();
        }
        if (!queue.rollup().isEmpty()
                && peers.memory().at(shard.loop).rollup(queue.key.domain()).isEmpty()) {
            // Its mail hosts may be others by now: the next opening looks again.
            queue.passage().rollup = "";
        }
        boolean isRerouted = (passage == null || !passage.isCircular)
                && !queue.policy.rerouteTo().value().isEmpty();
        if (queue.rollup().isEmpty() && !isRerouted) {
            return false;
        }
        int left = RECIPIENTS_A_TURN;
        for (int i = 0; i < MESSAGES_A_TURN && left > 0 && queue.ready() > 0; i++) {
            QueueKey to = target(queue);
            if (to == null) {
                return false;
            }
            // A rollup leads to no circle: it takes mail and gives none back while it is configured.
            if (queue.rollup().isEmpty() && queue.movedFrom().contains(to)) {
                foundCircle(queue, to);
                return false;
            }
            int moved = moveNext(queue, to, spool);
            if (moved == 0) {
                shard.wakeAt(queue, shard.clock.nanos() + AGAIN_NANOS);
                return true;
            }
            left -= moved;
        }
        if (queue.ready() > 0) {
            shard.mark(queue);
        }
        return true;
    }

    /// Its own reroute is ignored, as long as pools choose as they do now.
    private void foundCircle(WaitingQueue queue, QueueKey to) {
        Passage passage = queue.passage();
        passage.isCircular = true;
        passage.circleChanges = peers.memory().changes();
        String text = "its mail would be rerouted in a circle by way of " + to + "; the reroute ("
                + queue.policy.rerouteTo().origin() + ") is ignored";
        if (!text.equals(passage.circle)) {
            passage.circle = text;
            queue.note(shard.loop.serverMillis(), text);
            LOG.warn("queue {}: {}", queue.key, text);
        }
    }

    /// Where the queue's next mail goes; null where it stays.
    private @Nullable QueueKey target(WaitingQueue queue) {
        if (!queue.rollup().isEmpty()) {
            return new QueueKey(queue.rollup(), queue.key.virtualMta());
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
        boolean isOut =
                queue.isPaused() || queue.sources() != null && queue.sources().areAllDisabled();
        peers.memory().available(queue.key, !isOut);
    }

    /// The domain's mail hosts have shown that it belongs to a rollup.
    void join(WaitingQueue queue, String rollup) {
        peers.memory().joined(queue.key.domain(), rollup, shard.loop.serverMillis());
        if (queue.rollup().equals(rollup)) {
            return;
        }
        queue.passage().rollup = rollup;
        queue.note(shard.loop.serverMillis(), "joins " + rollup + ", to which its mail hosts belong");
        shard.mark(queue);
    }

    boolean isRollupThatIsGone(WaitingQueue queue) {
        return queue.key.domain().endsWith(ROLLUP) && !shard.policies().hasRollup(queue.key.domain());
    }

    /// A rollup that is configured no more gives its mail back to the queues of its domains, which only the
    /// messages themselves can tell: mail that waits at a reload, that comes from another shard after it, that a
    /// start finds.
    ///
    /// @return whether nothing is sent from here; mail for a domain of this very name stays
    private boolean sendHome(WaitingQueue queue, Spool spool) {
        if (queue.isGoingHome() || queue.isAtHome()) {
            return !queue.isAtHome();
        }
        if (queue.ready() + queue.held() + queue.aside == 0) {
            return true;
        }
        Pace pace = queue.pace();
        if (pace.homeNotBeforeNanos > shard.clock.nanos()) {
            shard.wakeAt(queue, pace.homeNotBeforeNanos);
            return true;
        }
        queue.particulars().isGoingHome = true;
        Passage passage = queue.passageIfAny();
        if (passage != null) {
            passage.held = "";
        }
        queue.particulars().hasMovedIn = false;
        var query = new MailQuery(QueuePattern.of(queue.key.toString()), "", "", "", "", 0, 0);
        new MailWalk(shard, query, true, new MailWalk.Visitor() {
                    private final Map<Leaving, List<Integer>> leaving = new LinkedHashMap<>();
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
                                var together = new Leaving(shard.recipients.message(slot), home);
                                leaving.computeIfAbsent(together, none -> new ArrayList<>())
                                        .add(slot);
                            }
                        }
                        return true;
                    }

                    @Override
                    public void sliceEnds() {
                        leaving.forEach((together, slots) -> isAnyAway |= !moveHome(slots, together.home(), spool));
                        leaving.clear();
                    }

                    @Override
                    public void done(int unreadable) {
                        // What could not move for the moment is looked at again.
                        Particulars its = queue.particulars();
                        its.isGoingHome = false;
                        its.isAtHome =
                                isAnyAtHome && !isAnyAway && unreadable == 0 && queue.carried == 0 && !its.hasMovedIn;
                        queue.pace().homeNotBeforeNanos = shard.loop.nanos() + HOME_NANOS;
                        shard.mark(queue);
                    }
                })
                .start();
        return true;
    }

    // ---- one message

    /// Recipients of one message that go home to one domain.
    private record Leaving(int message, QueueKey home) {}

    /// Whether mail of a queue may go to another one now; if not, the queue says why.
    private boolean mayGo(WaitingQueue from, QueueKey to) {
        if (isHere(from, to)) {
            return true;
        }
        // An event that is kept here must not be overtaken by one of the other shard.
        String held = shard.recorder.isBehind() ? "the spool takes no more events" : peers.held(to);
        if (!held.isEmpty()) {
            from.passage().held = "its mail goes to " + to + " and waits: " + held + " for the moment";
        }
        return held.isEmpty();
    }

    private boolean isHere(WaitingQueue from, QueueKey to) {
        return peers.shardOf(to) == peers.shardOf(from.key);
    }

    /// Moves who is next, with those of its message that stand right behind.
    ///
    /// @return how many; 0 where they cannot go now
    private int moveNext(WaitingQueue from, QueueKey to, Spool spool) {
        ReadyOrder order = from.order;
        if (order == null || !mayGo(from, to)) {
            return 0;
        }
        if (taken.length == 0) {
            taken = new int[MOST_TOGETHER];
        }
        int count = order.take(MOST_TOGETHER, taken);
        return move(from, Arrays.copyOf(taken, count), new long[count], to, spool) ? count : 0;
    }

    private boolean moveHome(List<Integer> together, QueueKey home, Spool spool) {
        WaitingQueue from = shard.queue(shard.recipients.queue(together.getFirst()));
        if (!mayGo(from, home)) {
            return false;
        }
        int[] slots = together.stream().mapToInt(Integer::intValue).toArray();
        long[] dues = new long[slots.length];
        for (int i = 0; i < slots.length; i++) {
            dues[i] = shard.recipients.state(slots[i]) == Recipients.State.ASIDE ? shard.wheel.dueMillis(slots[i]) : 0;
            shard.leaveList(from, slots[i]);
        }
        return move(from, slots, dues, home, spool);
    }

    /// Moves recipients of one message, which are in no list.
    ///
    /// @param dues of their own retry clocks; 0 where they do not run
    /// @return false where they cannot go; then they are in their lists again
    private boolean move(WaitingQueue from, int[] slots, long[] dues, QueueKey to, Spool spool) {
        if (isHere(from, to)) {
            WaitingQueue target = shard.findOrMake(to);
            target.movedIn(passed(from));
            for (int i = 0; i < slots.length; i++) {
                shard.changeQueue(slots[i], from, target);
                shard.enterList(target, slots[i], dues[i]);
            }
            shard.mark(target);
            return true;
        }
        int message = shard.recipients.message(slots[0]);
        long position = shard.messages.position(message);
        boolean isWhole = shard.messages.live(message) == slots.length;
        if (!isWhole && !spool.hold(position)) {
            for (int i = 0; i < slots.length; i++) {
                shard.enterList(from, slots[i], dues[i]);
            }
            return false;
        }
        var moved = new ArrayList<Transfer.Moved>(slots.length);
        for (int i = 0; i < slots.length; i++) {
            moved.add(new Transfer.Moved(
                    shard.recipients.index(slots[i]),
                    shard.recipients.attempts(slots[i]),
                    shard.recipients.priority(slots[i]),
                    shard.jobs.name(shard.recipients.job(slots[i])),
                    dues[i],
                    shard.lastReplies.getOrDefault(slots[i], "")));
        }
        var transfer = new Transfer(
                to,
                shard.messages.id(message),
                position,
                shard.messages.queuedMillis(message),
                shard.messages.sizeBytes(message),
                moved,
                passed(from));
        for (int slot : slots) {
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

    void receive(Transfer transfer) {
        WaitingQueue queue = shard.findOrMake(transfer.queue());
        queue.movedIn(transfer.passed());
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
