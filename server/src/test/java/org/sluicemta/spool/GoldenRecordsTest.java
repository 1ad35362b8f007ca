package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;

/// Records written by earlier versions, kept for ever: what is on somebody's disk must stay readable. A new version of
/// a record adds lines here and changes none.
class GoldenRecordsTest {
    private final Map<String, byte[]> golden = golden();
    private final RecordWriter out = new RecordWriter(100);

    @Test
    void anAcceptanceOfVersionOneReadsAsItDid() {
        var head = new AcceptanceHead(bytes("acceptance-1"));

        assertThat(head.message()).usingRecursiveComparison().isEqualTo(RecordSamples.fixedMessage());
        assertThat(head.chunkPositions()).containsExactly(4096, 8192);
        assertThat(head.reported()).isEmpty();
    }

    @Test
    void aReportOfVersionOneReadsAsItDid() {
        var head = new AcceptanceHead(bytes("report-1"));

        assertThat(head.message()).usingRecursiveComparison().isEqualTo(RecordSamples.fixedReport());
        assertThat(head.reported()).isEqualTo(RecordSamples.fixedReport().reported());
        assertThat(EventEncoding.reportedEvent(bytes("reported-event-1"))).isEqualTo(RecordSamples.fixedReported());
    }

    @Test
    void eventsOfVersionOneReadAsTheyDid() {
        assertThat(EventEncoding.recipientEvent(bytes("recipient-event-1"))).isEqualTo(RecordSamples.fixedEvent());
        assertThat(EventEncoding.queueEvent(bytes("queue-event-1"))).isEqualTo(RecordSamples.fixedFailure());
        assertThat(EventEncoding.readerOffset(bytes("reader-offset-1"))).isEqualTo(fixedOffset());
        assertThat(EventEncoding.receiptEvent(bytes("receipt-event-1"))).isEqualTo(RecordSamples.fixedReceipt());
    }

    @Test
    void theseVersionsAreStillWrittenTheSameWay() {
        assertThat(hex(AcceptanceEncoding.encode(out, RecordSamples.fixedMessage(), new long[] {4096, 8192})))
                .isEqualTo(hex("acceptance-1"));
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedEvent()))).isEqualTo(hex("recipient-event-1"));
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedFailure()))).isEqualTo(hex("queue-event-1"));
        assertThat(hex(EventEncoding.encode(out, fixedOffset()))).isEqualTo(hex("reader-offset-1"));
        assertThat(hex(AcceptanceEncoding.encode(out, RecordSamples.fixedReport(), new long[0])))
                .isEqualTo(hex("report-1"));
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedReported())))
                .isEqualTo(hex("reported-event-1"));
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedReceipt()))).isEqualTo(hex("receipt-event-1"));
        assertThat(hex(fixedFrame())).isEqualTo(hex("live-frame-1"));
    }

    @Test
    void whatAnOperatorSaidReadsAsItDidAndIsStillWrittenTheSameWay() {
        assertThat(EventEncoding.commandEvent(bytes("command-event-1-pause"))).isEqualTo(RecordSamples.fixedPause());
        assertThat(EventEncoding.commandEvent(bytes("command-event-1-priority")))
                .isEqualTo(RecordSamples.fixedPriority());
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedPause()))).isEqualTo(hex("command-event-1-pause"));
        assertThat(hex(EventEncoding.encode(out, RecordSamples.fixedPriority())))
                .isEqualTo(hex("command-event-1-priority"));
    }

    @Test
    void jobsInAFrameAreStillWrittenTheSameWay() {
        var writer = new LiveFrame.Writer();
        writer.message(new MessageId(0x0123456789ABCDEFL, 42), 4096, 1_714_570_200_123L, 10_240, new long[0]);
        writer.recipient(0, RecordSamples.fixedEvent().queue(), 3, 1_714_570_800_000L, 50, false, "job-77");
        writer.recipient(1, RecordSamples.fixedFailure().queue(), 0, 0, 70, true, "");
        writer.end();
        assertThat(hex(writer.take())).isEqualTo(hex("live-frame-1-jobs"));
    }

    private static ReaderOffset fixedOffset() {
        return new ReaderOffset("account:acct.csv", 1L << 33, "acct-2024-05-01-0000.csv", 4321);
    }

    private static byte[] fixedFrame() {
        var writer = new LiveFrame.Writer();
        writer.message(new MessageId(0x0123456789ABCDEFL, 42), 4096, 1_714_570_200_123L, 10_240, new long[] {64});
        writer.recipient(0, RecordSamples.fixedEvent().queue(), 3, 1_714_570_800_000L, 50, false, "");
        writer.recipient(1, RecordSamples.fixedFailure().queue(), 0, 0, 70, true, "");
        writer.end();
        return writer.take();
    }

    private ByteBuffer bytes(String name) {
        return ByteBuffer.wrap(Objects.requireNonNull(golden.get(name), name));
    }

    private String hex(String name) {
        return hex(Objects.requireNonNull(golden.get(name), name));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static Map<String, byte[]> golden() {
        Map<String, byte[]> records = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(
                GoldenRecordsTest.class.getResourceAsStream("golden-records.hex"), "golden-records.hex")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.trim().split(" +", 2);
                    records.put(parts[0], HexFormat.of().parseHex(parts[1]));
                }
            }
        } catch (IOException broken) {
            throw new IllegalStateException("golden-records.hex cannot be read", broken);
        }
        return records;
    }
}
