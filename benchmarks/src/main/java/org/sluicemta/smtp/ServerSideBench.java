package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.benchmarks.DeafConnection;
import org.sluicemta.benchmarks.HandLoop;
import org.sluicemta.benchmarks.Samples;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;

/// Receiving: commands, content of 10 KB, and a whole transaction of a session that takes everything. State: one
/// session; workload: the same envelope and message again and again, in two buffers as a socket gives them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ServerSideBench {
    private final byte[] mail = bytes("MAIL FROM:<" + Samples.FROM + "> SIZE=10240 BODY=8BITMIME");
    private final byte[] rcpt = bytes("RCPT TO:<" + Samples.TO + "> NOTIFY=NEVER");
    private final ByteBuffer envelope =
            Samples.direct("MAIL FROM:<" + Samples.FROM + "> SIZE=10240\r\nRCPT TO:<" + Samples.TO + ">\r\nDATA\r\n");
    private final ByteBuffer content = Samples.direct(
            new String(Samples.message(), StandardCharsets.US_ASCII).replace("\r\n.", "\r\n..") + ".\r\n");
    private final CommandParser parser = new CommandParser(ServerSettings.DEFAULT_OFFER);
    private final ContentDecoder decoder = new ContentDecoder();
    private final Session session = new Session();
    private final SmtpServerEngine engine = new SmtpServerEngine(ServerSettings.of("mx.sluice.example"), session);

    @Setup
    public void connect() {
        engine.opened(new DeafConnection(new HandLoop()));
        engine.bytes(Samples.direct("EHLO feeder.example\r\n"));
    }

    @Benchmark
    public Object parseMail() {
        return parser.parse(mail, mail.length, false);
    }

    @Benchmark
    public Object parseRcpt() {
        return parser.parse(rcpt, rcpt.length, false);
    }

    @Benchmark
    public ContentFacts decodeContent10k() {
        decoder.begin(session, 0);
        if (!decoder.data(content.rewind())) {
            throw new IllegalStateException("no end of data");
        }
        return decoder.facts();
    }

    @Benchmark
    public long transaction10k() {
        long before = session.messages;
        engine.bytes(envelope.rewind());
        engine.bytes(content.rewind());
        if (session.messages != before + 1) {
            throw new IllegalStateException("the message was not taken");
        }
        return session.messages;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Takes everything and keeps nothing.
    private static final class Session implements SubmissionSession, ContentSink {
        private static final Reply OK = Reply.of(250, "2.0.0 ok");
        private final ContentStart start = ContentStart.into(this);
        long messages;

        @Override
        public Taken accept(ByteBuffer lent) {
            lent.position(lent.limit());
            return Taken.TAKEN;
        }

        @Override
        public Reply greeting(Connection connection, SubmissionControl control) {
            return Reply.of(220, "mx.sluice.example ESMTP");
        }

        @Override
        public Reply hello(Command.Hello hello) {
            return Reply.of(250, "mx.sluice.example");
        }

        @Override
        public Reply mail(Command.Mail mail) {
            return OK;
        }

        @Override
        public Reply recipient(Command.Rcpt rcpt) {
            return OK;
        }

        @Override
        public ContentStart beginContent() {
            return start;
        }

        @Override
        public void endContent(ContentFacts facts, PendingReply pending) {
            messages++;
            boolean _ = pending.answer(OK);
        }

        @Override
        public void reset() {}

        @Override
        public void closed(IoFailure why) {}
    }
}
