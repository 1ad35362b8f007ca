package org.sluicemta.receive;

import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.Assignment;
import org.sluicemta.route.Routes;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.ContentFacts;
import org.sluicemta.smtp.DotLines;
import org.sluicemta.smtp.PendingReply;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.SubmissionControl;
import org.sluicemta.smtp.SubmissionSession;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;

/// The decisions about one client's connection: who may relay, what is added to a message, where each recipient goes,
/// and 250 only when the message is on disk.
///
/// A transaction sees one snapshot from MAIL to its end. Owner: the loop of its connection.
public final class ReceiveSession implements SubmissionSession {
    private final Reception reception;
    private final Loop loop;
    private final InetAddress client;
    private final String listenerSource;
    private final String clientText;
    private final HeaderSection header = new HeaderSection();
    private final TraceFields trace;
    private final MessageBuffer buffer;

    private @Nullable SubmissionControl engine;
    private boolean isCounted;
    private boolean isExtended;
    private boolean isSecured;
    private String helloName = "";
    private @Nullable Transaction transaction;

    /// What is known of the message under way.
    private static final class Transaction {
        final Reception.Snapshot snapshot;
        final SourcePolicy source;
        final Command.Mail mail;
        final List<Command.Rcpt> rcpts = new ArrayList<>(1);
        final List<Long> chunks = new ArrayList<>(0);

        @Nullable
        MessageId id;

        boolean isHeaderDone;

        @Nullable
        Reply refusal;

        int prefixBytes;
        int[] removals = {};
        int chunksAsked;
        boolean chunkFailed;

        @Nullable
        ContentFacts ended;

        @Nullable
        PendingReply pending;

        List<String> facts = List.of();

        @Nullable
        String virtualMta;

        String job = "";
        String envelopeId = "";

        Transaction(Reception.Snapshot snapshot, SourcePolicy source, Command.Mail mail) {
            this.snapshot = snapshot;
            this.source = source;
            this.mail = mail;
        }
    }

    ReceiveSession(Reception reception, Loop loop, InetAddress client, String listenerSource) {
        this.reception = reception;
        this.loop = loop;
        this.client = client;
        this.listenerSource = listenerSource;
        this.clientText = client.getHostAddress();
        this.trace = new TraceFields(reception.zone());
        this.buffer = new MessageBuffer(reception.memory(), this::spill);
    }

    @Override
    public Reply greeting(Connection connection, SubmissionControl engine) {
        this.engine = engine;
        if (reception.isStopping()) {
            return Replies.STOPPING;
        }
        isCounted = reception.entered();
        if (!isCounted) {
            return Replies.TOO_MANY_CONNECTIONS;
        }
        ReceivePolicies policies = reception.snapshot().policies();
        if (!policies.source(client, listenerSource).smtpService().value()) {
            return Replies.NO_SERVICE;
        }
        return Reply.of(220, policies.hostName() + " Sluice ESMTP service ready");
    }

    @Override
    public Reply hello(Command.Hello hello) {
        isExtended = hello.isExtended();
        helloName = hello.name();
        return Reply.of(250, reception.snapshot().policies().hostName() + " says hello");
    }

    @Override
    public void secured(TlsFacts facts) {
        isSecured = true;
        helloName = "";
    }

    @Override
    public Reply mail(Command.Mail mail) {
        if (reception.isStopping()) {
            return Replies.STOPPING;
        }
        Spool.Refusal refusal = reception.spool().refusesNewMail();
        if (refusal != null) {
            return Replies.noStorage(refusal.text());
        }
        Reception.Snapshot now = reception.snapshot();
        transaction = new Transaction(now, now.policies().source(client, listenerSource), mail);
        return Replies.MAIL_OK;
    }

    @Override
    public Reply recipient(Command.Rcpt rcpt) {
        Transaction t = current();
        Address to = rcpt.forwardPath();
        if (to.domain().isEmpty()) {
            // RFC 5321 section 4.5.1: postmaster without a domain is always taken.
            t.rcpts.add(rcpt);
            return Replies.RCPT_OK;
        }
        Optional<String> domain = canonical(to);
        if (domain.isEmpty()) {
            return Replies.BAD_DOMAIN;
        }
        if (!t.source.alwaysAllowRelaying().value() && !t.snapshot.policies().isRelayDomain(domain.get())) {
            return Replies.RELAYING_DENIED;
        }
        int most = t.source.maxRcptPerMessage().value();
        if (most > 0 && t.rcpts.size() >= most) {
            return Replies.TOO_MANY_RECIPIENTS;
        }
        t.rcpts.add(rcpt);
        return Replies.RCPT_OK;
    }

    @Override
    public ContentStart beginContent() {
        Transaction t = current();
        if (!buffer.begin(t.mail.declaredSize())) {
            return ContentStart.refused(Replies.NO_MEMORY);
        }
        return ContentStart.into(buffer);
    }

    /// A large message hands on what it has gathered: first the header with the trace fields, later plain pieces.
    private boolean spill(MessageBuffer from) {
        Transaction t = current();
        if (!t.isHeaderDone) {
            int length = headerLength(from.head());
            if (length < 0 || !finishHeader(t, length)) {
                return false;
            }
        }
        for (Slice slice : from.take()) {
            MessageId id = t.id;
            if (id == null) {
                throw new IllegalStateException("a chunk before its message has an id");
            }
            int chunk = t.chunksAsked++;
            t.chunks.add(-1L);
            from.chunkLeft();
            reception.spool().acceptChunk(loop, id, chunk, slice, new Answer<>() {
                @Override
                public void ready(Long position) {
                    t.chunks.set(chunk, position);
                    chunkStored(t);
                }

                @Override
                public void failed(IoFailure why) {
                    t.chunkFailed = true;
                    chunkStored(t);
                }
            });
        }
        return true;
    }

    private void chunkStored(Transaction t) {
        boolean mayRead = buffer.chunkStored();
        if (t == transaction && mayRead && engine != null) {
            engine.resume();
        }
        ContentFacts facts = t.ended;
        PendingReply pending = t.pending;
        if (facts != null && pending != null && buffer.chunksInFlight() == 0) {
            accept(t, facts, pending);
        }
    }

    /// Up to, not with, the empty line; -1 when none has come.
    private static int headerLength(java.nio.ByteBuffer head) {
        for (int i = 0; i + 3 < head.limit(); i++) {
            if (head.get(i) == '\r' && head.get(i + 1) == '\n' && head.get(i + 2) == '\r' && head.get(i + 3) == '\n') {
                return i + 2;
            }
        }
        return -1;
    }

    @Override
    public void endContent(ContentFacts facts, PendingReply pending) {
        Transaction t = current();
        if (!t.isHeaderDone) {
            int length = facts.headerLength();
            if (length > buffer.head().limit() && !buffer.join() || !finishHeader(t, length)) {
                pending.answer(t.refusal != null ? t.refusal : Replies.NO_MEMORY);
                end();
                return;
            }
        }
        t.ended = facts;
        t.pending = pending;
        if (buffer.chunksInFlight() == 0) {
            accept(t, facts, pending);
        }
    }

    /// Reads the header, takes out what is consumed, and puts the trace fields in front.
    private boolean finishHeader(Transaction t, int length) {
        SourcePolicy source = t.source;
        header.read(
                buffer.head(),
                length,
                new HeaderSection.Wishes(
                        source.processXVirtualMta().value(),
                        source.retainXVirtualMta().value(),
                        source.processXJob().value(),
                        source.retainXJob().value(),
                        source.processXEnvid().value(),
                        Reception.removals(source)));
        t.isHeaderDone = true;
        t.virtualMta = header.virtualMta();
        t.job = orEmpty(header.job());
        t.envelopeId = header.envelopeId() != null ? orEmpty(header.envelopeId()) : t.mail.envelopeId();
        t.facts = header.facts();
        t.removals = new int[2 * header.removedCount()];
        for (int i = header.removedCount() - 1; i >= 0; i--) {
            t.removals[2 * i] = header.removedFrom(i);
            t.removals[2 * i + 1] = header.removedTo(i);
            buffer.remove(header.removedFrom(i), header.removedTo(i));
        }
        MessageId id = reception.spool().nextId();
        t.id = id;
        boolean isHidden = source.hideMessageSource().value();
        String client6 = client instanceof Inet6Address ? "IPv6:" + clientText : clientText;
        byte[] prefix = trace.write(
                source.addReceivedHeader().value(),
                source.addDateHeader().value() && !header.hasDate(),
                source.addMessageIdHeader().value() && !header.hasMessageId(),
                isHidden ? "" : TraceFields.commentText(helloName) + " ([" + client6 + "])",
                t.snapshot.policies().hostName(),
                protocolName(t.mail.isSmtpUtf8()),
                id.toString(),
                t.rcpts.size() == 1 ? t.rcpts.getFirst().forwardPath().toString() : "",
                t.mail.reversePath().toString(),
                loop.serverMillis());
        t.prefixBytes = prefix.length;
        return buffer.prepend(prefix);
    }

    /// Source: RFC 3848, RFC 6531 section 4.3.
    private String protocolName(boolean isUtf8) {
        if (!isExtended) {
            return "SMTP";
        }
        String base = isUtf8 ? "UTF8SMTP" : "ESMTP";
        return isSecured ? base + "S" : base;
    }

    private void accept(Transaction t, ContentFacts facts, PendingReply pending) {
        transaction = null;
        MessageId id = t.id;
        if (id == null) {
            throw new IllegalStateException("a message without an id");
        }
        Reply refusal = t.chunkFailed ? Replies.noStorage("the disk failed, try again later") : null;
        List<AcceptedRecipient> recipients = List.of();
        if (refusal == null) {
            String requested = t.virtualMta != null
                    ? t.virtualMta
                    : t.source.defaultVirtualMta().value();
            if (t.virtualMta != null
                    && t.virtualMta.isEmpty()
                    && !t.source.allowEmptyXVirtualMta().value()) {
                refusal = Replies.EMPTY_VIRTUAL_MTA;
            } else {
                recipients = recipients(t, requested);
                refusal = t.refusal;
            }
        }
        long rest = buffer.gatheredBytes();
        long size = buffer.handedOnBytes() + rest;
        var content = new Content(buffer.take(), rest);
        if (refusal != null) {
            content.release();
            pending.answer(refusal);
            return;
        }
        var message = new AcceptedMessage(
                id,
                loop.serverMillis(),
                t.mail.reversePath().toString(),
                "smtp",
                helloName + " (" + clientText + ")",
                t.mail.isSmtpUtf8(),
                switch (t.mail.returns()) {
                    case UNSTATED -> "";
                    case FULL -> "FULL";
                    case HEADERS -> "HDRS";
                },
                shape(t, facts, size),
                t.facts,
                recipients);
        var acceptance = new Spool.Acceptance() {
            @Override
            public void accepted(StoredMessage stored) {
                reception.counted(stored.message().recipients().size(), size);
                reception.intake().arrived(stored);
                pending.answer(Replies.RECEIVED);
            }

            @Override
            public void refused(String text) {
                pending.answer(Replies.noStorage(text));
            }
        };
        if (t.chunks.isEmpty()) {
            reception.spool().accept(loop, message, content, acceptance);
        } else {
            reception.spool().acceptChunked(loop, message, t.chunks, content, acceptance);
        }
    }

    private List<AcceptedRecipient> recipients(Transaction t, String requested) {
        Routes routes = t.snapshot.routes();
        boolean isPool = !requested.isEmpty() && routes.isPool(requested);
        Map<String, Assignment> byDomain = t.rcpts.size() > 1 ? new HashMap<>() : Map.of();
        var recipients = new ArrayList<AcceptedRecipient>(t.rcpts.size());
        for (Command.Rcpt rcpt : t.rcpts) {
            Address to = rcpt.forwardPath();
            if (to.domain().isEmpty()) {
                to = new Address(to.localPart(), t.snapshot.policies().hostName());
            }
            String domain = canonical(to).orElse(to.canonicalDomain());
            Assignment assignment = byDomain.get(domain);
            if (assignment == null) {
                long turn = isPool ? reception.turns().next(requested, domain) : 0;
                assignment = routes.assign(domain, requested, turn);
                if (t.rcpts.size() > 1) {
                    byDomain.put(domain, assignment);
                }
            }
            QueueKey queue;
            String pool = "";
            switch (assignment) {
                case Assignment.Queued queued -> {
                    queue = queued.queue();
                    pool = queued.pool();
                }
                case Assignment.UnknownVirtualMta unknown -> {
                    if (t.source.rejectInvalidVirtualMta().value()) {
                        t.refusal = Replies.unknownVirtualMta(unknown.name());
                        return List.of();
                    }
                    queue = new QueueKey(domain, unknown.name());
                }
            }
            recipients.add(new AcceptedRecipient(
                    to.toString(),
                    queue,
                    pool,
                    t.job,
                    t.envelopeId,
                    rcpt.originalRecipient(),
                    notifyBits(rcpt),
                    50,
                    0));
        }
        return recipients;
    }

    private static int notifyBits(Command.Rcpt rcpt) {
        int bits = 0;
        for (Command.Notify wish : rcpt.notifyOn()) {
            bits |= switch (wish) {
                case NEVER -> AcceptedRecipient.Notify.NEVER;
                case SUCCESS -> AcceptedRecipient.Notify.SUCCESS;
                case FAILURE -> AcceptedRecipient.Notify.FAILURE;
                case DELAY -> AcceptedRecipient.Notify.DELAY;
            };
        }
        return bits;
    }

    /// The facts of the message as it is stored: moved by what was added in front and taken out of the header.
    private static ContentShape shape(Transaction t, ContentFacts facts, long size) {
        DotLines lines = facts.dotLines();
        var dots = new long[lines.count()];
        int kept = 0;
        for (int i = 0; i < lines.count(); i++) {
            int at = lines.offset(i);
            int before = 0;
            boolean isGone = false;
            for (int r = 0; r < t.removals.length; r += 2) {
                if (at >= t.removals[r + 1]) {
                    before += t.removals[r + 1] - t.removals[r];
                } else if (at >= t.removals[r]) {
                    isGone = true;
                }
            }
            if (!isGone) {
                dots[kept++] = at - before + t.prefixBytes;
            }
        }
        int removed = 0;
        for (int r = 0; r < t.removals.length; r += 2) {
            removed += t.removals[r + 1] - t.removals[r];
        }
        boolean hasBody = facts.headerLength() < facts.sizeBytes();
        return new ContentShape(
                size,
                facts.headerLength() - removed + t.prefixBytes + (hasBody ? 2 : 0),
                facts.hasEightBit(),
                facts.longestLineBytes(),
                kept == dots.length ? dots : java.util.Arrays.copyOf(dots, kept),
                !lines.isComplete(),
                new byte[0]);
    }

    @Override
    public void reset() {
        end();
    }

    @Override
    public void closed(IoFailure why) {
        end();
        if (isCounted) {
            isCounted = false;
            reception.left();
        }
        engine = null;
    }

    private void end() {
        transaction = null;
        buffer.release();
    }

    private Transaction current() {
        Transaction t = transaction;
        if (t == null) {
            throw new IllegalStateException("no transaction is open");
        }
        return t;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// Lower case and in A-labels; empty when that cannot be. Source: RFC 5891.
    static Optional<String> canonical(Address address) {
        String domain = address.canonicalDomain();
        for (int i = 0; i < domain.length(); i++) {
            if (domain.charAt(i) > 127) {
                try {
                    return Optional.of(IDN.toASCII(domain));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(domain);
    }
}
