package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.Slice;

/// A file behind a file: what is not overridden goes through.
class ThroughFile implements DiskFile {
    final DiskFile file;

    ThroughFile(DiskFile file) {
        this.file = file;
    }

    @Override
    public int alignment() {
        return file.alignment();
    }

    @Override
    public ByteBuffer alignedBuffer(int capacity) {
        return file.alignedBuffer(capacity);
    }

    @Override
    public void writeDurably(long at, ByteBuffer aligned, Answer<Disk.Done> answer) {
        file.writeDurably(at, aligned, answer);
    }

    @Override
    public void write(long at, ByteBuffer bytes, Answer<Disk.Done> answer) {
        file.write(at, bytes, answer);
    }

    @Override
    public void sync(Answer<Disk.Done> answer) {
        file.sync(answer);
    }

    @Override
    public void read(long at, Slice into, Answer<Integer> answer) {
        file.read(at, into, answer);
    }

    @Override
    public void truncate(long sizeBytes, Answer<Disk.Done> answer) {
        file.truncate(sizeBytes, answer);
    }

    @Override
    public void preallocate(long sizeBytes, Answer<Disk.Done> answer) {
        file.preallocate(sizeBytes, answer);
    }

    @Override
    public void size(Answer<Long> answer) {
        file.size(answer);
    }

    @Override
    public void close() {
        file.close();
    }
}
