package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.IoFailure;

/// Recipients that are settled without an attempt: expired, deleted, bounced with their queue.
///
/// A recipient that is to end leaves its list at once and stands in one line until its message has been read, because
/// the event that settles it carries the message's facts. Expiry has no timer of its own: all slots are looked through
/// in slices when the first of them can have expired.
///
/// Owner: its shard.
final class Endings {
    /// Slots that the search for expired mail looks at in one turn, and how often it may begin.
    static final int SCAN_A_TURN = 16_384;

    private static final long SCAN_EVERY_MILLIS = 30_000;
    private static final long DOOM_SCAN_EVERY_MILLIS = 1_000;

    /// Recipients settled in one turn, and how many of their messages may be being read.
    private static final int ENDINGS_A_TURN = 256;

    private static final int ENDINGS_READING = 16;
    private static final long NEVER = Long.MAX_VALUE;

    private final QueueShard shard;

    private long nextExpiryMillis = NEVER;
    private long scanFoundMillis = NEVER;
    private long scanStartedMillis = Long.MIN_VALUE / 2;
    private int scanAt = -1;

    /// Queues whose recipients on their own clocks are to end: since the present scan began, and in it.
    private final Set<WaitingQueue> dooms = new LinkedHashSet<>();

    private final Set<WaitingQueue> scannedDooms = new LinkedHashSet<>();

    private final List<Ending> endings = new ArrayList<>();
    private final Map<Ending, Integer> endingNumbers = new HashMap<>();
    private int endingHead = Recipients.NONE;
    private int endingTail = Recipients.NONE;
    private int endingsReading;
    private int endingsWaiting;

    /// Why every recipient of a queue that waits out its own clock is to end; found by the next scan.
    ///
    /// @param spared slots of recipients that were put aside since then: it is not meant for them
    record Doom(Ending why, Set<Integer> spared) {}

    Endings(QueueShard shard) {
        this.shard = shard;
    }

    /// A recipient has come that expires then.
    void expires(long atMillis) {
        nextExpiryMillis = Math.min(nextExpiryMillis, atMillis);
        scanFoundMillis = Math.min(scanFoundMillis, atMillis);
    }

    /// Policies have changed: anything may have expired.
    void lookAnew(long nowMillis) {
        nextExpiryMillis = Math.min(nextExpiryMillis, nowMillis);
    }

    /// There is no recipient left.
    void nothingWaits() {
        nextExpiryMillis = NEVER;
    }

    boolean isScanning() {
        return scanAt >= 0;
    }

    /// Looks through a part of all slots for what has expired. It begins when the first can have expired, at most every
    /// 30 s, and goes on turn by turn; shard.recipients in a consignment are left alone and found the next time.
    void scan(long now) {
        if (scanAt < 0) {
            if (now < nextScanMillis()) {
                return;
            }
            scanAt = 0;
            scannedDooms.addAll(dooms);
            dooms.clear();
            scanStartedMillis = now;
            scanFoundMillis = NEVER;
        }
        int end = Math.min(shard.recipients.end(), scanAt + SCAN_A_TURN);
        for (int slot = scanAt; slot < end; slot++) {
            int state = shard.recipients.state(slot);
            if (state == Recipients.State.FREE || state == Recipients.State.OWED || state == Recipients.State.ENDING) {
                continue;
            }
            WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
            long expiry = shard.messages.queuedMillis(shard.recipients.message(slot))
                    + shard.policy(queue).bounceAfter().value().toMillis();
            Ending doom = doom(queue, slot);
            if (expiry <= now && state != Recipients.State.CARRIED) {
                end(slot, Ending.EXPIRED);
            } else if (doom != null && state == Recipients.State.ASIDE) {
                end(slot, doom);
            } else {
                scanFoundMillis = Math.min(scanFoundMillis, expiry);
            }
        }
        scanAt = end;
        if (scanAt >= shard.recipients.end()) {
            scanAt = -1;
            nextExpiryMillis = scanFoundMillis;
            for (WaitingQueue queue : scannedDooms) {
                if (!dooms.contains(queue) && queue.doom() != null) {
                    queue.particulars().doom = null;
                }
            }
            scannedDooms.clear();
        }
    }

    long nextScanMillis() {
        if (!dooms.isEmpty()) {
            return scanStartedMillis + DOOM_SCAN_EVERY_MILLIS;
        }
        return nextExpiryMillis == NEVER ? NEVER : Math.max(nextExpiryMillis, scanStartedMillis + SCAN_EVERY_MILLIS);
    }

    /// Takes a waiting recipient out of its list, to be settled as soon as its message has been read.
    ///
    /// @return false where it is in mid-transfer or has ended already
    boolean end(int slot, Ending why) {
        WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
        switch (shard.recipients.state(slot)) {
            case Recipients.State.READY, Recipients.State.SORTED -> {
                if (queue.order != null) {
                    queue.order.remove(slot);
                }
            }
            case Recipients.State.ASIDE -> {
                shard.wheel.remove(slot);
                queue.aside--;
            }
            default -> {
                return false;
            }
        }
        shard.recipients.state(slot, Recipients.State.ENDING);
        queue.ending++;
        int number = endingNumbers.computeIfAbsent(why, ending -> {
            endings.add(ending);
            return endings.size() - 1;
        });
        shard.recipients.due(slot, number);
        shard.recipients.next(slot, Recipients.NONE);
        if (endingTail == Recipients.NONE) {
            endingHead = slot;
        } else {
            shard.recipients.next(endingTail, slot);
        }
        endingTail = slot;
        endingsWaiting++;
        shard.mark(queue);
        return true;
    }

    /// Ends what waits in the queue now: what is ready at once, what waits out its own time with the next scan.
    void endAll(WaitingQueue queue, Ending why) {
        ReadyOrder order = queue.order;
        while (order != null && order.anyone() != Recipients.NONE) {
            end(order.anyone(), why);
        }
        if (queue.aside > 0) {
            queue.particulars().doom = new Doom(why, new HashSet<>());
            dooms.add(queue);
        }
    }

    /// A recipient is put aside. One that comes after the command is not ended by it.
    void isPutAside(WaitingQueue queue, int slot) {
        if (queue.doom() != null) {
            queue.doom().spared.add(slot);
        }
    }

    /// Why a recipient that is put aside is to end; null where it is not.
    @Nullable
    Ending doom(WaitingQueue queue, int slot) {
        Doom doom = queue.doom();
        return doom == null || doom.spared.contains(slot) ? null : doom.why;
    }

    boolean canRun() {
        return endingHead != Recipients.NONE && endingsReading < ENDINGS_READING && !shard.recorder.isBehind();
    }

    void run() {
        for (int i = 0; i < ENDINGS_A_TURN && canRun(); i++) {
            int slot = endingHead;
            endingHead = shard.recipients.next(slot);
            if (endingHead == Recipients.NONE) {
                endingTail = Recipients.NONE;
            }
            int message = shard.recipients.message(slot);
            StoredMessage stored = shard.cache.find(message);
            if (stored != null) {
                finish(slot, stored);
            } else {
                endingsReading++;
                shard.readings.want(message, new Readings.Reader() {
                    @Override
                    public void read(StoredMessage read) {
                        endingsReading--;
                        finish(slot, read);
                        shard.armLater();
                    }

                    @Override
                    public void unreadable(IoFailure why) {
                        endingsReading--;
                        shard.unreadable++;
                        WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
                        queue.ending--;
                        ended();
                        shard.setAside(queue, slot, shard.loop.serverMillis() + QueueShard.UNREADABLE_MILLIS);
                        queue.note(shard.loop.serverMillis(), "a message cannot be read from the spool: " + why.text());
                        shard.armLater();
                    }
                });
            }
        }
    }

    private void finish(int slot, StoredMessage stored) {
        WaitingQueue queue = shard.queue(shard.recipients.queue(slot));
        Ending why = endings.get(shard.recipients.due(slot));
        queue.ending--;
        ended();
        if (queue.pause() != null && why.equals(Ending.EXPIRED)) {
            queue.pause().expired++;
        }
        if (why.countsAsAttempt()) {
            shard.recipients.attempted(slot);
        }
        String diagnostic =
                why.wantsLastReply() ? shard.lastReplies.getOrDefault(slot, lastDiagnostic(queue)) : why.diagnostic();
        int index = shard.recipients.index(slot);
        boolean isOwed = why.isReported() && shard.owesReport(queue, stored.message(), index);
        RecipientEvent event = shard.event(
                RecipientEvent.What.BOUNCED,
                queue,
                stored.message(),
                index,
                why.countsAsAttempt() ? shard.recipients.attempts(slot) : 0,
                shard.loop.serverMillis(),
                0,
                Outcome.RemoteFacts.NONE,
                why.status(),
                diagnostic,
                isOwed);
        shard.recipientNotes.note(queue, event);
        shard.recorder.record(why.isAccounted() ? event : event.unaccounted(), shard.release(queue, slot, isOwed));
        shard.mark(queue);
    }

    private static String lastDiagnostic(WaitingQueue queue) {
        QueueFailure failure = queue.lastFailure;
        return failure == null ? "" : failure.diagnostic();
    }

    private void ended() {
        if (--endingsWaiting == 0) {
            endings.clear();
            endingNumbers.clear();
        }
    }
}
