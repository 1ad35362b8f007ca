package org.sluicemta.lab;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Asks a running server over its Unix socket, as an operator's script would. The request is the words of a command,
/// each ended by a NUL, and a final NUL; the answer is a line `STATUS OUT-BYTES ERR-BYTES`, then the two texts.
///
/// Blocks until the server has answered. Threads: any; one connection a question.
public final class ControlSocket {
    private static final int HEAD_BYTES = 64;

    private final Path path;

    /// What the server said.
    ///
    /// @param status 0 done, 1 refused or failed, 2 not understood
    public record Reply(int status, String out, String err) {
        /// @throws LabException when the command was not done
        public Reply done() {
            if (status != 0) {
                throw new LabException("the server answered " + status + ": " + err.strip());
            }
            return this;
        }

        /// The repeated elements of an answer that was asked for with `--dom`: one map for each, e.g. all
        /// `queue[3].name="a/b"` lines with `queue`.
        public List<Map<String, String>> rows(String element) {
            var rows = new ArrayList<Map<String, String>>();
            for (String line : out.split("\n", -1)) {
                int close = line.indexOf("].");
                int equals = line.indexOf("=\"");
                if (!line.startsWith(element + "[") || close < 0 || equals < close || !line.endsWith("\"")) {
                    continue;
                }
                int index = Integer.parseInt(line, element.length() + 1, close, 10);
                while (rows.size() <= index) {
                    rows.add(new LinkedHashMap<>());
                }
                rows.get(index).put(line.substring(close + 2, equals), line.substring(equals + 2, line.length() - 1));
            }
            return rows;
        }
    }

    public ControlSocket(Path path) {
        this.path = path;
    }

    /// @throws IOException when no server answers there, or not the whole answer came
    public Reply ask(String... words) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            boolean unused = channel.connect(UnixDomainSocketAddress.of(path));
            var request = ByteBuffer.wrap((String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8));
            while (request.hasRemaining()) {
                int unusedCount = channel.write(request);
            }
            return parse(everything(channel));
        }
    }

    private static byte[] everything(SocketChannel channel) throws IOException {
        var all = new ByteArrayOutputStream(4096);
        var piece = ByteBuffer.allocate(64 * 1024);
        while (channel.read(piece) >= 0) {
            all.write(piece.array(), 0, piece.position());
            piece.clear();
        }
        return all.toByteArray();
    }

    static Reply parse(byte[] answer) throws IOException {
        int end = 0;
        while (end < answer.length && end < HEAD_BYTES && answer[end] != '\n') {
            end++;
        }
        String[] head = new String(answer, 0, end, StandardCharsets.US_ASCII).split(" ", -1);
        if (head.length != 3 || end == answer.length) {
            throw new IOException("the server went away before it answered");
        }
        try {
            int out = Integer.parseInt(head[1]);
            int err = Integer.parseInt(head[2]);
            if (answer.length < end + 1 + out + err) {
                throw new IOException("the answer is incomplete: the server went away");
            }
            return new Reply(
                    Integer.parseInt(head[0]),
                    new String(answer, end + 1, out, StandardCharsets.UTF_8),
                    new String(answer, end + 1 + out, err, StandardCharsets.UTF_8));
        } catch (NumberFormatException strange) {
            throw new IOException("the answer begins with no length; does a Sluice server listen there?", strange);
        }
    }
}
