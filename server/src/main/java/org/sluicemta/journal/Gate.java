package org.sluicemta.journal;

import java.nio.ByteBuffer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;

/// One of those that must agree before a batch is durable. The sync of the local disk always is one; a copy on another
/// machine may be another. Called on the stream's lane, and answers there.
public interface Gate {
    /// @param sequence of the batch, growing by one
    /// @param batch the bytes as they go to disk, to be read only; lent until the answer
    void batch(long sequence, ByteBuffer batch, Answer<Disk.Done> answer);
}
