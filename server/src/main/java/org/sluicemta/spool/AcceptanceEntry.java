package org.sluicemta.spool;

import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// A message on its way to the disk.
final class AcceptanceEntry extends ContentEntry {
    private final JournalSpool spool;
    private final AcceptedMessage message;
    private final Content content;
    private final long[] chunkPlaces;
    private final int holds;
    private final Spool.Acceptance answer;

    AcceptanceEntry(
            JournalSpool spool,
            LoopSide side,
            SpoolFolder folder,
            byte[] head,
            Slice body,
            AcceptedMessage message,
            Content content,
            long[] chunkPlaces,
            int holds,
            Spool.Acceptance answer) {
        super(side, folder, head, body);
        this.spool = spool;
        this.message = message;
        this.content = content;
        this.chunkPlaces = chunkPlaces;
        this.holds = holds;
        this.answer = answer;
    }

    @Override
    public int type() {
        return RecordTypes.ACCEPTANCE;
    }

    @Override
    void becameDurable(long position) {
        spool.holdMore(folder(), position, holds - 1);
        if (chunkPlaces.length > 0) {
            spool.chunked(place, chunkPlaces, holds);
        }
        spool.acceptedRecipients(message.recipients().size());
    }

    @Override
    void told() {
        IoFailure why = failure;
        if (why == null) {
            answer.accepted(new StoredMessage(message, place, content));
        } else {
            content.release();
            spool.releaseChunks(chunkPlaces);
            answer.refused(JournalSpool.replyText(why));
        }
    }

    @Override
    public void lost() {
        content.release();
    }
}
