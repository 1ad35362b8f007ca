package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// The sending side of SMTP: a session that carries one transaction after another, as tightly as the server allows.
///
/// - With PIPELINING and CHUNKING: MAIL, RCPT…, BDAT LAST and the content in one write; the next envelope rides behind
///   it, led by RSET, for after a failed BDAT the server still stands in the old transaction and would take new
///   recipients into it. While answers come promptly the next content rides too.
/// - With PIPELINING: MAIL, RCPT…, DATA in one write; content; behind its final dot the next envelope.
/// - Without: step by step.
///
/// Replies belong to commands by their order alone, so one that fits no command ends the session: matched with the next
/// command it would tell one message's fate to another. At most two transactions are open: the *active* one, to which
/// replies belong, and the one *ahead*.
///
/// Source: RFC 5321 sections 3 and 4, RFC 1870, 2034, 2920, 3030, 3207, 4954, 6152, 6531.
/// Owner: its connection's loop. Never blocks.
public final class SmtpClientEngine implements Engine, DeliveryControl {
    private static final long NEVER = Long.MAX_VALUE;
    /// While unsent bytes hold content back, look again so often, should the network's own mark lie above ours.
    private static final long STALL_CHECK_NANOS = 100_000_000;
    /// Two contents may be without their answers, which a crash would repeat, only while the answer to a content came
    /// within this time: so what a crash repeats is one message of a session and what the last 10 ms delivered.
    private static final long PROMPT_NANOS = 5_000_000;

    private enum Phase {
        NEW,
        GREETING,
        EHLO,
        HELO,
        STARTTLS,
        HANDSHAKE,
        AUTH,
        READY,
        QUITTING,
        CLOSED
    }

    /// The reply that is due next.
    private enum Due {
        RSET,
        MAIL,
        RCPT,
        DATA,
        FINAL,
        /// Nothing until content is sent.
        NOTHING
    }

    /// One transaction on its way.
    private static final class Exchange {
        final OutgoingTransaction transaction;
        final @Nullable RecipientOutcome[] outcomes;
        final RecipientOutcome.@Nullable Unsendable unsendable;
        final int count;

        boolean isStarted;
        boolean isPipelined;
        boolean isChunked;
        boolean hasOptional;
        boolean isRepeated;
        boolean isNextAsked;

        boolean isRsetDue;
        boolean isMailSent;
        boolean isMailDone;

        @Nullable
        Reply mailRefusal;

        int rcptSent;
        int rcptAnswered;
        int accepted;

        @Nullable
        Reply overflow;

        boolean isDataSent;
        boolean isDataDone;

        @Nullable
        Reply dataRefusal;

        boolean isContentStarted;
        boolean isContentQueued;
        boolean waitsForContent;
        /// 354 came although nobody was accepted: a lone dot was sent and its reply means nothing.
        boolean isDiscarded;
        long contentSent;
        long contentQueuedNanos;

        @Nullable
        Reply finalReply;

        Exchange(OutgoingTransaction transaction, RecipientOutcome.@Nullable Unsendable unsendable) {
            this.transaction = transaction;
            this.unsendable = unsendable;
            count = transaction.recipients().size();
            outcomes = new RecipientOutcome[count];
        }

        Due due() {
            if (isRsetDue) {
                return Due.RSET;
            }
            if (isMailSent && !isMailDone) {
                return Due.MAIL;
            }
            if (rcptAnswered < rcptSent) {
                return Due.RCPT;
            }
            if (isDataSent && !isDataDone) {
                return Due.DATA;
            }
            return isContentQueued && finalReply == null ? Due.FINAL : Due.NOTHING;
        }

        /// How far it had come, from the view of whoever must decide whether to send again.
        Stage stage() {
            if (isContentQueued) {
                return Stage.FINAL;
            }
            if (isContentStarted) {
                return Stage.CONTENT;
            }
            return switch (due()) {
                case RSET, MAIL -> Stage.MAIL;
                case RCPT -> Stage.RCPT;
                case DATA -> Stage.DATA;
                case FINAL -> Stage.FINAL;
                case NOTHING -> isMailDone ? Stage.RCPT : Stage.MAIL;
            };
        }

        boolean isMailAccepted() {
            return isMailDone && mailRefusal == null;
        }
    }

    private final ClientSettings settings;
    private final DeliveryDriver driver;
    private final DotStuffer stuffer = new DotStuffer();
    private ReplyDecoder replies = new ReplyDecoder();

    private @Nullable Connection connection;
    private @Nullable Alarm alarm;
    private long deadline = NEVER;
    private long alarmAt = NEVER;
    private boolean isClockToRestart;
    private boolean isStalled;

    private Phase phase = Phase.NEW;
    private @Nullable SessionEnd end;
    private Capabilities capabilities = Capabilities.NONE;
    private @Nullable TlsFacts tls;
    private @Nullable SaslResponses responses;
    private boolean isReadySaid;

    private @Nullable Exchange active;
    private @Nullable Exchange ahead;
    private boolean needsReset;
    private boolean answersPromptly;
    private boolean omitsOptional;
    private boolean isQuitAsked;
    private int recipientsAnswered;

    private boolean isInTurn;
    private boolean isUnflushed;

    public SmtpClientEngine(ClientSettings settings, DeliveryDriver driver) {
        this.settings = settings;
        this.driver = driver;
    }

    // ---- what the world says

    @Override
    public void opened(Connection connection) {
        this.connection = connection;
        alarm = connection.loop().alarm(this::rang);
        isInTurn = true;
        // Nothing is sent before the whole greeting has come. Source: RFC 5321 section 3.1.
        phase = Phase.GREETING;
        if (end != null) {
            drop(end);
        }
        endTurn();
    }

    @Override
    public void bytes(ByteBuffer lent) {
        isInTurn = true;
        while (phase != Phase.CLOSED && lent.hasRemaining()) {
            switch (replies.read(lent)) {
                case MORE -> {}
                case BROKEN -> drop(new SessionEnd.OutOfStep(stage(), replies.fault()));
                case REPLY -> {
                    isClockToRestart = true;
                    heard(replies.reply(), lent);
                }
            }
        }
        endTurn();
    }

    @Override
    public void writable() {
        isInTurn = true;
        endTurn();
    }

    @Override
    public void secured(TlsFacts facts) {
        isInTurn = true;
        if (facts.droppedBytes() > 0) {
            // Replies injected before the handshake (CVE-2011-0411). Source: RFC 3207 section 6.
            drop(new SessionEnd.TlsFailed(
                    facts.droppedBytes() + " bytes came in clear between the reply to STARTTLS and the handshake"));
        } else if (phase == Phase.HANDSHAKE) {
            tls = facts;
            // What was known is void. Source: RFC 3207 section 4.2.
            capabilities = Capabilities.NONE;
            replies = new ReplyDecoder();
            sayHello();
        }
        endTurn();
    }

    @Override
    public void ended() {
        isInTurn = true;
        drop(
                phase == Phase.QUITTING
                        ? new SessionEnd.Finished()
                        : new SessionEnd.Lost(
                                stage(),
                                new IoFailure(IoFailure.Kind.CLOSED_THERE, "the remote closed the connection")));
        endTurn();
    }

    private static boolean isShortage(IoFailure why) {
        return why.kind() == IoFailure.Kind.EXHAUSTED;
    }

    private SessionEnd broken(IoFailure why) {
        return why.kind() == IoFailure.Kind.TLS
                ? new SessionEnd.TlsFailed(why.text())
                : new SessionEnd.Lost(stage(), why);
    }

    @Override
    public void failed(IoFailure why) {
        SessionEnd known = end;
        if (known == null) {
            known = switch (phase) {
                case NEW -> new SessionEnd.NotConnected(why);
                // A shortage of ours says nothing of that host, nor of how TLS is with it.
                case HANDSHAKE ->
                    isShortage(why) ? new SessionEnd.NotConnected(why) : new SessionEnd.TlsFailed(why.text());
                case QUITTING -> new SessionEnd.Finished();
                case GREETING, EHLO, HELO, STARTTLS, AUTH ->
                    isShortage(why) ? new SessionEnd.NotConnected(why) : broken(why);
                case READY, CLOSED -> broken(why);
            };
            end = known;
        }
        isInTurn = true;
        phase = Phase.CLOSED;
        settleAll();
        forgetAlarm();
        driver.closed(known, recipientsAnswered);
    }

    // ---- what the driver says

    @Override
    public boolean takesWork() {
        return phase == Phase.READY && isReadySaid && !isQuitAsked && end == null && (active == null || ahead == null);
    }

    @Override
    public void submit(OutgoingTransaction transaction) {
        if (!takesWork()) {
            throw new IllegalStateException("the session takes no transaction now");
        }
        var exchange = new Exchange(transaction, unsendable(transaction));
        if (active == null) {
            active = exchange;
        } else {
            ahead = exchange;
        }
        takeTurn();
    }

    @Override
    public void quit() {
        isQuitAsked = true;
        takeTurn();
    }

    @Override
    public void abort() {
        if (phase == Phase.NEW) {
            // Not connected yet: dropped as soon as it is.
            end = new SessionEnd.Finished();
            return;
        }
        boolean wasInTurn = isInTurn;
        isInTurn = true;
        drop(new SessionEnd.Finished());
        isInTurn = wasInTurn;
    }

    @Override
    public void contentReady() {
        takeTurn();
    }

    private void takeTurn() {
        if (!isInTurn) {
            isInTurn = true;
            endTurn();
        }
    }

    // ---- replies

    private void heard(Reply reply, ByteBuffer rest) {
        if (replies.hasMixedCodes()) {
            driver.oddity("the lines of one reply have different codes; the last counts: " + reply.text());
        }
        if (reply.hasEnhancedMismatch()) {
            driver.oddity("the enhanced code is of another class than the reply: " + reply.text());
        }
        switch (phase) {
            case GREETING -> greeted(reply);
            case EHLO, HELO -> helloAnswered(reply);
            case STARTTLS -> startTlsAnswered(reply, rest);
            case AUTH -> loginAnswered(reply);
            case READY -> transactionAnswered(reply);
            case QUITTING -> finish();
            case HANDSHAKE -> drop(new SessionEnd.TlsFailed("a reply came in clear while the handshake was to begin"));
            case NEW, CLOSED -> {}
        }
    }

    private void greeted(Reply reply) {
        switch (reply) {
            case Reply.Completion welcome -> sayHello();
            case Reply.TransientNegative later -> refusedSession(Stage.GREETING, reply);
            case Reply.PermanentNegative never -> refusedSession(Stage.GREETING, reply);
            case Reply.Intermediate stray -> outOfStep(Stage.GREETING, stray);
        }
    }

    private void sayHello() {
        phase = Phase.EHLO;
        CommandEncoder.hello(connection(), "EHLO", settings.helloName());
        wrote();
    }

    private void helloAnswered(Reply reply) {
        switch (reply) {
            case Reply.Completion welcome -> {
                capabilities = phase == Phase.EHLO ? Capabilities.ofEhlo(welcome) : Capabilities.NONE;
                afterHello();
            }
            case Reply.PermanentNegative never -> {
                if (phase == Phase.EHLO && meansNoEhlo(never.code().value())) {
                    phase = Phase.HELO;
                    CommandEncoder.hello(connection(), "HELO", settings.helloName());
                    wrote();
                } else {
                    refusedSession(Stage.HELLO, reply);
                }
            }
            case Reply.TransientNegative later -> refusedSession(Stage.HELLO, reply);
            case Reply.Intermediate stray -> outOfStep(Stage.HELLO, stray);
        }
    }

    /// Source: RFC 5321 section 3.2, 4.1.1.1.
    private static boolean meansNoEhlo(int code) {
        return code == 500 || code == 501 || code == 502 || code == 504 || code == 550;
    }

    private void afterHello() {
        boolean isOffered = capabilities.has(Extension.STARTTLS);
        boolean isSecured = tls != null;
        switch (settings.tls()) {
            case TlsUse.Never never -> logIn();
            case TlsUse.IfOffered ifOffered -> {
                if (isOffered && !isSecured) {
                    sayStartTls();
                } else {
                    logIn();
                }
            }
            case TlsUse.Required required -> {
                if (isSecured) {
                    logIn();
                } else if (isOffered) {
                    sayStartTls();
                } else {
                    end = new SessionEnd.TlsNotOffered();
                    sayQuit();
                }
            }
        }
    }

    private void sayStartTls() {
        phase = Phase.STARTTLS;
        CommandEncoder.plain(connection(), "STARTTLS");
        wrote();
    }

    private void startTlsAnswered(Reply reply, ByteBuffer rest) {
        switch (reply) {
            case Reply.Completion goAhead -> {
                if (rest.hasRemaining()) {
                    drop(new SessionEnd.TlsFailed("bytes came in clear behind the reply to STARTTLS"));
                    return;
                }
                TlsPlan.Client plan =
                        switch (settings.tls()) {
                            case TlsUse.IfOffered ifOffered -> ifOffered.plan();
                            case TlsUse.Required required -> required.plan();
                            case TlsUse.Never never -> throw new SmtpException("STARTTLS was not to be used");
                        };
                phase = Phase.HANDSHAKE;
                connection().startTls(plan);
            }
            case Reply.TransientNegative later -> refusedSession(Stage.STARTTLS, reply);
            case Reply.PermanentNegative never -> refusedSession(Stage.STARTTLS, reply);
            case Reply.Intermediate stray -> outOfStep(Stage.STARTTLS, stray);
        }
    }

    /// Logs in where that is configured, with what the last EHLO offered. Source: RFC 4954 section 4.
    private void logIn() {
        ClientLogin login = settings.login();
        if (login == null) {
            ready();
            return;
        }
        boolean isSecured = tls != null;
        Optional<SaslMechanism> chosen = login.choose(capabilities.authMechanisms(), isSecured);
        if (chosen.isEmpty()) {
            List<String> offered = capabilities.authMechanisms();
            end = new SessionEnd.NoLogin(
                    offered.isEmpty()
                            ? "a log-in is configured and AUTH is not offered" + (isSecured ? "" : " in clear")
                            : "of the log-ins offered (" + String.join(" ", offered) + ") none may be used"
                                    + (isSecured ? "" : " in clear"));
            sayQuit();
            return;
        }
        phase = Phase.AUTH;
        responses = new SaslResponses(chosen.get(), login);
        CommandEncoder.plain(connection(), responses.command());
        wrote();
    }

    private void loginAnswered(Reply reply) {
        switch (reply) {
            case Reply.Completion welcome -> {
                responses = null;
                ready();
            }
            case Reply.Intermediate challenge -> {
                SaslResponses known = Objects.requireNonNull(responses);
                if (known.isCancelled()) {
                    // Whoever asks on after `*` would ask for ever.
                    outOfStep(Stage.LOGIN, challenge);
                    return;
                }
                CommandEncoder.plain(
                        connection(), known.answer(challenge.lines().getFirst()));
                wrote();
            }
            case Reply.TransientNegative later -> refusedSession(Stage.LOGIN, reply);
            case Reply.PermanentNegative never -> refusedSession(Stage.LOGIN, reply);
        }
    }

    private void ready() {
        phase = Phase.READY;
        isReadySaid = true;
        driver.ready(this, connection(), capabilities, Optional.ofNullable(tls));
    }

    /// The session is refused: QUIT, unless the server is closing by itself. Source: RFC 5321 section 3.1, 3.8.
    private void refusedSession(Stage stage, Reply reply) {
        driver.refused(stage, reply);
        if (phase == Phase.CLOSED) {
            return;
        }
        end = new SessionEnd.Refused(stage, reply);
        if (reply.isClosing()) {
            finish();
        } else {
            sayQuit();
        }
    }

    private void transactionAnswered(Reply reply) {
        Exchange exchange = active;
        Due due = exchange == null ? Due.NOTHING : exchange.due();
        if (exchange == null || due == Due.NOTHING) {
            drop(
                    reply.isClosing()
                            ? new SessionEnd.ClosedBySpeech(stage(), reply)
                            : new SessionEnd.OutOfStep(
                                    stage(), "a reply came that answers no command: " + reply.text()));
            return;
        }
        boolean isUnderstood =
                switch (due) {
                    case RSET -> resetAnswered(exchange, reply);
                    case MAIL -> mailAnswered(exchange, reply);
                    case RCPT -> rcptAnswered(exchange, reply);
                    case DATA -> dataAnswered(exchange, reply);
                    case FINAL -> contentAnswered(exchange, reply);
                    case NOTHING -> false;
                };
        // The driver may have dropped the connection when it heard of a refusal.
        if (isUnderstood && phase == Phase.READY) {
            advance(exchange);
        }
    }

    private boolean resetAnswered(Exchange exchange, Reply reply) {
        exchange.isRsetDue = false;
        if (reply instanceof Reply.Completion) {
            return true;
        }
        drop(
                reply.isClosing()
                        ? new SessionEnd.ClosedBySpeech(Stage.MAIL, reply)
                        : new SessionEnd.OutOfStep(Stage.MAIL, "RSET was refused: " + reply.text()));
        return false;
    }

    private boolean mailAnswered(Exchange exchange, Reply reply) {
        switch (reply) {
            case Reply.Completion ok -> exchange.isMailDone = true;
            case Reply.TransientNegative later -> refusedMail(exchange, reply);
            case Reply.PermanentNegative never -> refusedMail(exchange, reply);
            case Reply.Intermediate stray -> outOfStep(Stage.MAIL, stray);
        }
        return exchange.isMailDone;
    }

    private void refusedMail(Exchange exchange, Reply reply) {
        exchange.isMailDone = true;
        exchange.mailRefusal = reply;
        driver.refused(Stage.MAIL, reply);
    }

    private boolean rcptAnswered(Exchange exchange, Reply reply) {
        int index = exchange.rcptAnswered;
        if (!exchange.isMailAccepted()) {
            // Meaningless after a refused MAIL, but read. Source: RFC 2920 section 3.1.
            exchange.rcptAnswered++;
            return true;
        }
        switch (reply) {
            // 251 and 252 too. Source: RFC 5321 section 3.4.
            case Reply.Completion ok -> exchange.accepted++;
            case Reply.TransientNegative later -> refusedRecipient(exchange, index, reply);
            case Reply.PermanentNegative never -> refusedRecipient(exchange, index, reply);
            case Reply.Intermediate stray -> {
                outOfStep(Stage.RCPT, stray);
                return false;
            }
        }
        recipientsAnswered++;
        exchange.rcptAnswered++;
        return true;
    }

    private void refusedRecipient(Exchange exchange, int index, Reply reply) {
        driver.refused(Stage.RCPT, reply);
        if (exchange.accepted > 0 && meansTooMany(reply)) {
            exchange.outcomes[index] = new RecipientOutcome.Overflow(reply);
            exchange.overflow = reply;
        } else {
            exchange.outcomes[index] = refusal(Stage.RCPT, reply);
        }
    }

    /// Whether a refusal behind accepted recipients means "too many of them". 552 and 5.5.3 count too. A code about the
    /// mailbox, the address or policy does not, though the digits be 452: servers answer so for full mailboxes.
    /// Source: RFC 5321 section 4.5.3.1.10, RFC 3463 section 3.6.
    static boolean meansTooMany(Reply reply) {
        Optional<EnhancedStatusCode> enhanced = reply.enhanced();
        int code = reply.code().value();
        if (enhanced.isPresent()) {
            int subject = enhanced.get().subject();
            if (subject == 5 && enhanced.get().detail() == 3) {
                return true;
            }
            if (subject == 1 || subject == 2 || subject == 7) {
                return false;
            }
        }
        return code == 452 || code == 552;
    }

    private boolean dataAnswered(Exchange exchange, Reply reply) {
        switch (reply) {
            case Reply.Intermediate goAhead -> exchange.isDataDone = true;
            // A 2yz here is no success of anything. Source: RFC 5321 section 4.3.2.
            case Reply.Completion stray -> outOfStep(Stage.DATA, stray);
            case Reply.TransientNegative later -> refusedData(exchange, reply);
            case Reply.PermanentNegative never -> refusedData(exchange, reply);
        }
        return exchange.isDataDone;
    }

    private void refusedData(Exchange exchange, Reply reply) {
        exchange.isDataDone = true;
        exchange.dataRefusal = reply;
        driver.refused(Stage.DATA, reply);
    }

    private boolean contentAnswered(Exchange exchange, Reply reply) {
        answersPromptly = connection().loop().nanos() - exchange.contentQueuedNanos <= PROMPT_NANOS;
        switch (reply) {
            case Reply.Completion ok -> exchange.finalReply = reply;
            case Reply.TransientNegative later -> refusedContent(exchange, reply);
            case Reply.PermanentNegative never -> refusedContent(exchange, reply);
            case Reply.Intermediate stray -> outOfStep(Stage.FINAL, stray);
        }
        return exchange.finalReply != null;
    }

    private void refusedContent(Exchange exchange, Reply reply) {
        exchange.finalReply = reply;
        if (exchange.accepted > 0) {
            driver.refused(Stage.FINAL, reply);
        }
    }

    private void outOfStep(Stage stage, Reply reply) {
        drop(new SessionEnd.OutOfStep(stage, "this reply has no meaning here: " + reply.text()));
    }

    // ---- transactions

    /// What follows a reply of the active transaction.
    private void advance(Exchange exchange) {
        if (exchange.isRsetDue) {
            return;
        }
        if (!exchange.isMailSent) {
            sayMail(exchange);
            return;
        }
        if (!exchange.isMailDone || exchange.rcptAnswered < exchange.rcptSent) {
            return;
        }
        if (!exchange.isPipelined) {
            if (exchange.mailRefusal != null) {
                complete(exchange);
                return;
            }
            // After "too many" the rest would be refused one by one: it goes into a further transaction.
            if (exchange.rcptSent < exchange.count && exchange.overflow == null) {
                sayRcpt(exchange);
                return;
            }
        }
        boolean isWanted = exchange.isMailAccepted() && exchange.accepted > 0;
        if (!exchange.isContentStarted && !exchange.isDataSent) {
            if (!isWanted) {
                // A transaction without content ends with RSET. Source: RFC 5321 section 4.1.1.5.
                needsReset = exchange.isMailAccepted();
                complete(exchange);
            } else if (exchange.isChunked) {
                sayChunk(exchange);
            } else {
                sayData(exchange);
            }
            return;
        }
        if (exchange.isChunked) {
            if (exchange.finalReply != null) {
                // Source: RFC 3030 section 2. A transaction sent ahead brought its own RSET.
                Exchange next = ahead;
                needsReset = !(exchange.finalReply instanceof Reply.Completion) && (next == null || !next.isStarted);
                complete(exchange);
            }
            return;
        }
        if (!exchange.isDataDone) {
            return;
        }
        if (exchange.dataRefusal != null) {
            needsReset = exchange.isMailAccepted();
            complete(exchange);
        } else if (!exchange.isContentStarted) {
            if (isWanted) {
                startContent(exchange);
            } else {
                // Source: RFC 2920 section 3.1: 354 although nobody was accepted: a lone dot, its reply means nothing.
                exchange.isDiscarded = true;
                exchange.isContentStarted = true;
                exchange.isContentQueued = true;
                stuffer.restart();
                stuffer.end(connection());
                wrote();
            }
        } else if (exchange.finalReply != null) {
            complete(exchange);
        }
    }

    private void start(Exchange exchange, boolean isBehindChunk) {
        exchange.isStarted = true;
        exchange.isPipelined = uses(Extension.PIPELINING);
        exchange.isChunked = uses(Extension.CHUNKING);
        if (needsReset || isBehindChunk) {
            needsReset = false;
            exchange.isRsetDue = true;
            CommandEncoder.plain(connection(), "RSET");
            wrote();
            if (!exchange.isPipelined) {
                return;
            }
        }
        sayMail(exchange);
        if (!exchange.isPipelined) {
            return;
        }
        while (exchange.rcptSent < exchange.count) {
            sayRcpt(exchange);
        }
        if (!exchange.isChunked) {
            sayData(exchange);
        } else if ((!isBehindChunk || answersPromptly)
                && exchange.transaction.content().sizeBytes() <= settings.eagerBytes()) {
            sayChunk(exchange);
        }
    }

    private void sayMail(Exchange exchange) {
        OutgoingTransaction transaction = exchange.transaction;
        boolean isDsn = uses(Extension.DSN) && !omitsOptional;
        boolean hasSize = uses(Extension.SIZE) && !omitsOptional;
        boolean hasBody = uses(Extension.EIGHT_BIT_MIME)
                && !omitsOptional
                && transaction.content().hasEightBit();
        exchange.hasOptional = hasSize || hasBody || isDsn;
        exchange.isMailSent = true;
        CommandEncoder.mail(
                connection(),
                transaction.reversePath(),
                hasSize ? transaction.content().sizeBytes() : -1,
                hasBody,
                needsUtf8(transaction),
                isDsn ? transaction.returns() : Command.ReturnOf.UNSTATED,
                isDsn ? transaction.envelopeId() : "");
        wrote();
    }

    private void sayRcpt(Exchange exchange) {
        CommandEncoder.rcpt(
                connection(),
                exchange.transaction.recipients().get(exchange.rcptSent),
                uses(Extension.DSN) && !omitsOptional);
        exchange.rcptSent++;
        wrote();
    }

    private void sayData(Exchange exchange) {
        exchange.isDataSent = true;
        CommandEncoder.plain(connection(), "DATA");
        wrote();
    }

    private void sayChunk(Exchange exchange) {
        CommandEncoder.lastChunk(connection(), exchange.transaction.content().sizeBytes());
        wrote();
        startContent(exchange);
    }

    private void startContent(Exchange exchange) {
        exchange.isContentStarted = true;
        exchange.transaction.content().rewind();
        stuffer.restart();
        sendContent(exchange);
    }

    /// Queues content until it ends, or is not in memory, or too much is unsent.
    private void sendContent(Exchange exchange) {
        OutgoingContent content = exchange.transaction.content();
        long size = content.sizeBytes();
        exchange.waitsForContent = false;
        isStalled = false;
        while (exchange.contentSent < size) {
            if (connection().unsentBytes() > settings.holdBytes()) {
                isStalled = true;
                return;
            }
            OutgoingContent.Piece piece = content.next();
            if (piece == null) {
                exchange.waitsForContent = true;
                return;
            }
            if (piece.length() > size - exchange.contentSent) {
                throw new SmtpException("content is longer than its size of " + size + " bytes");
            }
            if (exchange.isChunked) {
                connection().send(piece.slice(), piece.from(), piece.length());
            } else {
                stuffer.send(connection(), piece);
            }
            piece.slice().release();
            exchange.contentSent += piece.length();
            isClockToRestart = true;
            wrote();
        }
        if (!exchange.isChunked) {
            stuffer.end(connection());
            wrote();
        }
        exchange.isContentQueued = true;
        exchange.contentQueuedNanos = connection().loop().nanos();
        isClockToRestart = true;
    }

    /// Carries on with whatever can go on now.
    private void pump() {
        boolean hasChanged = true;
        while (hasChanged && phase == Phase.READY && isReadySaid) {
            hasChanged = false;
            Exchange exchange = active;
            if (exchange == null) {
                if (isQuitAsked) {
                    sayQuit();
                }
                return;
            }
            if (exchange.unsendable != null) {
                Arrays.fill(exchange.outcomes, exchange.unsendable);
                report(exchange);
                hasChanged = true;
                continue;
            }
            if (!exchange.isStarted) {
                start(exchange, false);
            }
            if (exchange.isContentStarted && !exchange.isContentQueued) {
                sendContent(exchange);
            }
            if (exchange.isContentQueued && exchange.isPipelined) {
                rideBehind(exchange);
            }
        }
    }

    private void rideBehind(Exchange exchange) {
        if (ahead == null && !exchange.isNextAsked && !isQuitAsked) {
            exchange.isNextAsked = true;
            driver.wantsNext();
        }
        Exchange next = ahead;
        if (next == null || next.unsendable != null || phase != Phase.READY) {
            return;
        }
        if (!next.isStarted) {
            start(next, exchange.isChunked);
        } else if (next.isContentStarted && !next.isContentQueued) {
            sendContent(next);
        }
    }

    /// Whether a message can be sent to this server as it is.
    private RecipientOutcome.@Nullable Unsendable unsendable(OutgoingTransaction transaction) {
        OutgoingContent content = transaction.content();
        if (uses(Extension.SIZE) && capabilities.sizeLimit() > 0 && content.sizeBytes() > capabilities.sizeLimit()) {
            return new RecipientOutcome.Unsendable(RecipientOutcome.Reason.TOO_BIG);
        }
        if (needsUtf8(transaction) && !uses(Extension.SMTPUTF8)) {
            return new RecipientOutcome.Unsendable(
                    content.hasUtf8Header() && !hasUtf8Address(transaction)
                            ? RecipientOutcome.Reason.NO_UTF8_HEADER
                            : RecipientOutcome.Reason.NO_UTF8_ADDRESS);
        }
        if (content.hasEightBit() && !uses(Extension.EIGHT_BIT_MIME)) {
            return new RecipientOutcome.Unsendable(RecipientOutcome.Reason.NO_EIGHT_BIT);
        }
        return null;
    }

    private static boolean needsUtf8(OutgoingTransaction transaction) {
        return transaction.content().hasUtf8Header() || hasUtf8Address(transaction);
    }

    private static boolean hasUtf8Address(OutgoingTransaction transaction) {
        if (transaction.reversePath().isInternational()) {
            return true;
        }
        List<OutgoingTransaction.Recipient> recipients = transaction.recipients();
        for (int i = 0; i < recipients.size(); i++) {
            if (recipients.get(i).address().isInternational()) {
                return true;
            }
        }
        return false;
    }

    private void complete(Exchange exchange) {
        if (isToBeRepeated(exchange)) {
            omitsOptional = true;
            var again = new Exchange(exchange.transaction, exchange.unsendable);
            again.isRepeated = true;
            Exchange next = ahead;
            if (next == null) {
                active = again;
            } else {
                active = next;
                ahead = again;
            }
            return;
        }
        RecipientOutcome rest = restOutcome(exchange);
        for (int i = 0; i < exchange.count; i++) {
            if (exchange.outcomes[i] == null || exchange.mailRefusal != null) {
                boolean isOffered = exchange.mailRefusal != null || i < exchange.rcptSent;
                exchange.outcomes[i] = isOffered || exchange.overflow == null
                        ? rest
                        : new RecipientOutcome.Overflow(exchange.overflow);
            }
        }
        report(exchange);
    }

    /// A server may refuse a parameter that it offered: once again without those that can be missed.
    /// Source: RFC 5321 section 4.1.1.11, RFC 1870 section 6.
    private static boolean isToBeRepeated(Exchange exchange) {
        Reply refusal = exchange.mailRefusal;
        if (refusal == null || !exchange.hasOptional || exchange.isRepeated) {
            return false;
        }
        int code = refusal.code().value();
        return code == 555 || code == 501 || code == 504;
    }

    /// What became of the recipients that were not refused by themselves.
    private RecipientOutcome restOutcome(Exchange exchange) {
        if (exchange.mailRefusal != null) {
            recipientsAnswered += exchange.count;
            return refusal(Stage.MAIL, exchange.mailRefusal);
        }
        if (exchange.dataRefusal != null) {
            return refusal(Stage.DATA, exchange.dataRefusal);
        }
        if (exchange.finalReply instanceof Reply.Completion ok) {
            return new RecipientOutcome.Accepted(ok);
        }
        return exchange.finalReply == null
                ? new RecipientOutcome.Unanswered(exchange.stage(), end instanceof SessionEnd.TimedOut)
                : refusal(Stage.FINAL, exchange.finalReply);
    }

    private static RecipientOutcome refusal(Stage stage, Reply reply) {
        return switch (reply) {
            case Reply.TransientNegative later -> new RecipientOutcome.Deferred(stage, later);
            case Reply.PermanentNegative never -> new RecipientOutcome.Rejected(stage, never);
            case Reply.Completion stray -> throw new SmtpException(stray.code() + " is no refusal");
            case Reply.Intermediate stray -> throw new SmtpException(stray.code() + " is no refusal");
        };
    }

    private void report(Exchange exchange) {
        if (exchange == active) {
            active = ahead;
            ahead = null;
        } else if (exchange == ahead) {
            ahead = null;
        }
        driver.transactionDone(
                new TransactionResult(exchange.transaction, Arrays.asList(outcomes(exchange)), exchange.contentSent));
    }

    /// All are settled when it is reported.
    private static RecipientOutcome[] outcomes(Exchange exchange) {
        var settled = new RecipientOutcome[exchange.count];
        for (int i = 0; i < exchange.count; i++) {
            settled[i] = Objects.requireNonNull(exchange.outcomes[i]);
        }
        return settled;
    }

    /// The session is over: whoever has no answer is told so.
    private void settleAll() {
        while (active != null) {
            Exchange exchange = active;
            for (int i = 0; i < exchange.count; i++) {
                if (exchange.outcomes[i] == null) {
                    exchange.outcomes[i] = outcomeAtEnd(exchange, i);
                }
            }
            report(exchange);
        }
    }

    private RecipientOutcome outcomeAtEnd(Exchange exchange, int index) {
        if (exchange.unsendable != null) {
            return exchange.unsendable;
        }
        if (exchange.mailRefusal != null) {
            return refusal(Stage.MAIL, exchange.mailRefusal);
        }
        if (!exchange.isStarted || !exchange.isMailSent || index >= exchange.rcptSent && exchange.rcptSent > 0) {
            return new RecipientOutcome.NotOffered();
        }
        return new RecipientOutcome.Unanswered(exchange.stage(), end instanceof SessionEnd.TimedOut);
    }

    // ---- ends

    private void sayQuit() {
        phase = Phase.QUITTING;
        CommandEncoder.plain(connection(), "QUIT");
        wrote();
        isClockToRestart = true;
    }

    /// Closes in peace: after QUIT, or when the server says that it closes.
    private void finish() {
        if (end == null) {
            end = new SessionEnd.Finished();
        }
        phase = Phase.CLOSED;
        settleAll();
        forgetAlarm();
        isUnflushed = false;
        connection().close();
    }

    /// Drops the connection for `why`, unless the end is known already.
    private void drop(SessionEnd why) {
        if (phase == Phase.CLOSED || phase == Phase.NEW) {
            return;
        }
        if (end == null) {
            end = why;
        }
        Connection mine = connection();
        phase = Phase.CLOSED;
        settleAll();
        forgetAlarm();
        isUnflushed = false;
        mine.abort();
    }

    private Stage stage() {
        return switch (phase) {
            case NEW -> Stage.CONNECT;
            case GREETING -> Stage.GREETING;
            case EHLO, HELO -> Stage.HELLO;
            case STARTTLS -> Stage.STARTTLS;
            case HANDSHAKE -> Stage.TLS;
            case AUTH -> Stage.LOGIN;
            case READY -> {
                Exchange exchange = active;
                yield exchange == null ? Stage.IDLE : exchange.stage();
            }
            case QUITTING, CLOSED -> Stage.QUIT;
        };
    }

    // ---- turns and time

    /// One flush a turn.
    private void endTurn() {
        pump();
        isInTurn = false;
        if (phase == Phase.CLOSED) {
            return;
        }
        if (isUnflushed) {
            isUnflushed = false;
            connection().flush();
        }
        if (isClockToRestart || deadline == NEVER) {
            isClockToRestart = false;
            long nanos = patience();
            deadline = nanos == NEVER ? NEVER : connection().loop().nanos() + nanos;
        }
        long next = isStalled ? Math.min(deadline, connection().loop().nanos() + STALL_CHECK_NANOS) : deadline;
        // Set rarely: the alarm stays where it is while deadlines move on, and is set anew when it rings early.
        if (next < alarmAt) {
            alarmAt = next;
            Objects.requireNonNull(alarm).set(next);
        }
    }

    /// How long the remote may take for what is due now. Source: RFC 5321 section 4.5.3.2.
    private long patience() {
        ClientSettings.Timeouts timeouts = settings.timeouts();
        return switch (phase) {
            case GREETING -> timeouts.greeting().toNanos();
            case EHLO, HELO, AUTH -> timeouts.hello().toNanos();
            case STARTTLS -> timeouts.startTls().toNanos();
            case QUITTING -> timeouts.quit().toNanos();
            // The handshake has a time-out of its own, in its plan.
            case NEW, HANDSHAKE, CLOSED -> NEVER;
            case READY -> {
                Exchange exchange = active;
                if (exchange == null) {
                    yield NEVER;
                }
                yield switch (exchange.due()) {
                    case RSET, MAIL -> timeouts.mail().toNanos();
                    case RCPT -> timeouts.rcpt().toNanos();
                    case DATA -> timeouts.data().toNanos();
                    case FINAL -> timeouts.finalDot().toNanos();
                    // While our own disk is read, the remote is not to blame.
                    case NOTHING ->
                        exchange.waitsForContent ? NEVER : timeouts.dataBlock().toNanos();
                };
            }
        };
    }

    private void rang() {
        alarmAt = NEVER;
        isInTurn = true;
        if (phase != Phase.CLOSED && deadline <= connection().loop().nanos()) {
            if (phase == Phase.QUITTING) {
                finish();
            } else {
                drop(new SessionEnd.TimedOut(stage()));
            }
        }
        endTurn();
    }

    private void wrote() {
        isUnflushed = true;
        isClockToRestart |= deadline == NEVER;
    }

    private void forgetAlarm() {
        deadline = NEVER;
        alarmAt = NEVER;
        if (alarm != null) {
            alarm.clear();
        }
    }

    private boolean uses(Extension extension) {
        return capabilities.has(extension) && settings.use().contains(extension);
    }

    private Connection connection() {
        return Objects.requireNonNull(connection);
    }
}
