package org.sluicemta.world;

import java.nio.ByteBuffer;

/// An open file. Owner: its home loop; answers come as its turns. One call at a time may be outstanding for writes and
/// syncs; reads may overlap. After a failed write or sync the file refuses further writes for good
/// ([IoFailure.Kind#DISTRUSTED]): Linux may have dropped the dirty pages.
public interface DiskFile {
    /// What offsets, lengths and memory addresses of [#writeDurably] must be multiples of: a power of two, 512 to 4096.
    int alignment();

    /// A buffer outside the heap whose address and capacity suit [#writeDurably].
    ByteBuffer alignedBuffer(int capacity);

    /// Writes the remaining bytes and has them on disk before the answer. The buffer belongs to the file until then.
    void writeDurably(long at, ByteBuffer aligned, Answer<Disk.Done> answer);

    /// Writes without waiting for the disk. The buffer belongs to the file until the answer.
    void write(long at, ByteBuffer bytes, Answer<Disk.Done> answer);

    /// Makes earlier writes durable (fdatasync).
    void sync(Answer<Disk.Done> answer);

    /// Reads up to `into.length()` bytes; the answer is how many came, less only at the end of the file. `into` is
    /// retained until the answer.
    void read(long at, Slice into, Answer<Integer> answer);

    void truncate(long sizeBytes, Answer<Disk.Done> answer);

    /// Writes zeros up to `sizeBytes` and syncs, so that later writes inside change no metadata.
    void preallocate(long sizeBytes, Answer<Disk.Done> answer);

    void size(Answer<Long> answer);

    void close();
}
