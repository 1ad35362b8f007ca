package org.sluicemta.pace;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// One shard's place at the [Pacer]. On the pacer's own loop every call is a direct one; from another loop it goes by
/// mail. Nothing is ever refused: what a full mailbox does not take is kept here, in order, and offered again a
/// millisecond later; it is bounded by the asks and connections of the shard.
///
/// Owner: the shard's loop. Never blocks.
public final class Desk {
    private static final int MAILBOX = 16_384;
    private static final long AGAIN_NANOS = 1_000_000L;

    private final Pacer pacer;
    private final Loop pacerLoop;
    private final boolean isDirect;
    private final Hearer hearer;
    private final Sender<Request> toPacer;
    private final Sender<Reply> toHome;

    /// Hears answers, in turns of the shard's loop; on the pacer's loop also from within the call that asked.
    @FunctionalInterface
    public interface Hearer {
        void answered(Ask ask, Answer answer);
    }

    Desk(Pacer pacer, Loop pacerLoop, Loop home, Hearer hearer) {
        this.pacer = pacer;
        this.pacerLoop = pacerLoop;
        this.isDirect = pacerLoop == home;
        this.hearer = hearer;
        this.toPacer = new Sender<>(home, pacerLoop.mailbox(MAILBOX, request -> request.act(pacer)));
        this.toHome = new Sender<>(pacerLoop, home.mailbox(MAILBOX, reply -> hear(home, hearer, reply)));
    }

    public void ask(Ask ask) {
        if (isDirect) {
            pacer.ask(this, ask);
        } else {
            toPacer.send(p -> p.ask(this, ask));
        }
    }

    /// Takes an ask out of its line. An answer that is already on its way still comes: give back what it grants.
    public void withdraw(Ask ask) {
        if (isDirect) {
            pacer.withdraw(ask);
        } else {
            toPacer.send(p -> p.withdraw(ask));
        }
    }

    /// Gives back the last `count` permits of a grant.
    public void unused(Answer.Granted grant, int count) {
        if (count == 0) {
            return;
        }
        if (isDirect) {
            pacer.unused(grant, count);
        } else {
            toPacer.send(p -> p.unused(grant, count));
        }
    }

    /// Says that `amount` of a limit that is counted in amounts has been used.
    public void pay(Limit limit, long amount) {
        if (isDirect) {
            pacer.pay(limit, amount);
        } else {
            toPacer.send(p -> p.pay(limit, amount));
        }
    }

    /// Takes back `amount` of what was paid at `paidMillis` (server time), because it was not used after all.
    public void refund(Limit limit, long amount, long paidMillis) {
        if (isDirect) {
            pacer.refund(limit, amount, paidMillis);
        } else {
            toPacer.send(p -> p.refund(limit, amount, paidMillis));
        }
    }

    /// One connection of an opening is over.
    public void closed(Answer.Opened opened) {
        if (isDirect) {
            pacer.closed(opened);
        } else {
            toPacer.send(p -> p.closed(opened));
        }
    }

    void answer(Ask ask, Answer answer) {
        if (isDirect) {
            hearer.answered(ask, answer);
        } else {
            toHome.send(new Reply(ask, answer, pacerLoop.nanos()));
        }
    }

    /// Each loop has a zero of its own: instants are told as distances from the moment of sending, so an answer's
    /// instants are late by the time that it was on its way, never early.
    private static void hear(Loop home, Hearer hearer, Reply reply) {
        hearer.answered(reply.ask(), reply.answer().movedBy(home.nanos() - reply.sentNanos()));
    }

    @FunctionalInterface
    private interface Request {
        void act(Pacer pacer);
    }

    /// @param sentNanos on the pacer's clock
    private record Reply(Ask ask, Answer answer, long sentNanos) {}

    /// A mailbox's sending side that keeps what was not taken. Owner: the sender's loop.
    private static final class Sender<T> {
        private final Loop owner;
        private final Mailbox<T> mailbox;
        private final ArrayDeque<T> kept = new ArrayDeque<>();
        private @Nullable Alarm again;

        Sender(Loop owner, Mailbox<T> mailbox) {
            this.owner = owner;
            this.mailbox = mailbox;
        }

        void send(T item) {
            if (!kept.isEmpty() || !mailbox.offer(item)) {
                kept.add(item);
                later();
            }
        }

        private void later() {
            if (again == null) {
                again = owner.alarm(this::retry);
            }
            again.set(owner.nanos() + AGAIN_NANOS);
        }

        private void retry() {
            while (!kept.isEmpty() && mailbox.offer(kept.peek())) {
                kept.remove();
            }
            if (!kept.isEmpty()) {
                later();
            }
        }
    }
}
