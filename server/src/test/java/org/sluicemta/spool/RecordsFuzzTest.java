package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/// Records whose bytes are not those that were written: a value or a [SpoolException], nothing else. The ordinary run
/// plays the corpus.
class RecordsFuzzTest {
    private static final List<Consumer<ByteBuffer>> EVENTS = List.of(
            EventEncoding::recipientEvent,
            EventEncoding::standing,
            EventEncoding::reportedEvent,
            record -> EventEncoding.isReportable(RecordTypes.RECIPIENT_EVENT, record),
            record -> EventEncoding.isReportable(RecordTypes.QUEUE_EVENT, record),
            EventEncoding::queueEvent,
            EventEncoding::commandEvent,
            EventEncoding::receiptEvent,
            EventEncoding::readerOffset);

    @FuzzTest
    void anEventIsReadOrRefused(byte[] record) {
        for (Consumer<ByteBuffer> decoder : EVENTS) {
            readOrRefused(() -> decoder.accept(ByteBuffer.wrap(record)));
        }
    }

    @FuzzTest
    void anAcceptanceIsReadOrRefused(byte[] record) {
        readOrRefused(() -> {
            var head = new AcceptanceHead(ByteBuffer.wrap(record));
            head.chunkPositions();
            head.originalPosition();
            head.reported();
            head.message();
            for (int i = 0; i < Math.min(head.recipientCount(), 1000); i++) {
                head.recipient(i);
            }
        });
    }

    @FuzzTest
    void aFrameOfACheckpointIsReadOrRefused(byte[] frame) {
        readOrRefused(() -> LiveFrame.kind(ByteBuffer.wrap(frame)));
        readOrRefused(() -> LiveFrame.record(ByteBuffer.wrap(frame)));
        readOrRefused(() -> FoldersFrame.read(ByteBuffer.wrap(frame)));
    }

    private static void readOrRefused(Runnable reading) {
        try {
            reading.run();
        } catch (SpoolException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }
}
