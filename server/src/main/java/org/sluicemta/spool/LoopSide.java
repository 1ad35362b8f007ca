package org.sluicemta.spool;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.journal.JournalReader;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Memory;

/// The spool's end on one loop: what comes back from the lanes, and the readers. Owner: that loop; [#tell] may be
/// called from any lane.
///
/// The mailbox holds all that can be under way for this loop and the marks of a checkpoint, so it never refuses an
/// answer: [#mayAsk] is the credit, taken before anything is given to a lane.
final class LoopSide {
    /// Marks of checkpoints: one for each folder at a time, and room.
    private static final int MARKS = 2 * Place.MAX_FOLDERS;

    /// Something that comes back to the loop.
    interface Item {
        void arrived();

        /// The loop has ended.
        default void lost() {}
    }

    private final Loop loop;
    private final int most;
    private final Mailbox<Item> mailbox;
    private final RecordWriter writer = new RecordWriter(4096);
    private final List<JournalReader> readers = new ArrayList<>();
    private int under;

    LoopSide(Loop loop, int most) {
        this.loop = loop;
        this.most = most;
        this.mailbox = loop.mailbox(most + MARKS, Item::arrived);
    }

    void openReaders(List<SpoolFolder> folders, Memory memory) {
        for (SpoolFolder folder : folders) {
            readers.add(folder.journal().reader(loop, memory));
        }
    }

    Loop loop() {
        return loop;
    }

    RecordWriter writer() {
        return writer;
    }

    JournalReader reader(int folder) {
        return readers.get(folder);
    }

    /// Takes the credit for one answer.
    boolean mayAsk() {
        if (under >= most) {
            return false;
        }
        under++;
        return true;
    }

    void oneBack() {
        under--;
    }

    /// The mailbox holds more than there are credits: it refuses only when its loop has ended, and then nobody waits
    /// for the answer any more. What is durable is found by the next start.
    void tell(Item item) {
        if (!mailbox.offer(item)) {
            item.lost();
        }
    }
}
