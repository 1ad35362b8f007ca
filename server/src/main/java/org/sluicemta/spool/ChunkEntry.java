package org.sluicemta.spool;

import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// A part of a large content on its way to the disk.
final class ChunkEntry extends ContentEntry {
    private final Slice bytes;
    private final Answer<Long> answer;

    ChunkEntry(LoopSide side, SpoolFolder folder, byte[] head, Slice bytes, Answer<Long> answer) {
        super(side, folder, head, bytes);
        this.bytes = bytes;
        this.answer = answer;
    }

    /// `u8 version  u8 0  u16 0  i64 incarnation  i64 sequence  i32 number`.
    static byte[] head(RecordWriter out, MessageId id, int number) {
        out.clear().u8(AcceptanceEncoding.VERSION).u8(0).u16(0);
        return out.i64(id.incarnation()).i64(id.sequence()).i32(number).toBytes();
    }

    @Override
    public int type() {
        return RecordTypes.CHUNK;
    }

    @Override
    public int flags() {
        return IGNORABLE;
    }

    @Override
    void told() {
        bytes.release();
        IoFailure why = failure;
        if (why == null) {
            answer.ready(place);
        } else {
            answer.failed(why);
        }
    }

    @Override
    public void lost() {
        bytes.release();
    }
}
