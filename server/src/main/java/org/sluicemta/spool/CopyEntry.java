package org.sluicemta.spool;

import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// A message that is copied out of a segment that is being emptied.
final class CopyEntry extends ContentEntry {
    private final JournalSpool spool;
    private final @Nullable Slice body;
    private final long[] chunkPlaces;
    private final Answer<Long> answer;

    CopyEntry(
            JournalSpool spool,
            LoopSide side,
            SpoolFolder folder,
            byte[] head,
            @Nullable Slice body,
            long[] chunkPlaces,
            Answer<Long> answer) {
        super(side, folder, head, body);
        this.spool = spool;
        this.body = body;
        this.chunkPlaces = chunkPlaces;
        this.answer = answer;
    }

    @Override
    public int type() {
        return RecordTypes.ACCEPTANCE;
    }

    @Override
    public int flags() {
        return COPY;
    }

    @Override
    void becameDurable(long position) {
        if (chunkPlaces.length > 0) {
            spool.chunked(place, chunkPlaces, 1);
        }
    }

    @Override
    void told() {
        lost();
        IoFailure why = failure;
        if (why == null) {
            answer.ready(place);
        } else {
            spool.releaseChunks(chunkPlaces);
            answer.failed(why);
        }
    }

    @Override
    public void lost() {
        if (body != null) {
            body.release();
        }
    }
}
