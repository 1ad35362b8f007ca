package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.AcceptanceEncoding.Flags;
import org.sluicemta.spool.AcceptanceEncoding.MessageTags;
import org.sluicemta.spool.AcceptanceEncoding.RecipientTags;

/// The head of an acceptance as it lies on disk, read piece by piece: the fixed part at once, one recipient without the
/// others. The bytes are not copied; valid while they are. Any bytes give values or a [SpoolException].
final class AcceptanceHead {
    private final ByteBuffer bytes;
    private final int flags;
    private final MessageId id;
    private final long queuedMillis;
    private final long sizeBytes;
    private final int headerBytes;
    private final int longestLine;
    private final int recipientCount;
    private final int recipientsAt;
    private final int blockCount;

    /// @throws SpoolException when it is no acceptance that this server can read
    AcceptanceHead(ByteBuffer head) {
        bytes = head.slice().order(ByteOrder.LITTLE_ENDIAN);
        var in = new RecordReader(bytes, "acceptance");
        in.version(AcceptanceEncoding.VERSION);
        flags = in.u8();
        in.u16();
        int length = in.i32();
        if (length != bytes.limit()) {
            throw in.bad("the head says " + length + " bytes and has " + bytes.limit());
        }
        id = new MessageId(in.i64(), in.i64());
        queuedMillis = in.i64();
        sizeBytes = in.i64();
        headerBytes = in.count(Integer.MAX_VALUE);
        longestLine = in.count(Integer.MAX_VALUE);
        recipientCount = in.count(AcceptanceEncoding.MAX_RECIPIENTS);
        recipientsAt = in.count(length);
        if (sizeBytes < 0 || recipientsAt < AcceptanceEncoding.FIXED_BYTES) {
            throw in.bad("a size of " + sizeBytes + " or recipients at " + recipientsAt + " cannot be");
        }
        blockCount = in.part(recipientsAt, length).count(AcceptanceEncoding.MAX_RECIPIENTS);
        int blocksNeeded = (recipientCount + AcceptanceEncoding.BLOCK - 1) / AcceptanceEncoding.BLOCK;
        if (blockCount != blocksNeeded || (long) recipientsAt + 4 + 4L * blockCount > length) {
            throw in.bad(blockCount + " blocks do not hold " + recipientCount + " recipients");
        }
    }

    MessageId id() {
        return id;
    }

    long queuedMillis() {
        return queuedMillis;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    int recipientCount() {
        return recipientCount;
    }

    /// Where the chunks stand, in the journal of the acceptance; empty where the content is in the record.
    long[] chunkPositions() {
        var in = new RecordReader(bytes, "acceptance").part(AcceptanceEncoding.FIXED_BYTES, recipientsAt);
        while (!in.isAtEnd()) {
            int tag = in.u8();
            if (tag == MessageTags.CHUNKS) {
                return chunks(in);
            }
            skip(in, tag);
        }
        return NO_CHUNKS;
    }

    /// Of a copy: where the first acceptance stood in the same content stream; 0 for no copy.
    long originalPosition() {
        var in = new RecordReader(bytes, "acceptance").part(AcceptanceEncoding.FIXED_BYTES, recipientsAt);
        while (!in.isAtEnd()) {
            int tag = in.u8();
            if (tag == MessageTags.ORIGINAL_POSITION) {
                return in.numberField();
            }
            skip(in, tag);
        }
        return 0;
    }

    /// Passes over a field that another question is about.
    private static void skip(RecordReader in, int tag) {
        switch (tag) {
            case MessageTags.CHUNKS -> chunks(in);
            case MessageTags.REPORTED -> reported(in);
            default -> in.skipUnknown(tag);
        }
    }

    private static final long[] NO_CHUNKS = new long[0];

    private static long[] chunks(RecordReader in) {
        int length = in.varintUpTo(in.remaining());
        if (length % 8 != 0 || length > in.remaining()) {
            throw in.bad("a list of chunks of " + length + " bytes");
        }
        long[] positions = new long[length / 8];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = in.i64();
        }
        return positions;
    }

    /// Everything but the content.
    AcceptedMessage message() {
        var in = new RecordReader(bytes, "acceptance").part(AcceptanceEncoding.FIXED_BYTES, recipientsAt);
        String reversePath = "";
        String sourceType = "";
        String sourceMta = "";
        String returnType = "";
        String smtpUser = "";
        long[] dots = NO_CHUNKS;
        byte[] hash = {};
        List<String> facts = new ArrayList<>();
        List<RecipientId> reported = List.of();
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case MessageTags.REVERSE_PATH -> reversePath = in.text();
                case MessageTags.SOURCE_TYPE -> sourceType = in.text();
                case MessageTags.SOURCE_MTA -> sourceMta = in.text();
                case MessageTags.RETURN_TYPE -> returnType = in.text();
                case MessageTags.SMTP_USER -> smtpUser = in.text();
                case MessageTags.HEADER_FACT -> facts.add(in.text());
                case MessageTags.DOTS -> dots = dots(in);
                case MessageTags.BODY_SHA256 -> hash = in.blob();
                case MessageTags.ORIGINAL_POSITION -> in.numberField();
                case MessageTags.CHUNKS -> chunks(in);
                case MessageTags.REPORTED -> reported = reported(in);
                default -> in.skipUnknown(tag);
            }
        }
        List<AcceptedRecipient> recipients = new ArrayList<>(Math.min(recipientCount, bytes.limit() / 8 + 1));
        for (int n = 0; n < recipientCount; n++) {
            recipients.add(recipient(n));
        }
        return new AcceptedMessage(
                id,
                queuedMillis,
                reversePath,
                sourceType,
                sourceMta,
                (flags & Flags.SMTP_UTF8) != 0,
                returnType,
                new ContentShape(
                        sizeBytes,
                        headerBytes,
                        (flags & Flags.EIGHT_BIT) != 0,
                        longestLine,
                        dots,
                        (flags & Flags.MORE_DOTS) != 0,
                        hash),
                facts,
                recipients,
                reported,
                smtpUser);
    }

    /// The recipients whose owed report this is.
    List<RecipientId> reported() {
        var in = new RecordReader(bytes, "acceptance").part(AcceptanceEncoding.FIXED_BYTES, recipientsAt);
        while (!in.isAtEnd()) {
            int tag = in.u8();
            if (tag == MessageTags.REPORTED) {
                return reported(in);
            }
            skip(in, tag);
        }
        return List.of();
    }

    private static List<RecipientId> reported(RecordReader in) {
        int length = in.varintUpTo(in.remaining());
        if (length % AcceptanceEncoding.REPORTED_BYTES != 0 || length > in.remaining()) {
            throw in.bad("a list of reported recipients of " + length + " bytes");
        }
        var reported = new ArrayList<RecipientId>(length / AcceptanceEncoding.REPORTED_BYTES);
        for (int i = 0; i < length; i += AcceptanceEncoding.REPORTED_BYTES) {
            reported.add(
                    new RecipientId(new MessageId(in.i64(), in.i64()), in.count(AcceptanceEncoding.MAX_RECIPIENTS)));
        }
        return reported;
    }

    private static long[] dots(RecordReader in) {
        int length = in.varintUpTo(in.remaining());
        int end = in.position() + length;
        long[] dots = new long[ContentShape.MAX_DOTS];
        int count = 0;
        long at = 0;
        while (in.position() < end) {
            long step = in.varint();
            at += step;
            if (step < 0 || at < 0 || count == dots.length) {
                throw in.bad("dots do not ascend or are more than " + ContentShape.MAX_DOTS);
            }
            dots[count++] = at;
        }
        if (in.position() != end) {
            throw in.bad("the list of dots has another length");
        }
        return java.util.Arrays.copyOf(dots, count);
    }

    private RecordReader entry(int n) {
        if (n < 0 || n >= recipientCount) {
            throw new SpoolException("acceptance " + id + ": no recipient " + n + " among " + recipientCount);
        }
        var all = new RecordReader(bytes, "acceptance");
        int end = bytes.limit();
        int block = n / AcceptanceEncoding.BLOCK;
        int inBlock = n % AcceptanceEncoding.BLOCK;
        int blockAt = all.part(recipientsAt + 4 + 4 * block, end).count(end);
        int entries = all.part(blockAt, end).count(AcceptanceEncoding.BLOCK);
        if (inBlock >= entries) {
            throw all.bad("block " + block + " has " + entries + " entries only");
        }
        var table = all.part(Math.min(end, blockAt + 4 + 4 * inBlock), end);
        int from = table.count(end);
        int to = table.count(end);
        return all.part(from, to);
    }

    AcceptedRecipient recipient(int n) {
        var in = entry(n);
        String forwardPath = "";
        String domain = "";
        String virtualMta = "";
        String pool = "";
        String job = "";
        String envelopeId = "";
        String originalRecipient = "";
        int notify = 0;
        int priority = 50;
        long notBefore = 0;
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case RecipientTags.FORWARD_PATH -> forwardPath = in.text();
                case RecipientTags.QUEUE_DOMAIN -> domain = in.text();
                case RecipientTags.VIRTUAL_MTA -> virtualMta = in.text();
                case RecipientTags.POOL -> pool = in.text();
                case RecipientTags.JOB -> job = in.text();
                case RecipientTags.ENVELOPE_ID -> envelopeId = in.text();
                case RecipientTags.ORIGINAL_RECIPIENT -> originalRecipient = in.text();
                case RecipientTags.NOTIFY -> notify = (int) in.numberField();
                case RecipientTags.PRIORITY -> priority = (int) in.numberField();
                case RecipientTags.NOT_BEFORE -> notBefore = in.numberField();
                default -> in.skipUnknown(tag);
            }
        }
        return new AcceptedRecipient(
                forwardPath,
                new QueueKey(domain, virtualMta),
                pool,
                job,
                envelopeId,
                originalRecipient,
                notify,
                priority,
                notBefore);
    }

    /// What scheduling needs of recipient `n`, without its address.
    Place place(int n) {
        var in = entry(n);
        String domain = "";
        String virtualMta = "";
        String job = "";
        int priority = 50;
        long notBefore = 0;
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case RecipientTags.QUEUE_DOMAIN -> domain = in.text();
                case RecipientTags.VIRTUAL_MTA -> virtualMta = in.text();
                case RecipientTags.JOB -> job = in.text();
                case RecipientTags.PRIORITY -> priority = (int) in.numberField();
                case RecipientTags.NOT_BEFORE -> notBefore = in.numberField();
                default -> in.skipUnknown(tag);
            }
        }
        return new Place(new QueueKey(domain, virtualMta), priority, notBefore, job);
    }

    /// Where a recipient starts and when.
    record Place(QueueKey queue, int priority, long notBeforeMillis, String jobId) {}
}
