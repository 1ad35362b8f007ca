package org.sluicemta.smtp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.TlsFacts;

/// A driver for tests: hands over what it was given in `waiting` and writes down what it hears.
final class RecordingDriver implements DeliveryDriver {
    final List<String> events = new ArrayList<>();
    final List<TransactionResult> results = new ArrayList<>();
    /// Handed over when the session wants work.
    final Deque<OutgoingTransaction> waiting = new ArrayDeque<>();

    boolean quitsWhenIdle;

    @Nullable
    DeliveryControl control;

    @Nullable
    SessionEnd end;

    @Override
    public void ready(
            DeliveryControl control, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
        this.control = control;
        events.add("ready "
                + new TreeSet<>(capabilities.offered())
                        .stream().map(Extension::keyword).collect(Collectors.joining(","))
                + (tls.isPresent() ? " secured" : ""));
        handOver();
        quitIfIdle();
    }

    @Override
    public void wantsNext() {
        handOver();
    }

    void handOver() {
        if (control != null && control.takesWork() && !waiting.isEmpty()) {
            control.submit(waiting.poll());
        }
    }

    private void quitIfIdle() {
        if (quitsWhenIdle && waiting.isEmpty() && control != null) {
            control.quit();
        }
    }

    @Override
    public void transactionDone(TransactionResult result) {
        results.add(result);
        for (int i = 0; i < result.outcomes().size(); i++) {
            events.add("done " + result.transaction().recipients().get(i).address() + " "
                    + spell(result.outcomes().get(i)));
        }
        handOver();
        quitIfIdle();
    }

    private static String spell(RecipientOutcome outcome) {
        return switch (outcome) {
            case RecipientOutcome.Accepted a -> "accepted " + a.reply().text();
            case RecipientOutcome.Deferred d ->
                "deferred " + d.stage() + " " + d.reply().text();
            case RecipientOutcome.Rejected r ->
                "rejected " + r.stage() + " " + r.reply().text();
            case RecipientOutcome.Overflow o -> "overflow " + o.reply().text();
            case RecipientOutcome.Unanswered u -> "unanswered " + u.stage() + (u.isTimedOut() ? " in time" : "");
            case RecipientOutcome.NotOffered n -> "not offered";
            case RecipientOutcome.Unsendable u -> "unsendable " + u.reason();
        };
    }

    @Override
    public void oddity(String text) {
        events.add("oddity " + text);
    }

    @Override
    public void closed(SessionEnd end, int recipientsAnswered) {
        this.end = end;
        String text =
                switch (end) {
                    case SessionEnd.Finished f -> "finished";
                    case SessionEnd.NotConnected n -> "not connected " + n.why().kind();
                    case SessionEnd.Refused r ->
                        "refused " + r.stage() + " " + r.reply().text();
                    case SessionEnd.ClosedBySpeech c ->
                        "closed by speech " + c.stage() + " " + c.reply().text();
                    case SessionEnd.TlsNotOffered t -> "tls not offered";
                    case SessionEnd.NoLogin n -> "no login " + n.text();
                    case SessionEnd.TlsFailed t -> "tls failed " + t.text();
                    case SessionEnd.Lost l ->
                        "lost " + l.stage() + " " + l.why().kind();
                    case SessionEnd.TimedOut t -> "timed out " + t.stage();
                    case SessionEnd.OutOfStep o -> "out of step " + o.stage() + " " + o.text();
                };
        events.add("closed " + recipientsAnswered + " " + text);
    }
}
