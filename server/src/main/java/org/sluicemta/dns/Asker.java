package org.sluicemta.dns;

import java.util.function.Consumer;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// One loop's way of asking an owner on another loop (or on the same). Owner: its home loop.
///
/// An answer is a result and must never be refused: each question takes one of the asker's credits, the mailbox of
/// answers has room for all of them, and the credit returns with the answer. Without credit the *question* is refused.
public final class Asker<Q, A> {
    private final Mailbox<Question<Q, A>> owner;
    private final Mailbox<Reply<A>> replies;
    private final int credits;
    private int outstanding;

    Asker(Mailbox<Question<Q, A>> owner, Loop home, int credits) {
        this.owner = owner;
        this.credits = credits;
        this.replies = home.mailbox(credits, this::arrived);
    }

    /// Asks; `answer` is called once, in a later turn of the home loop. Never blocks.
    ///
    /// @return false when too many questions are open here or at the owner: `answer` will not be called; ask later
    public boolean ask(Q question, Consumer<A> answer) {
        if (outstanding == credits) {
            return false;
        }
        if (!owner.offer(new Question<>(question, value -> giveBack(answer, value)))) {
            return false;
        }
        outstanding++;
        return true;
    }

    /// Questions asked and not yet answered.
    public int outstanding() {
        return outstanding;
    }

    /// Runs on the owner's loop. The mailbox refuses only when its loop has ended, and then nobody is left to hear.
    private void giveBack(Consumer<A> answer, A value) {
        boolean unused = replies.offer(new Reply<>(answer, value));
    }

    private void arrived(Reply<A> reply) {
        outstanding--;
        reply.answer().accept(reply.value());
    }

    /// What travels to the owner.
    record Question<Q, A>(Q question, Consumer<A> answer) {}

    private record Reply<A>(Consumer<A> answer, A value) {}
}
