package org.sluicemta.app;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Sends a command to a running server over its Unix socket and prints the answer: what the perl client does, where
/// there is no perl. Blocks; one command, one process.
final class ControlClient {
    private static final Set<String> EXPLAINED = Set.of("queue", "message");
    /// Of this program, before or instead of a command.
    private static final Set<String> OPTIONS = Set.of("-h", "--help", "-V", "--version");

    private static final Set<String> CHECKED = Set.of("spf", "mfrom");
    /// Larger answers than this are no answers: a million recipients take some 300 MB.
    private static final long MAX_ANSWER_BYTES = 1L << 30;

    private final PrintStream out;
    private final PrintStream err;

    ControlClient(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /// Whether these words are for a running server, which knows its commands, shortened ones too: all that is not for
    /// this program itself.
    ///
    /// @param own the commands of this program
    static boolean isMeant(Set<String> own, String... args) {
        if (args.length == 0 || OPTIONS.contains(args[0])) {
            return false;
        }
        String second = args.length > 1 ? args[1] : "";
        return !own.contains(args[0])
                // A configuration is explained without a server, and a file is checked without one.
                || args[0].equals("explain") && EXPLAINED.contains(second)
                || args[0].equals("check") && CHECKED.contains(second);
    }

    /// @param usualSocket where the server listens unless `--socket` in front says otherwise
    /// @return the exit status
    int run(String usualSocket, String... args) {
        String path = usualSocket;
        List<String> words = Arrays.asList(args);
        if (words.size() >= 2 && words.getFirst().equals("--socket")) {
            path = words.get(1);
            words = words.subList(2, words.size());
        } else if (!words.isEmpty() && words.getFirst().startsWith("--socket=")) {
            path = words.getFirst().substring("--socket=".length());
            words = words.subList(1, words.size());
        }
        try (SocketChannel server = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            if (!connect(server, path)) {
                return 1;
            }
            ask(server, words);
            return answer(server);
        } catch (IOException e) {
            err.println("sluice: the server went away: " + e.getMessage());
            return 1;
        }
    }

    private boolean connect(SocketChannel server, String path) {
        try {
            server.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (IOException e) {
            err.println("sluice: no server answers at " + path + " (" + e.getMessage()
                    + "); is it running? Another place: --socket PATH or SLUICE_SOCKET");
            return false;
        }
    }

    /// Each word ended by a NUL, and an empty one at the end.
    private static void ask(SocketChannel server, List<String> words) throws IOException {
        var request = new StringBuilder();
        words.stream()
                .filter(word -> !word.isEmpty())
                .forEach(word -> request.append(word).append('\0'));
        request.append('\0');
        ByteBuffer bytes = ByteBuffer.wrap(request.toString().getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            server.write(bytes);
        }
    }

    /// A line `STATUS OUT-BYTES ERR-BYTES`, then the two texts; or `stream`, for an answer that comes bit by bit.
    private int answer(SocketChannel server) throws IOException {
        String head = line(server, "it closed before it answered");
        if (head.equals("stream")) {
            return streamed(server);
        }
        String[] numbers = head.split(" ", -1);
        if (numbers.length != 3) {
            throw new IOException("it answered \"" + head + "\"; is it of another version?");
        }
        copy(server, Long.parseLong(numbers[1]), out);
        copy(server, Long.parseLong(numbers[2]), err);
        return Integer.parseInt(numbers[0]);
    }

    /// Lines `out BYTES` and `err BYTES`, each followed by so many bytes, and `end STATUS`.
    private int streamed(SocketChannel server) throws IOException {
        while (true) {
            String head = line(server, "its answer is incomplete, or was not read in time");
            String[] words = head.split(" ", -1);
            if (words.length != 2 || !words[1].matches("[0-9]{1,9}")) {
                throw new IOException("it answered \"" + head + "\"; is it of another version?");
            }
            switch (words[0]) {
                case "out" -> copy(server, Long.parseLong(words[1]), out);
                case "err" -> copy(server, Long.parseLong(words[1]), err);
                case "end" -> {
                    return Integer.parseInt(words[1]);
                }
                default -> throw new IOException("it answered \"" + head + "\"; is it of another version?");
            }
        }
    }

    private static String line(SocketChannel server, String early) throws IOException {
        var line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (true) {
            if (line.length() > 60 || server.read(one.clear()) < 1) {
                throw new EOFException(early);
            }
            char c = (char) one.flip().get();
            if (c == '\n') {
                return line.toString();
            }
            line.append(c);
        }
    }

    private static void copy(SocketChannel from, long length, PrintStream to) throws IOException {
        if (length > MAX_ANSWER_BYTES) {
            throw new IOException("its answer is longer than " + MAX_ANSWER_BYTES + " bytes");
        }
        ByteBuffer piece = ByteBuffer.allocate(64 * 1024);
        long left = length;
        while (left > 0) {
            piece.clear().limit((int) Math.min(left, piece.capacity()));
            int n = from.read(piece);
            if (n < 0) {
                throw new EOFException("its answer is incomplete");
            }
            to.write(piece.array(), 0, n);
            left -= n;
        }
        to.flush();
    }
}
