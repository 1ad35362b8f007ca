package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.sluicemta.benchmarks.StillSlice;
import org.sluicemta.mail.Address;
import org.sluicemta.world.Connection;
import org.sluicemta.world.TlsFacts;

/// Sending: dots, replies, and a whole transaction of 10 KB by DATA with PIPELINING. State: one session; workload: the
/// same message again and again; one reply in each transaction differs, as queue numbers do.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClientSideBench {
    private final DeafConnection connection = new DeafConnection(new HandLoop());
    private final StillSlice slice = new StillSlice(Samples.message());
    private final DotStuffer stuffer = new DotStuffer();
    private final OutgoingContent.Piece unknownDots =
            new OutgoingContent.Piece(slice, 0, slice.length(), DotLines.UNKNOWN);
    private final OutgoingContent.Piece notedDots = new OutgoingContent.Piece(slice, 0, slice.length(), noted());
    private final ReplyDecoder decoder = new ReplyDecoder();
    private final ByteBuffer same = Samples.direct("250 2.1.0 Ok\r\n");
    private final ByteBuffer queued = Samples.direct("250 2.0.0 Ok: queued as 00000000\r\n");
    private final ByteBuffer refusal =
            Samples.direct("550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n"
                    + "550-5.7.26 The sender must authenticate with at least one of SPF or DKIM.\r\n"
                    + "550 5.7.26 For instructions see https://receiver.example/help 4fb4d7f45d1cf-2f3\r\n");
    private final ByteBuffer envelopeReplies =
            Samples.direct("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n");
    private final Driver driver = new Driver();
    private final SmtpClientEngine engine =
            new SmtpClientEngine(ClientSettings.of("mail.sender.example", new TlsUse.Never()), driver);
    private final OutgoingTransaction transaction = new OutgoingTransaction(
            Address.ofChecked(Samples.FROM),
            List.of(new OutgoingTransaction.Recipient(Address.ofChecked(Samples.TO))),
            new Content());
    private int number;

    @Setup
    public void connect() {
        engine.opened(connection);
        engine.bytes(Samples.direct("220 mx.receiver.example ESMTP\r\n"));
        engine.bytes(Samples.direct(
                "250-mx.receiver.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-ENHANCEDSTATUSCODES\r\n"
                        + "250 8BITMIME\r\n"));
    }

    @Benchmark
    public long stuffNotedDots10k() {
        stuffer.restart();
        stuffer.send(connection, notedDots);
        stuffer.end(connection);
        return connection.sentBytes;
    }

    @Benchmark
    public long stuffUnknownDots10k() {
        stuffer.restart();
        stuffer.send(connection, unknownDots);
        stuffer.end(connection);
        return connection.sentBytes;
    }

    @Benchmark
    public Reply decodeReplySeenBefore() {
        return decoded(same.rewind());
    }

    @Benchmark
    public Reply decodeReplyWithQueueNumber() {
        return decoded(nextQueued());
    }

    @Benchmark
    public Reply decodeRefusalOfThreeLines() {
        return decoded(refusal.rewind());
    }

    @Benchmark
    public long transaction10k() {
        long before = driver.accepted;
        driver.control().submit(transaction);
        engine.bytes(envelopeReplies.rewind());
        engine.bytes(nextQueued());
        if (driver.accepted != before + 1) {
            throw new IllegalStateException("the message was not sent");
        }
        return driver.accepted;
    }

    private Reply decoded(ByteBuffer bytes) {
        if (decoder.read(bytes) != ReplyDecoder.Found.REPLY) {
            throw new IllegalStateException("no reply");
        }
        return decoder.reply();
    }

    private ByteBuffer nextQueued() {
        int left = ++number;
        for (int at = 31; at >= 24; at--, left >>>= 4) {
            queued.put(at, (byte) "0123456789ABCDEF".charAt(left & 15));
        }
        return queued.rewind();
    }

    private DotLines noted() {
        ByteBuffer bytes = slice.view(0, slice.length());
        int[] dots = new int[DotLines.MAX_NOTED];
        int count = 0;
        for (int i = 1; i < bytes.limit(); i++) {
            if (bytes.get(i) == '.' && bytes.get(i - 1) == '\n') {
                dots[count++] = i;
            }
        }
        return DotLines.of(java.util.Arrays.copyOf(dots, count), true);
    }

    private final class Content implements OutgoingContent {
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
        public void rewind() {}

        @Override
        public Piece next() {
            return notedDots;
        }
    }

    private static final class Driver implements DeliveryDriver {
        private @Nullable DeliveryControl control;
        long accepted;

        DeliveryControl control() {
            if (control == null) {
                throw new IllegalStateException("the session is not ready");
            }
            return control;
        }

        @Override
        public void ready(
                DeliveryControl engine, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
            control = engine;
        }

        @Override
        public void wantsNext() {}

        @Override
        public void transactionDone(TransactionResult result) {
            accepted += result.outcomes().getFirst() instanceof RecipientOutcome.Accepted ? 1 : 0;
        }

        @Override
        public void closed(SessionEnd end, int recipientsAnswered) {
            control = null;
        }
    }
}
