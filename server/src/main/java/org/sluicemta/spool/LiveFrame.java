package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// A frame of a checkpoint: what lives in one slice of a shard, or what is remembered of queues, readers and folders.
/// About 28 bytes for a message with one recipient. Little-endian; numbers that are mostly small are varints; times
/// are differences to the frame's base.
///
/// ```
/// u8 version  u8 kind  u16 0
/// kind 1, messages: i64 base time  then entries until the end
///   entry 1, queue name:  text domain, text virtual MTA            numbered from 0 in order of appearance
///   entry 2, incarnation: i64                                      likewise
///   entry 3, message:     varint incarnation number, sequence, i64 position, queued - base (zigzag), size,
///                         chunks, i64 each, recipients, then for each: index, queue number, attempts,
///                         due - base (zigzag, +1; 0 for at once), u8 priority, u8 flags (1 report owed, 2 has a job),
///                         with flag 2 the job's number
///   entry 4, job:         text                                     numbered likewise
/// kind 2, queue event:   a queue event record
/// kind 3, reader offset: a reader offset record
/// kind 4, folders:       varint count, then for each: text folder, i64 position noted in its content stream
/// kind 5, command event: a command event record
/// ```
final class LiveFrame {
    static final int VERSION = 1;
    /// A frame is closed when it has grown to this: small enough to be written between two mails.
    static final int FULL_BYTES = 64 * 1024;

    /// What a frame holds.
    interface Kinds {
        int MESSAGES = 1;
        int QUEUE = 2;
        int READER = 3;
        int FOLDERS = 4;
        int COMMAND = 5;
    }

    private static final int QUEUE_NAME = 1;
    private static final int INCARNATION = 2;
    private static final int MESSAGE = 3;
    private static final int JOB_NAME = 4;
    private static final int OWED = 1;
    private static final int HAS_JOB = 2;
    static final int HEADER_BYTES = 4;

    private LiveFrame() {}

    static int kind(ByteBuffer frame) {
        var in = new RecordReader(frame, "checkpoint frame");
        in.version(VERSION);
        return in.u8();
    }

    static byte[] of(int kind, byte[] record) {
        var out = new RecordWriter(record.length + HEADER_BYTES);
        out.u8(VERSION).u8(kind).u16(0);
        for (byte b : record) {
            out.u8(b);
        }
        return out.toBytes();
    }

    /// The record inside a frame of kind 2, 3 or 5.
    static ByteBuffer record(ByteBuffer frame) {
        if (frame.remaining() < HEADER_BYTES) {
            throw new SpoolException("checkpoint frame: ends early");
        }
        return frame.slice(frame.position() + HEADER_BYTES, frame.remaining() - HEADER_BYTES);
    }

    /// Writes frames of messages. Owner: the loop of the shard that is being dumped.
    static final class Writer {
        private final RecordWriter out = new RecordWriter(FULL_BYTES + 4096);
        private final RecordWriter recipients = new RecordWriter(4096);
        private final Map<QueueKey, Integer> queues = new HashMap<>();
        private final Map<Long, Integer> incarnations = new HashMap<>();
        private final Map<String, Integer> jobs = new HashMap<>();
        private long base;
        private int count;

        boolean isEmpty() {
            return out.length() == 0;
        }

        boolean isFull() {
            return out.length() >= FULL_BYTES;
        }

        /// Begins a message; its recipients follow; [#end] closes it.
        void message(MessageId id, long position, long queuedMillis, long sizeBytes, long[] chunks) {
            if (isEmpty()) {
                base = queuedMillis;
                out.u8(VERSION).u8(Kinds.MESSAGES).u16(0).i64(base);
            }
            Integer known = incarnations.get(id.incarnation());
            if (known == null) {
                known = incarnations.size();
                incarnations.put(id.incarnation(), known);
                out.u8(INCARNATION).i64(id.incarnation());
            }
            recipients.clear();
            recipients.varint(known).varint(id.sequence()).i64(position).varint(zigzag(queuedMillis - base));
            recipients.varint(sizeBytes).varint(chunks.length);
            for (long chunk : chunks) {
                recipients.i64(chunk);
            }
            count = 0;
            tail.clear();
        }

        private final RecordWriter tail = new RecordWriter(4096);

        void recipient(
                int index,
                QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String job) {
            Integer known = queues.get(queue);
            if (known == null) {
                known = queues.size();
                queues.put(queue, known);
                out.u8(QUEUE_NAME).text(queue.domain()).text(queue.virtualMta());
            }
            tail.varint(index).varint(known).varint(attempts);
            tail.varint(dueMillis == 0 ? 0 : zigzag(dueMillis - base) + 1);
            tail.u8(priority).u8((isReportOwed ? OWED : 0) | (job.isEmpty() ? 0 : HAS_JOB));
            if (!job.isEmpty()) {
                tail.varint(number(job));
            }
            count++;
        }

        private int number(String job) {
            Integer known = jobs.get(job);
            if (known == null) {
                known = jobs.size();
                jobs.put(job, known);
                out.u8(JOB_NAME).text(job);
            }
            return known;
        }

        void end() {
            out.u8(MESSAGE);
            out.append(recipients);
            out.varint(count);
            out.append(tail);
        }

        /// The frame, and a fresh start.
        byte[] take() {
            byte[] frame = out.toBytes();
            out.clear();
            queues.clear();
            incarnations.clear();
            jobs.clear();
            return frame;
        }
    }

    private static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    private static long unzigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    /// Hears what a frame of messages holds.
    interface Sink {
        /// @return whether its recipients are wanted
        boolean message(
                long incarnation, long sequence, long position, long queuedMillis, long sizeBytes, long[] chunks);

        /// @param job empty for none, and where a frame of an earlier version does not tell
        void recipient(
                int index,
                QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String job);

        void end();
    }

    private static final long[] NO_CHUNKS = {};

    /// @throws SpoolException when it is no frame of messages; some may have been told by then
    static void messages(ByteBuffer frame, Sink sink) {
        var in = new RecordReader(frame, "checkpoint frame");
        in.version(VERSION);
        if (in.u8() != Kinds.MESSAGES) {
            throw in.bad("not a frame of messages");
        }
        in.u16();
        long base = in.i64();
        var queues = new java.util.ArrayList<QueueKey>();
        var incarnations = new java.util.ArrayList<Long>();
        var jobs = new java.util.ArrayList<String>();
        while (!in.isAtEnd()) {
            int entry = in.u8();
            switch (entry) {
                case QUEUE_NAME -> queues.add(new QueueKey(in.text(), in.text()));
                case INCARNATION -> incarnations.add(in.i64());
                case JOB_NAME -> jobs.add(in.text());
                case MESSAGE -> message(in, base, new Names(queues, incarnations, jobs), sink);
                default -> throw in.bad("an entry of kind " + entry + " is unknown");
            }
        }
    }

    /// What the entries so far have numbered.
    private record Names(
            java.util.List<QueueKey> queues, java.util.List<Long> incarnations, java.util.List<String> jobs) {}

    private static void message(RecordReader in, long base, Names names, Sink sink) {
        long incarnation = names.incarnations.get(known(in, names.incarnations().size()));
        long sequence = in.varint();
        long position = in.i64();
        long queued = base + unzigzag(in.varint());
        long size = in.varint();
        int chunkCount = in.varintUpTo(in.remaining() / 8);
        long[] chunks = chunkCount == 0 ? NO_CHUNKS : new long[chunkCount];
        for (int i = 0; i < chunkCount; i++) {
            chunks[i] = in.i64();
        }
        int count = in.varintUpTo(in.remaining());
        boolean isWanted = sink.message(incarnation, sequence, position, queued, size, chunks);
        for (int i = 0; i < count; i++) {
            int index = in.varintUpTo(Integer.MAX_VALUE);
            QueueKey queue = names.queues.get(known(in, names.queues().size()));
            int attempts = in.varintUpTo(Integer.MAX_VALUE);
            long due = in.varint();
            int priority = in.u8();
            int flags = in.u8();
            boolean isOwed = (flags & OWED) != 0;
            String job = (flags & HAS_JOB) == 0
                    ? ""
                    : names.jobs.get(known(in, names.jobs().size()));
            if (isWanted) {
                sink.recipient(index, queue, attempts, due == 0 ? 0 : base + unzigzag(due - 1), priority, isOwed, job);
            }
        }
        sink.end();
    }

    private static int known(RecordReader in, int size) {
        long number = in.varint();
        if (number < 0 || number >= size) {
            throw in.bad("number " + number + " of a name that was not given");
        }
        return (int) number;
    }
}
