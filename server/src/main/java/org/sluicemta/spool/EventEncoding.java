package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// How the records of the event stream are written: a fixed part of numbers, then fields (tag u8, length varint,
/// bytes). An absent text is empty. Any bytes decode to a value or give a [SpoolException].
///
/// ```
/// recipient event: u8 version  u8 what  u8 flags  u8 0  i64 incarnation  i64 sequence  i32 index  i32 attempt
///                  i64 at  i64 next due  i64 queued  i64 size   fields
/// queue event:     u8 version  u8 kind  u8 flags  u8 0  i64 at  i64 until or next due  i32 failures   fields
/// receipt event:   u8 version  u8 0  u16 0  i64 incarnation  i64 sequence  i32 index  i64 at   fields
/// command event:   u8 version  u8 kind  u8 flags (1 on)  u8 priority  i64 at   fields: job, by, recipients
///                  (i64 incarnation, i64 sequence, i32 index of each)
/// reader offset:   u8 version  u8 0  u16 0  i64 position  i64 file length   fields: reader, file
/// ```
final class EventEncoding {
    static final int VERSION = 1;
    private static final int OWED = 1;
    private static final int UNACCOUNTED = 2;
    private static final int ON = 1;
    /// Enough for what other servers send us and for whole lists of header facts.
    private static final int MAX_FACTS = 1000;

    /// Fields of a recipient event.
    private interface Tags {
        int DOMAIN = 1;
        int QUEUE_VIRTUAL_MTA = 2;
        int VIRTUAL_MTA = 3;
        int POOL = 4;
        int REVERSE_PATH = 5;
        int FORWARD_PATH = 6;
        int ORIGINAL_RECIPIENT = 7;
        int JOB = 8;
        int ENVELOPE_ID = 9;
        int SOURCE_TYPE = 10;
        int SOURCE_MTA = 11;
        int STATUS = 12;
        int DIAGNOSTIC = 13;
        int REMOTE_MTA = 14;
        int DELIVERY_TYPE = 15;
        int SOURCE_IP = 16;
        int REMOTE_IP = 17;
        int CAPABILITIES = 18;
        int HEADER_FACT = 19;
        int SMTP_USER = 22;
        int TLS_PROTOCOL = 23;
        int TLS_CIPHER = 24;
    }

    /// Fields of a receipt event, besides those of [Tags] that it shares.
    private interface ReceiptTags {
        int RECEIVED_FROM = 20;
        int RECEIVED_ON = 21;
    }

    /// Fields of a queue event.
    private interface QueueTags {
        int DOMAIN = 1;
        int VIRTUAL_MTA = 2;
        int STATUS = 3;
        int DIAGNOSTIC = 4;
        int REMOTE_MTA = 5;
        int DELIVERY_TYPE = 6;
        int SOURCE_IP = 7;
        int REMOTE_IP = 8;
        int TEXT = 9;
        int BY = 10;
    }

    /// Fields of what an operator said.
    private interface CommandTags {
        int JOB = 1;
        int BY = 2;
        int RECIPIENTS = 3;
    }

    private interface CommandKinds {
        int JOB_PAUSED = 1;
        int PRIORITY_SET = 2;
    }

    /// Fields of a reader's offset.
    private interface OffsetTags {
        int READER = 1;
        int FILE = 2;
    }

    private interface QueueKinds {
        int FAILED = 1;
        int PAUSED = 2;
        int MODE_CHANGED = 3;
        int SOURCE_CHANGED = 4;
        int COLD_COUNTED = 5;
    }

    private EventEncoding() {}

    static byte[] encode(RecordWriter out, RecipientEvent event) {
        out.clear()
                .u8(VERSION)
                .u8(code(event.what()))
                .u8((event.isReportOwed() ? OWED : 0) | (event.isUnaccounted() ? UNACCOUNTED : 0))
                .u8(0);
        out.i64(event.id().incarnation())
                .i64(event.id().sequence())
                .i32(event.index())
                .i32(event.attempt());
        out.i64(event.atMillis())
                .i64(event.nextDueMillis())
                .i64(event.queuedMillis())
                .i64(event.sizeBytes());
        out.field(Tags.DOMAIN, event.queue().domain());
        out.field(Tags.QUEUE_VIRTUAL_MTA, event.queue().virtualMta());
        out.field(Tags.VIRTUAL_MTA, event.virtualMta());
        out.field(Tags.POOL, event.pool());
        out.field(Tags.REVERSE_PATH, event.reversePath());
        out.field(Tags.FORWARD_PATH, event.forwardPath());
        out.field(Tags.ORIGINAL_RECIPIENT, event.originalRecipient());
        out.field(Tags.JOB, event.jobId());
        out.field(Tags.ENVELOPE_ID, event.envelopeId());
        out.field(Tags.SOURCE_TYPE, event.sourceType());
        out.field(Tags.SOURCE_MTA, event.sourceMta());
        out.field(Tags.STATUS, event.status());
        out.field(Tags.DIAGNOSTIC, event.diagnostic());
        out.field(Tags.REMOTE_MTA, event.remoteMta());
        out.field(Tags.DELIVERY_TYPE, event.deliveryType());
        out.field(Tags.SOURCE_IP, event.sourceIp());
        out.field(Tags.REMOTE_IP, event.remoteIp());
        out.field(Tags.CAPABILITIES, event.remoteCapabilities());
        List<String> facts = event.headerFacts();
        for (int i = 0; i < facts.size(); i++) {
            out.u8(Tags.HEADER_FACT).text(facts.get(i));
        }
        out.field(Tags.SMTP_USER, event.smtpUser());
        out.field(Tags.TLS_PROTOCOL, event.tlsProtocol());
        out.field(Tags.TLS_CIPHER, event.tlsCipher());
        return out.toBytes();
    }

    private static int code(RecipientEvent.What what) {
        return switch (what) {
            case DELIVERED -> 1;
            case BOUNCED -> 2;
            case DEFERRED -> 3;
        };
    }

    private static RecipientEvent.What what(RecordReader in, int code) {
        return switch (code) {
            case 1 -> RecipientEvent.What.DELIVERED;
            case 2 -> RecipientEvent.What.BOUNCED;
            case 3 -> RecipientEvent.What.DEFERRED;
            default -> throw in.bad("an event of kind " + code + " is unknown");
        };
    }

    static RecipientEvent recipientEvent(ByteBuffer record) {
        var in = new RecordReader(record, "recipient event");
        in.version(VERSION);
        var what = what(in, in.u8());
        int flags = in.u8();
        in.u8();
        var id = new MessageId(in.i64(), in.i64());
        int index = in.count(Integer.MAX_VALUE);
        int attempt = in.count(Integer.MAX_VALUE);
        long at = in.i64();
        long due = in.i64();
        long queued = in.i64();
        long size = in.i64();
        String domain = "";
        String queueVirtualMta = "";
        String virtualMta = "";
        String pool = "";
        String reversePath = "";
        String forwardPath = "";
        String originalRecipient = "";
        String job = "";
        String envelopeId = "";
        String sourceType = "";
        String sourceMta = "";
        String status = "";
        String diagnostic = "";
        String remoteMta = "";
        String deliveryType = "";
        String sourceIp = "";
        String remoteIp = "";
        String capabilities = "";
        String smtpUser = "";
        String tlsProtocol = "";
        String tlsCipher = "";
        List<String> facts = List.of();
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case Tags.DOMAIN -> domain = in.text();
                case Tags.QUEUE_VIRTUAL_MTA -> queueVirtualMta = in.text();
                case Tags.VIRTUAL_MTA -> virtualMta = in.text();
                case Tags.POOL -> pool = in.text();
                case Tags.REVERSE_PATH -> reversePath = in.text();
                case Tags.FORWARD_PATH -> forwardPath = in.text();
                case Tags.ORIGINAL_RECIPIENT -> originalRecipient = in.text();
                case Tags.JOB -> job = in.text();
                case Tags.ENVELOPE_ID -> envelopeId = in.text();
                case Tags.SOURCE_TYPE -> sourceType = in.text();
                case Tags.SOURCE_MTA -> sourceMta = in.text();
                case Tags.STATUS -> status = in.text();
                case Tags.DIAGNOSTIC -> diagnostic = in.text();
                case Tags.REMOTE_MTA -> remoteMta = in.text();
                case Tags.DELIVERY_TYPE -> deliveryType = in.text();
                case Tags.SOURCE_IP -> sourceIp = in.text();
                case Tags.REMOTE_IP -> remoteIp = in.text();
                case Tags.CAPABILITIES -> capabilities = in.text();
                case Tags.SMTP_USER -> smtpUser = in.text();
                case Tags.TLS_PROTOCOL -> tlsProtocol = in.text();
                case Tags.TLS_CIPHER -> tlsCipher = in.text();
                case Tags.HEADER_FACT -> facts = withFact(facts, in);
                default -> in.skipUnknown(tag);
            }
        }
        return new RecipientEvent(
                what,
                id,
                index,
                attempt,
                at,
                due,
                queued,
                new QueueKey(domain, queueVirtualMta),
                virtualMta,
                pool,
                reversePath,
                forwardPath,
                originalRecipient,
                job,
                envelopeId,
                sourceType,
                sourceMta,
                status,
                diagnostic,
                remoteMta,
                deliveryType,
                sourceIp,
                remoteIp,
                capabilities,
                size,
                (flags & OWED) != 0,
                facts,
                smtpUser,
                tlsProtocol,
                tlsCipher,
                (flags & UNACCOUNTED) != 0);
    }

    /// What recovery needs of a recipient event, without its texts but the queue's name where it was deferred.
    static Standing standing(ByteBuffer record) {
        var in = new RecordReader(record, "recipient event");
        in.version(VERSION);
        var what = what(in, in.u8());
        boolean isOwed = (in.u8() & OWED) != 0;
        in.u8();
        long incarnation = in.i64();
        long sequence = in.i64();
        int index = in.count(Integer.MAX_VALUE);
        int attempt = in.count(Integer.MAX_VALUE);
        in.i64();
        long due = in.i64();
        in.i64();
        in.i64();
        String domain = "";
        String virtualMta = "";
        while (!in.isAtEnd()) {
            int tag = in.u8();
            if (tag == Tags.DOMAIN) {
                domain = in.text();
            } else if (tag == Tags.QUEUE_VIRTUAL_MTA) {
                virtualMta = in.text();
                break;
            } else {
                in.skipUnknown(tag);
            }
        }
        return new Standing(what, isOwed, incarnation, sequence, index, attempt, due, new QueueKey(domain, virtualMta));
    }

    /// How a recipient stands after an event.
    record Standing(
            RecipientEvent.What what,
            boolean isReportOwed,
            long incarnation,
            long sequence,
            int index,
            int attempt,
            long dueMillis,
            QueueKey queue) {
        /// Nothing more is to be done for the recipient.
        boolean isSettled() {
            return switch (what) {
                case DELIVERED, BOUNCED -> !isReportOwed;
                case DEFERRED -> false;
            };
        }
    }

    static byte[] encode(RecordWriter out, ReportedEvent event) {
        RecipientId recipient = event.recipient();
        return out.clear()
                .u8(VERSION)
                .u8(0)
                .u16(0)
                .i64(recipient.message().incarnation())
                .i64(recipient.message().sequence())
                .i32(recipient.index())
                .i64(event.atMillis())
                .toBytes();
    }

    static ReportedEvent reportedEvent(ByteBuffer record) {
        var in = new RecordReader(record, "reported event");
        in.version(VERSION);
        in.u8();
        in.u16();
        return new ReportedEvent(
                new RecipientId(new MessageId(in.i64(), in.i64()), in.count(Integer.MAX_VALUE)), in.i64());
    }

    /// Whether somebody may have to be told of an event, without reading the rest of it.
    static boolean isReportable(int type, ByteBuffer record) {
        if (record.remaining() <= 2) {
            return false;
        }
        return switch (type) {
            case RecordTypes.RECIPIENT_EVENT -> (record.get(record.position() + 2) & OWED) != 0;
            case RecordTypes.QUEUE_EVENT -> {
                int kind = record.get(record.position() + 1);
                yield kind == QueueKinds.MODE_CHANGED || kind == QueueKinds.SOURCE_CHANGED;
            }
            default -> false;
        };
    }

    static byte[] encode(RecordWriter out, QueueEvent event) {
        out.clear().u8(VERSION);
        switch (event) {
            case QueueEvent.Failed failed -> {
                out.u8(QueueKinds.FAILED).u8(0).u8(0);
                out.i64(failed.atMillis()).i64(failed.nextDueMillis()).i32(failed.failures());
                name(out, event);
                out.field(QueueTags.STATUS, failed.status());
                out.field(QueueTags.DIAGNOSTIC, failed.diagnostic());
                out.field(QueueTags.REMOTE_MTA, failed.remoteMta());
                out.field(QueueTags.DELIVERY_TYPE, failed.deliveryType());
                out.field(QueueTags.SOURCE_IP, failed.sourceIp());
                out.field(QueueTags.REMOTE_IP, failed.remoteIp());
                out.field(QueueTags.TEXT, failed.text());
            }
            case QueueEvent.Paused paused -> {
                out.u8(QueueKinds.PAUSED).u8(paused.isPaused() ? ON : 0).u8(0);
                out.i64(paused.atMillis()).i64(paused.untilMillis()).i32(0);
                name(out, event);
                out.field(QueueTags.BY, paused.by());
            }
            case QueueEvent.ModeChanged changed -> {
                out.u8(QueueKinds.MODE_CHANGED).u8(changed.isBackoff() ? ON : 0).u8(0);
                out.i64(changed.atMillis()).i64(changed.untilMillis()).i32(0);
                name(out, event);
                out.field(QueueTags.TEXT, changed.reason());
            }
            case QueueEvent.ColdCounted counted -> {
                out.u8(QueueKinds.COLD_COUNTED).u8(0).u8(0);
                out.i64(counted.atMillis()).i64(counted.count()).i32((int) counted.day());
                name(out, event);
                out.field(QueueTags.TEXT, String.valueOf(counted.firstDay()));
            }
            case QueueEvent.SourceChanged changed -> {
                out.u8(QueueKinds.SOURCE_CHANGED)
                        .u8(changed.isDisabled() ? ON : 0)
                        .u8(0);
                out.i64(changed.atMillis()).i64(changed.untilMillis()).i32(0);
                name(out, event);
                out.field(QueueTags.SOURCE_IP, changed.address());
                out.field(QueueTags.TEXT, changed.reason());
            }
        }
        return out.toBytes();
    }

    private static void name(RecordWriter out, QueueEvent event) {
        out.field(QueueTags.DOMAIN, event.queue().domain());
        out.field(QueueTags.VIRTUAL_MTA, event.queue().virtualMta());
    }

    static QueueEvent queueEvent(ByteBuffer record) {
        var in = new RecordReader(record, "queue event");
        in.version(VERSION);
        int kind = in.u8();
        boolean isOn = (in.u8() & ON) != 0;
        in.u8();
        long at = in.i64();
        long until = in.i64();
        int failures = in.count(Integer.MAX_VALUE);
        String domain = "";
        String virtualMta = "";
        String status = "";
        String diagnostic = "";
        String remoteMta = "";
        String deliveryType = "";
        String sourceIp = "";
        String remoteIp = "";
        String text = "";
        String by = "";
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case QueueTags.DOMAIN -> domain = in.text();
                case QueueTags.VIRTUAL_MTA -> virtualMta = in.text();
                case QueueTags.STATUS -> status = in.text();
                case QueueTags.DIAGNOSTIC -> diagnostic = in.text();
                case QueueTags.REMOTE_MTA -> remoteMta = in.text();
                case QueueTags.DELIVERY_TYPE -> deliveryType = in.text();
                case QueueTags.SOURCE_IP -> sourceIp = in.text();
                case QueueTags.REMOTE_IP -> remoteIp = in.text();
                case QueueTags.TEXT -> text = in.text();
                case QueueTags.BY -> by = in.text();
                default -> in.skipUnknown(tag);
            }
        }
        var queue = new QueueKey(domain, virtualMta);
        return switch (kind) {
            case QueueKinds.FAILED ->
                new QueueEvent.Failed(
                        queue,
                        at,
                        until,
                        failures,
                        status,
                        diagnostic,
                        remoteMta,
                        deliveryType,
                        sourceIp,
                        remoteIp,
                        text);
            case QueueKinds.PAUSED -> new QueueEvent.Paused(queue, at, isOn, until, by);
            case QueueKinds.MODE_CHANGED -> new QueueEvent.ModeChanged(queue, at, isOn, until, text);
            case QueueKinds.COLD_COUNTED -> new QueueEvent.ColdCounted(queue, at, day(in, text), failures, until);
            case QueueKinds.SOURCE_CHANGED -> new QueueEvent.SourceChanged(queue, at, isOn, until, sourceIp, text);
            default -> throw in.bad("a queue event of kind " + kind + " is unknown");
        };
    }

    private static long day(RecordReader in, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw in.bad("\"" + text + "\" is no day");
        }
    }

    static byte[] encode(RecordWriter out, ReceiptEvent event) {
        out.clear().u8(VERSION).u8(0).u16(0);
        out.i64(event.id().incarnation())
                .i64(event.id().sequence())
                .i32(event.index())
                .i64(event.atMillis());
        out.field(Tags.VIRTUAL_MTA, event.virtualMta());
        out.field(Tags.POOL, event.pool());
        out.field(Tags.REVERSE_PATH, event.reversePath());
        out.field(Tags.FORWARD_PATH, event.forwardPath());
        out.field(Tags.ORIGINAL_RECIPIENT, event.originalRecipient());
        out.field(Tags.JOB, event.jobId());
        out.field(Tags.ENVELOPE_ID, event.envelopeId());
        out.field(Tags.SOURCE_TYPE, event.sourceType());
        out.field(Tags.SOURCE_MTA, event.sourceMta());
        out.field(ReceiptTags.RECEIVED_FROM, event.receivedFrom());
        out.field(ReceiptTags.RECEIVED_ON, event.receivedOn());
        out.field(Tags.SMTP_USER, event.smtpUser());
        List<String> facts = event.headerFacts();
        for (int i = 0; i < facts.size(); i++) {
            out.u8(Tags.HEADER_FACT).text(facts.get(i));
        }
        return out.toBytes();
    }

    static ReceiptEvent receiptEvent(ByteBuffer record) {
        var in = new RecordReader(record, "receipt event");
        in.version(VERSION);
        in.u8();
        in.u16();
        var id = new MessageId(in.i64(), in.i64());
        int index = in.count(Integer.MAX_VALUE);
        long at = in.i64();
        String virtualMta = "";
        String pool = "";
        String reversePath = "";
        String forwardPath = "";
        String originalRecipient = "";
        String job = "";
        String envelopeId = "";
        String sourceType = "";
        String sourceMta = "";
        String receivedFrom = "";
        String receivedOn = "";
        String smtpUser = "";
        List<String> facts = List.of();
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case Tags.VIRTUAL_MTA -> virtualMta = in.text();
                case Tags.POOL -> pool = in.text();
                case Tags.REVERSE_PATH -> reversePath = in.text();
                case Tags.FORWARD_PATH -> forwardPath = in.text();
                case Tags.ORIGINAL_RECIPIENT -> originalRecipient = in.text();
                case Tags.JOB -> job = in.text();
                case Tags.ENVELOPE_ID -> envelopeId = in.text();
                case Tags.SOURCE_TYPE -> sourceType = in.text();
                case Tags.SOURCE_MTA -> sourceMta = in.text();
                case ReceiptTags.RECEIVED_FROM -> receivedFrom = in.text();
                case ReceiptTags.RECEIVED_ON -> receivedOn = in.text();
                case Tags.SMTP_USER -> smtpUser = in.text();
                case Tags.HEADER_FACT -> facts = withFact(facts, in);
                default -> in.skipUnknown(tag);
            }
        }
        return new ReceiptEvent(
                id,
                index,
                at,
                reversePath,
                forwardPath,
                originalRecipient,
                job,
                envelopeId,
                virtualMta,
                pool,
                sourceType,
                sourceMta,
                receivedFrom,
                receivedOn,
                smtpUser,
                facts);
    }

    private static List<String> withFact(List<String> facts, RecordReader in) {
        List<String> all = facts.isEmpty() ? new ArrayList<>(4) : facts;
        if (all.size() == MAX_FACTS) {
            throw in.bad("more than " + MAX_FACTS + " header facts");
        }
        all.add(in.text());
        return all;
    }

    static byte[] encode(RecordWriter out, CommandEvent event) {
        out.clear().u8(VERSION);
        switch (event) {
            case CommandEvent.JobPaused paused -> {
                out.u8(CommandKinds.JOB_PAUSED).u8(paused.isPaused() ? ON : 0).u8(0);
                out.i64(paused.atMillis());
                out.field(CommandTags.JOB, paused.job());
                out.field(CommandTags.BY, paused.by());
            }
            case CommandEvent.PrioritySet set -> {
                out.u8(CommandKinds.PRIORITY_SET).u8(0).u8(set.priority());
                out.i64(set.atMillis());
                out.u8(CommandTags.RECIPIENTS)
                        .varint((long) AcceptanceEncoding.REPORTED_BYTES
                                * set.recipients().size());
                for (RecipientId each : set.recipients()) {
                    out.i64(each.message().incarnation())
                            .i64(each.message().sequence())
                            .i32(each.index());
                }
            }
        }
        return out.toBytes();
    }

    static CommandEvent commandEvent(ByteBuffer record) {
        var in = new RecordReader(record, "command event");
        in.version(VERSION);
        int kind = in.u8();
        boolean isOn = (in.u8() & ON) != 0;
        int priority = in.u8();
        long at = in.i64();
        String job = "";
        String by = "";
        List<RecipientId> recipients = List.of();
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case CommandTags.JOB -> job = in.text();
                case CommandTags.BY -> by = in.text();
                case CommandTags.RECIPIENTS -> recipients = recipientIds(in);
                default -> in.skipUnknown(tag);
            }
        }
        return switch (kind) {
            case CommandKinds.JOB_PAUSED -> new CommandEvent.JobPaused(job, at, isOn, by);
            case CommandKinds.PRIORITY_SET -> new CommandEvent.PrioritySet(priority, at, recipients);
            default -> throw in.bad("a command event of kind " + kind + " is unknown");
        };
    }

    private static List<RecipientId> recipientIds(RecordReader in) {
        int length = in.varintUpTo(in.remaining());
        int size = AcceptanceEncoding.REPORTED_BYTES;
        if (length % size != 0 || length > in.remaining() || length / size > CommandEvent.MOST_RECIPIENTS) {
            throw in.bad("a list of recipients of " + length + " bytes");
        }
        List<RecipientId> all = new ArrayList<>(length / size);
        for (int i = 0; i < length; i += size) {
            all.add(new RecipientId(new MessageId(in.i64(), in.i64()), in.count(Integer.MAX_VALUE)));
        }
        return all;
    }

    static byte[] encode(RecordWriter out, ReaderOffset offset) {
        out.clear().u8(VERSION).u8(0).u16(0).i64(offset.position()).i64(offset.lengthBytes());
        out.field(OffsetTags.READER, offset.reader());
        out.field(OffsetTags.FILE, offset.file());
        return out.toBytes();
    }

    static ReaderOffset readerOffset(ByteBuffer record) {
        var in = new RecordReader(record, "reader offset");
        in.version(VERSION);
        in.u8();
        in.u16();
        long position = in.i64();
        long length = in.i64();
        String reader = "";
        String file = "";
        while (!in.isAtEnd()) {
            int tag = in.u8();
            switch (tag) {
                case OffsetTags.READER -> reader = in.text();
                case OffsetTags.FILE -> file = in.text();
                default -> in.skipUnknown(tag);
            }
        }
        if (position < 0 || length < 0) {
            throw in.bad("a position of " + position + " or a length of " + length);
        }
        return new ReaderOffset(reader, position, file, length);
    }
}
