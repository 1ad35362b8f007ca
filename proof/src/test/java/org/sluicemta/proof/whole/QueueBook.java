package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the server records of its queues: modes, disabled addresses, pauses, counts of cold virtual MTAs. Read from the
/// batches of events that it writes, with a decoder of our own. Source: docs, journal format.
/// Owner: the thread of the seed.
final class QueueBook {
    private static final int BLOCK = 4096;
    private static final int BATCH_MAGIC = 0x54424C53;
    private static final int BATCH_COUNT = 28;
    private static final int BATCH_TOTAL = 36;
    private static final int BATCH_TABLE = 48;
    private static final int HEAD_TYPE = 4;
    private static final int HEAD_LENGTH = 8;
    private static final int HEAD_FIXED = 24;
    private static final int QUEUE_EVENT = 17;

    /// Its number on disk is the place here, from 1.
    enum Kind {
        FAILED,
        PAUSED,
        MODE,
        SOURCE,
        COLD
    }

    /// Something recorded. Owner: the book.
    static final class Change {
        final Kind kind;
        final String queue;
        /// Of a source.
        final String address;
        /// In backoff mode, paused, disabled.
        final boolean isOn;
        final long atMillis;
        /// Server time, 0 for ever; of a cold virtual MTA its count.
        final long until;
        final String text;
        final long atNanos;
        boolean isDurable;

        Change(
                Kind kind,
                String queue,
                String address,
                boolean isOn,
                long atMillis,
                long until,
                String text,
                long atNanos) {
            this.kind = kind;
            this.queue = queue;
            this.address = address;
            this.isOn = isOn;
            this.atMillis = atMillis;
            this.until = until;
            this.text = text;
            this.atNanos = atNanos;
        }

        /// Of which there is one state at a time.
        String subject() {
            return kind + " " + queue + (kind == Kind.SOURCE ? " from " + address : "");
        }

        @Override
        public String toString() {
            return subject() + (isOn ? " on" : " off") + " until " + until + ", " + atMillis + " (" + atNanos + "): "
                    + text;
        }
    }

    /// What is known of a subject.
    enum State {
        ON,
        OFF,
        UNKNOWN
    }

    /// A time in which a subject was in one state.
    record Stretch(long fromNanos, long toNanos, State state) {}

    private final Map<String, List<Change>> changes = new TreeMap<>();
    /// When it became unknown how a subject stands.
    private final Map<String, List<Stretch>> stretches = new TreeMap<>();
    /// What the present process has written and not been told to be durable.
    private final List<Change> underWay = new ArrayList<>();

    /// A batch goes to the disk.
    ///
    /// @param nowMillis server time of the writer
    /// @return to be run when it is durable
    Runnable writing(ByteBuffer bytes, long nowNanos, long nowMillis) {
        var news = new ArrayList<Change>();
        ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int at = in.position();
        while (at + BLOCK <= in.limit() && in.getInt(at) == BATCH_MAGIC) {
            for (int i = 0; i < in.getInt(at + BATCH_COUNT); i++) {
                int head = at + in.getInt(at + BATCH_TABLE + 4 * i);
                if (in.getShort(head + HEAD_TYPE) == QUEUE_EVENT) {
                    news.add(decoded(in.slice(head + HEAD_FIXED, in.getInt(head + HEAD_LENGTH)), nowNanos, nowMillis));
                }
            }
            at += (in.getInt(at + BATCH_TOTAL) + BLOCK - 1) / BLOCK * BLOCK;
        }
        news.forEach(this::happened);
        return () -> news.forEach(each -> {
            each.isDurable = true;
            underWay.remove(each);
        });
    }

    private void happened(Change change) {
        List<Change> all = changes.computeIfAbsent(change.subject(), s -> new ArrayList<>());
        all.add(change);
        underWay.add(change);
        turn(change.subject(), change.atNanos, change.isOn ? State.ON : State.OFF);
    }

    private static Change decoded(ByteBuffer slice, long nowNanos, long nowMillis) {
        ByteBuffer in = slice.order(ByteOrder.LITTLE_ENDIAN);
        in.get();
        Kind kind = Kind.values()[in.get() - 1];
        boolean isOn = (in.get() & 1) != 0;
        in.get();
        long at = in.getLong();
        long until = in.getLong();
        in.getInt();
        var fields = new TreeMap<Integer, String>();
        while (in.hasRemaining()) {
            int tag = in.get();
            var text = new byte[varint(in)];
            in.get(text);
            fields.put(tag, new String(text, StandardCharsets.UTF_8));
        }
        String queue = fields.getOrDefault(1, "") + "/" + fields.getOrDefault(2, "");
        String address = fields.getOrDefault(7, "");
        String text = fields.getOrDefault(kind == Kind.PAUSED ? 10 : 9, "");
        long happened = nowNanos - (nowMillis - at) * 1_000_000L;
        return new Change(kind, queue, address, isOn, at, until, text, happened);
    }

    private static int varint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private void turn(String subject, long atNanos, State state) {
        List<Stretch> all = stretches.computeIfAbsent(subject, s -> new ArrayList<>());
        if (all.isEmpty()) {
            all.add(new Stretch(Long.MIN_VALUE, Long.MAX_VALUE, State.OFF));
        }
        Stretch last = all.removeLast();
        long from = Math.max(last.fromNanos, atNanos);
        all.add(new Stretch(last.fromNanos, from, last.state));
        all.add(new Stretch(from, Long.MAX_VALUE, state));
    }

    /// The process ended.
    ///
    /// @param isDiskBroken whether the server may have recorded what no disk heard of
    void crashed(long nowNanos, long brokenSinceNanos) {
        var unsure = new java.util.TreeSet<String>();
        underWay.forEach(each -> unsure.add(each.subject()));
        underWay.clear();
        if (brokenSinceNanos <= nowNanos) {
            // What was not written is not known here either: only what was before the trouble.
            changes.forEach((subject, all) -> unsure.add(subject));
        }
        unsure.forEach(subject -> {
            changes.computeIfAbsent(subject, s -> new ArrayList<>());
            turn(subject, Math.min(nowNanos, brokenSinceNanos), State.UNKNOWN);
        });
    }

    /// How a subject stood, from the beginning to the end.
    List<Stretch> stretches(Kind kind, String queue, String address) {
        return stretches.getOrDefault(
                kind + " " + queue + (kind == Kind.SOURCE ? " from " + address : ""),
                List.of(new Stretch(Long.MIN_VALUE, Long.MAX_VALUE, State.OFF)));
    }

    /// All that was recorded of a kind, in the order of its subjects.
    List<Change> changes(Kind kind) {
        return changes.values().stream()
                .flatMap(List::stream)
                .filter(each -> each.kind == kind)
                .toList();
    }

    /// The last change of each subject of a kind that is known to be so now; others have no place here.
    List<Change> standing(Kind kind) {
        var standing = new ArrayList<Change>();
        changes.forEach((subject, all) -> {
            if (!all.isEmpty()
                    && all.getLast().kind == kind
                    && stretches.get(subject).getLast().state() != State.UNKNOWN) {
                standing.add(all.getLast());
            }
        });
        return standing;
    }

    /// Whether a change of the subject was recorded since.
    boolean hasChangedSince(Kind kind, String queue, String address, long nanos) {
        String subject = kind + " " + queue + (kind == Kind.SOURCE ? " from " + address : "");
        return changes.getOrDefault(subject, List.of()).stream().anyMatch(each -> each.atNanos >= nanos);
    }

    @Nullable
    Change last(String subject) {
        List<Change> all = changes.getOrDefault(subject, List.of());
        return all.isEmpty() ? null : all.getLast();
    }
}
