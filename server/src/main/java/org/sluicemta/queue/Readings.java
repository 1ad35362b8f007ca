package org.sluicemta.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Messages on their way back from the spool: one reading for each message however many want it, a bounded number at
/// one time, those that somebody waits for before those read ahead.
///
/// Owner: its shard.
final class Readings {
    /// Readings under way at one time: enough to keep a disk busy, few enough to bound their memory.
    static final int MOST = 32;

    /// Messages that may be asked for ahead of need.
    private static final int MOST_AHEAD = 64;

    private @Nullable Spool spool;
    private final Loop loop;
    private final Messages messages;
    private final FreshCache cache;
    private final Map<Integer, Reading> readings = new HashMap<>();
    private final ArrayDeque<Reading> needed = new ArrayDeque<>();
    private final ArrayDeque<Reading> ahead = new ArrayDeque<>();
    private int underWay;

    Readings(Loop loop, Messages messages, FreshCache cache) {
        this.loop = loop;
        this.messages = messages;
        this.cache = cache;
    }

    /// Hears how a reading ended.
    interface Reader {
        /// @param stored lent: retain its content to keep it
        void read(StoredMessage stored);

        /// The message is damaged or unreadable; the text says where.
        void unreadable(IoFailure why);
    }

    /// Reads a message for somebody who waits for it.
    void want(int message, Reader reader) {
        Reading reading = readings.get(message);
        if (reading == null) {
            reading = new Reading(message);
            readings.put(message, reading);
            needed.add(reading);
        } else if (!reading.isUnderWay && reading.readers.isEmpty()) {
            ahead.remove(reading);
            needed.add(reading);
        }
        reading.readers.add(reader);
        start();
    }

    /// Reads a message into the cache because its turn is near; not if there is much to read already.
    void ahead(int message) {
        if (ahead.size() < MOST_AHEAD && !readings.containsKey(message) && cache.find(message) == null) {
            var reading = new Reading(message);
            readings.put(message, reading);
            ahead.add(reading);
            start();
        }
    }

    /// The message's slot is to be freed: what was only read ahead is forgotten, and who still waits (an operator's
    /// listing) is told, in a turn of its own.
    void forget(int message) {
        Reading reading = readings.remove(message);
        if (reading == null) {
            return;
        }
        if (!reading.isUnderWay) {
            ahead.remove(reading);
            needed.remove(reading);
        }
        if (!reading.readers.isEmpty()) {
            List<Reader> left = List.copyOf(reading.readers);
            reading.readers.clear();
            var gone = new IoFailure(IoFailure.Kind.NOT_FOUND, "the message was settled meanwhile");
            loop.post(() -> left.forEach(reader -> reader.unreadable(gone)));
        }
    }

    boolean isIdle() {
        return readings.isEmpty() && underWay == 0;
    }

    void connect(Spool opened) {
        spool = opened;
        start();
    }

    private void start() {
        while (spool != null && underWay < MOST) {
            Reading next = needed.isEmpty() ? ahead.poll() : needed.poll();
            if (next == null) {
                return;
            }
            underWay++;
            next.isUnderWay = true;
            spool.read(loop, messages.position(next.message), next);
        }
    }

    private final class Reading implements Answer<StoredMessage> {
        final int message;
        final List<Reader> readers = new ArrayList<>(1);
        boolean isUnderWay;

        Reading(int message) {
            this.message = message;
        }

        @Override
        public void ready(StoredMessage stored) {
            if (end()) {
                stored.content().retain();
                cache.put(message, stored);
                readers.forEach(reader -> reader.read(stored));
            }
            stored.content().release();
            start();
        }

        @Override
        public void failed(IoFailure why) {
            if (end()) {
                readers.forEach(reader -> reader.unreadable(why));
            }
            start();
        }

        /// @return whether the slot still means this message
        private boolean end() {
            underWay--;
            @Nullable Reading known = readings.get(message);
            if (known != this) {
                return false;
            }
            readings.remove(message);
            return true;
        }
    }
}
