package org.sluicemta.dns;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;

/// One question over a connection of its own: two octets of length, then the message, both ways. Owner: the resolver's
/// loop. Source: RFC 1035 section 4.2.2, RFC 7766 section 8.
final class TcpQuestion implements Engine {
    private final byte[] question;
    private final Outcome outcome;
    private final byte[] length = new byte[2];
    private int lengthRead;
    private byte @Nullable [] answer;
    private int answerRead;
    private boolean isOver;
    private @Nullable Connection connection;

    TcpQuestion(byte[] question, Outcome outcome) {
        this.question = question;
        this.outcome = outcome;
    }

    /// Hears exactly one of the three, once.
    interface Outcome {
        void answered(byte[] bytes);

        void failed(String why);

        /// The one who asked called [TcpQuestion#abandon]; heard within that call.
        void abandoned();
    }

    @Override
    public void opened(Connection opened) {
        connection = opened;
        if (isOver) {
            opened.abort();
            return;
        }
        ByteBuffer out = opened.out(question.length + 2);
        out.put((byte) (question.length >> 8)).put((byte) question.length).put(question);
        opened.flush();
    }

    @Override
    public void bytes(ByteBuffer lent) {
        while (lent.hasRemaining() && !isOver) {
            if (lengthRead < 2) {
                length[lengthRead++] = lent.get();
                continue;
            }
            byte[] into = answer;
            if (into == null) {
                into = new byte[(length[0] & 0xff) << 8 | (length[1] & 0xff)];
                answer = into;
            }
            int count = Math.min(lent.remaining(), into.length - answerRead);
            lent.get(into, answerRead, count);
            answerRead += count;
            if (answerRead == into.length) {
                isOver = true;
                close();
                outcome.answered(into);
            }
        }
    }

    @Override
    public void ended() {
        over("closed before the answer was whole");
        close();
    }

    @Override
    public void failed(IoFailure why) {
        connection = null;
        over(why.text());
    }

    /// The answer is no longer wanted.
    void abandon() {
        if (isOver) {
            return;
        }
        isOver = true;
        outcome.abandoned();
        Connection open = connection;
        if (open != null) {
            open.abort();
        }
    }

    private void over(String why) {
        if (!isOver) {
            isOver = true;
            outcome.failed(why);
        }
    }

    private void close() {
        Connection open = connection;
        if (open != null) {
            open.close();
        }
    }
}
