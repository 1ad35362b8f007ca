package org.sluicemta.receive;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.ContentDecoder;
import org.sluicemta.smtp.ContentSink;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.SubmissionControl;
import org.sluicemta.smtp.SubmissionSession;
import org.sluicemta.world.Loop;

/// A message that comes from this machine and not from a client: it goes the way of all messages, with the settings of
/// the source `{pickup}`, and may be for anybody.
///
/// Owner: the loop that it is submitted on.
public final class LocalSubmission {
    /// The source whose settings hold.
    public static final String SOURCE = "{pickup}";

    private static final Reply LOOP = Reply.of(554, "5.4.6 too many hops; this message loops");
    private static final int PIECE = 64 * 1024;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 2;

    private final Loop loop;
    private final ReceiveSession session;
    private final int mostHops;
    private final ByteBuffer content;
    private final ContentDecoder decoder = new ContentDecoder();
    private final Consumer<Reply> answer;
    /// All content was given, or none is wanted any more.
    private boolean isFed;

    /// @param content its lines end in CRLF, unstuffed; not copied
    /// @param hasOwnFields whether `x-virtual-mta`, `x-job` and `x-envid` are obeyed whatever the source says
    public record Message(Command.Mail mail, List<Command.Rcpt> recipients, byte[] content, boolean hasOwnFields) {
        public Message {
            recipients = List.copyOf(recipients);
        }
    }

    private LocalSubmission(Reception reception, Loop loop, Message message, Consumer<Reply> answer) {
        this.loop = loop;
        this.content = ByteBuffer.wrap(message.content());
        this.answer = answer;
        this.session = new ReceiveSession(
                reception,
                loop,
                InetAddress.getLoopbackAddress(),
                SOURCE,
                message.hasOwnFields() ? ReceiveSession.Kind.FILE_WITH_FIELDS : ReceiveSession.Kind.FILE);
        this.mostHops = reception
                .snapshot()
                .policies()
                .source(InetAddress.getLoopbackAddress(), List.of(SOURCE))
                .maxMessageHops()
                .value();
    }

    /// Submits a message. In a turn of `loop`.
    ///
    /// @param answer hears once, on `loop`, 2yz when the message is on disk, else why it was not taken
    public static void submit(Reception reception, Loop loop, Message message, Consumer<Reply> answer) {
        new LocalSubmission(reception, loop, message, answer).begin(message);
    }

    private void begin(Message message) {
        session.takesControl(new SubmissionControl() {
            @Override
            public void resume() {
                loop.post(LocalSubmission.this::feed);
            }

            @Override
            public void shutDown() {}

            @Override
            public void abort() {}
        });
        Reply reply = session.mail(message.mail());
        for (int i = 0; i < message.recipients().size() && reply instanceof Reply.Completion; i++) {
            reply = session.recipient(message.recipients().get(i));
        }
        if (!(reply instanceof Reply.Completion)) {
            refuse(reply);
            return;
        }
        SubmissionSession.ContentStart start = session.beginContent();
        ContentSink sink = start.sink();
        if (sink == null) {
            Reply refusal = start.refusal();
            refuse(refusal == null ? Replies.NO_MEMORY : refusal);
            return;
        }
        decoder.begin(sink, MOST_BYTES);
        feed();
    }

    private void refuse(Reply reply) {
        isFed = true;
        session.reset();
        answer.accept(reply);
    }

    private void feed() {
        if (isFed) {
            return;
        }
        while (content.hasRemaining()) {
            decoder.chunk(content, Math.min(PIECE, content.remaining()));
            if (decoder.fault() == ContentDecoder.Fault.NO_MEMORY) {
                refuse(Replies.NO_MEMORY);
                return;
            }
            if (decoder.takePause()) {
                // Goes on with resume().
                return;
            }
        }
        isFed = true;
        decoder.endChunks();
        if (decoder.facts().receivedLines() > mostHops) {
            refuse(LOOP);
        } else {
            session.endContent(decoder.facts(), reply -> {
                answer.accept(reply);
                return true;
            });
        }
    }
}
