package org.sluicemta.queue;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.IoFailure;

/// Recipients whose senders want to hear that mail is late (`NOTIFY=DELAY`), and when they hear it next: after each
/// `notify-of-delay-every` from acceptance on, as long as the recipient waits.
///
/// A wish is kept in memory only. After a restart it is known again with the recipient's next deferral, and the notices
/// that would have come meanwhile are left out. Owner: its shard.
final class DelayNotices {
    /// More wishes are not kept: whoever asks this of a bulk mailing hears of failures only.
    private static final int MOST = 100_000;

    private static final int NOTICES_A_TURN = 64;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Pattern ENHANCED = Pattern.compile("smtp;4\\d\\d[ -](4\\.\\d{1,3}\\.\\d{1,3})[ ,;]?.*");
    /// Waiting behind limits, a pause or a retry of unknown reason. Source: RFC 3463 section 3.5.
    private static final String CONGESTION = "4.4.5";

    private final QueueShard shard;
    private final PriorityQueue<Wish> byDue = new PriorityQueue<>(Comparator.comparingLong(wish -> wish.dueMillis));
    private final Map<Integer, Wish> bySlot = new HashMap<>();

    /// When a recipient's sender hears next; void when it is not the one that [#bySlot] has.
    private record Wish(int slot, long dueMillis) {}

    DelayNotices(QueueShard shard) {
        this.shard = shard;
    }

    /// A recipient waits, and its message is at hand. Nothing happens where nobody asked, or where it is known.
    void waits(int slot, WaitingQueue queue, AcceptedMessage message, int index) {
        int notify = message.recipients().get(index).notifyBits();
        if ((notify & AcceptedRecipient.Notify.DELAY) != 0
                && bySlot.size() < MOST
                && !bySlot.containsKey(slot)
                && shard.isReporting(queue, message, notify)) {
            schedule(slot, queue, message.queuedMillis());
        }
    }

    private void schedule(int slot, WaitingQueue queue, long queuedMillis) {
        long every = shard.policy(queue).delayNoticeEvery().value().toMillis();
        if (every <= 0) {
            bySlot.remove(slot);
            return;
        }
        long passed = Math.max(0, shard.loop.serverMillis() - queuedMillis);
        var wish = new Wish(slot, queuedMillis + (passed / every + 1) * every);
        bySlot.put(slot, wish);
        byDue.add(wish);
    }

    /// The recipient leaves its slot.
    void left(int slot) {
        if (!bySlot.isEmpty()) {
            bySlot.remove(slot);
        }
    }

    long nextMillis() {
        Wish first = byDue.peek();
        return first == null ? NEVER : first.dueMillis;
    }

    void run(long nowMillis) {
        for (int i = 0; i < NOTICES_A_TURN; i++) {
            Wish first = byDue.peek();
            if (first == null || first.dueMillis > nowMillis) {
                return;
            }
            byDue.remove();
            if (bySlot.get(first.slot) == first) {
                bySlot.remove(first.slot);
                isLate(first.slot);
            }
        }
    }

    private void isLate(int slot) {
        switch (shard.recipients.state(slot)) {
            case Recipients.State.READY, Recipients.State.SORTED, Recipients.State.ASIDE, Recipients.State.CARRIED -> {
                WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
                int message = shard.recipients.message(slot);
                int index = shard.recipients.index(slot);
                schedule(slot, queue, shard.messages.queuedMillis(message));
                Wish next = bySlot.get(slot);
                shard.readings.want(message, new Readings.Reader() {
                    @Override
                    public void read(StoredMessage stored) {
                        // Else it has left meanwhile, and the slot may be another's.
                        if (bySlot.get(slot) == next) {
                            tell(slot, index, stored);
                        }
                    }

                    @Override
                    public void unreadable(IoFailure why) {
                        // The attempt meets it too, and says so.
                    }
                });
            }
            default -> {
                // Ended; its report is another.
            }
        }
    }

    private void tell(int slot, int index, StoredMessage stored) {
        DelayListener listener = shard.delayListener();
        if (listener == null) {
            return;
        }
        WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
        AcceptedMessage message = stored.message();
        QueueFailure failed = queue.lastFailure;
        String reply = shard.lastReplies.getOrDefault(slot, failed == null ? "" : failed.diagnostic());
        RecipientEvent event = QueueShard.event(
                RecipientEvent.What.DEFERRED,
                queue,
                message,
                index,
                shard.recipients.attempts(slot),
                shard.loop.serverMillis(),
                0,
                failed == null
                        ? Outcome.RemoteFacts.NONE
                        : new Outcome.RemoteFacts(
                                failed.remote().mta(),
                                failed.remote().remoteIp(),
                                "",
                                "",
                                failed.remote().deliveryType()),
                status(reply, failed),
                reply,
                false);
        stored.content().retain();
        listener.delayed(
                event,
                message.queuedMillis()
                        + shard.policy(queue).bounceAfter().value().toMillis(),
                stored);
    }

    private static String status(String reply, @Nullable QueueFailure failed) {
        Matcher enhanced = ENHANCED.matcher(reply);
        if (enhanced.matches()) {
            return enhanced.group(1);
        }
        if (failed != null && failed.status().startsWith("4.")) {
            return failed.status();
        }
        return reply.isEmpty() ? CONGESTION : "4.0.0";
    }
}
