package org.sluicemta.lab;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.ContentFacts;
import org.sluicemta.smtp.ContentSink;
import org.sluicemta.smtp.Extension;
import org.sluicemta.smtp.PendingReply;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.ServerSettings;
import org.sluicemta.smtp.SmtpServerEngine;
import org.sluicemta.smtp.SubmissionControl;
import org.sluicemta.smtp.SubmissionSession;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.TlsFacts;

/// A receiving server that behaves as its [ReceiverModel] says and tells every copy it takes. An engine without I/O:
/// the simulation and the real sink drive the same class.
///
/// Owner: one loop; all its connections sit there.
public final class Receiver implements Network.Dealer {
    /// Recipients remembered for greylisting and first attempts; the oldest is forgotten first.
    static final int MAX_REMEMBERED = 1_000_000;
    /// Header octets looked at for the lab's own fields.
    private static final int HEAD_BYTES = 4096;

    private final ReceiverModel model;
    private final Loop loop;
    private final Consumer<Receipt> ledger;
    private final Consumer<Refusal> refusals;
    private final ServerSettings settings;
    private final Map<InetAddress, Integer> connections = new HashMap<>();
    private final Map<String, Long> firstAttempts;
    private final Counts counts = new Counts();
    /// Those that stand, to be dismissed.
    private final Set<Session> sessions = new HashSet<>();

    private Mood mood = Mood.GOOD;

    /// Plain counters of a receiver. Owner: its loop.
    public static final class Counts {
        public long connections;
        public long refusedConnections;
        public long messages;
        public long recipients;
        public long deferred;
        public long rejected;
        public long silentCloses;
        public int openConnections;
        public int mostConnections;
        /// The most at one time from one address, refused ones not among them.
        public int mostFromOneSource;
    }

    public Receiver(ReceiverModel model, Loop loop, Consumer<Receipt> ledger) {
        this(model, loop, ledger, _ -> {});
    }

    /// @param ledger is told every copy that was taken
    /// @param refusals is told every negative reply
    public Receiver(ReceiverModel model, Loop loop, Consumer<Receipt> ledger, Consumer<Refusal> refusals) {
        this.model = model;
        this.loop = loop;
        this.ledger = ledger;
        this.refusals = refusals;
        this.settings = settings(model);
        this.firstAttempts = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > MAX_REMEMBERED;
            }
        };
    }

    /// The compiler drops the annotation of a compact constructor's parameter from the class file, so that the
    /// checker takes `tls` for never null.
    @SuppressWarnings("NullAway")
    private static ServerSettings settings(ReceiverModel model) {
        var usual = ServerSettings.of(model.hostName());
        // Reports are the sender's own affair.
        Set<Extension> offer = EnumSet.copyOf(ServerSettings.DEFAULT_OFFER);
        offer.remove(Extension.DSN);
        return new ServerSettings(
                model.hostName(),
                offer,
                model.tls(),
                0,
                10_000,
                1000,
                1000,
                usual.commandTimeout(),
                usual.dataTimeout(),
                usual.messageTimeout(),
                Duration.ZERO);
    }

    public ReceiverModel model() {
        return model;
    }

    public Counts counts() {
        return counts;
    }

    /// Behaves so from a turn of its loop on, on standing connections too. From any thread; never blocks.
    public void mood(Mood now) {
        loop.post(() -> mood = now);
    }

    /// Says goodbye (421) on every standing connection, and closes it. From any thread; never blocks.
    public void dismiss() {
        loop.post(() -> List.copyOf(sessions).forEach(Session::dismiss));
    }

    @Override
    public Network.Seat deal(SocketAddress remote, SocketAddress local) {
        return new Network.Seat(loop, engine());
    }

    /// An engine for one connection.
    public Engine engine() {
        return new SmtpServerEngine(settings, new Session());
    }

    private final class Session implements SubmissionSession, ContentSink {
        private final byte[] head = new byte[HEAD_BYTES];
        private final CRC32C body = new CRC32C();
        private final List<String> recipients = new ArrayList<>();
        private @Nullable InetAddress source;
        private @Nullable Connection connection;
        private @Nullable SubmissionControl control;
        private @Nullable Alarm delay;
        private boolean isCounted;
        private boolean isSecured;
        private int headLength;
        private boolean isInBody;
        private int lineEnd;
        private long size;
        private int messages;
        private String reversePath = "";

        @Override
        public Reply greeting(Connection opened, SubmissionControl engine) {
            connection = opened;
            control = engine;
            sessions.add(this);
            source = opened.remote() instanceof InetSocketAddress inet ? inet.getAddress() : null;
            int open = connections.merge(sourceOrNone(), 1, Integer::sum);
            isCounted = true;
            counts.connections++;
            counts.openConnections++;
            counts.mostConnections = Math.max(counts.mostConnections, counts.openConnections);
            if (model.maxConnectionsPerSource() > 0 && open > model.maxConnectionsPerSource()) {
                counts.refusedConnections++;
                return refused(
                        Refusal.Stage.CONNECT,
                        "",
                        421,
                        "4.7.0 too many connections from your address, try again later");
            }
            if (mood.isAgainst(Refusal.Stage.CONNECT)) {
                return refused(Refusal.Stage.CONNECT, "");
            }
            counts.mostFromOneSource = Math.max(counts.mostFromOneSource, open);
            return Reply.of(220, model.hostName() + " ESMTP");
        }

        private Reply refused(Refusal.Stage stage, String to) {
            counts.refusedConnections += stage == Refusal.Stage.CONNECT ? 1 : 0;
            counts.deferred += stage != Refusal.Stage.CONNECT && mood.code() < 500 ? 1 : 0;
            counts.rejected += stage != Refusal.Stage.CONNECT && mood.code() >= 500 ? 1 : 0;
            String text = mood.text().replace("{source}", sourceOrNone().getHostAddress());
            return refused(stage, to, mood.code(), text);
        }

        private Reply refused(Refusal.Stage stage, String to, int code, String text) {
            refusals.accept(
                    new Refusal(model.name(), stage, sourceOrNone().getHostAddress(), to, code, text, loop.nanos()));
            return Reply.of(code, text);
        }

        void dismiss() {
            SubmissionControl engine = control;
            if (engine != null) {
                engine.shutDown();
            }
        }

        private InetAddress sourceOrNone() {
            return source == null ? InetAddress.getLoopbackAddress() : source;
        }

        @Override
        public Reply hello(Command.Hello hello) {
            return Reply.of(250, model.hostName());
        }

        @Override
        public void secured(TlsFacts facts) {
            isSecured = true;
        }

        @Override
        public Reply mail(Command.Mail mail) {
            recipients.clear();
            reversePath = mail.reversePath().toString();
            if (mood.isAgainst(Refusal.Stage.MAIL)) {
                return refused(Refusal.Stage.MAIL, "");
            }
            return Reply.of(250, "2.1.0 ok");
        }

        @Override
        public Reply recipient(Command.Rcpt rcpt) {
            String to = rcpt.forwardPath().toString();
            if (recipients.size() >= model.maxRecipients()) {
                return refused(Refusal.Stage.RCPT, to, 452, "4.5.3 too many recipients");
            }
            if (mood.isAgainst(Refusal.Stage.RCPT)) {
                return refused(Refusal.Stage.RCPT, to);
            }
            int share = Math.floorMod(spread(to), 1000);
            if (share < model.rejectPerMille()) {
                counts.rejected++;
                return refused(Refusal.Stage.RCPT, to, 550, "5.1.1 no such user here");
            }
            boolean isGrey = !model.greylist().isZero();
            boolean isDeferred = share < model.rejectPerMille() + model.deferPerMille();
            if (isGrey || isDeferred) {
                Long first = firstAttempts.putIfAbsent(to, loop.nanos());
                if (isGrey
                        && (first == null
                                || loop.nanos() - first < model.greylist().toNanos())) {
                    counts.deferred++;
                    return refused(Refusal.Stage.RCPT, to, 450, "4.7.1 greylisted, please come again");
                }
                if (isDeferred && first == null) {
                    counts.deferred++;
                    return refused(Refusal.Stage.RCPT, to, 451, "4.3.0 try again later");
                }
            }
            recipients.add(to);
            return Reply.of(250, "2.1.5 ok");
        }

        @Override
        public ContentStart beginContent() {
            headLength = 0;
            isInBody = false;
            lineEnd = 0;
            size = 0;
            body.reset();
            return ContentStart.into(this);
        }

        @Override
        public Taken accept(ByteBuffer lent) {
            size += lent.remaining();
            while (lent.hasRemaining() && !isInBody) {
                byte b = lent.get();
                if (headLength < HEAD_BYTES) {
                    head[headLength++] = b;
                }
                // CR LF CR LF ends the header; the states count how much of it has come.
                lineEnd = b == '\r' && (lineEnd == 0 || lineEnd == 2)
                        ? lineEnd + 1
                        : b == '\n' && (lineEnd == 1 || lineEnd == 3) ? lineEnd + 1 : b == '\r' ? 1 : 0;
                isInBody = lineEnd == 4;
            }
            body.update(lent);
            return Taken.TAKEN;
        }

        @Override
        public void endContent(ContentFacts facts, PendingReply pending) {
            messages++;
            String text = new String(head, 0, headLength, StandardCharsets.UTF_8);
            String name = field(text, MessageMaker.NAME_FIELD);
            String digest = field(text, MessageMaker.DIGEST_FIELD);
            boolean isDamaged = !digest.isEmpty() && !digest.equals(Long.toHexString(body.getValue()));
            var copies = List.copyOf(recipients);
            Duration wait = model.contentDelay();
            if (wait.isZero()) {
                take(copies, name, isDamaged, pending);
            } else {
                Alarm alarm = delay == null ? delay = loop.alarm(this::delayed) : delay;
                held = () -> take(copies, name, isDamaged, pending);
                alarm.set(loop.nanos() + wait.toNanos());
            }
        }

        private @Nullable Runnable held;

        private void delayed() {
            Runnable now = held;
            held = null;
            if (now != null) {
                now.run();
            }
        }

        private void take(List<String> copies, String name, boolean isDamaged, PendingReply pending) {
            // The answer lets in what rides behind it, and with that the next transaction.
            String from = reversePath;
            long octets = size;
            boolean isHeard = pending.answer(Reply.of(250, "2.0.0 taken"));
            if (!isHeard) {
                return;
            }
            counts.messages++;
            for (String to : copies) {
                counts.recipients++;
                ledger.accept(new Receipt(
                        model.name(),
                        to,
                        name,
                        from,
                        sourceOrNone().getHostAddress(),
                        octets,
                        isDamaged,
                        isSecured,
                        loop.nanos()));
            }
            Connection open = connection;
            if (model.closeAfterMessages() > 0 && messages == model.closeAfterMessages() && open != null) {
                counts.silentCloses++;
                // In a turn of its own: the present one still has to flush the reply. Not aborted: a reset
                // could destroy the reply on its way, and the client would rightly send the message again.
                loop.post(open::close);
            }
        }

        @Override
        public void reset() {
            recipients.clear();
        }

        @Override
        public void closed(IoFailure why) {
            connection = null;
            control = null;
            sessions.remove(this);
            held = null;
            if (delay != null) {
                delay.clear();
            }
            if (isCounted) {
                isCounted = false;
                counts.openConnections--;
                connections.computeIfPresent(sourceOrNone(), (k, n) -> n == 1 ? null : n - 1);
            }
        }
    }

    /// The value of a field at the beginning of a line, or empty.
    static String field(String header, String name) {
        int at = header.startsWith(name + ": ") ? 0 : header.indexOf("\r\n" + name + ": ");
        if (at < 0) {
            return "";
        }
        int from = header.indexOf(':', at) + 2;
        int end = header.indexOf("\r\n", from);
        return end < 0 ? "" : header.substring(from, end);
    }

    /// A well-mixed hash that does not change between versions of the JDK.
    static int spread(String text) {
        long h = 0x9E3779B97F4A7C15L;
        for (int i = 0; i < text.length(); i++) {
            h = (h ^ text.charAt(i)) * 0xBF58476D1CE4E5B9L;
            h ^= h >>> 29;
        }
        return (int) (h ^ h >>> 32);
    }
}
