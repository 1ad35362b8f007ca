package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.benchmarks.Samples;

/// How acceptances and events become bytes and back. State: none; workload: one message with one recipient, and the
/// event of its delivery.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RecordsBench {
    private final AcceptedMessage message = Samples.accepted(1);
    private final RecipientEvent event = event(message);
    private final RecordWriter out = new RecordWriter(512);
    private final long[] noChunks = {};
    private final ByteBuffer encodedMessage = ByteBuffer.wrap(AcceptanceEncoding.encode(out, message, noChunks));
    private final ByteBuffer encodedEvent = ByteBuffer.wrap(EventEncoding.encode(out, event));

    private static RecipientEvent event(AcceptedMessage message) {
        AcceptedRecipient to = message.recipients().getFirst();
        return new RecipientEvent(
                RecipientEvent.What.DELIVERED,
                message.id(),
                0,
                1,
                message.queuedMillis() + 40,
                0,
                message.queuedMillis(),
                to.queue(),
                to.queue().virtualMta(),
                to.pool(),
                message.reversePath(),
                to.forwardPath(),
                "",
                to.jobId(),
                "",
                message.sourceType(),
                message.sourceMta(),
                "2.0.0",
                "smtp;250 2.0.0 Ok: queued as 4F3A2B7C1D",
                "mx.receiver.example (198.51.100.9)",
                "smtp",
                "192.0.2.25",
                "198.51.100.9",
                "ENHANCEDSTATUSCODES,PIPELINING,8BITMIME,SIZE",
                Samples.SIZE,
                false,
                List.of("Subject: The news of today"),
                "",
                "TLSv1.3",
                "TLS_AES_128_GCM_SHA256",
                false);
    }

    @Benchmark
    public byte[] encodeAcceptance() {
        return AcceptanceEncoding.encode(out, message, noChunks);
    }

    @Benchmark
    public AcceptedMessage decodeAcceptance() {
        return new AcceptanceHead(encodedMessage.rewind()).message();
    }

    @Benchmark
    public byte[] encodeDelivered() {
        return EventEncoding.encode(out, event);
    }

    @Benchmark
    public RecipientEvent decodeDelivered() {
        return EventEncoding.recipientEvent(encodedEvent.rewind());
    }
}
