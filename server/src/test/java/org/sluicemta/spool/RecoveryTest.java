package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// What a start makes of checkpoints and tails.
class RecoveryTest {
    private static final QueueKey QUEUE = new QueueKey("a.example", "v");

    private static byte[] mode(boolean isBackoff, long atMillis) {
        return EventEncoding.encode(
                new RecordWriter(64), new QueueEvent.ModeChanged(QUEUE, atMillis, isBackoff, 0, "test"));
    }

    @Test
    void theLastOfAQueueIsWhatStandsLastThoughTheClockWasSetBack() {
        var recovery = new Recovery();
        recovery.frame(ByteBuffer.wrap(LiveFrame.of(LiveFrame.Kinds.QUEUE, mode(true, 5_000_000))));
        recovery.queueEvent(ByteBuffer.wrap(mode(false, 1_000_000)));
        List<QueueEvent> told = new ArrayList<>();

        recovery.tell(
                new Survivors() {
                    @Override
                    public void message(
                            MessageId id,
                            long position,
                            long queuedMillis,
                            long sizeBytes,
                            List<LiveRecipient> recipients) {}

                    @Override
                    public void queue(QueueEvent last) {
                        told.add(last);
                    }
                },
                new Recovery.Ground() {
                    @Override
                    public boolean retain(long place) {
                        return true;
                    }

                    @Override
                    public int folderOf(String identity) {
                        return 0;
                    }

                    @Override
                    public int shardOf(QueueKey queue) {
                        return 0;
                    }

                    @Override
                    public void chunked(long place, long[] chunkPlaces, int holds) {}

                    @Override
                    public void lost(String what) {}
                });

        assertThat(told)
                .singleElement()
                .isInstanceOfSatisfying(
                        QueueEvent.ModeChanged.class,
                        changed -> assertThat(changed.isBackoff()).isFalse());
    }
}
