package org.sluicemta.receive;

import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.IpText;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.Intake;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.ContentFacts;
import org.sluicemta.smtp.Credentials;
import org.sluicemta.smtp.DotLines;
import org.sluicemta.smtp.PendingReply;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.SaslMechanism;
import org.sluicemta.smtp.SubmissionControl;
import org.sluicemta.smtp.SubmissionSession;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Alarm;
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
    /// Where messages come from.
    enum Kind {
        SMTP,
        /// This machine: such a message may be for anybody.
        FILE,
        /// As [#FILE]; `x-virtual-mta`, `x-job` and `x-envid` are obeyed whatever the source says.
        FILE_WITH_FIELDS
    }

    private final Reception reception;
    private final Loop loop;
    private final Kind kind;
    private final InetAddress client;
    private final String listenerSource;
    private final String clientText;
    private final MessageBuffer buffer;

    private @Nullable SubmissionControl engine;
    private boolean isCounted;
    private boolean isExtended;
    private boolean isSecured;
    private String helloName = "";

    /// Who the client is, for Received; made when it is first wanted.
    private @Nullable String traceFrom;
    /// The address that the client connected to.
    private String localText = "";
    /// Whoever has logged in.
    private @Nullable SmtpUser user;
    /// The named sources that hold: the listener's, the user's.
    private List<String> sources;
    /// The answer to a failed log-in that waits.
    private @Nullable Alarm refusal;
    private @Nullable Transaction transaction;
    /// Waits for its last chunks; at most one, since the next transaction begins after its answer.
    private @Nullable Handed handed;

    /// What is known of the message under way.
    ///
    /// It belongs to the session until its content has come whole; from then on it goes its own way (its chunks,
    /// then its acceptance), and neither a lost connection nor the next transaction touches it.
    private static final class Transaction {
        final Reception.Snapshot snapshot;
        final SourcePolicy source;
        final Command.Mail mail;
        final List<Command.Rcpt> rcpts = new ArrayList<>(1);
        /// Where each chunk stands; [#UNKNOWN] while it is on its way.
        final List<Long> chunks = new ArrayList<>(0);

        int chunksUnderWay;
        boolean hasChunkFailed;
        /// Nothing comes of it: its chunks are given back.
        boolean isDropped;

        @Nullable
        MessageId id;

        boolean isHeaderDone;
        /// The message has no header of its own.
        boolean isHeaderless;

        @Nullable
        Reply refusal;

        int prefixBytes;
        int[] removals = {};
        List<String> facts = List.of();
        /// Header fields for the source's patterns.
        List<String> matched = List.of();

        @Nullable
        String virtualMta;

        boolean namesVirtualMta;
        PatternList.Choice choice = PatternList.Choice.NOTHING;
        String job = "";
        String envelopeId = "";

        /// On the loop's clock; the second once content has begun.
        final long mailNanos;

        long contentNanos;

        Transaction(Reception.Snapshot snapshot, SourcePolicy source, Command.Mail mail, long mailNanos) {
            this.mailNanos = mailNanos;
            this.snapshot = snapshot;
            this.source = source;
            this.mail = mail;
        }
    }

    /// A message whose content has come whole.
    ///
    /// @param rest what did not go in chunks
    private record Handed(
            Transaction transaction, ContentFacts facts, Content rest, long sizeBytes, PendingReply pending) {}

    private static final Logger LOG = LoggerFactory.getLogger(ReceiveSession.class);
    /// Compared with where no user is known, so that it takes as long.
    private static final String NOBODYS_PASSWORD = "of nobody at all";

    /// `default-virtual-mta`: the one which owns the address that the client connected to.
    private static final String BY_SOURCE_ADDRESS = "by-smtp-source-ip";
    /// The source of users who name none.
    private static final String AUTHENTICATED = "{auth}";

    private static final List<SaslMechanism> MECHANISMS =
            List.of(SaslMechanism.CRAM_MD5, SaslMechanism.PLAIN, SaslMechanism.LOGIN);
    private static final long UNKNOWN = -1;
    /// Workers that are full are asked again this soon and so often: five seconds.
    private static final long ASK_WORKERS_AGAIN_NANOS = 50_000_000;

    private static final int MOST_WORKERS_REFUSALS = 100;
    private static final byte[] NO_HASH = {};

    ReceiveSession(Reception reception, Loop loop, InetAddress client, String listenerSource, Kind kind) {
        this.reception = reception;
        this.loop = loop;
        this.kind = kind;
        this.client = client;
        this.listenerSource = listenerSource;
        this.sources = Reception.names(listenerSource);
        this.clientText = IpText.of(client);
        this.buffer = new MessageBuffer(reception.memory(), new MessageBuffer.Overflow() {
            @Override
            public MessageBuffer.Spilled spill(MessageBuffer full) {
                return handOn(full);
            }

            @Override
            public void refused() {
                reception.putOff(Shortage.CONTENT_MEMORY);
            }
        });
    }

    /// For a message that has no connection.
    void takesControl(SubmissionControl control) {
        engine = control;
    }

    @Override
    public Reply greeting(Connection connection, SubmissionControl engine) {
        this.engine = engine;
        this.localText = connection.local() instanceof InetSocketAddress local ? IpText.of(local.getAddress()) : "";
        if (reception.isStopping()) {
            return Replies.STOPPING;
        }
        if (reception.isShortOfMemory()) {
            reception.putOff(Shortage.MEMORY);
            return Replies.SHORT_OF_MEMORY;
        }
        isCounted = reception.entered(this);
        if (!isCounted) {
            reception.putOff(Shortage.CONNECTIONS);
            return Replies.TOO_MANY_CONNECTIONS;
        }
        ReceivePolicies policies = reception.snapshot().policies();
        if (!source(policies).smtpService().value()) {
            return Replies.NO_SERVICE;
        }
        return Reply.of(220, policies.hostName() + " Sluice ESMTP service ready");
    }

    @Override
    public Reply hello(Command.Hello hello) {
        isExtended = hello.isExtended();
        helloName = hello.name();
        traceFrom = null;
        return Reply.of(250, reception.snapshot().policies().hostName() + " says hello");
    }

    @Override
    public void secured(TlsFacts facts) {
        isSecured = true;
        helloName = "";
        traceFrom = null;
        be(null);
    }

    private void be(@Nullable SmtpUser now) {
        user = now;
        sources = Reception.names(listenerSource, now == null ? "" : now.source());
    }

    /// The engine knows the limit of the client's address; the user's source may have a tighter one.
    private boolean isTooBig(SourcePolicy source, long bytes) {
        return bytes > reception.largestMessageBytes(source);
    }

    /// Whoever has logged in is still a user with that password; a changed source holds from here on.
    private boolean isStillUser(ReceivePolicies policies) {
        SmtpUser known = user;
        if (known == null) {
            return true;
        }
        SmtpUser now = user(policies, known.name()).orElse(null);
        if (now != known) {
            be(now);
        }
        return now != null && now.password().equals(known.password());
    }

    private SourcePolicy source(ReceivePolicies policies) {
        return policies.source(client, sources);
    }

    @Override
    public List<SaslMechanism> mechanisms() {
        ReceivePolicies policies = reception.snapshot().policies();
        LoginPolicy login = source(policies).login();
        if (!login.allowAuth().value() || login.requireStarttlsBefore().value() && !isSecured) {
            return List.of();
        }
        if (!policies.hasUsers()
                && sharedPassword(policies, client, Reception.names(listenerSource))
                        .isEmpty()) {
            return List.of();
        }
        boolean mayBePlain = isSecured || login.allowUnencryptedPlain().value();
        return MECHANISMS.stream()
                .filter(each ->
                        login.mechanisms().value().contains(each) && (mayBePlain || each == SaslMechanism.CRAM_MD5))
                .toList();
    }

    /// The password that those share who have no name of their own here; empty for none.
    static String sharedPassword(ReceivePolicies policies, InetAddress client, List<String> sources) {
        List<String> names =
                Stream.concat(sources.stream(), Stream.of(AUTHENTICATED)).toList();
        return policies.source(client, names).login().sharedPassword().value();
    }

    private Optional<SmtpUser> user(ReceivePolicies policies, String name) {
        if (name.isEmpty() || policies.isUserName(name)) {
            return policies.user(name);
        }
        String shared = sharedPassword(policies, client, Reception.names(listenerSource));
        return shared.isEmpty() ? Optional.empty() : Optional.of(new SmtpUser(name, shared, AUTHENTICATED));
    }

    @Override
    public @Nullable Reply refusesMechanism(SaslMechanism mechanism) {
        if (mechanisms().contains(mechanism)) {
            return null;
        }
        LoginPolicy login = source(reception.snapshot().policies()).login();
        if (!login.allowAuth().value() || isSecured) {
            return Replies.NO_MECHANISM;
        }
        return login.requireStarttlsBefore().value() ? Replies.TLS_FIRST : Replies.PLAIN_NEEDS_TLS;
    }

    @Override
    public String challenge() {
        byte[] random = new byte[16];
        reception.entropy().fill(random);
        return "<" + HexFormat.of().formatHex(random) + "." + loop.serverMillis() + "@"
                + reception.snapshot().policies().hostName() + ">";
    }

    private static String quoted(String user) {
        return Replies.printable(user).replace('"', '?');
    }

    /// A failure's answer waits longer each time; names that exist and names that do not look alike.
    @Override
    public void authenticate(Credentials claim, PendingReply pending) {
        ReceivePolicies policies = reception.snapshot().policies();
        var rate = source(policies).login().maxFailureRate().value();
        if (reception.failedLogins().isBarred(client, rate, loop.serverMillis())) {
            pending.answer(Replies.LOGINS_BARRED);
            return;
        }
        Optional<SmtpUser> known = user(policies, claim.user());
        boolean isRight = claim.prove(known.map(SmtpUser::password).orElse(NOBODYS_PASSWORD)) && known.isPresent();
        if (isRight) {
            be(known.get());
            reception.failedLogins().succeeded(client, claim.user());
            LOG.info("log-in for {}: \"{}\"", clientText, quoted(claim.user()));
            pending.answer(Replies.LOGGED_IN);
            return;
        }
        long delay = reception.failedLogins().failed(client, claim.user(), rate, loop.serverMillis());
        // The address first: no name can pretend to be one.
        LOG.warn("log-in refused for {}: \"{}\"", clientText, quoted(claim.user()));
        refusal = loop.alarm(() -> pending.answer(Replies.LOGIN_FAILED));
        refusal.set(loop.nanos() + delay * 1_000_000);
    }

    @Override
    public Reply mail(Command.Mail mail) {
        if (reception.isStopping()) {
            return Replies.STOPPING;
        }
        Spool.Refusal refusal = reception.spool().refusesNewMail();
        if (refusal != null) {
            reception.putOff(Shortage.SPOOL);
            return Replies.noStorage(refusal.text());
        }
        Intake.Full full = reception.intake().full();
        if (full != null) {
            reception.putOff(Reception.shortage(full));
            return Replies.QUEUES_FULL;
        }
        Reception.Snapshot now = reception.snapshot();
        if (!isStillUser(now.policies())) {
            be(null);
            return Replies.LOGGED_OUT;
        }
        SourcePolicy source = source(now.policies());
        if (kind == Kind.SMTP && source.login().requireAuth().value() && user == null) {
            return Replies.LOG_IN_FIRST;
        }
        if (isTooBig(source, mail.declaredSize())) {
            return Replies.TOO_BIG;
        }
        transaction = new Transaction(now, source, mail, loop.nanos());
        return Replies.MAIL_OK;
    }

    @Override
    public Reply recipient(Command.Rcpt rcpt) {
        Transaction t = current();
        int most = t.source.maxRcptPerMessage().value();
        if (most > 0 && t.rcpts.size() >= most) {
            return Replies.TOO_MANY_RECIPIENTS;
        }
        Address to = rcpt.forwardPath();
        Optional<String> domain = to.domain().isEmpty() ? Optional.of("") : canonical(to);
        if (domain.isEmpty()) {
            return Replies.BAD_DOMAIN;
        }
        boolean mayRelay = kind != Kind.SMTP
                || t.source.alwaysAllowRelaying().value()
                || !to.domain().isEmpty() && t.snapshot.policies().isRelayDomain(domain.get());
        if (!mayRelay) {
            if (!isOurs(t, to)) {
                return Replies.RELAYING_DENIED;
            }
            if (!t.rcpts.isEmpty()) {
                // A stranger reaches our postmaster once a message: else one message becomes thousands there.
                return Replies.TOO_MANY_RECIPIENTS;
            }
        }
        t.rcpts.add(rcpt);
        return Replies.RCPT_OK;
    }

    /// Whether this is a mailbox that a server must have: postmaster without a domain, postmaster and abuse of its own
    /// name. Taken from anybody. Source: RFC 5321 section 4.5.1, RFC 2142.
    private static boolean isOurs(Transaction t, Address to) {
        if (to.domain().isEmpty()) {
            return true;
        }
        return (to.localPart().equalsIgnoreCase("postmaster") || to.localPart().equalsIgnoreCase("abuse"))
                && to.canonicalDomain().equals(t.snapshot.policies().hostName().toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    public ContentStart beginContent() {
        Transaction t = current();
        if (!buffer.begin(t.mail.declaredSize())) {
            reception.putOff(Shortage.CONTENT_MEMORY);
            return ContentStart.refused(Replies.NO_MEMORY);
        }
        if (t.contentNanos == 0) {
            t.contentNanos = loop.nanos();
        }
        return ContentStart.into(buffer);
    }

    /// A large message hands on what it has gathered: first the header with the trace fields, later plain pieces.
    private MessageBuffer.Spilled handOn(MessageBuffer from) {
        Transaction t = current();
        if (t.hasChunkFailed) {
            reception.putOff(Shortage.SPOOL);
            t.refusal = Replies.noStorage("the disk failed, try again later");
        }
        if (t.refusal != null) {
            return MessageBuffer.Spilled.UNWANTED;
        }
        if (!t.isHeaderDone) {
            int length = headerLength(from.head());
            if (length < 0) {
                if (!from.join()) {
                    return MessageBuffer.Spilled.NO_MEMORY;
                }
                length = headerLength(from.head());
            }
            if (length < 0) {
                t.refusal = Replies.HEADER_TOO_LARGE;
                return MessageBuffer.Spilled.UNWANTED;
            }
            if (!finishHeader(t, length)) {
                return MessageBuffer.Spilled.NO_MEMORY;
            }
        }
        for (Slice slice : from.take()) {
            storeChunk(t, idOf(t), slice);
        }
        return MessageBuffer.Spilled.HANDED_ON;
    }

    private void storeChunk(Transaction t, MessageId id, Slice slice) {
        int chunk = t.chunks.size();
        t.chunks.add(UNKNOWN);
        t.chunksUnderWay++;
        buffer.chunkLeft();
        reception.spool().acceptChunk(loop, id, chunk, slice, new Answer<>() {
            @Override
            public void ready(Long position) {
                if (t.isDropped) {
                    reception.giveBack(loop, position);
                } else {
                    t.chunks.set(chunk, position);
                }
                chunkAnswered(t);
            }

            @Override
            public void failed(IoFailure why) {
                t.hasChunkFailed = true;
                chunkAnswered(t);
            }
        });
    }

    private void chunkAnswered(Transaction t) {
        t.chunksUnderWay--;
        Handed waiting = handed;
        boolean isHanded = waiting != null && waiting.transaction == t;
        // The buffer counts the present message's chunks only: those of one that was reset are nobody's any more.
        if ((t == transaction || isHanded) && buffer.chunkStored() && engine != null) {
            engine.resume();
        }
        if (waiting != null && isHanded && t.chunksUnderWay == 0) {
            handed = null;
            accept(waiting);
        }
    }

    private static MessageId idOf(Transaction t) {
        MessageId id = t.id;
        if (id == null) {
            throw new IllegalStateException("a message has no id before its header is done");
        }
        return id;
    }

    /// Up to, not with, the empty line; -1 when none has come.
    private static int headerLength(ByteBuffer head) {
        if (head.limit() >= 2 && head.get(0) == '\r' && head.get(1) == '\n') {
            return 0;
        }
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
        if (t.refusal == null && isTooBig(t.source, facts.sizeBytes())) {
            t.refusal = Replies.TOO_BIG;
        }
        if (t.refusal == null && !t.isHeaderDone) {
            int length = facts.headerLength();
            boolean isDone = (length <= buffer.head().limit() || buffer.join()) && finishHeader(t, length);
            if (!isDone) {
                reception.putOff(Shortage.CONTENT_MEMORY);
                t.refusal = Replies.NO_MEMORY;
            }
        }
        if (t.refusal != null) {
            Reply refusal = t.refusal;
            end();
            pending.answer(refusal);
            return;
        }
        long rest = buffer.gatheredBytes();
        long size = buffer.handedOnBytes() + rest;
        var whole = new Handed(t, facts, new Content(buffer.take(), rest), size, pending);
        transaction = null;
        if (t.chunksUnderWay == 0) {
            accept(whole);
        } else {
            handed = whole;
        }
    }

    /// Reads the header, takes out what is consumed, and puts the trace fields in front.
    ///
    /// @return false when there is no memory
    private boolean finishHeader(Transaction t, int length) {
        SourcePolicy source = t.source;
        HeaderPolicy policy = source.header();
        boolean obeysAll = kind == Kind.FILE_WITH_FIELDS;
        Reception.OfLoop ours = reception.of(loop);
        HeaderSection header = ours.header();
        ByteBuffer head = buffer.head();
        boolean isForeign = length > 0 && !HeaderSection.beginsWithField(head, length);
        t.isHeaderless = isForeign;
        header.read(
                head,
                isForeign ? 0 : length,
                new HeaderSection.Wishes(
                        obeysAll || source.processXVirtualMta().value(),
                        source.retainXVirtualMta().value(),
                        obeysAll || source.processXJob().value(),
                        source.retainXJob().value(),
                        obeysAll || source.processXEnvid().value(),
                        policy.removeReceived().value(),
                        policy.overrideDate().value(),
                        policy.jobIdHeader().value(),
                        policy.remove().value(),
                        t.snapshot.policies().headersToCopy(),
                        source.patterns().value().headers()));
        t.isHeaderDone = true;
        t.virtualMta = header.virtualMta();
        t.namesVirtualMta = policy.namesVirtualMta().value() && !header.keepsVirtualMta();
        t.job = withPrefix(policy.jobIdPrefix().value(), orEmpty(header.job()));
        String envelopeId = header.envelopeId();
        t.envelopeId = envelopeId != null ? envelopeId : t.mail.envelopeId();
        t.facts = header.facts();
        t.matched = header.matched();
        t.removals = header.removed();
        buffer.remove(t.removals);
        MessageId id = reception.spool().nextId();
        t.id = id;
        boolean isHidden = kind != Kind.SMTP || source.hideMessageSource().value();
        TraceFields trace = ours.trace();
        int prefix = trace.write(
                source.addReceivedHeader().value() && policy.lets("received"),
                source.addDateHeader().value()
                        && (!header.hasDate() || policy.overrideDate().value())
                        && policy.lets("date"),
                source.addMessageIdHeader().value() && !header.hasMessageId() && policy.lets("message-id"),
                isHidden ? "" : clientForTrace(),
                t.snapshot.policies().hostName(),
                protocolName(t.mail.isSmtpUtf8()),
                id.toString(),
                t.rcpts.size() == 1 ? t.rcpts.getFirst().forwardPath().toString() : "",
                t.mail.reversePath().toString(),
                loop.serverMillis(),
                isForeign);
        t.prefixBytes = prefix;
        return buffer.prepend(trace.bytes(), prefix);
    }

    private String clientForTrace() {
        String known = traceFrom;
        if (known == null) {
            String address = client instanceof Inet6Address ? "IPv6:" + clientText : clientText;
            known = TraceFields.commentText(helloName) + " ([" + address + "])";
            traceFrom = known;
        }
        return known;
    }

    private String withPrefix(String prefix, String job) {
        if (prefix.isEmpty() || job.isEmpty()) {
            return job;
        }
        if (!prefix.equalsIgnoreCase(HeaderPolicy.USER)) {
            return prefix + job;
        }
        SmtpUser loggedIn = user;
        return loggedIn == null ? job : Replies.printable(loggedIn.name()) + job;
    }

    /// Source: RFC 3848, RFC 6531 section 4.3.
    private String protocolName(boolean isUtf8) {
        if (kind != Kind.SMTP) {
            return "";
        }
        if (!isExtended) {
            return "SMTP";
        }
        String base = isUtf8 ? "UTF8SMTP" : "ESMTP";
        return base + (isSecured ? "S" : "") + (user != null ? "A" : "");
    }

    /// Nothing is missing: the source's patterns choose, if it has any, then the spool gets the message.
    private void accept(Handed whole) {
        Transaction t = whole.transaction;
        String given = t.virtualMta;
        if (t.hasChunkFailed) {
            reception.putOff(Shortage.SPOOL);
            refuse(whole, Replies.noStorage("the disk failed, try again later"));
        } else if (given != null
                && given.isEmpty()
                && !t.source.allowEmptyXVirtualMta().value()) {
            refuse(whole, Replies.EMPTY_VIRTUAL_MTA);
        } else if (t.source.patterns().value().isEmpty()) {
            store(whole);
        } else {
            match(whole, 0);
        }
    }

    private void refuse(Handed whole, Reply refusal) {
        whole.rest.release();
        drop(whole.transaction);
        whole.pending.answer(refusal);
    }

    /// Has a worker match the source's patterns: a loop has no time for them.
    private void match(Handed whole, int refusals) {
        Transaction t = whole.transaction;
        PatternList patterns = t.source.patterns().value();
        var seen = new PatternList.Seen(
                t.mail.reversePath().toString(),
                t.rcpts.stream().map(each -> each.forwardPath().toString()).toList(),
                t.matched);
        reception.workers().run(loop, () -> patterns.choose(seen), new Answer<>() {
            @Override
            public void ready(PatternList.Choice choice) {
                if (choice.isGivenUp()) {
                    refuse(whole, Replies.TOO_MUCH_TO_MATCH);
                } else {
                    t.choice = choice;
                    store(whole);
                }
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.EXHAUSTED && refusals < MOST_WORKERS_REFUSALS) {
                    loop.alarm(() -> match(whole, refusals + 1)).set(loop.nanos() + ASK_WORKERS_AGAIN_NANOS);
                } else {
                    refuse(whole, Replies.NOT_MATCHED);
                }
            }
        });
    }

    private void store(Handed whole) {
        Transaction t = whole.transaction;
        PendingReply pending = whole.pending;
        Recipients all = recipients(t);
        Reply refusal = all.refusal();
        if (refusal != null) {
            refuse(whole, refusal);
            return;
        }
        List<AcceptedRecipient> recipients = all.all();
        int count = recipients.size();
        SmtpUser loggedIn = user;
        String userName = loggedIn == null ? "" : loggedIn.name();
        var message = new AcceptedMessage(
                idOf(t),
                loop.serverMillis(),
                inAsciiDomain(t.mail.reversePath()).toString(),
                kind == Kind.SMTP ? "smtp" : "pickup",
                kind == Kind.SMTP ? helloName + " (" + clientText + ")" : "",
                t.mail.isSmtpUtf8(),
                returnType(t),
                shape(t, whole.facts, whole.sizeBytes),
                t.facts,
                recipients,
                List.of(),
                userName);
        var acceptance = new Spool.Acceptance() {
            private boolean isAnswered;

            private void answer(Reply reply) {
                if (!isAnswered) {
                    isAnswered = true;
                    pending.answer(reply);
                } else if (!(reply instanceof Reply.Completion)) {
                    LOG.error(
                            "mail from <{}> for {} recipients was answered 250 by unsynced-acceptance and is lost: {}",
                            message.reversePath(),
                            count,
                            String.join(" ", reply.lines()));
                }
            }

            /// A file of the pickup folder is the only copy until the disk has the message.
            @Override
            public void taken() {
                if (kind == Kind.SMTP && t.snapshot.policies().acknowledgesUnsynced()) {
                    answer(Replies.RECEIVED);
                }
            }

            @Override
            public void accepted(StoredMessage stored) {
                reception.counted(count, whole.sizeBytes, t.contentNanos - t.mailNanos, loop.nanos() - t.contentNanos);
                if (t.snapshot.policies().recordsReceipts()) {
                    // First, so that no row of an attempt comes before the one of the receipt.
                    Receipts.record(
                            reception.spool(),
                            loop,
                            message,
                            clientText,
                            localText,
                            userName,
                            () -> reception.intake().arrived(stored),
                            this::answerInTurn);
                    return;
                }
                reception.intake().arrived(stored);
                answerInTurn();
            }

            /// Deliveries go first: [Easing].
            private void answerInTurn() {
                int behind = isAnswered
                        ? 0
                        : reception.intake().behind(recipients.getFirst().queue());
                if (behind == 0) {
                    answer(Replies.RECEIVED);
                } else {
                    reception.of(loop).easing().ease(behind, () -> answer(Replies.RECEIVED));
                }
            }

            @Override
            public void refused(String text) {
                if (!isAnswered) {
                    reception.putOff(Shortage.SPOOL);
                }
                answer(Replies.noStorage(text));
            }
        };
        if (t.chunks.isEmpty()) {
            reception.spool().accept(loop, message, whole.rest, acceptance);
        } else {
            reception.spool().acceptChunked(loop, message, t.chunks, whole.rest, acceptance);
        }
    }

    /// The virtual MTA or pool that is asked for, by the header, the patterns or the source, in this order. An empty
    /// header where it is allowed means the unnamed one.
    private String requested(Transaction t) {
        String given = t.virtualMta;
        if (given != null) {
            return given.isEmpty() ? QueueKey.DEFAULT_VIRTUAL_MTA : given;
        }
        if (!t.choice.virtualMta().isEmpty()) {
            return t.choice.virtualMta();
        }
        String usual = t.source.defaultVirtualMta().value();
        return usual.equals(BY_SOURCE_ADDRESS) ? t.snapshot.policies().virtualMtaAt(localText) : usual;
    }

    /// Where mail for a recipient goes: by the aliases, else to whom our own mailboxes belong.
    private static List<Address> goesTo(Transaction t, Address given) {
        Aliases aliases = t.snapshot.policies().aliases();
        if (!aliases.isEmpty()) {
            Address whole = given.domain().isEmpty() ? qualified(t, given.toString()) : given;
            List<Address> targets = aliases.of(whole, ReceiveSession::canonicalDomain);
            if (targets.size() != 1 || targets.getFirst() != whole) {
                return targets;
            }
        }
        return List.of(isOurs(t, given) ? postmaster(t, given) : given);
    }

    private static String canonicalDomain(String domain) {
        var address = new Address("", domain);
        return canonical(address).orElse(address.canonicalDomain());
    }

    private Recipients recipients(Transaction t) {
        String bcc = t.source.bcc().value();
        var shared = new Recipients.Shared(
                requested(t), t.job, t.envelopeId, t.choice.priority().orElse(Recipients.USUAL_PRIORITY));
        boolean isMore = !bcc.isEmpty() || !t.snapshot.policies().aliases().isEmpty();
        int most = t.rcpts.size() + (isMore ? 1 : 0);
        var all = new Recipients(t.snapshot.routes(), reception.intake().facts(loop), t.source, shared, most);
        for (Command.Rcpt rcpt : t.rcpts) {
            for (Address to : goesTo(t, rcpt.forwardPath())) {
                all.add(to, rcpt.originalRecipient(), notifyBits(t, rcpt));
            }
        }
        if (!bcc.isEmpty()) {
            // Whoever sends hears nothing of what becomes of the copy.
            all.add(qualified(t, bcc), "", AcceptedRecipient.Notify.NEVER | AcceptedRecipient.Notify.NO_LOCAL_REPORT);
        }
        return all;
    }

    /// Where mail for the server's own mailboxes goes: to the configured `postmaster`.
    private static Address postmaster(Transaction t, Address to) {
        String configured = t.snapshot.policies().postmaster().value();
        return qualified(t, configured.isEmpty() ? to.localPart() : configured);
    }

    /// An address that the configuration names; without a domain it is a mailbox of this server.
    private static Address qualified(Transaction t, String configured) {
        Address address = Address.ofChecked(configured);
        return address.domain().isEmpty()
                ? new Address(address.localPart(), t.snapshot.policies().hostName())
                : address;
    }

    /// A domain in A-labels where that makes the address ASCII, so that any remote takes it. Source: RFC 6531 section
    /// 3.2; only a domain may be converted.
    static Address inAsciiDomain(Address address) {
        if (!address.isInternational() || address.hasNonAsciiLocalPart()) {
            return address;
        }
        return canonical(address)
                .map(domain -> new Address(address.localPart(), domain))
                .orElse(address);
    }

    /// RET, or how much a report of ours quotes without it: in lower case, so that it is not sent on.
    private static String returnType(Transaction t) {
        return switch (t.mail.returns()) {
            case FULL -> "FULL";
            case HEADERS -> "HDRS";
            case UNSTATED ->
                t.source
                        .quotesWhole()
                        .value()
                        .map(isWhole -> isWhole ? "full" : "hdrs")
                        .orElse("");
        };
    }

    private static int notifyBits(Transaction t, Command.Rcpt rcpt) {
        int bits = t.source.suppressLocalDsn().value() ? AcceptedRecipient.Notify.NO_LOCAL_REPORT : 0;
        bits |= t.namesVirtualMta ? AcceptedRecipient.Notify.NAMES_VIRTUAL_MTA : 0;
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
        int headerBytes = t.isHeaderless && t.prefixBytes > 0
                ? t.prefixBytes
                : facts.headerLength() - removed + t.prefixBytes + (hasBody ? 2 : 0);
        return new ContentShape(
                size,
                headerBytes,
                facts.hasEightBit(),
                facts.longestLineBytes(),
                kept == dots.length ? dots : java.util.Arrays.copyOf(dots, kept),
                !lines.isComplete(),
                NO_HASH);
    }

    @Override
    public void reset() {
        end();
    }

    @Override
    public void closed(IoFailure why) {
        end();
        Alarm waiting = refusal;
        if (waiting != null) {
            waiting.clear();
        }
        if (isCounted) {
            isCounted = false;
            reception.left(this);
        }
        engine = null;
    }

    /// The server stops: 421 as soon as no message is in transfer. From any thread.
    void shutDown() {
        loop.post(() -> {
            SubmissionControl present = engine;
            if (present != null) {
                present.shutDown();
            }
        });
    }

    /// The server will wait no longer. From any thread.
    void cut() {
        loop.post(() -> {
            SubmissionControl present = engine;
            if (present != null) {
                present.abort();
            }
        });
    }

    private void end() {
        Transaction t = transaction;
        transaction = null;
        buffer.release();
        if (t != null) {
            drop(t);
        }
    }

    /// Chunks without an acceptance hold their segment until they are given back.
    private void drop(Transaction t) {
        t.isDropped = true;
        for (long position : t.chunks) {
            if (position != UNKNOWN) {
                reception.giveBack(loop, position);
            }
        }
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
    ///
    /// The JDK knows the mapping of 2003 only, which turns the characters that later became letters of their own
    /// (sharp s, final sigma, the joiners) into others: into another domain. Those must come in
    /// A-labels.
    static Optional<String> canonical(Address address) {
        String domain = address.canonicalDomain();
        for (int i = 0; i < domain.length(); i++) {
            if (domain.charAt(i) > 127) {
                return toAscii(domain);
            }
        }
        return Optional.of(domain);
    }

    private static Optional<String> toAscii(String domain) {
        for (int i = 0; i < domain.length(); i++) {
            char c = domain.charAt(i);
            if (c == '\u00df' || c == '\u1e9e' || c == '\u03c2' || c == '\u200c' || c == '\u200d') {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(IDN.toASCII(domain));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
