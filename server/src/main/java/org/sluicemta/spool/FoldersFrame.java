package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The frame of a checkpoint that names the spool's folders and the cut in each content stream. Places in the other
/// frames number the folders in its order.
final class FoldersFrame {
    private FoldersFrame() {}

    static byte[] encode(List<Recovery.Cut> cuts) {
        var out = new RecordWriter(256);
        out.u8(LiveFrame.VERSION).u8(LiveFrame.Kinds.FOLDERS).u16(0).varint(cuts.size());
        for (Recovery.Cut cut : cuts) {
            out.text(cut.identity()).text(cut.path()).i64(cut.position());
        }
        return out.toBytes();
    }

    static List<Recovery.Cut> read(ByteBuffer frame) {
        var in = new RecordReader(frame, "checkpoint frame");
        in.version(LiveFrame.VERSION);
        in.u8();
        in.u16();
        int count = in.varintUpTo(Place.MAX_FOLDERS);
        List<Recovery.Cut> cuts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            cuts.add(new Recovery.Cut(in.text(), in.text(), in.i64()));
        }
        return cuts;
    }
}
