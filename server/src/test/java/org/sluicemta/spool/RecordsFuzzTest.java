package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.mail.QueueKey;

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
        readOrRefused(() -> LiveFrame.messages(ByteBuffer.wrap(frame), new Told()));
    }

    /// What a frame tells has the order that it promises.
    private static final class Told implements LiveFrame.Sink {
        private boolean isOpen;

        @Override
        public boolean message(
                long incarnation, long sequence, long position, long queuedMillis, long sizeBytes, long[] chunks) {
            assertThat(isOpen).isFalse();
            isOpen = true;
            return sequence % 2 == 0;
        }

        @Override
        public void recipient(
                int index,
                QueueKey queue,
                int attempts,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String job) {
            assertThat(isOpen).isTrue();
            assertThat(index).isNotNegative();
            assertThat(attempts).isNotNegative();
            assertThat(job).isNotNull();
        }

        @Override
        public void end() {
            assertThat(isOpen).isTrue();
            isOpen = false;
        }
    }

    private static void readOrRefused(Runnable reading) {
        try {
            reading.run();
        } catch (SpoolException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }
}
