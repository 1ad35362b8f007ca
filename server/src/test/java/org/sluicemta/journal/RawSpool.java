package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.sluicemta.simulation.SimulatedDisk;

/// Reads a spool folder from the platter, written from docs/journal-format.md alone: it shares no code with the room,
/// so that a mistake in the room's own reading cannot hide one in its writing.
final class RawSpool {
    /// @param body empty for none
    record Raw(int type, int flags, byte[] head, byte[] body) {}

    private final Map<String, Raw> records = new HashMap<>();

    static RawSpool read(SimulatedDisk disk, Path folder) {
        RawSpool raw = new RawSpool();
        ByteBuffer id = ByteBuffer.wrap(disk.bytes(folder.resolve("spool-id")).orElse(new byte[48]))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] server = Arrays.copyOfRange(id.array(), 16, 32);
        for (Path file : disk.files()) {
            String name = file.getFileName().toString();
            if (file.startsWith(folder) && (name.startsWith("content-") || name.startsWith("events-"))) {
                raw.segment(name, disk.bytes(file).orElseThrow(), server);
            }
        }
        return raw;
    }

    /// @param segment the number in the file's name
    /// @param offset of the record's head in the file
    Raw at(String stream, long segment, long offset) {
        return records.get(stream + "/" + segment + "/" + offset);
    }

    int count() {
        return records.size();
    }

    private void segment(String name, byte[] bytes, byte[] server) {
        String stream = name.substring(0, name.indexOf('-'));
        long id = Long.parseLong(name.substring(name.indexOf('-') + 1), 16);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < 8192 || file.getLong(24) != id) {
            return;
        }
        int generation = file.getInt(32);
        ByteBuffer salt = ByteBuffer.allocate(28).order(ByteOrder.LITTLE_ENDIAN);
        salt.put(server).putLong(id).putInt(generation);
        for (int at = 4096; at + 4096 <= bytes.length; at += 4096) {
            if (file.getInt(at) == 0x54424C53 && file.getLong(at + 8) == id && file.getInt(at + 24) == generation) {
                batch(stream, id, file, at, salt.array());
            }
        }
    }

    private void batch(String stream, long id, ByteBuffer file, int at, byte[] salt) {
        int count = file.getInt(at + 28);
        if (count < 1 || at + 48L + 4L * count > file.capacity()) {
            return;
        }
        if (file.getInt(at + 4) != crc(salt, file.array(), at + 8, 40 + 4 * count)) {
            return;
        }
        for (int i = 0; i < count; i++) {
            int head = at + file.getInt(at + 48 + 4 * i);
            int length = file.getInt(head + 8);
            if (length < 0
                    || head + 24L + length > file.capacity()
                    || file.getInt(head) != crc(salt, file.array(), head + 4, 20 + length)) {
                continue;
            }
            int bodyLength = file.getInt(head + 16);
            int body = head + file.getInt(head + 12);
            if (bodyLength > 0 && file.getInt(head + 20) != crc(salt, file.array(), body, bodyLength)) {
                continue;
            }
            records.put(
                    stream + "/" + id + "/" + head,
                    new Raw(
                            Short.toUnsignedInt(file.getShort(head + 4)),
                            file.get(head + 7),
                            Arrays.copyOfRange(file.array(), head + 24, head + 24 + length),
                            bodyLength == 0 ? new byte[0] : Arrays.copyOfRange(file.array(), body, body + bodyLength)));
        }
    }

    private static int crc(byte[] salt, byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(salt);
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
