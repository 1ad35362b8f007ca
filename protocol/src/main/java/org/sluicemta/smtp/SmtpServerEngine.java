package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;

/// The receiving side of SMTP. Bytes of a client come in, replies go out; what is answered is decided by a
/// [SubmissionSession], how and in which order by this class.
///
/// Commands are carried out one after another as they arrive, so pipelined ones are answered in order, in one write for
/// each piece of input. While the answer to a message's content is open (it waits for the disk) nothing is read from
/// what follows: it is held, up to [#HOLD_BYTES] and one more buffer, then reading stops.
///
/// States: GREETING (waiting out a delay; with immediate TLS, TLS instead) → COMMAND ⇄ DATA or CHUNK → ANSWERING →
/// COMMAND; TLS until the handshake is done; CLOSED once we said goodbye: whatever still comes is dropped.
///
/// Source: RFC 5321 sections 3 and 4, RFC 1870, 2034, 2920, 3030, 3207, 6152, 6531.
/// Owner: its connection's loop. Never blocks.
public final class SmtpServerEngine implements Engine, SubmissionControl {
    /// Pipelined input held while a message waits for its answer. An envelope is some hundred bytes; more is content
    /// of BDAT, which had better wait in the client's window.
    static final int HOLD_BYTES = 16 << 10;

    private static final long NEVER = Long.MAX_VALUE;

    private static final Reply OK = Reply.of(250, "2.0.0 OK");
    private static final Reply GO_AHEAD = Reply.of(354, "end data with <CR><LF>.<CR><LF>");
    private static final Reply TLS_READY = Reply.of(220, "2.0.0 ready to start TLS");
    private static final Reply HELP =
            Reply.of(214, "2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS: see RFC 5321");
    private static final Reply VERIFY_NOT = Reply.of(252, "2.1.5 not verified; send some mail and see");
    private static final Reply NO_SERVICE = Reply.of(503, "5.5.1 no service here; QUIT");
    private static final Reply HELLO_FIRST = Reply.of(503, "5.5.1 send EHLO first");
    private static final Reply NESTED_MAIL = Reply.of(503, "5.5.1 a transaction is open already");
    private static final Reply MAIL_FIRST = Reply.of(503, "5.5.1 send MAIL first");
    private static final Reply RCPT_FIRST = Reply.of(503, "5.5.1 send RCPT first");
    private static final Reply NO_RECIPIENTS = Reply.of(554, "5.5.1 no valid recipients");
    private static final Reply IN_CHUNKS = Reply.of(503, "5.5.1 in the middle of BDAT; go on with it or send RSET");
    private static final Reply CHUNK_FAILED = Reply.of(503, "5.5.1 an earlier chunk failed; send RSET");
    private static final Reply TLS_ALREADY = Reply.of(503, "5.5.1 TLS is on already");
    private static final Reply TLS_IN_TRANSACTION = Reply.of(503, "5.5.1 not within a transaction");
    private static final Reply TOO_MANY_RECIPIENTS = Reply.of(452, "4.5.3 too many recipients; send the rest later");
    private static final Reply TOO_BIG = Reply.of(552, "5.3.4 message exceeds the size limit");
    private static final Reply NO_MEMORY = Reply.of(452, "4.3.1 no room for this message now; try later");
    private static final Reply BARE_IN_CONTENT =
            Reply.of(554, "5.5.2 bare CR or LF in the message; end lines with CR LF");
    private static final Reply BARE_IN_COMMAND =
            Reply.of(421, "4.5.2 bare CR or LF in a command; end lines with CR LF");
    private static final Reply TOO_LONG = Reply.of(500, "5.5.2 line too long");
    private static final Reply LOOP = Reply.of(554, "5.4.6 too many hops; this message loops");
    private static final Reply TOO_MANY_ERRORS = Reply.of(421, "4.7.0 too many errors");
    private static final Reply SPOKE_EARLY = Reply.of(554, "5.5.1 wait for the greeting before you speak");
    private static final Reply IMPROPER_PIPELINING =
            Reply.of(421, "4.5.1 commands came before the answer to the message, without PIPELINING");
    private static final Reply AUTH_IN_TRANSACTION = Reply.of(503, "5.5.1 no AUTH in a transaction");
    private static final Reply AUTH_ALREADY = Reply.of(503, "5.5.1 you are logged in");
    private static final Reply NO_MECHANISM = Reply.of(504, "5.5.4 this authentication mechanism is not available");
    private static final Reply RESPONSE_TOO_LONG = Reply.of(500, "5.5.6 the response is too long");
    private static final Reply TOO_MANY_LOGINS = Reply.of(421, "4.7.0 too many failed log-ins; goodbye");
    /// Failed log-ins of one connection.
    private static final int MAX_FAILED_LOGINS = 3;
    /// So much content, not less, lets the clock for content start anew: who trickles it hits the time-out.
    static final int PIECE_BYTES = 1000;
    /// Source: RFC 4954 section 4.
    private static final int MAX_AUTH_BYTES = 12_288 - 2;

    private static final Reply LOST_COUNT = Reply.of(421, "4.5.2 where this chunk ends is not known; goodbye");
    private static final Reply IDLE = Reply.of(421, "4.4.2 waited too long; goodbye");
    private static final Reply SHUTTING_DOWN = Reply.of(421, "4.3.2 the service is shutting down; try again later");

    private enum State {
        NEW,
        GREETING,
        COMMAND,
        DATA,
        CHUNK,
        ANSWERING,
        /// A line is a response of a log-in.
        AUTH,
        TLS,
        CLOSED
    }

    private final ServerSettings settings;
    private final SubmissionSession session;
    private final long commandNanos;
    private final long dataNanos;
    private final int maxCommandBytes;
    private final LineDecoder lines;
    private final CommandParser parser;
    private final ContentDecoder content = new ContentDecoder();
    /// One for all messages: only one answer is open at a time.
    private final PendingReply pending = this::answer;

    private @Nullable Connection connection;
    private @Nullable Alarm alarm;
    private long deadline = NEVER;
    private long alarmAt = NEVER;
    private long messageDeadline = NEVER;

    private State state = State.NEW;
    private @Nullable Reply greeting;
    private boolean isRefusing;
    private boolean isSecured;
    private boolean isGreeted;
    private boolean isExtended;
    private boolean isStopping;
    private boolean hasEnded;
    private int errors;

    private @Nullable SaslExchange login;
    private boolean isLoggingIn;
    private boolean isLoggedIn;
    private int failedLogins;

    private boolean isOpen;
    /// The session knows of a transaction that has neither been reset nor handed over.
    private boolean isToldOfTransaction;

    private boolean isUtf8;
    private int recipients;
    private boolean wasRecipientAsked;

    /// BDAT has begun in this transaction.
    private boolean isChunking;

    private boolean hasChunkFailed;
    private boolean isLastChunk;
    private long chunkSize;
    private long chunkLeft;
    /// Content that has come since the clock for it was set.
    private int pieceBytes;
    /// The answer to a chunk whose bytes are only read away.
    private @Nullable Reply chunkRefusal;

    private boolean isImproper;
    private boolean isInTurn;
    private boolean isUnflushed;
    private boolean isPausedBySink;
    private boolean isPausedByHold;
    private @Nullable ByteBuffer held;

    public SmtpServerEngine(ServerSettings settings, SubmissionSession session) {
        this.settings = settings;
        this.session = session;
        commandNanos = settings.commandTimeout().toNanos();
        dataNanos = settings.dataTimeout().toNanos();
        maxCommandBytes = maxCommandBytes(settings);
        lines = new LineDecoder(settings.offers(Extension.AUTH) ? MAX_AUTH_BYTES : maxCommandBytes);
        parser = new CommandParser(settings.offered());
    }

    /// 512 bytes with CRLF, and what the offered extensions add. Source: RFC 5321 section 4.5.3.1.4, RFC 1870 section
    /// 3, RFC 6152 section 2, RFC 6531 section 3.1, RFC 3461 section 4, RFC 4954 section 4.
    static int maxCommandBytes(ServerSettings settings) {
        int bytes = 512 - 2;
        bytes += settings.offers(Extension.SIZE) ? 26 : 0;
        bytes += settings.offers(Extension.EIGHT_BIT_MIME) ? 17 : 0;
        bytes += settings.offers(Extension.SMTPUTF8) ? 10 : 0;
        bytes += settings.offers(Extension.DSN) ? 536 : 0;
        bytes += settings.offers(Extension.AUTH) ? 500 : 0;
        return bytes;
    }

    @Override
    public void opened(Connection connection) {
        this.connection = connection;
        alarm = connection.loop().alarm(this::rang);
        isInTurn = true;
        greeting = session.greeting(connection, this);
        if (isTlsImmediate()) {
            // Nothing is said in clear. Source: RFC 8314 section 3.3.
            state = State.TLS;
            connection.startTls(Objects.requireNonNull(settings.tls()));
            endTurn();
            return;
        }
        state = State.GREETING;
        if (settings.greetingDelay().isZero()) {
            greet();
        } else {
            expectWithin(settings.greetingDelay().toNanos());
        }
        endTurn();
    }

    private boolean isTlsImmediate() {
        return settings.tls() != null && settings.tls().isImmediate();
    }

    private void greet() {
        Reply reply = Objects.requireNonNull(greeting);
        say(reply);
        state = State.COMMAND;
        expectWithin(commandNanos);
        switch (reply) {
            case Reply.Completion welcome -> {}
            // The client is told once and may say QUIT. Source: RFC 5321 section 3.1.
            case Reply.PermanentNegative refusal -> isRefusing = true;
            case Reply.TransientNegative refusal -> close();
            case Reply.Intermediate nonsense -> throw new SmtpException("a greeting cannot be " + nonsense.code());
        }
    }

    @Override
    public void bytes(ByteBuffer lent) {
        isInTurn = true;
        if (state == State.ANSWERING) {
            hold(lent);
        } else {
            process(lent);
            if (lent.hasRemaining()) {
                hold(lent);
            }
        }
        endTurn();
    }

    @Override
    public void secured(TlsFacts facts) {
        isInTurn = true;
        // All that was said before is void. Source: RFC 3207 section 4.2.
        isSecured = true;
        isGreeted = false;
        isExtended = false;
        isLoggedIn = false;
        state = State.COMMAND;
        expectWithin(commandNanos);
        session.secured(facts);
        if (isTlsImmediate()) {
            greet();
        }
        endTurn();
    }

    @Override
    public void ended() {
        isInTurn = true;
        hasEnded = true;
        if (state != State.ANSWERING) {
            close();
        }
        endTurn();
    }

    @Override
    public void failed(IoFailure why) {
        state = State.CLOSED;
        if (alarm != null) {
            alarm.clear();
        }
        forgetHeld();
        endTransaction();
        session.closed(why);
    }

    @Override
    public void resume() {
        isPausedBySink = false;
        if (state != State.CLOSED && state != State.NEW) {
            if (state == State.DATA || state == State.CHUNK) {
                expectContent();
            }
            readIfUnpaused();
        }
    }

    @Override
    public void shutDown() {
        isStopping = true;
        if (!isInTurn) {
            isInTurn = true;
            endTurn();
        }
    }

    @Override
    public void abort() {
        if (state != State.CLOSED && state != State.NEW) {
            endTransaction();
            state = State.CLOSED;
            forgetHeld();
            forgetAlarm();
            isUnflushed = false;
            connection().abort();
        }
    }

    /// Carries out what is in the buffer, up to its end or until an answer must be waited for.
    private void process(ByteBuffer in) {
        while (in.hasRemaining()) {
            stopIfIdle();
            switch (state) {
                case COMMAND -> command(in);
                case DATA -> data(in);
                case CHUNK -> chunk(in);
                case AUTH -> response(in);
                case ANSWERING -> {
                    return;
                }
                case GREETING -> {
                    in.position(in.limit());
                    say(SPOKE_EARLY);
                    close();
                }
                // Bytes before a handshake are nobody's commands (CVE-2011-0411). Source: RFC 3207 section 4.2.
                case NEW, TLS, CLOSED -> in.position(in.limit());
            }
        }
    }

    private void command(ByteBuffer in) {
        switch (lines.read(in)) {
            case MORE -> {}
            case BARE -> {
                say(BARE_IN_COMMAND);
                close();
            }
            case TOO_LONG -> {
                expectWithin(commandNanos);
                error(TOO_LONG);
            }
            case LINE -> {
                expectWithin(commandNanos);
                if (lines.length() > maxCommandBytes && !isAuth()) {
                    error(TOO_LONG);
                    return;
                }
                carryOut(parser.parse(lines.bytes(), lines.length(), isUtf8), in);
            }
        }
    }

    /// Only AUTH may be longer than other commands.
    private boolean isAuth() {
        return new String(lines.bytes(), 0, 5, StandardCharsets.ISO_8859_1).equalsIgnoreCase("AUTH ");
    }

    private void carryOut(Command command, ByteBuffer in) {
        if (isRefusing && command != Command.Plain.QUIT) {
            error(NO_SERVICE);
            return;
        }
        switch (command) {
            case Command.Malformed malformed -> {
                if (CommandParser.isAboutAddress(malformed)) {
                    say(malformed.answer());
                } else if (CommandParser.isAboutChunk(malformed)) {
                    // What follows is content, and nobody knows where it ends: none of it may become a command.
                    say(malformed.answer());
                    say(LOST_COUNT);
                    close();
                } else {
                    error(malformed.answer());
                }
            }
            case Command.Hello hello -> hello(hello);
            case Command.Mail mail -> mail(mail);
            case Command.Rcpt rcpt -> rcpt(rcpt);
            case Command.Bdat bdat -> bdat(bdat);
            case Command.Auth auth -> auth(auth);
            case Command.Vrfy vrfy -> say(VERIFY_NOT);
            case Command.Plain plain -> {
                switch (plain) {
                    case DATA -> data();
                    case RSET -> {
                        endTransaction();
                        say(OK);
                    }
                    case NOOP -> say(OK);
                    case HELP -> say(HELP);
                    case QUIT -> {
                        say(Reply.of(221, "2.0.0 " + settings.hostName() + " says goodbye"));
                        close();
                    }
                    case STARTTLS -> startTls(in);
                }
            }
        }
    }

    private void hello(Command.Hello hello) {
        // Source: RFC 5321 section 4.1.4: a new EHLO resets the transaction.
        endTransaction();
        Reply reply = session.hello(hello);
        if (!(reply instanceof Reply.Completion)) {
            say(reply);
            return;
        }
        isGreeted = true;
        isExtended = hello.isExtended();
        say(isExtended ? withExtensions(reply) : reply);
    }

    private Reply withExtensions(Reply reply) {
        List<String> all = new ArrayList<>(9);
        all.add(reply.lines().getFirst());
        for (Extension extension : settings.offered()) {
            if (extension == Extension.SIZE) {
                all.add("SIZE " + settings.maxMessageBytes());
            } else if (extension == Extension.AUTH) {
                List<SaslMechanism> mechanisms = session.mechanisms();
                if (!mechanisms.isEmpty()) {
                    all.add("AUTH "
                            + mechanisms.stream().map(SaslMechanism::keyword).collect(Collectors.joining(" ")));
                }
            } else if (extension != Extension.STARTTLS || !isSecured) {
                all.add(extension.keyword());
            }
        }
        return Reply.of(reply.code(), all);
    }

    private void auth(Command.Auth auth) {
        if (!isGreeted || !isExtended) {
            error(HELLO_FIRST);
        } else if (isOpen) {
            error(AUTH_IN_TRANSACTION);
        } else if (isLoggedIn) {
            error(AUTH_ALREADY);
        } else {
            SaslMechanism asked = null;
            for (SaslMechanism each : SaslMechanism.values()) {
                asked = each.keyword().equals(auth.mechanism()) ? each : asked;
            }
            Reply refusal = asked == null ? NO_MECHANISM : session.refusesMechanism(asked);
            if (asked == null || refusal != null) {
                error(refusal == null ? NO_MECHANISM : refusal);
                return;
            }
            login = new SaslExchange(asked, asked == SaslMechanism.CRAM_MD5 ? session.challenge() : "");
            loginStep(login.begin(auth.initial()));
        }
    }

    private void response(ByteBuffer in) {
        switch (lines.read(in)) {
            case MORE -> {}
            case BARE -> {
                say(BARE_IN_COMMAND);
                close();
            }
            case TOO_LONG -> loginStep(new SaslExchange.Step.Fault(RESPONSE_TOO_LONG));
            case LINE ->
                loginStep(Objects.requireNonNull(login)
                        .next(new String(lines.bytes(), 0, lines.length(), StandardCharsets.ISO_8859_1)));
        }
    }

    private void loginStep(SaslExchange.Step step) {
        state = State.COMMAND;
        expectWithin(commandNanos);
        switch (step) {
            case SaslExchange.Step.Ask(Reply reply) -> {
                state = State.AUTH;
                say(reply);
            }
            case SaslExchange.Step.Claim(Credentials credentials) -> {
                login = null;
                isLoggingIn = true;
                state = State.ANSWERING;
                deadline = NEVER;
                session.authenticate(credentials, pending);
            }
            case SaslExchange.Step.Fault(Reply reply) -> {
                login = null;
                error(reply);
            }
        }
    }

    /// Somebody who guesses is heard thrice on a connection.
    private void loggedIn(Reply reply) {
        isLoggingIn = false;
        isLoggedIn = reply instanceof Reply.Completion;
        say(reply);
        if (!isLoggedIn && ++failedLogins >= MAX_FAILED_LOGINS) {
            say(TOO_MANY_LOGINS);
            close();
        }
    }

    private void mail(Command.Mail mail) {
        if (!isGreeted) {
            error(HELLO_FIRST);
        } else if (isOpen) {
            error(NESTED_MAIL);
        } else if (settings.maxMessageBytes() > 0 && mail.declaredSize() > settings.maxMessageBytes()) {
            // Source: RFC 1870 section 6.1.
            say(TOO_BIG);
        } else {
            Reply reply = session.mail(mail);
            if (reply instanceof Reply.Completion) {
                clearTransaction();
                isOpen = true;
                isToldOfTransaction = true;
                isUtf8 = mail.isSmtpUtf8();
            }
            say(reply);
            if (reply.isClosing() && isLoggedIn) {
                // The log-in is void, and there is one a session.
                close();
            }
        }
    }

    private void rcpt(Command.Rcpt rcpt) {
        if (!isOpen) {
            error(MAIL_FIRST);
        } else if (isChunking || hasChunkFailed) {
            error(IN_CHUNKS);
        } else {
            wasRecipientAsked = true;
            if (recipients == settings.maxRecipients()) {
                // Source: RFC 5321 section 4.5.3.1.10.
                say(TOO_MANY_RECIPIENTS);
                return;
            }
            Reply reply = session.recipient(rcpt);
            if (reply instanceof Reply.Completion) {
                recipients++;
            }
            say(reply);
        }
    }

    /// Why content cannot come now, or null.
    private @Nullable Reply outOfOrder() {
        if (!isOpen) {
            return MAIL_FIRST;
        }
        if (recipients == 0) {
            // Not the client's error if it pipelined. Source: RFC 2920 section 3.1.
            return wasRecipientAsked ? NO_RECIPIENTS : RCPT_FIRST;
        }
        return null;
    }

    private void refuseContent(Reply reply) {
        if (reply == NO_RECIPIENTS) {
            say(reply);
        } else {
            error(reply);
        }
    }

    private void data() {
        Reply refusal = isChunking || hasChunkFailed ? IN_CHUNKS : outOfOrder();
        if (refusal != null) {
            refuseContent(refusal);
            return;
        }
        SubmissionSession.ContentStart start = session.beginContent();
        if (start.sink() == null) {
            say(Objects.requireNonNull(start.refusal()));
            return;
        }
        if (state == State.CLOSED) {
            return;
        }
        content.begin(start.sink(), settings.maxMessageBytes());
        state = State.DATA;
        beginMessageClock();
        say(GO_AHEAD);
    }

    private void data(ByteBuffer in) {
        int from = in.position();
        boolean isEnd = content.data(in);
        cameContent(in.position() - from);
        afterContent();
        if (isEnd && state != State.CLOSED) {
            // Source: RFC 2920 section 3.2: without PIPELINING nobody may speak before the answer.
            isImproper |= !mayPipeline() && in.hasRemaining();
            endMessage();
            if (isImproper && state == State.COMMAND) {
                say(IMPROPER_PIPELINING);
                close();
            }
        }
    }

    private void bdat(Command.Bdat bdat) {
        chunkSize = bdat.size();
        chunkLeft = bdat.size();
        isLastChunk = bdat.isLast();
        chunkRefusal = hasChunkFailed ? CHUNK_FAILED : isChunking ? null : beginChunks();
        if (chunkRefusal != null) {
            hasChunkFailed = true;
        }
        if (state == State.CLOSED) {
            return;
        }
        state = State.CHUNK;
        expectContent();
        if (chunkLeft == 0) {
            endChunk();
        }
    }

    /// The first chunk of a transaction; the refusal, or null.
    private @Nullable Reply beginChunks() {
        Reply refusal = outOfOrder();
        if (refusal != null) {
            return refusal;
        }
        SubmissionSession.ContentStart start = session.beginContent();
        if (start.sink() == null) {
            return start.refusal();
        }
        isChunking = true;
        content.begin(start.sink(), settings.maxMessageBytes());
        beginMessageClock();
        return null;
    }

    /// Octets are counted and nothing else ends a chunk; those of a refused one are read away, never taken for
    /// commands. Source: RFC 3030 section 2.
    private void chunk(ByteBuffer in) {
        int length = (int) Math.min(in.remaining(), chunkLeft);
        cameContent(length);
        chunkLeft -= length;
        if (chunkRefusal != null || hasChunkFailed) {
            in.position(in.position() + length);
        } else {
            content.chunk(in, length);
            afterContent();
        }
        if (chunkLeft == 0 && state != State.CLOSED) {
            endChunk();
        }
    }

    private void endChunk() {
        state = State.COMMAND;
        expectWithin(commandNanos);
        if (isLastChunk && !hasChunkFailed) {
            content.endChunks();
            endMessage();
            return;
        }
        Reply refusal = chunkRefusal;
        if (refusal == null && content.fault() != ContentDecoder.Fault.NONE) {
            refusal = reply(content.fault());
        }
        boolean isLast = isLastChunk;
        if (isLast) {
            // What was pipelined behind it must not join this transaction.
            endTransaction();
        }
        if (refusal == null) {
            say(Reply.of(250, "2.0.0 " + chunkSize + " octets received"));
        } else {
            refuseContent(refusal);
        }
    }

    /// After bytes went into the decoder: pauses, and gives memory back as soon as the content is refused.
    private void afterContent() {
        if (state == State.CLOSED) {
            // The session dropped the connection from within its sink.
            return;
        }
        if (content.takePause() && content.fault() == ContentDecoder.Fault.NONE) {
            isPausedBySink = true;
            connection().reading(false);
        }
        if (content.fault() != ContentDecoder.Fault.NONE && isToldOfTransaction) {
            hasChunkFailed = isChunking;
            if (isPausedBySink) {
                isPausedBySink = false;
                readIfUnpaused();
            }
            // The rest is drained; the session need not keep anything for it.
            resetSession();
        }
    }

    private void endMessage() {
        state = State.COMMAND;
        messageDeadline = NEVER;
        expectWithin(commandNanos);
        ContentFacts facts = content.facts();
        Reply refusal = content.fault() != ContentDecoder.Fault.NONE
                ? reply(content.fault())
                : facts.receivedLines() > settings.maxReceivedLines() ? LOOP : null;
        if (refusal != null) {
            endTransaction();
            say(refusal);
            return;
        }
        isToldOfTransaction = false;
        clearTransaction();
        state = State.ANSWERING;
        deadline = NEVER;
        session.endContent(facts, pending);
    }

    private boolean answer(Reply reply) {
        if (state == State.CLOSED) {
            return false;
        }
        if (state != State.ANSWERING) {
            throw new IllegalStateException("this message was answered before");
        }
        state = State.COMMAND;
        expectWithin(commandNanos);
        if (isLoggingIn) {
            loggedIn(reply);
        } else {
            say(reply);
            if (reply instanceof Reply.Completion) {
                errors = 0;
            }
        }
        if (!isInTurn) {
            isInTurn = true;
            afterAnswer();
            endTurn();
        }
        return true;
    }

    /// Carries on with what was held while the answer was open.
    private void afterAnswer() {
        ByteBuffer input = held;
        held = null;
        if (isImproper) {
            say(IMPROPER_PIPELINING);
            close();
        } else if (input != null) {
            input.flip();
            process(input);
            if (input.hasRemaining()) {
                input.compact();
                held = input;
            } else {
                HeldBuffers.giveBack(input);
            }
            if (isPausedByHold && (held == null || held.position() <= HOLD_BYTES)) {
                isPausedByHold = false;
                readIfUnpaused();
            }
        }
        if (hasEnded && state != State.ANSWERING) {
            close();
        }
    }

    private void startTls(ByteBuffer in) {
        if (isSecured) {
            error(TLS_ALREADY);
        } else if (isOpen) {
            error(TLS_IN_TRANSACTION);
        } else {
            say(TLS_READY);
            in.position(in.limit());
            lines.restart();
            state = State.TLS;
            deadline = NEVER;
            isUnflushed = false;
            connection().startTls(Objects.requireNonNull(settings.tls()));
        }
    }

    private static Reply reply(ContentDecoder.Fault fault) {
        return switch (fault) {
            case NONE -> OK;
            case BARE_LINE_END -> BARE_IN_CONTENT;
            case TOO_BIG -> TOO_BIG;
            case NO_MEMORY -> NO_MEMORY;
        };
    }

    private boolean mayPipeline() {
        return isExtended && settings.offers(Extension.PIPELINING);
    }

    private void endTransaction() {
        clearTransaction();
        resetSession();
    }

    private void resetSession() {
        if (isToldOfTransaction) {
            isToldOfTransaction = false;
            session.reset();
        }
    }

    private void clearTransaction() {
        isOpen = false;
        isUtf8 = false;
        recipients = 0;
        wasRecipientAsked = false;
        isChunking = false;
        hasChunkFailed = false;
        messageDeadline = NEVER;
    }

    /// An error of the client's speech; too many end the session. Source: RFC 5321 section 4.3.2.
    private void error(Reply reply) {
        say(reply);
        errors++;
        if (errors >= settings.maxErrors()) {
            say(TOO_MANY_ERRORS);
            close();
        }
    }

    private void say(Reply reply) {
        if (state != State.CLOSED) {
            ReplyEncoder.write(connection(), reply);
            isUnflushed = true;
        }
    }

    private void close() {
        if (state != State.CLOSED) {
            endTransaction();
            state = State.CLOSED;
            forgetHeld();
            forgetAlarm();
            isUnflushed = false;
            connection().close();
        }
    }

    /// Source: RFC 5321 section 3.8.
    private void stopIfIdle() {
        if (isStopping && (state == State.COMMAND || state == State.AUTH) && !isChunking) {
            say(SHUTTING_DOWN);
            close();
        }
    }

    /// One flush a turn. Source: RFC 2920 section 3.2 wants replies to be sent together.
    private void endTurn() {
        stopIfIdle();
        isInTurn = false;
        if (isUnflushed) {
            isUnflushed = false;
            connection().flush();
        }
        if (deadline < alarmAt && state != State.CLOSED) {
            alarmAt = deadline;
            Objects.requireNonNull(alarm).set(alarmAt);
        }
    }

    private void hold(ByteBuffer in) {
        isImproper |= !mayPipeline();
        ByteBuffer mine = held;
        if (mine == null) {
            mine = HeldBuffers.take(in.remaining());
        } else if (mine.remaining() < in.remaining()) {
            ByteBuffer larger =
                    HeldBuffers.take(mine.position() + in.remaining()).put(mine.flip());
            HeldBuffers.giveBack(mine);
            mine = larger;
        }
        mine.put(in);
        held = mine;
        if (mine.position() > HOLD_BYTES && !isPausedByHold) {
            isPausedByHold = true;
            connection().reading(false);
        }
    }

    private void forgetHeld() {
        ByteBuffer mine = held;
        if (mine != null) {
            held = null;
            HeldBuffers.giveBack(mine);
        }
    }

    private void readIfUnpaused() {
        if (!isPausedBySink && !isPausedByHold && state != State.CLOSED) {
            connection().reading(true);
        }
    }

    private void beginMessageClock() {
        messageDeadline =
                connection().loop().nanos() + settings.messageTimeout().toNanos();
        expectContent();
    }

    private void cameContent(int bytes) {
        pieceBytes += bytes;
        if (pieceBytes >= PIECE_BYTES) {
            expectContent();
        }
    }

    private void expectContent() {
        pieceBytes = 0;
        expectWithin(dataNanos);
        deadline = Math.min(deadline, messageDeadline);
    }

    /// The alarm is set rarely: it stays where it is while deadlines move on, and is set anew when it rings early.
    private void expectWithin(long nanos) {
        deadline = connection().loop().nanos() + nanos;
    }

    private void forgetAlarm() {
        deadline = NEVER;
        alarmAt = NEVER;
        if (alarm != null) {
            alarm.clear();
        }
    }

    private void rang() {
        alarmAt = NEVER;
        isInTurn = true;
        if (state != State.CLOSED && deadline <= connection().loop().nanos()) {
            switch (state) {
                case GREETING -> greet();
                case COMMAND, AUTH -> timedOut();
                case DATA, CHUNK -> {
                    if (isPausedBySink) {
                        expectWithin(dataNanos);
                    } else {
                        timedOut();
                    }
                }
                case NEW, ANSWERING, TLS, CLOSED -> deadline = NEVER;
            }
        }
        endTurn();
    }

    /// Source: RFC 5321 section 4.5.3.2.7.
    private void timedOut() {
        say(IDLE);
        close();
    }

    private Connection connection() {
        return Objects.requireNonNull(connection);
    }
}
