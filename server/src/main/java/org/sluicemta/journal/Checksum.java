package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// CRC32C over a salt and bytes. The salt is the server id, the segment id and its generation: a recycled file holds
/// records of its past life whose checksums were right then, and a stranger's message may hold what looks like a batch;
/// the server id is secret and random, so he cannot make one that fits. Owner: whoever made it.
final class Checksum {
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer salt = ByteBuffer.allocateDirect(28).order(ByteOrder.LITTLE_ENDIAN);

    Checksum salt(ServerId server, long segment, int generation) {
        salt.clear();
        salt.putLong(server.high()).putLong(server.low()).putLong(segment).putInt(generation);
        return this;
    }

    /// Begins a sum with the salt.
    void begin() {
        crc.reset();
        crc.update(salt.clear());
    }

    /// Adds bytes; uses the buffer's position and limit as scratch and leaves them open to its capacity.
    void add(ByteBuffer buffer, int from, int length) {
        crc.update(buffer.limit(from + length).position(from));
        buffer.clear();
    }

    int end() {
        return (int) crc.getValue();
    }

    int of(ByteBuffer buffer, int from, int length) {
        begin();
        add(buffer, from, length);
        return end();
    }

    /// Without salt, for files that are never recycled.
    static int plain(ByteBuffer buffer, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate().limit(from + length).position(from));
        return (int) crc.getValue();
    }
}
