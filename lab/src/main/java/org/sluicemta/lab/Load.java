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

/// Hands messages over by SMTP and tells what became of each. A message is *accepted* only when the last reply said so;
/// one whose session broke before that is *in doubt* and is handed over again under the same name, as real feeders do.
///
/// Owner: one loop.
public final class Load {
    private static final long RECONNECT_NANOS = Duration.ofMillis(100).toNanos();

    private final Loop loop;
    private final Network network;
    private final Memory memory;
    private final LoadPlan plan;
    private final Consumer<Handed> heard;
    private final Runnable done;
    private final Alarm alarm;
    private final ArrayDeque<LoadMessage> again = new ArrayDeque<>();
    private final List<Session> waiting = new ArrayList<>();
    private long startNanos;
    private long next;
    private long settled;
    private int connecting;
    private int open;
    private boolean isDone;
    private boolean isStopped;

    /// What became of a message.
    ///
    /// @param recipients accepted ones
    /// @param refused recipients that were answered 4yz or 5yz
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
        this.alarm = loop.alarm(this::wake);
    }

    public void start() {
        startNanos = loop.nanos();
        for (int i = 0; i < plan.sessions(); i++) {
            connect();
        }
        wake();
    }

    /// No further messages; sessions end.
    public void stop() {
        isStopped = true;
        waiting.forEach(Session::quit);
        alarm.clear();
    }

    /// Messages that have their final answer.
    public long settled() {
        return settled;
    }

    private void connect() {
        connecting++;
        var settings = ClientSettings.of("load.lab.example", new TlsUse.Never());
        network.connect(
                loop,
                new ConnectPlan(plan.target(), null, Duration.ofSeconds(10).toNanos()),
                new SmtpClientEngine(settings, new Session()));
    }

    private void wake() {
        while (!waiting.isEmpty() && isDue()) {
            waiting.removeLast().submitNext();
        }
        while (!isStopped && !isDone && connecting + open < plan.sessions() && settled < plan.messages()) {
            connect();
        }
        if (plan.perSecond() > 0 && next < plan.messages() && !isStopped) {
            alarm.set(dueNanos(next));
        }
    }

    private long dueNanos(long number) {
        return startNanos + (long) (number * 1e9 / plan.perSecond());
    }

    private boolean isDue() {
        return !isStopped
                && (!again.isEmpty()
                        || next < plan.messages() && (plan.perSecond() == 0 || dueNanos(next) <= loop.nanos()));
    }

    private final class Session implements DeliveryDriver {
        private record Handing(LoadMessage message, long sinceNanos) {}

        private final ArrayDeque<Handing> handed = new ArrayDeque<>(2);
        private @Nullable DeliveryControl control;
        private boolean isWaiting;

        @Override
        public void ready(
                DeliveryControl engine, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
            control = engine;
            connecting--;
            open++;
            isReady = true;
            submitNext();
        }

        private boolean isReady;

        @Override
        public void wantsNext() {
            if (isDue()) {
                submitNext();
            }
        }

        void submitNext() {
            isWaiting = false;
            DeliveryControl engine = control;
            if (engine == null || !engine.takesWork()) {
                return;
            }
            if (!isDue()) {
                isWaiting = true;
                waiting.add(this);
                return;
            }
            LoadMessage message = again.isEmpty() ? plan.message().apply(next) : again.removeFirst();
            long since = loop.nanos();
            if (message.number() == next) {
                since = plan.perSecond() > 0 ? dueNanos(next) : since;
                next++;
            }
            Slice slice = memory.take(message.content().length);
            if (slice == null) {
                again.addLast(message);
                isWaiting = true;
                waiting.add(this);
                return;
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

        @Override
        public void transactionDone(TransactionResult result) {
            Handing handing = handed.removeFirst();
            ((OneSlice) result.transaction().content()).slice.release();
            var accepted = new ArrayList<String>();
            int refused = 0;
            boolean isInDoubt = false;
            for (int i = 0; i < result.outcomes().size(); i++) {
                switch (result.outcomes().get(i)) {
                    case RecipientOutcome.Accepted _ ->
                        accepted.add(handing.message.recipients().get(i));
                    case RecipientOutcome.Deferred _, RecipientOutcome.Rejected _, RecipientOutcome.Unsendable _ ->
                        refused++;
                    case RecipientOutcome.Overflow _, RecipientOutcome.Unanswered _, RecipientOutcome.NotOffered _ ->
                        isInDoubt = true;
                }
            }
            if (isInDoubt) {
                again.addLast(handing.message);
            } else {
                settled++;
            }
            heard.accept(new Handed(handing.message, accepted, refused, isInDoubt, loop.nanos() - handing.sinceNanos));
            if (settled >= plan.messages()) {
                finish();
            } else if (handed.isEmpty() && !isWaiting) {
                submitNext();
            }
        }

        void quit() {
            DeliveryControl engine = control;
            if (engine != null) {
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
            if (!isDone && !isStopped) {
                alarm.set(loop.nanos() + RECONNECT_NANOS);
            }
        }

        private void finish() {
            if (!isDone) {
                isDone = true;
                List.copyOf(waiting).forEach(Session::quit);
                quit();
                done.run();
            }
        }
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
