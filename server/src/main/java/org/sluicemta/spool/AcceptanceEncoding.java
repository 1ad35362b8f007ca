package org.sluicemta.spool;

import java.util.List;
import org.sluicemta.mail.MessageId;

/// How an acceptance is written: a fixed part, fields of the message, then the recipients in blocks.
///
/// ```
/// u8 version   u8 flags   u16 0   i32 head length   i64 incarnation   i64 sequence   i64 queued   i64 size
/// i32 header bytes   i32 longest line   i32 recipients   i32 offset of the recipients
/// fields: tag u8, length varint, bytes          (reverse-path, source, RET, facts, dots, hash, chunks)
/// recipients: i32 blocks, then i32 offset of each block
///   block: i32 entries (up to 1,000), i32 offsets of the entries and of the block's end
///     entry: fields
/// ```
/// All offsets count from the start of the head, so that recipient n is read with three look-ups and without the
/// others. Numbers are little-endian. A tag from 128 on must be understood. Reserved from the first version: 129
/// template, 131 replication gate (message); 129 reverse-path, 130 variables (recipient).
final class AcceptanceEncoding {
    static final int VERSION = 1;
    static final int FIXED_BYTES = 56;
    /// Recipients of a block: one block of the longest addresses stays well below a batch.
    static final int BLOCK = 1000;
    /// Of one recipient in the field [MessageTags#REPORTED].
    static final int REPORTED_BYTES = 20;
    /// More than any message may have: a bound for whoever reads.
    static final int MAX_RECIPIENTS = 10_000_000;

    /// Bits of the flags byte.
    interface Flags {
        int SMTP_UTF8 = 1;
        int EIGHT_BIT = 2;
        int MORE_DOTS = 4;
    }

    /// Fields of the message.
    interface MessageTags {
        int REVERSE_PATH = 1;
        int SOURCE_TYPE = 2;
        int SOURCE_MTA = 3;
        int RETURN_TYPE = 4;
        int HEADER_FACT = 5;
        int DOTS = 6;
        int BODY_SHA256 = 7;
        /// Of a copy: where the original stood in the same content stream.
        int ORIGINAL_POSITION = 8;
        /// Who had logged in.
        int SMTP_USER = 9;
        /// i64 positions, in the journal of the acceptance: it lists the chunks and so commits them. Must be
        /// understood.
        int CHUNKS = 128;
        int RESERVED_TEMPLATE = 129;
        /// i64 incarnation, i64 sequence, i32 index of each recipient whose owed report the message is: accepted once,
        /// it settles them. Must be understood.
        int REPORTED = 130;
        int RESERVED_REPLICATION_GATE = 131;
    }

    /// Fields of a recipient.
    interface RecipientTags {
        int FORWARD_PATH = 1;
        int QUEUE_DOMAIN = 2;
        int VIRTUAL_MTA = 3;
        int POOL = 4;
        int JOB = 5;
        int ENVELOPE_ID = 6;
        int ORIGINAL_RECIPIENT = 7;
        int NOTIFY = 8;
        int PRIORITY = 9;
        int NOT_BEFORE = 10;
        int RESERVED_REVERSE_PATH = 129;
        int RESERVED_VARIABLES = 130;
    }

    private AcceptanceEncoding() {}

    /// Writes the head of an acceptance.
    ///
    /// @param out cleared first
    /// @param chunkPositions where the chunks stand in the same journal; empty for none
    static byte[] encode(RecordWriter out, AcceptedMessage message, long[] chunkPositions) {
        return encode(out, message, chunkPositions, 0);
    }

    /// The same for a copy.
    ///
    /// @param originalPosition where the first acceptance stood in the same content stream; 0 for no copy
    static byte[] encode(RecordWriter out, AcceptedMessage message, long[] chunkPositions, long originalPosition) {
        out.clear();
        MessageId id = message.id();
        var shape = message.shape();
        out.u8(VERSION).u8(flags(message)).u16(0).i32(0);
        out.i64(id.incarnation()).i64(id.sequence()).i64(message.queuedMillis()).i64(shape.sizeBytes());
        out.i32(shape.headerBytes()).i32(shape.longestLine());
        out.i32(message.recipients().size()).i32(0);
        fields(out, message, chunkPositions);
        reported(out, message.reported());
        out.field(MessageTags.ORIGINAL_POSITION, originalPosition, 0);
        out.i32At(52, out.length());
        recipients(out, message.recipients());
        out.i32At(4, out.length());
        return out.toBytes();
    }

    private static int flags(AcceptedMessage message) {
        return (message.needsSmtpUtf8() ? Flags.SMTP_UTF8 : 0)
                | (message.shape().hasEightBit() ? Flags.EIGHT_BIT : 0)
                | (message.shape().hasMoreDots() ? Flags.MORE_DOTS : 0);
    }

    private static void fields(RecordWriter out, AcceptedMessage message, long[] chunkPositions) {
        out.field(MessageTags.REVERSE_PATH, message.reversePath());
        out.field(MessageTags.SOURCE_TYPE, message.sourceType());
        out.field(MessageTags.SOURCE_MTA, message.sourceMta());
        out.field(MessageTags.RETURN_TYPE, message.returnType());
        out.field(MessageTags.SMTP_USER, message.smtpUser());
        for (String fact : message.headerFacts()) {
            // An empty fact is kept: the list that comes back is the list that went in.
            out.u8(MessageTags.HEADER_FACT).text(fact);
        }
        long[] dots = message.shape().dotOffsets();
        if (dots.length > 0) {
            int size = 0;
            for (int i = 0; i < dots.length; i++) {
                size += RecordWriter.sizeOfVarint(dots[i] - (i == 0 ? 0 : dots[i - 1]));
            }
            out.u8(MessageTags.DOTS).varint(size);
            for (int i = 0; i < dots.length; i++) {
                out.varint(dots[i] - (i == 0 ? 0 : dots[i - 1]));
            }
        }
        out.field(MessageTags.BODY_SHA256, message.shape().bodySha256());
        if (chunkPositions.length > 0) {
            out.u8(MessageTags.CHUNKS).varint(8L * chunkPositions.length);
            for (long position : chunkPositions) {
                out.i64(position);
            }
        }
    }

    private static void reported(RecordWriter out, List<RecipientId> reported) {
        if (!reported.isEmpty()) {
            out.u8(MessageTags.REPORTED).varint((long) REPORTED_BYTES * reported.size());
            for (RecipientId each : reported) {
                out.i64(each.message().incarnation())
                        .i64(each.message().sequence())
                        .i32(each.index());
            }
        }
    }

    private static void recipients(RecordWriter out, List<AcceptedRecipient> recipients) {
        int blocks = (recipients.size() + BLOCK - 1) / BLOCK;
        out.i32(blocks);
        int blockTable = out.length();
        out.skip(4 * blocks);
        for (int block = 0; block < blocks; block++) {
            out.i32At(blockTable + 4 * block, out.length());
            int first = block * BLOCK;
            int count = Math.min(BLOCK, recipients.size() - first);
            out.i32(count);
            int table = out.length();
            out.skip(4 * (count + 1));
            for (int i = 0; i < count; i++) {
                out.i32At(table + 4 * i, out.length());
                entry(out, recipients.get(first + i));
            }
            out.i32At(table + 4 * count, out.length());
        }
    }

    private static void entry(RecordWriter out, AcceptedRecipient recipient) {
        out.field(RecipientTags.FORWARD_PATH, recipient.forwardPath());
        out.field(RecipientTags.QUEUE_DOMAIN, recipient.queue().domain());
        out.field(RecipientTags.VIRTUAL_MTA, recipient.queue().virtualMta());
        out.field(RecipientTags.POOL, recipient.pool());
        out.field(RecipientTags.JOB, recipient.jobId());
        out.field(RecipientTags.ENVELOPE_ID, recipient.envelopeId());
        out.field(RecipientTags.ORIGINAL_RECIPIENT, recipient.originalRecipient());
        out.field(RecipientTags.NOTIFY, recipient.notifyBits(), 0);
        out.field(RecipientTags.PRIORITY, recipient.priority(), 50);
        out.field(RecipientTags.NOT_BEFORE, recipient.notBeforeMillis(), 0);
    }
}
