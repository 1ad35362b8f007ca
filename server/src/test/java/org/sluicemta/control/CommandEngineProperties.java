package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.sluicemta.pace.Stage;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsPlan;

class CommandEngineProperties {
    private final List<List<String>> asked = new ArrayList<>();
    private @Nullable Consumer<CommandReply> answer;
    private final Line line = new Line();
    private final Stage stage = new Stage();
    private final Stage.StageLoop loop = stage.loop();
    private int gone;
    private final CommandEngine engine = new CommandEngine(
            (words, then) -> {
                asked.add(words);
                answer = then;
            },
            loop,
            () -> gone++);

    private void says(String text) {
        engine.bytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void answers(CommandReply reply) {
        assertThat(answer).isNotNull();
        answer.accept(reply);
    }

    @Property(tries = 200, seed = "42")
    void aRequestIsUnderstoodHoweverItIsSplit(@ForAll long seed) {
        var random = new Random(seed);
        List<String> words = new ArrayList<>();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            words.add("w\u00f6rd".repeat(1 + random.nextInt(40)));
        }
        byte[] request = (String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8);
        // One instance serves all tries.
        var fresh = new CommandEngineProperties();
        fresh.engine.opened(fresh.line);

        for (int at = 0; at < request.length; ) {
            int n = Math.min(request.length - at, 1 + random.nextInt(50));
            fresh.engine.bytes(ByteBuffer.wrap(request, at, n).slice());
            at += n;
        }

        assertThat(fresh.asked).containsExactly(words);
    }

    @Example
    void theAnswerIsALineWithItsSizesAndTheTwoTexts() {
        engine.opened(line);
        says("show\0status\0\0");
        answers(new CommandReply(1, "\u00e4\n", "no\n"));

        assertThat(line.text()).isEqualTo("1 3 3\n\u00e4\nno\n");
        assertThat(line.isClosed).isTrue();
    }

    @Example
    void aHugeAnswerGoesInPiecesAsFastAsItIsRead() {
        String list = "example.com/mta1 rcpt@example.com\n".repeat(300_000);
        engine.opened(line);
        line.readsNothing = true;
        says("list\0\0");

        answers(CommandReply.done(list));
        assertThat(line.unsentBytes()).isLessThan(512 * 1024);
        assertThat(line.isClosed).isFalse();
        while (!line.isClosed) {
            line.drain();
            engine.writable();
        }

        assertThat(line.text()).isEqualTo("0 " + list.length() + " 0\n" + list);
    }

    @Example
    void aRequestWithoutEndIsRefused() {
        engine.opened(line);
        for (int i = 0; i < 70; i++) {
            says("x".repeat(1000));
        }

        assertThat(asked).isEmpty();
        assertThat(line.text()).startsWith("2 0 ");
        assertThat(line.isClosed).isTrue();
    }

    @Example
    void whoeverHangsUpBeforeTheEndIsLetGo() {
        engine.opened(line);
        says("show\0sta");
        engine.ended();

        assertThat(line.isAborted).isTrue();
        assertThat(asked).isEmpty();
    }

    @Example
    void anAnswerForSomebodyWhoHasGoneIsDropped() {
        engine.opened(line);
        says("list\0\0");
        engine.failed(new IoFailure(IoFailure.Kind.CLOSED_THERE, "reset"));

        answers(CommandReply.done("late"));

        assertThat(line.text()).isEmpty();
    }

    // --- answers that come bit by bit

    private CommandStream streams() {
        List<CommandStream> begun = new ArrayList<>();
        engine.opened(line);
        says("trace\0a/b\0\0");
        answers(CommandReply.streamed(begun::add));
        assertThat(begun).hasSize(1);
        return begun.getFirst();
    }

    @Example
    void aStreamIsFramesAndAStatus() {
        CommandStream stream = streams();
        assertThat(line.text()).isEqualTo("stream\n");

        stream.out("\u00e4\n");
        assertThat(line.text()).isEqualTo("stream\nout 3\n\u00e4\n");
        stream.err("no \u001b[1m\n");
        stream.end(1);

        assertThat(line.text()).isEqualTo("stream\nout 3\n\u00e4\nerr 8\nno ?[1m\nend 1\n");
        assertThat(line.isClosed).isTrue();
    }

    @Example
    void whoDoesNotReadAStreamIsCut() {
        int[] left = new int[1];
        CommandStream stream = streams();
        stream.onLeave(() -> left[0]++);
        line.readsNothing = true;

        for (int i = 0; i < 2_000; i++) {
            stream.out("x".repeat(999) + "\n");
        }
        stream.end(0);

        assertThat(left[0]).isEqualTo(1);
        assertThat(line.isAborted).isTrue();
        assertThat(line.unsentBytes()).isLessThan(2L * CommandEngine.MAX_UNREAD_BYTES);
    }

    @Example
    void whoGoesAwayDuringAStreamIsHeardOfOnce() {
        int[] left = new int[1];
        CommandStream stream = streams();
        stream.onLeave(() -> left[0]++);

        engine.ended();
        engine.failed(new IoFailure(IoFailure.Kind.CLOSED_THERE, "gone"));
        stream.out("late\n");

        assertThat(left[0]).isEqualTo(1);
        assertThat(line.text()).isEqualTo("stream\n");
    }

    @Example
    void whoDoesNotAskIsCutOffAndWhoHasAskedMayWaitLong() {
        loop.turn(() -> engine.opened(line));
        says("show\0status\0");
        stage.advanceMillis(29_000);
        assertThat(line.isAborted).isFalse();
        says("\0");
        stage.advanceMillis(60_000);
        assertThat(line.isAborted).isFalse();
        assertThat(gone).isZero();

        var silent = new CommandEngineProperties();
        silent.loop.turn(() -> silent.engine.opened(silent.line));
        silent.says("show\0");
        silent.stage.advanceMillis(31_000);
        assertThat(silent.line.isAborted).isTrue();
        silent.engine.failed(new IoFailure(IoFailure.Kind.CLOSED_HERE, "closed"));
        assertThat(silent.gone).isEqualTo(1);
    }

    /// A connection that keeps what is sent.
    static final class Line implements Connection {
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private @Nullable ByteBuffer open;
        private long unsent;
        boolean readsNothing;
        boolean isClosed;
        boolean isAborted;

        String text() {
            take();
            return sent.toString(StandardCharsets.UTF_8);
        }

        void drain() {
            take();
            unsent = 0;
        }

        private void take() {
            ByteBuffer last = open;
            open = null;
            if (last != null) {
                sent.write(last.array(), 0, last.position());
                unsent += readsNothing ? last.position() : 0;
            }
        }

        @Override
        public ByteBuffer out(int atLeast) {
            take();
            ByteBuffer next = ByteBuffer.allocate(atLeast);
            open = next;
            return next;
        }

        @Override
        public void send(Slice content, int from, int length) {
            throw new AssertionError("commands send no slices");
        }

        @Override
        public void flush() {
            take();
        }

        @Override
        public long unsentBytes() {
            return unsent;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void startTls(TlsPlan plan) {
            throw new AssertionError("no TLS here");
        }

        @Override
        public void close() {
            take();
            isClosed = true;
        }

        @Override
        public void abort() {
            isAborted = true;
        }

        @Override
        public SocketAddress remote() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public SocketAddress local() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public Loop loop() {
            throw new AssertionError("nobody asks");
        }
    }
}
