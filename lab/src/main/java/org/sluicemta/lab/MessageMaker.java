package org.sluicemta.lab;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Makes messages that can be recognized again: each names itself and carries a digest of its body.
public final class MessageMaker {
    public static final String NAME_FIELD = "X-Lab-Message";
    public static final String DIGEST_FIELD = "X-Lab-Digest";

    private static final byte[] LINE =
            "The quick brown fox jumps over the lazy dog and the mail goes on.\r\n".getBytes(StandardCharsets.US_ASCII);

    private final String run;

    /// @param run names the run in every message, e.g. `demo-1a2b`
    public MessageMaker(String run) {
        this.run = run;
    }

    public String name(long number) {
        return run + "-" + number;
    }

    /// A whole message, CRLF only, ending with a line end.
    ///
    /// @param extraFields lines with their CRLF, e.g. `X-Virtual-MTA: m1\r\n`
    /// @param sizeBytes about so large; 300 or more
    public byte[] message(long number, String from, String to, String extraFields, int sizeBytes) {
        byte[] body = body(number, Math.max(64, sizeBytes - 320 - extraFields.length()));
        var crc = new CRC32C();
        crc.update(body);
        String header = "From: <" + from + ">\r\nTo: <" + to + ">\r\nSubject: lab message " + number + "\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"
                + extraFields
                + NAME_FIELD + ": " + name(number) + "\r\n"
                + DIGEST_FIELD + ": " + Long.toHexString(crc.getValue()) + "\r\n\r\n";
        byte[] head = header.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .array();
    }

    /// Text whose lines differ by number; one in seven begins with a dot.
    static byte[] body(long number, int sizeBytes) {
        var body = ByteBuffer.allocate(sizeBytes + LINE.length + 32);
        int line = 0;
        while (body.position() < sizeBytes) {
            if ((number + line) % 7 == 3) {
                body.put((byte) '.');
            }
            body.put(Long.toString(number * 31 + line++).getBytes(StandardCharsets.US_ASCII));
            body.put((byte) ' ');
            body.put(LINE);
            if (body.remaining() < LINE.length + 32) {
                break;
            }
        }
        byte[] bytes = new byte[body.position()];
        body.flip().get(bytes);
        return bytes;
    }
}
