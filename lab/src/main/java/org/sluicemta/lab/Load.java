package org.sluicemta.lab;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Address;
import org.sluicemta.smtp.Capabilities;
import org.sluicemta.smtp.ClientSettings;
import org.sluicemta.smtp.DeliveryControl;
import org.sluicemta.smtp.DeliveryDriver;
import org.sluicemta.smtp.DotLines;
import org.sluicemta.smtp.OutgoingContent;
import org.sluicemta.smtp.OutgoingTransaction;
import org.sluicemta.smtp.RecipientOutcome;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.SessionEnd;
import org.sluicemta.smtp.SmtpClientEngine;
import org.sluicemta.smtp.TlsUse;
import org.sluicemta.smtp.TransactionResult;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;

/// Hands messages over by SMTP and tells what became of each. A message is *accepted* only when the last reply said
/// so; one whose session broke before that is *in doubt* and is handed over again under the same name, as real
/// feeders do.
///
/// Owner: one loop.
public final class Load {
    /// A start this long after its due moment is late: the clock of a loop is no finer.
    static final long LATE_NANOS = Duration.ofMillis(5).toNanos();

    private static final long RECONNECT_NANOS = Duration.ofMillis(100).toNanos();
    private static final long AGAIN_NANOS = Duration.ofMillis(10).toNanos();
    private static final long CONNECT_NANOS = Duration.ofSeconds(10).toNanos();

    private final Loop loop;
    private final Network network;
    private final Memory memory;
    private final LoadPlan plan;
    private final Consumer<Handed> heard;
    private final Runnable done;
    private final Alarm due;
    private final Alarm reconnecting;
    private final ArrayDeque<LoadMessage> again = new ArrayDeque<>();
    private final List<Session> waiting = new ArrayList<>();
    private long startNanos;
    private long next;
    private long settled;
    private long lateStarts;
    private long sessionsLost;
    private int connecting;
    private int open;
    private boolean isOver;
    private String trouble = "";

    /// What became of a message.
    ///
    /// @param recipients accepted ones
    /// @param refused recipients that were answered 4yz or 5yz
    /// @param isInDoubt whether some had no final answer; those, and only those, are handed over again
    /// @param sinceNanos from the hand-over, or from its due moment, to the last reply
    public record Handed(
            LoadMessage message, List<String> recipients, int refused, boolean isInDoubt, long sinceNanos) {}

    /// To be made in a turn of `loop`.
    public Load(Loop loop, Network network, Memory memory, LoadPlan plan, Consumer<Handed> heard, Runnable done) {
        this.loop = loop;
        this.network = network;
        this.memory = memory;
        this.plan = plan;
        this.heard = heard;
        this.done = done;
        this.due = loop.alarm(this::wake);
        this.reconnecting = loop.alarm(this::connectMissing);
    }

    public void start() {
        startNanos = loop.nanos();
        connectMissing();
        wake();
    }

    /// No further messages; those in transfer are finished, then the sessions end.
    public void stop() {
        isOver = true;
        due.clear();
        reconnecting.clear();
        List<Session> idle = List.copyOf(waiting);
        waiting.clear();
        idle.forEach(Session::quit);
    }

    /// Messages that have their final answer.
    public long settled() {
        return settled;
    }

    /// Messages that were begun more than 5 ms after their due moment, because no session was free or this process
    /// was busy; always 0 without a rate.
    public long lateStarts() {
        return lateStarts;
    }

    /// Messages that were begun, each counted once.
    public long started() {
        return next;
    }

    /// Sessions that ended without having been asked to.
    public long sessionsLost() {
        return sessionsLost;
    }

    /// Sessions that stand now.
    public int open() {
        return open;
    }

    /// Why the last session failed, for a person; empty when none did.
    public String trouble() {
        return trouble;
    }

    private void connectMissing() {
        while (!isOver && connecting + open < plan.sessions()) {
            connecting++;
            var settings = ClientSettings.of("load.lab.example", new TlsUse.Never());
            network.connect(
                    loop,
                    new ConnectPlan(plan.target(), null, CONNECT_NANOS),
                    new SmtpClientEngine(settings, new Session()));
        }
    }

    private void wake() {
        // Each is asked once: one that cannot begin, for want of memory, goes back to the list.
        for (int i = waiting.size(); i > 0 && isDue(); i--) {
            waiting.removeLast().submitNext();
        }
        arm();
    }

    /// Rings when the next message is due, if a session waits for it; what is due and could not begin, for want of
    /// memory, is tried again soon. Without this the alarm of a schedule that has fallen behind rings without end.
    private void arm() {
        boolean hasMore = !again.isEmpty() || next < plan.messages();
        if (waiting.isEmpty() || !hasMore || isOver) {
            return;
        }
        due.set(isDue() ? loop.nanos() + AGAIN_NANOS : dueNanos(next));
    }

    private long dueNanos(long number) {
        return startNanos + (long) (number * 1e9 / plan.perSecond());
    }

    private boolean isDue() {
        return !isOver
                && (!again.isEmpty()
                        || next < plan.messages() && (plan.perSecond() == 0 || dueNanos(next) <= loop.nanos()));
    }

    private final class Session implements DeliveryDriver {
        private record Handing(LoadMessage message, long sinceNanos) {}

        private final ArrayDeque<Handing> handed = new ArrayDeque<>(2);
        private @Nullable DeliveryControl control;
        private boolean isReady;
        private boolean isWaiting;
        private boolean isQuitting;

        @Override
        public void ready(
                DeliveryControl engine, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
            control = engine;
            connecting--;
            open++;
            isReady = true;
            submitNext();
        }

        @Override
        public void wantsNext() {
            if (isDue()) {
                submitNext();
            }
        }

        void submitNext() {
            isWaiting = false;
            DeliveryControl engine = control;
            if (engine == null) {
                return;
            }
            if (isOver) {
                quit();
                return;
            }
            if (!engine.takesWork()) {
                return;
            }
            if (!isDue()) {
                await();
                return;
            }
            boolean isFresh = again.isEmpty();
            LoadMessage message = isFresh ? plan.message().apply(next) : again.removeFirst();
            Slice slice = memory.take(message.content().length);
            if (slice == null) {
                if (!isFresh) {
                    again.addFirst(message);
                }
                await();
                return;
            }
            long since = loop.nanos();
            if (isFresh) {
                if (plan.perSecond() > 0) {
                    lateStarts += since - dueNanos(next) > LATE_NANOS ? 1 : 0;
                    since = dueNanos(next);
                }
                next++;
            }
            slice.view(0, slice.length()).put(message.content());
            handed.addLast(new Handing(message, since));
            engine.submit(new OutgoingTransaction(
                    Address.ofChecked(message.reversePath()),
                    message.recipients().stream()
                            .map(to -> new OutgoingTransaction.Recipient(Address.ofChecked(to)))
                            .toList(),
                    new OneSlice(slice)));
        }

        /// Until a message is due. A session with one in transfer comes back by itself.
        private void await() {
            if (handed.isEmpty() && !isWaiting) {
                isWaiting = true;
                waiting.add(this);
                arm();
            }
        }

        @Override
        public void transactionDone(TransactionResult result) {
            Handing handing = handed.removeFirst();
            ((OneSlice) result.transaction().content()).slice.release();
            var accepted = new ArrayList<String>();
            var open = new ArrayList<String>();
            int refused = 0;
            for (int i = 0; i < result.outcomes().size(); i++) {
                String recipient = handing.message.recipients().get(i);
                switch (result.outcomes().get(i)) {
                    case RecipientOutcome.Accepted _ -> accepted.add(recipient);
                    case RecipientOutcome.Deferred _, RecipientOutcome.Rejected _, RecipientOutcome.Unsendable _ ->
                        refused++;
                    case RecipientOutcome.Overflow _, RecipientOutcome.Unanswered _, RecipientOutcome.NotOffered _ ->
                        open.add(recipient);
                }
            }
            LoadMessage message = handing.message;
            if (open.isEmpty()) {
                settled++;
            } else {
                again.addLast(new LoadMessage(
                        message.number(), message.name(), message.reversePath(), open, message.content()));
                arm();
            }
            heard.accept(new Handed(message, accepted, refused, !open.isEmpty(), loop.nanos() - handing.sinceNanos));
            if (settled >= plan.messages() && !isOver) {
                stop();
                quit();
                done.run();
            } else if (handed.isEmpty()) {
                submitNext();
            }
        }

        void quit() {
            DeliveryControl engine = control;
            if (engine != null && !isQuitting) {
                isQuitting = true;
                engine.quit();
            }
        }

        @Override
        public void closed(SessionEnd end, int recipientsAnswered) {
            control = null;
            waiting.remove(this);
            if (isReady) {
                open--;
            } else {
                connecting--;
            }
            if (!isOver) {
                sessionsLost++;
                trouble = words(end);
                reconnecting.set(loop.nanos() + RECONNECT_NANOS);
            }
        }
    }

    private static String words(SessionEnd end) {
        return switch (end) {
            case SessionEnd.Finished _ -> "the session was ended";
            case SessionEnd.NotConnected(var why) -> "no connection: " + why.text();
            case SessionEnd.Refused(var stage, var reply) -> "refused at " + stage + ": " + words(reply);
            case SessionEnd.ClosedBySpeech(var stage, var reply) -> "closed at " + stage + ": " + words(reply);
            case SessionEnd.TlsNotOffered _ -> "no TLS is offered";
            case SessionEnd.NoLogin(var text) -> text;
            case SessionEnd.TlsFailed(var text) -> "TLS failed: " + text;
            case SessionEnd.Lost(var stage, var why) -> "the connection broke at " + stage + ": " + why.text();
            case SessionEnd.TimedOut(var stage) -> "no answer at " + stage;
            case SessionEnd.OutOfStep(var stage, var text) -> "no SMTP at " + stage + ": " + text;
        };
    }

    private static String words(Reply reply) {
        return reply.code() + " " + String.join(" ", reply.lines());
    }

    /// A message in one slice. The session holds the slice until the transaction is done.
    private static final class OneSlice implements OutgoingContent {
        private final Slice slice;

        OneSlice(Slice slice) {
            this.slice = slice;
        }

        @Override
        public long sizeBytes() {
            return slice.length();
        }

        @Override
        public boolean hasEightBit() {
            return false;
        }

        @Override
        public boolean hasUtf8Header() {
            return false;
        }

        @Override
        public void rewind() {
            // one piece: next() always begins at the start
        }

        @Override
        public Piece next() {
            return new Piece(slice.retain(), 0, slice.length(), DotLines.UNKNOWN);
        }
    }
}
