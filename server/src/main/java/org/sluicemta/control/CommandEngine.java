package org.sluicemta.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Steering;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// One command over the Unix socket. The request is the words of the command, each ended by a NUL, and a final empty
/// word; the answer is a line `STATUS OUT-BYTES ERR-BYTES`, then the two texts, then the end of the stream.
/// So a script of any language can ask, and no word needs quoting.
///
/// An answer that comes bit by bit begins with a line `stream`; then come lines `out BYTES` and `err BYTES`, each
/// followed by so many bytes, and at last a line `end STATUS`. Who asked and half-closes leaves such an answer.
/// One that does not read is cut off when [#MAX_UNREAD_BYTES] wait for it, and one that has not asked in 30 seconds.
///
/// Owner: the loop of its connection.
final class CommandEngine implements Engine {
    /// A request is a few words; more is somebody else's protocol.
    static final int MAX_REQUEST_BYTES = 64 * 1024;

    /// Of an answer that comes bit by bit: some 10,000 lines.
    static final int MAX_UNREAD_BYTES = 1024 * 1024;

    private static final int PIECE_BYTES = 32 * 1024;

    /// Answers a command, now or in a later turn of the same loop.
    interface Commands {
        void run(List<String> words, Consumer<CommandReply> answer);
    }

    /// For a command to come.
    static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Commands commands;
    private final Loop loop;
    private final Runnable gone;
    /// Made where it is used, on the loop.
    private @Nullable Alarm patience;
    private final List<String> words = new ArrayList<>();
    private byte[] word = new byte[64];
    private int wordLength;
    private int requestBytes;
    private boolean isAsked;
    private byte @Nullable [] answer;
    private int answerSent;
    private @Nullable Connection connection;
    /// The answer that comes bit by bit, until its end.
    private @Nullable Streamed streamed;

    /// @param loop the connection's
    /// @param gone runs when the connection is gone
    CommandEngine(Commands commands, Loop loop, Runnable gone) {
        this.commands = commands;
        this.loop = loop;
        this.gone = gone;
    }

    @Override
    public void opened(Connection connection) {
        this.connection = connection;
        Alarm made = loop.alarm(this::unasked);
        made.set(loop.nanos() + PATIENCE_NANOS);
        patience = made;
    }

    /// Nobody types here: a command comes in one piece.
    private void unasked() {
        if (!isAsked && connection != null) {
            connection.abort();
        }
    }

    private void wakeNoMore() {
        Alarm set = patience;
        if (set != null) {
            set.clear();
        }
    }

    @Override
    public void bytes(ByteBuffer lent) {
        while (lent.hasRemaining() && !isAsked) {
            byte b = lent.get();
            requestBytes++;
            if (requestBytes > MAX_REQUEST_BYTES) {
                isAsked = true;
                answer(CommandReply.usage(
                        OutputFormat.TEXT, "the command is longer than " + MAX_REQUEST_BYTES + " bytes"));
            } else if (b != 0) {
                if (wordLength == word.length) {
                    word = java.util.Arrays.copyOf(word, wordLength * 2);
                }
                word[wordLength++] = b;
            } else if (wordLength == 0) {
                isAsked = true;
                commands.run(List.copyOf(words), this::answer);
            } else {
                words.add(new String(word, 0, wordLength, StandardCharsets.UTF_8));
                wordLength = 0;
            }
        }
    }

    private void answer(CommandReply reply) {
        CommandReply.Streaming streaming = reply.streaming();
        if (streaming != null) {
            var stream = new Streamed();
            if (connection != null) {
                streamed = stream;
                write("stream\n".getBytes(StandardCharsets.US_ASCII));
            }
            streaming.begin(stream);
            return;
        }
        wakeNoMore();
        byte[] out = shown(reply.out()).getBytes(StandardCharsets.UTF_8);
        byte[] err = shown(reply.err()).getBytes(StandardCharsets.UTF_8);
        byte[] head = (reply.status() + " " + out.length + " " + err.length + "\n").getBytes(StandardCharsets.US_ASCII);
        var all = ByteBuffer.allocate(head.length + out.length + err.length);
        answer = all.put(head).put(out).put(err).array();
        send();
    }

    /// The way to whoever asked, as long as it is there.
    private final class Streamed implements CommandStream {
        private Runnable leave = () -> {};

        @Override
        public void out(String text) {
            frame("out", text);
        }

        @Override
        public void err(String text) {
            frame("err", text);
        }

        private void frame(String kind, String text) {
            if (streamed != this || text.isEmpty()) {
                return;
            }
            byte[] bytes = shown(text).getBytes(StandardCharsets.UTF_8);
            write((kind + " " + bytes.length + "\n").getBytes(StandardCharsets.US_ASCII));
            write(bytes);
            Connection to = connection;
            if (to != null && to.unsentBytes() > MAX_UNREAD_BYTES) {
                to.abort();
                left();
            }
        }

        @Override
        public void end(int status) {
            if (streamed != this) {
                return;
            }
            streamed = null;
            write(("end " + status + "\n").getBytes(StandardCharsets.US_ASCII));
            Connection to = connection;
            if (to != null) {
                to.close();
            }
        }

        @Override
        public void onLeave(Runnable task) {
            leave = task;
            if (streamed != this) {
                // Gone before the answer began.
                task.run();
            }
        }
    }

    private void left() {
        Streamed open = streamed;
        if (open != null) {
            streamed = null;
            open.leave.run();
        }
    }

    private void write(byte[] bytes) {
        Connection to = connection;
        for (int at = 0; to != null && at < bytes.length; at += PIECE_BYTES) {
            int piece = Math.min(PIECE_BYTES, bytes.length - at);
            to.out(piece).put(bytes, at, piece);
            to.flush();
        }
    }

    /// The last guard of the terminal that shows an answer: nothing but lines and tabs.
    private static String shown(String text) {
        StringBuilder changed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Steering.isSteering(c) && c != '\n' && c != '\t') {
                if (changed == null) {
                    changed = new StringBuilder(text);
                }
                changed.setCharAt(i, '?');
            }
        }
        return changed == null ? text : changed.toString();
    }

    @Override
    public void writable() {
        send();
    }

    /// Sends in pieces, so that a long list never stands whole in the runtime's buffers.
    private void send() {
        Connection to = connection;
        byte[] bytes = answer;
        if (to == null || bytes == null) {
            return;
        }
        while (answerSent < bytes.length && to.unsentBytes() <= 256 * 1024) {
            int piece = Math.min(PIECE_BYTES, bytes.length - answerSent);
            to.out(piece).put(bytes, answerSent, piece);
            answerSent += piece;
            to.flush();
        }
        if (answerSent == bytes.length) {
            answer = null;
            to.close();
        }
    }

    @Override
    public void ended() {
        if ((!isAsked || streamed != null) && connection != null) {
            connection.abort();
            left();
        }
    }

    @Override
    public void failed(IoFailure why) {
        connection = null;
        wakeNoMore();
        left();
        gone.run();
    }
}
